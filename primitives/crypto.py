"""Key pairs, signatures and their verification: the one door to the cryptographic libraries."""

from dataclasses import dataclass, field
from typing import Final

import coincurve
import ed25519_zebra
import sr25519
from nacl import bindings as sodium
from nacl.exceptions import BadSignatureError

from primitives.hashing import blake2_256
from primitives.key_uri import SEED_LENGTH, Junction, KeyUri, KeyUriError
from primitives.scale.compact import encode_compact
from primitives.scheme import Scheme
from primitives.types import AccountId

_PLAIN_RECOVERY_END: Final = 27
"""Ethereum's tools add 27 to the recovery id, the last byte of an ECDSA signature."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A secret key with its public key. The secret never appears in text."""

    scheme: Scheme
    public: bytes
    _secret: bytes = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes, scheme: Scheme) -> "KeyPair":
        """Make the key pair of 32 secret bytes."""
        if len(seed) != SEED_LENGTH:
            raise KeyUriError(f"a seed has {SEED_LENGTH} bytes, not {len(seed)}")
        match scheme:
            case Scheme.ED25519:
                return cls(scheme, *sodium.crypto_sign_seed_keypair(seed))
            case Scheme.SR25519:
                return cls(scheme, *sr25519.pair_from_seed(seed))
            case Scheme.ECDSA:
                try:
                    secret = coincurve.PrivateKey(seed)
                except ValueError:
                    raise KeyUriError("the seed is no secp256k1 key") from None
                return cls(scheme, secret.public_key.format(compressed=True), seed)

    @classmethod
    def from_uri(cls, uri: str, scheme: Scheme) -> "KeyPair":
        """Make the key pair of `//Alice`, a mnemonic with junctions, or a 0x seed."""
        parsed = KeyUri.parse(uri)
        if scheme is Scheme.SR25519:
            public, secret = sr25519.pair_from_seed(parsed.seed)
            for junction in parsed.path:
                derive = sr25519.hard_derive_keypair if junction.hard else sr25519.derive_keypair
                _, public, secret = derive((junction.chain_code, public, secret), b"")
            return cls(scheme, public, secret)
        seed = parsed.seed
        for junction in parsed.path:
            seed = _derive_seed(seed, junction, scheme)
        return cls.from_seed(seed, scheme)

    @property
    def account(self) -> AccountId:
        """The 32-byte account id: the public key, or its hash where that is longer."""
        return account_of(self.scheme, self.public)

    def sign(self, message: bytes) -> bytes:
        """Sign. Sr25519 signatures differ from time to time: the library salts them."""
        match self.scheme:
            case Scheme.ED25519:
                return sodium.crypto_sign(message, self._secret)[: sodium.crypto_sign_BYTES]
            case Scheme.SR25519:
                return bytes(sr25519.sign((self.public, self._secret), message))
            case Scheme.ECDSA:
                secret = coincurve.PrivateKey(self._secret)
                return secret.sign_recoverable(message, hasher=blake2_256)


def account_of(scheme: Scheme, public: bytes) -> AccountId:
    """Answer the account id that a public key controls."""
    return AccountId(blake2_256(public) if scheme is Scheme.ECDSA else public)


def verify(scheme: Scheme, signature: bytes, message: bytes, public: bytes) -> bool:
    """Check a signature against a public key. Malformed input is a wrong signature."""
    if len(signature) != scheme.signature_length or len(public) != scheme.public_length:
        return False
    match scheme:
        case Scheme.ED25519:
            return _verify_ed25519(signature, message, public)
        case Scheme.SR25519:
            return _verify_sr25519(signature, message, public)
        case Scheme.ECDSA:
            return recover_ecdsa(signature, blake2_256(message)) == public


def verify_account(scheme: Scheme, signature: bytes, message: bytes, account: bytes) -> bool:
    """Check a MultiSignature: the signer is known by account id, not by public key."""
    if scheme is not Scheme.ECDSA:
        return verify(scheme, signature, message, account)
    public = recover_ecdsa(signature, blake2_256(message))
    return public is not None and account_of(scheme, public) == account


def recover_ecdsa(signature: bytes, digest: bytes) -> bytes | None:
    """Answer the compressed public key that signed a digest, or None if there is none."""
    if len(signature) != Scheme.ECDSA.signature_length:
        return None
    recovery = signature[-1]
    if recovery >= _PLAIN_RECOVERY_END:
        recovery -= _PLAIN_RECOVERY_END
    try:
        public = coincurve.PublicKey.from_signature_and_message(
            signature[:-1] + bytes((recovery,)), digest, hasher=None
        )
    except ValueError:
        return None
    return public.format(compressed=True)


def _verify_ed25519(signature: bytes, message: bytes, public: bytes) -> bool:
    """Check by the rules of ZIP 215, on which all nodes agree.

    libsodium is the faster judge and the stricter one: what it accepts, ZIP 215 accepts. It alone
    refuses keys and nonces of small order or in odd encodings, so its refusals are looked at again.
    """
    try:
        sodium.crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return bool(ed25519_zebra.ed_verify(signature, message, public))
    return True


def _verify_sr25519(signature: bytes, message: bytes, public: bytes) -> bool:
    try:
        return bool(sr25519.verify(signature, message, public))
    except ValueError:
        return False


_HARD_DOMAINS: Final = {Scheme.ED25519: b"Ed25519HDKD", Scheme.ECDSA: b"Secp256k1HDKD"}


def _derive_seed(seed: bytes, junction: Junction, scheme: Scheme) -> bytes:
    if not junction.hard:
        raise KeyUriError(f"{scheme.name.lower()} keys have no soft derivation")
    domain = _HARD_DOMAINS[scheme]
    return blake2_256(encode_compact(len(domain)) + domain + seed + junction.chain_code)
