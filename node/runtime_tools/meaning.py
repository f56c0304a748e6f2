"""Whether bytes that were made for one runtime mean the same to another.

What a type is called does not matter, only what it is made of. Nor does the name of a field, unless
fields trade places. Variants keep both their index and their name; there may be more of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from node.runtime_tools.metadata import (
    ArrayType,
    BitsType,
    Case,
    CompactType,
    EnumType,
    Field,
    NumberedType,
    PrimitiveType,
    SequenceType,
    StructType,
    TupleType,
)
from primitives.types import U32

_CALL: Final = "RuntimeCall"
"""A call inside a call: calls are compared one by one."""

Named = tuple[str | None, U32]
"""The name of a field, if it has one, and the number of its type."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that stands in extrinsics, or is signed with them."""

    place: str
    fields: Sequence[Named]


@dataclass(frozen=True, slots=True)
class Shapes:
    """What the extrinsics of a runtime are made of."""

    types: Mapping[U32, NumberedType] = field(default_factory=dict)
    parts: Mapping[tuple[str, str], Part] = field(default_factory=dict)
    """By kind and name: calls, signed extensions and types."""


def means_the_same(before: Shapes, after: Shapes, kind: str, name: str) -> bool:
    """Whether all bytes that the one runtime has for a part mean the same to the other."""
    old, new = before.parts.get((kind, name)), after.parts.get((kind, name))
    if old is None or new is None or old.place != new.place:
        return False
    return _Comparison(before.types, after.types).fields(old.fields, new.fields)


class _Comparison:
    """Two runtimes' types. A pair that is met again, inside itself, needs no second look."""

    def __init__(
        self, before: Mapping[U32, NumberedType], after: Mapping[U32, NumberedType]
    ) -> None:
        self._before = before
        self._after = after
        self._met: set[tuple[U32, U32]] = set()

    def fields(self, old: Sequence[Named], new: Sequence[Named]) -> bool:
        """Whether fields in a row are the same, whatever they are called."""
        return (
            len(old) == len(new)
            and not _trade_places([name for name, _ in old], [name for name, _ in new])
            and all(self._types(a, b) for (_, a), (_, b) in zip(old, new, strict=True))
        )

    def _types(self, old: U32, new: U32) -> bool:
        if (old, new) in self._met:
            return True
        self._met.add((old, new))
        before, after = self._before[old], self._after[new]
        if before.path[-1:] == after.path[-1:] == [_CALL]:
            return True
        match before.definition, after.definition:
            case StructType(a), StructType(b):
                return self.fields(_named(a), _named(b))
            case EnumType(a), EnumType(b):
                return self._cases(a, b)
            case (SequenceType(x), SequenceType(y)) | (CompactType(x), CompactType(y)):
                return self._types(x, y)
            case ArrayType(length, x), ArrayType(other, y):
                return length == other and self._types(x, y)
            case TupleType(a), TupleType(b):
                return self.fields([(None, x) for x in a], [(None, y) for y in b])
            case PrimitiveType(kind=x), PrimitiveType(kind=y):
                return bool(x == y)
            case BitsType(x, order), BitsType(y, other):
                orders = self._before[order].path, self._after[other].path
                return orders[0] == orders[1] and self._types(x, y)
            case _:
                return False

    def _cases(self, old: Sequence[Case], new: Sequence[Case]) -> bool:
        cases = {case.index: case for case in new}
        return all(
            case.index in cases
            and case.name == cases[case.index].name
            and self.fields(_named(case.fields), _named(cases[case.index].fields))
            for case in old
        )


def _named(fields: Sequence[Field]) -> list[Named]:
    return [(one.name, one.type) for one in fields]


def _trade_places(old: Sequence[str | None], new: Sequence[str | None]) -> bool:
    """Whether a name that was there before stands in another place now."""
    places = {name: place for place, name in enumerate(old) if name is not None}
    return any(place != places.get(name, place) for place, name in enumerate(new) if name)
