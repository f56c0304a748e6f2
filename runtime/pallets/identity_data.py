"""Data: a short blob or the hash of a longer one, with its own SCALE encoding.

One byte tells both the kind and, of a blob stored as it is, the length:

    0            nothing
    1 + n        n bytes, up to the longest allowed
    longest + 2  a hash of 32 bytes; so too the next three, for other hash functions
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from primitives.scale.codec import AnyCodec, Codec
from primitives.scale.containers import fixed_bytes
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scale.shape import Case, Field, Variant
from primitives.scale.types import BYTE, codec_of
from primitives.types import Bytes32


class DataKind(Enum):
    """What the bytes of a Data are; hashes are numbered from where blobs end."""

    NOTHING = "None"
    RAW = "Raw"
    BLAKE_TWO_256 = "BlakeTwo256"
    SHA_256 = "Sha256"
    KECCAK_256 = "Keccak256"
    SHA_THREE_256 = "ShaThree256"


HASHES = (
    DataKind.BLAKE_TWO_256,
    DataKind.SHA_256,
    DataKind.KECCAK_256,
    DataKind.SHA_THREE_256,
)
"""Kinds of hashes in the order of their index bytes."""

HASH_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class Data:
    """A blob, its hash, or nothing."""

    kind: DataKind = DataKind.NOTHING
    content: bytes = b""

    @staticmethod
    def raw(content: bytes) -> "Data":
        """A blob stored as it is."""
        return Data(DataKind.RAW, content)


@cache
def _array(length: int) -> AnyCodec:
    return codec_of(Bytes32) if length == HASH_LENGTH else fixed_bytes(length, BYTE)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The index bytes of one Data type."""

    path: str
    longest: int

    @property
    def first_hash(self) -> int:
        """Index byte of the first kind of hash."""
        return self.longest + 2

    def encode(self, data: Data) -> bytes:
        """Index byte and content."""
        size = len(data.content)
        if data.kind is DataKind.NOTHING:
            index, fits = 0, size == 0
        elif data.kind is DataKind.RAW:
            index, fits = 1 + size, size <= self.longest
        else:
            index, fits = self.first_hash + HASHES.index(data.kind), size == HASH_LENGTH
        if not fits:
            raise ScaleRangeError(f"{data.kind.value} data of {size} bytes")
        return bytes((index,)) + data.content

    def decode(self, data: bytes, at: int) -> tuple[Data, int]:
        """The content that the index byte announces."""
        if at >= len(data) or data[at] >= self.first_hash + len(HASHES):
            raise ScaleError(f"Data at byte {at}: no variant {data[at : at + 1].hex()}")
        kind, size = self._kind_of(data[at])
        content, end = _array(size).decode(data, at + 1)
        return Data(kind, content), end

    def _kind_of(self, index: int) -> tuple[DataKind, int]:
        if index == 0:
            return DataKind.NOTHING, 0
        if index < self.first_hash:
            return DataKind.RAW, index - 1
        return HASHES[index - self.first_hash], HASH_LENGTH

    def shape(self) -> Variant:
        """An enum with a variant for every length, as metadata shows it."""
        blobs = (
            Case(f"Raw{size}", 1 + size, (Field(None, _array(size)),))
            for size in range(self.longest + 1)
        )
        hashes = (
            Case(kind.value, self.first_hash + place, (Field(None, _array(HASH_LENGTH)),))
            for place, kind in enumerate(HASHES)
        )
        return Variant(self.path, (Case("None", 0), *blobs, *hashes))


def data_codec(path: str, longest: int) -> Codec[Data]:
    """The encoding of a Data type whose blobs have at most `longest` bytes."""
    layout = _Layout(path, longest)
    return Codec(layout.encode, layout.decode, layout.shape)
