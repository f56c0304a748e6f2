"""What values are made of: the words and numbers in encoded bytes, and where they stand."""

from dataclasses import dataclass
from typing import Final

from node.runtime_tools.metadata import (
    ArrayType,
    Definition,
    EnumType,
    Metadata,
    PrimitiveType,
    SequenceType,
    StructType,
    TupleType,
)
from node.runtime_tools.values import INTEGERS, U8, Values
from primitives.scale.compact import decode_compact
from primitives.scale.raw import take

SHORTEST_WORD: Final = 8
"""Bytes. An account and a hash have 20 or more; what is shorter may well mean something."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A piece of an encoded value that could be another one."""

    at: int
    length: int
    is_number: bool
    """If not it is a word: an account, a hash, or other bytes whose meaning is that they differ."""


class Leaves:
    """Finds them in values of all types of one runtime."""

    def __init__(self, metadata: Metadata, values: Values) -> None:
        self._types: dict[int, Definition] = {
            kind.number: kind.definition for kind in metadata.types
        }
        self._values = values

    def of(self, kind: int, data: bytes) -> list[Leaf]:
        """Those of a whole value, in order; ScaleError if it is none of this type."""
        found: list[Leaf] = []
        self._walk(kind, data, 0, found)
        return found

    def _walk(self, kind: int, data: bytes, at: int, found: list[Leaf]) -> int:
        """Collect from one offset on, and answer the one behind."""
        match self._types[kind]:
            case StructType(fields):
                inner = [field.type for field in fields]
            case TupleType(items):
                inner = list(items)
            case EnumType(cases):
                index, at = take(data, at, 1)
                inner = [f.type for case in cases if case.index == index[0] for f in case.fields]
            case ArrayType(length, item):
                return self._walk_items(item, length, data, at, found)
            case SequenceType(item):
                count, at = decode_compact(data, at)
                return self._walk_items(item, count, data, at, found)
            case PrimitiveType(kind=primitive) if primitive in INTEGERS:
                width = INTEGERS[primitive][0]
                found.append(Leaf(at, width, is_number=True))
                return at + width
            case _:
                return self._values.reader(kind)(data, at)[1]
        for part in inner:
            at = self._walk(part, data, at, found)
        return at

    def _walk_items(self, item: int, count: int, data: bytes, at: int, found: list[Leaf]) -> int:
        definition = self._types[item]
        if isinstance(definition, PrimitiveType) and definition.kind == U8:
            if count >= SHORTEST_WORD:
                found.append(Leaf(at, count, is_number=False))
            return at + count
        for _ in range(count):
            at = self._walk(item, data, at, found)
        return at
