"""Extrinsics in somebody's name: a call, an envelope around it, and a key pair's signature."""

from primitives.crypto import KeyPair
from primitives.extrinsic import (
    IMMORTAL,
    PLAIN_EXTENSIONS,
    Address,
    AddressKind,
    Era,
    Extra,
    Implicit,
    SignedExtensions,
    SignedExtrinsic,
    signed_payload,
)
from primitives.types import Balance, Hash, Nonce


def sign_extrinsic(
    call: bytes,
    signer: KeyPair,
    *,
    nonce: int,
    genesis_hash: bytes,
    spec_version: int,
    transaction_version: int,
    era: Era = IMMORTAL,
    birth_hash: bytes | None = None,
    tip: int = 0,
    extensions: SignedExtensions = PLAIN_EXTENSIONS,
) -> bytes:
    """Make the encoded extrinsic that dispatches a call in the signer's name.

    A mortal era needs the hash of its birth block.
    """
    if birth_hash is None:
        if not era.is_immortal:
            raise ValueError("a mortal extrinsic needs the hash of its birth block")
        birth_hash = genesis_hash
    extra = Extra(era, Nonce(nonce), Balance(tip))
    implicit = Implicit(spec_version, transaction_version, Hash(genesis_hash), Hash(birth_hash))
    signature = signer.sign(signed_payload(call, extra, implicit, extensions))
    address = Address(AddressKind.ID, signer.account)
    return SignedExtrinsic(address, signer.scheme, signature, extra, call, extensions).encode()
