"""Headers with their digest, and blocks: strict SCALE, hashed with blake2b-256.

header    parent hash | compact number | state root | extrinsics root | digest
block     header | compact count | extrinsics, each with its own length prefix
"""

from dataclasses import dataclass, replace
from typing import Final

from primitives.hashing import blake2_256
from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scale.raw import expect_end, sized, take, take_sized
from primitives.types import BlockNumber, Hash

HASH_LENGTH: Final = 32
ENGINE_LENGTH: Final = 4
_BLOCK_NUMBER_END: Final = 1 << 32

AURA_ENGINE: Final = b"aura"
GRANDPA_ENGINE: Final = b"FRNK"

_OTHER, _CONSENSUS, _SEAL, _PRE_RUNTIME, _ENVIRONMENT_UPDATED = 0, 4, 5, 6, 8
"""Indices of the digest items. Those between belonged to items that no longer exist."""


@dataclass(frozen=True, slots=True)
class Other:
    """Anything; part of the format, written by no one here."""

    data: bytes

    def encode(self) -> bytes:
        return bytes((_OTHER,)) + sized(self.data)


@dataclass(frozen=True, slots=True)
class Consensus:
    """A message of the runtime to a consensus engine, such as new authorities."""

    engine: bytes
    data: bytes

    def encode(self) -> bytes:
        return _encode_engine_item(_CONSENSUS, self.engine, self.data)


@dataclass(frozen=True, slots=True)
class Seal:
    """The author's signature over the header without it. Always the last item."""

    engine: bytes
    data: bytes

    def encode(self) -> bytes:
        return _encode_engine_item(_SEAL, self.engine, self.data)


@dataclass(frozen=True, slots=True)
class PreRuntime:
    """What the engine tells the runtime before it executes: Aura puts the slot here."""

    engine: bytes
    data: bytes

    def encode(self) -> bytes:
        return _encode_engine_item(_PRE_RUNTIME, self.engine, self.data)


@dataclass(frozen=True, slots=True)
class RuntimeEnvironmentUpdated:
    """The block changed the runtime code or its memory limit."""

    def encode(self) -> bytes:
        return bytes((_ENVIRONMENT_UPDATED,))


DigestItem = Other | Consensus | Seal | PreRuntime | RuntimeEnvironmentUpdated


@dataclass(frozen=True, slots=True)
class Digest:
    """The log of a header, in the order it was written."""

    items: tuple[DigestItem, ...] = ()

    def encode(self) -> bytes:
        return encode_compact(len(self.items)) + b"".join(item.encode() for item in self.items)

    @classmethod
    def decode(cls, data: bytes) -> "Digest":
        digest, at = cls.decode_from(data, 0)
        expect_end(data, at, "digest")
        return digest

    @classmethod
    def decode_from(cls, data: bytes, at: int) -> "tuple[Digest, int]":
        """Answer a digest and the position behind it."""
        return _decode_digest(data, at)

    def with_item(self, item: DigestItem) -> "Digest":
        return Digest((*self.items, item))


