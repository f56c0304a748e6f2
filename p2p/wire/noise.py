"""Noise_XX_25519_ChaChaPoly_SHA256: the handshake and the transport after it.

-> e
<- e, ee, s, es
-> s, se

Revision 34 of the Noise specification; section numbers below are its own.
"""

import hmac
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from p2p.wire import limits
from p2p.wire.reason import P2pFault, Reason

PROTOCOL_NAME: Final = b"Noise_XX_25519_ChaChaPoly_SHA256"
KEY_LENGTH: Final = 32

_PATTERN: Final = (("e",), ("e", "ee", "s", "es"), ("s", "se"))
_NONCE_END: Final = 2**64 - 1
"""The last nonce is reserved (5.1)."""


class CipherState:
    """A key and a counter (5.1); without a key it passes text through."""

    def __init__(self, key: bytes | None = None) -> None:
        self._cipher = ChaCha20Poly1305(key) if key is not None else None
        self._nonce = 0

    @property
    def has_key(self) -> bool:
        return self._cipher is not None

    def encrypt(self, associated: bytes, plaintext: bytes) -> bytes:
        if self._cipher is None:
            return plaintext
        return self._cipher.encrypt(self._next_nonce(), plaintext, associated)

    def decrypt(self, associated: bytes, ciphertext: bytes) -> bytes:
        if self._cipher is None:
            return ciphertext
        try:
            return self._cipher.decrypt(self._next_nonce(), ciphertext, associated)
        except InvalidTag:
            raise P2pFault(Reason.FORGED, "ciphertext does not authenticate") from None

    def _next_nonce(self) -> bytes:
        if self._nonce == _NONCE_END:
            raise P2pFault(Reason.CLOSED, "nonces are used up")
        nonce = self._nonce.to_bytes(12, "little")
        self._nonce += 1
        return nonce[8:] + nonce[:8]


class SymmetricState:
    """The chaining key and the running hash of all that was said (5.2)."""

    def __init__(self) -> None:
        self.hash = PROTOCOL_NAME
        self._chaining_key = PROTOCOL_NAME
        self._cipher = CipherState()

    @property
    def has_key(self) -> bool:
        return self._cipher.has_key

    def mix_key(self, material: bytes) -> None:
        self._chaining_key, key = _hkdf(self._chaining_key, material)
        self._cipher = CipherState(key)

    def mix_hash(self, data: bytes) -> None:
        self.hash = sha256(self.hash + data).digest()

    def encrypt_and_hash(self, plaintext: bytes) -> bytes:
        ciphertext = self._cipher.encrypt(self.hash, plaintext)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt_and_hash(self, ciphertext: bytes) -> bytes:
        plaintext = self._cipher.decrypt(self.hash, ciphertext)
        self.mix_hash(ciphertext)
        return plaintext

    def split(self) -> tuple[CipherState, CipherState]:
        first, second = _hkdf(self._chaining_key, b"")
        return CipherState(first), CipherState(second)


class NoiseXX:
    """One side of the handshake (5.3). Secrets are 32 random bytes given by the caller."""

    def __init__(
        self, *, initiator: bool, prologue: bytes, static_secret: bytes, ephemeral_secret: bytes
    ) -> None:
        self._initiator = initiator
        self._static = X25519PrivateKey.from_private_bytes(static_secret)
        self._ephemeral = X25519PrivateKey.from_private_bytes(ephemeral_secret)
        self._remote: dict[str, bytes] = {}
        self._symmetric = SymmetricState()
        self._symmetric.mix_hash(prologue)
        self._step = 0

    @property
    def finished(self) -> bool:
        return self._step == len(_PATTERN)

    @property
    def writes_next(self) -> bool:
        return not self.finished and (self._step % 2 == 0) == self._initiator

    @property
    def static_public(self) -> bytes:
        return _public_of(self._static)

    @property
    def remote_static(self) -> bytes | None:
        return self._remote.get("s")

    @property
    def handshake_hash(self) -> bytes:
        return self._symmetric.hash

    def write_message(self, payload: bytes) -> bytes:
        message = b""
        for token in self._next_tokens():
            if token == "e":
                public = _public_of(self._ephemeral)
                self._symmetric.mix_hash(public)
                message += public
            elif token == "s":
                message += self._symmetric.encrypt_and_hash(self.static_public)
            else:
                self._mix_shared(token)
        return message + self._symmetric.encrypt_and_hash(payload)

    def read_message(self, message: bytes) -> bytes:
        at = 0
        for token in self._next_tokens():
            if token in ("e", "s"):
                sealed = token == "s" and self._symmetric.has_key
                end = at + KEY_LENGTH + (limits.NOISE_TAG_LENGTH if sealed else 0)
                if end > len(message):
                    raise P2pFault(Reason.BAD_HANDSHAKE, "handshake message is too short")
                self._take_key(token, message[at:end])
                at = end
            else:
                self._mix_shared(token)
        return self._symmetric.decrypt_and_hash(message[at:])

    def split(self) -> "Transport":
        """Answer the transport that the finished handshake agreed on."""
        first, second = self._symmetric.split()
        return Transport(first, second) if self._initiator else Transport(second, first)

    def _next_tokens(self) -> tuple[str, ...]:
        tokens = _PATTERN[self._step]
        self._step += 1
        return tokens

    def _take_key(self, token: str, data: bytes) -> None:
        if token == "e":
            self._symmetric.mix_hash(data)
            self._remote["e"] = data
        else:
            self._remote["s"] = self._symmetric.decrypt_and_hash(data)

    def _mix_shared(self, token: str) -> None:
        """`es` is the initiator's ephemeral key with the responder's static one."""
        ours, theirs = (token[0], token[1]) if self._initiator else (token[1], token[0])
        secret = self._ephemeral if ours == "e" else self._static
        try:
            public = X25519PublicKey.from_public_bytes(self._remote[theirs])
            shared = secret.exchange(public)
        except ValueError:
            raise P2pFault(Reason.BAD_HANDSHAKE, "public key of low order") from None
        self._symmetric.mix_key(shared)


class Transport:
    """Both directions after the handshake, each with its own key."""

    def __init__(self, sending: CipherState, receiving: CipherState) -> None:
        self._sending = sending
        self._receiving = receiving

    def seal(self, plaintext: bytes) -> bytes:
        return self._sending.encrypt(b"", plaintext)

    def open(self, ciphertext: bytes) -> bytes:
        return self._receiving.decrypt(b"", ciphertext)


def _public_of(secret: X25519PrivateKey) -> bytes:
    return secret.public_key().public_bytes_raw()


def _hkdf(chaining_key: bytes, material: bytes) -> tuple[bytes, bytes]:
    """Two outputs of HKDF with HMAC-SHA256 (4.3)."""
    temporary = hmac.digest(chaining_key, material, "sha256")
    first = hmac.digest(temporary, b"\x01", "sha256")
    return first, hmac.digest(temporary, first + b"\x02", "sha256")
