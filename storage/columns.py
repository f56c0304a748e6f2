"""The schema page: every key prefix, the type of its keys, the type of its values.

A key is one prefix byte, then the column's own key. Numbers in keys are big-endian, so that keys
sort by number. Records that only this node reads are msgpack; everything else is SCALE or opaque.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgpack

from primitives.block import Header
from primitives.types import BlockNumber, Hash
from storage.kv import KeyValue, WriteBatch

SCHEMA_VERSION: Final = 2
"""Raised with every change to this page that an older node would misread."""
OLDEST_VERSION: Final = 1
"""A database of this format is one of the present format in which there are no child tries yet."""

K = TypeVar("K")
V = TypeVar("V")


class Head(NamedTuple):
    """A block by hash and number."""

    hash: Hash
    number: BlockNumber


Justification = tuple[bytes, bytes]
"""A consensus engine and its proof."""


@dataclass(frozen=True, slots=True)
class Form(Generic[V]):
    """How a type of this page is written, and its name for the reader."""

    name: str
    encode: Callable[[V], bytes]
    decode: Callable[[bytes], V]


def _record(name: str, build: Callable[[Any], V]) -> Form[V]:
    return Form(name, msgpack.packb, lambda data: build(msgpack.unpackb(data)))


OPAQUE: Final[Form[bytes]] = Form("bytes", bytes, bytes)
HASH: Final[Form[Hash]] = Form("hash", bytes, Hash)
NUMBER: Final[Form[BlockNumber]] = Form(
    "u32 big-endian",
    lambda number: number.to_bytes(4, "big"),
    lambda data: BlockNumber(int.from_bytes(data, "big")),
)
HEAD_KEY: Final[Form[Head]] = Form(
    "u32 big-endian, hash",
    lambda head: head.number.to_bytes(4, "big") + head.hash,
    lambda data: Head(Hash(data[4:]), BlockNumber(int.from_bytes(data[:4], "big"))),
)
HEADER: Final[Form[Header]] = Form("SCALE header", Header.encode, Header.decode)
HEAD: Final = _record("msgpack [hash, number]", lambda fields: Head(*fields))
COUNT: Final = _record("msgpack integer", int)
EXTRINSICS: Final = _record("msgpack [extrinsic, …]", list[bytes])
JUSTIFICATIONS: Final = _record(
    "msgpack [[engine, proof], …]", lambda pairs: [(engine, proof) for engine, proof in pairs]
)


@dataclass(frozen=True, slots=True)
class Column(Generic[K, V]):
    """The keys under one prefix."""

    prefix: bytes
    key: Form[K]
    value: Form[V]

    def get(self, kv: KeyValue, key: K) -> V | None:
        found = kv.get(self.prefix + self.key.encode(key))
        return None if found is None else self.value.decode(found)

    def put(self, batch: WriteBatch, key: K, value: V) -> None:
        batch.put(self.prefix + self.key.encode(key), self.value.encode(value))

    def delete(self, batch: WriteBatch, key: K) -> None:
        batch.delete(self.prefix + self.key.encode(key))

    def all_keys(self, kv: KeyValue) -> list[K]:
        skip = len(self.prefix)
        return [self.key.decode(key[skip:]) for key in kv.keys(self.prefix)]


@dataclass(frozen=True, slots=True)
class Cell(Generic[V]):
    """A single value, under the prefix `m` and its name."""

    name: bytes
    value: Form[V]

    @property
    def key(self) -> bytes:
        return b"m" + self.name

    def get(self, kv: KeyValue) -> V | None:
        found = kv.get(self.key)
        return None if found is None else self.value.decode(found)

    def put(self, batch: WriteBatch, value: V) -> None:
        batch.put(self.key, self.value.encode(value))


SCHEMA: Final = Cell(b"schema", COUNT)
"""The SCHEMA_VERSION that wrote the database. Written first, read before anything else."""
PRUNING: Final = Cell(b"pruning", COUNT)
"""How many finalized states are kept; 0 for all."""
GENESIS: Final = Cell(b"genesis", HASH)
"""The first block."""
BEST: Final = Cell(b"best", HEAD)
"""The head of the best chain, whose state the mirror shows."""
FINALIZED: Final = Cell(b"finalized", HEAD)
"""The highest finalized block."""
BASE: Final = Cell(b"base", HEAD)
"""The block with whose state the database began, if that was not genesis. Of this block only the
header is here, and nothing of the blocks between genesis and it."""

HEADERS: Final = Column(b"h", HASH, HEADER)
"""Every known block, by hash."""
BODIES: Final = Column(b"b", HASH, EXTRINSICS)
"""Its extrinsics, each with its length prefix."""
PROOFS: Final = Column(b"j", HASH, JUSTIFICATIONS)
"""Why it is final, if someone told us."""
CANONICAL: Final = Column(b"n", NUMBER, HASH)
"""The best chain, by height."""
LEAVES: Final = Column(b"l", HEAD_KEY, OPAQUE)
"""Blocks without children; the value is empty."""

STATES: Final = Column(b"r", HASH, HASH)
"""The state roots of the blocks whose state is kept, by block."""
MIRROR: Final = Column(b"s", OPAQUE, OPAQUE)
"""The state of the best block, flat: storage key to value."""
NODES: Final = Column(b"t", HASH, OPAQUE)
"""Encoded trie nodes, by hash."""
VALUES: Final = Column(b"v", HASH, OPAQUE)
"""Values too long for their trie node, by hash."""
CHILD_INDEX: Final = Column(b"i", HASH, OPAQUE)
"""Once more those trie nodes, by hash, below which stand the roots of child tries. Written only
when pruning."""
REFERENCES: Final = Column(b"c", OPAQUE, COUNT)
"""How often a node or value, given by its full key, is referred to; absent when once. Written only
when pruning."""