@dataclass(frozen=True, slots=True)
class Header:
    """A block without its extrinsics."""

    parent_hash: Hash
    number: BlockNumber
    state_root: Hash
    extrinsics_root: Hash
    digest: Digest = Digest()

    def encode(self) -> bytes:
        hashes = (self.parent_hash, self.state_root, self.extrinsics_root)
        if any(len(part) != HASH_LENGTH for part in hashes):
            raise ScaleRangeError(f"the hashes of a header have {HASH_LENGTH} bytes")
        if not 0 <= self.number < _BLOCK_NUMBER_END:
            raise ScaleRangeError(f"block number {self.number} does not fit u32")
        return b"".join(
            (
                self.parent_hash,
                encode_compact(self.number),
                self.state_root,
                self.extrinsics_root,
                self.digest.encode(),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> "Header":
        header, at = cls.decode_from(data, 0)
        expect_end(data, at, "header")
        return header

    @classmethod
    def decode_from(cls, data: bytes, at: int) -> "tuple[Header, int]":
        """Answer a header and the position behind it."""
        return _decode_header(data, at)

    def hash(self) -> Hash:
        """The block's hash, seal included."""
        return Hash(blake2_256(self.encode()))

    def with_digest_item(self, item: DigestItem) -> "Header":
        return replace(self, digest=self.digest.with_item(item))

    def split_seal(self) -> "tuple[Header, Seal] | None":
        """Answer the header that the author signed, and the seal; None if there is no seal."""
        if not self.digest.items or not isinstance(seal := self.digest.items[-1], Seal):
            return None
        return replace(self, digest=Digest(self.digest.items[:-1])), seal


@dataclass(frozen=True, slots=True)
class Block:
    """A header and its body. Extrinsics stay opaque, each with its length prefix."""

    header: Header
    extrinsics: list[bytes]

    def encode(self) -> bytes:
        count = encode_compact(len(self.extrinsics))
        return b"".join((self.header.encode(), count, *self.extrinsics))

    @classmethod
    def decode(cls, data: bytes) -> "Block":
        block, at = cls.decode_from(data, 0)
        expect_end(data, at, "block")
        return block

    @classmethod
    def decode_from(cls, data: bytes, at: int) -> "tuple[Block, int]":
        """Answer a block and the position behind it."""
        header, at = _decode_header(data, at)
        extrinsics, at = _decode_extrinsics(data, at)
        return cls(header, extrinsics), at


def _encode_engine_item(index: int, engine: bytes, data: bytes) -> bytes:
    if len(engine) != ENGINE_LENGTH:
        raise ScaleRangeError(f"a consensus engine id has {ENGINE_LENGTH} bytes")
    return bytes((index,)) + engine + sized(data)


def _decode_header(data: bytes, at: int) -> tuple[Header, int]:
    parent_hash, at = take(data, at, HASH_LENGTH)
    number, at = decode_compact(data, at)
    if number >= _BLOCK_NUMBER_END:
        raise ScaleError(f"block number {number} does not fit u32")
    state_root, at = take(data, at, HASH_LENGTH)
    extrinsics_root, at = take(data, at, HASH_LENGTH)
    digest, at = _decode_digest(data, at)
    header = Header(
        Hash(parent_hash), BlockNumber(number), Hash(state_root), Hash(extrinsics_root), digest
    )
    return header, at


def _decode_digest(data: bytes, at: int) -> tuple[Digest, int]:
    count, at = _decode_count(data, at)
    items: list[DigestItem] = []
    for _ in range(count):
        item, at = _decode_digest_item(data, at)
        items.append(item)
    return Digest(tuple(items)), at


def _decode_digest_item(data: bytes, at: int) -> tuple[DigestItem, int]:
    (index,), at = take(data, at, 1)
    if index == _ENVIRONMENT_UPDATED:
        return RuntimeEnvironmentUpdated(), at
    if index == _OTHER:
        payload, at = take_sized(data, at)
        return Other(payload), at
    kind = _ENGINE_ITEMS.get(index)
    if kind is None:
        raise ScaleError(f"digest item {index} does not exist")
    engine, at = take(data, at, ENGINE_LENGTH)
    payload, at = take_sized(data, at)
    return kind(engine, payload), at


_ENGINE_ITEMS: Final[dict[int, type[Consensus | Seal | PreRuntime]]] = {
    _CONSENSUS: Consensus,
    _SEAL: Seal,
    _PRE_RUNTIME: PreRuntime,
}


def _decode_extrinsics(data: bytes, at: int) -> tuple[list[bytes], int]:
    count, at = _decode_count(data, at)
    extrinsics = []
    for _ in range(count):
        length, body = decode_compact(data, at)
        _, end = take(data, body, length)
        extrinsics.append(data[at:end])
        at = end
    return extrinsics, at


def _decode_count(data: bytes, at: int) -> tuple[int, int]:
    """Every counted item takes a byte at least, so a count beyond the input is refused unread."""
    count, at = decode_compact(data, at)
    if count > len(data) - at:
        raise ScaleError(f"{count} items announced in {len(data) - at} bytes")
    return count, at
