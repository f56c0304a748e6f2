"""Node identity as libp2p has it: ed25519 key, its protobuf form, and the PeerId text.

public key   08 01 (type Ed25519) 12 20 (32 bytes) key
PeerId       base58btc of the identity multihash 00 24 (36 bytes) public key
"""

from dataclasses import dataclass
from typing import Final, NewType

import base58

from p2p.wire.reason import P2pFault, Reason
from primitives.crypto import KeyPair, verify
from primitives.scheme import Scheme

PeerId = NewType("PeerId", str)
"""Text of a node's identity, `12D3KooW…`."""

PUBLIC_LENGTH: Final = 32
_PROTOBUF_HEAD: Final = bytes.fromhex("08011220")
_MULTIHASH_HEAD: Final = bytes.fromhex("0024")


@dataclass(frozen=True, slots=True)
class NodeKey:
    """The key that names a node; apart from all keys that hold value or authority."""

    pair: KeyPair

    @classmethod
    def from_seed(cls, seed: bytes) -> "NodeKey":
        return cls(KeyPair.from_seed(seed, Scheme.ED25519))

    @property
    def public(self) -> bytes:
        return self.pair.public

    @property
    def peer_id(self) -> PeerId:
        return peer_id_of(self.public)

    def sign(self, message: bytes) -> bytes:
        return self.pair.sign(message)


def verify_identity(public: bytes, message: bytes, signature: bytes) -> bool:
    """Check what a node signed."""
    return verify(Scheme.ED25519, signature, message, public)


def encode_public(public: bytes) -> bytes:
    """Answer the libp2p protobuf of a public key."""
    return _PROTOBUF_HEAD + public


def decode_public(data: bytes) -> bytes:
    """Read the libp2p protobuf of an ed25519 public key, in its only canonical form."""
    if len(data) != len(_PROTOBUF_HEAD) + PUBLIC_LENGTH or not data.startswith(_PROTOBUF_HEAD):
        raise P2pFault(Reason.BAD_HANDSHAKE, "identity is no ed25519 key")
    return data[len(_PROTOBUF_HEAD) :]


def peer_id_of(public: bytes) -> PeerId:
    """Name the owner of a public key."""
    return PeerId(base58.b58encode(_MULTIHASH_HEAD + encode_public(public)).decode())


def parse_peer_id(text: str) -> PeerId:
    """Check a PeerId written by a person; ValueError says what is wrong with it."""
    data = base58.b58decode(text)
    head = _MULTIHASH_HEAD + _PROTOBUF_HEAD
    if not data.startswith(head) or len(data) != len(head) + PUBLIC_LENGTH:
        raise ValueError(f"{text!r} is no PeerId of an ed25519 key")
    return PeerId(text)
