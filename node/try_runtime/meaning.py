"""Entries that no migration touched, and that the new types read as something else.

Fields and variants that moved decode as well as ever. New names are nobody's business here: only
what both runtimes call by the same name can move.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from node.runtime_tools.metadata import (
    ArrayType,
    Case,
    CompactType,
    EnumType,
    Field,
    NumberedType,
    SequenceType,
    StructType,
    TupleType,
)
from node.runtime_tools.storage import NAME, StorageReader
from node.try_runtime.report import Check
from primitives.scale.errors import ScaleError

Named = TypeVar("Named", Field, Case)


def check_meaning(
    before: Mapping[bytes, bytes],
    after: Mapping[bytes, bytes],
    old: StorageReader,
    new: StorageReader,
    check: Check,
) -> None:
    """Compare what the runtimes read in every entry that stayed as it was, where types moved."""
    moved: dict[bytes, list[str]] = {}
    touched: dict[bytes, int] = {}
    for key, value in after.items():
        prefix = key[: 2 * NAME]
        if prefix not in moved:
            moved[prefix] = _Comparison(old, new).of(prefix)
        if moved[prefix] and before.get(key) == value and _differs(key, value, old, new):
            touched[prefix] = touched.get(prefix, 0) + 1
    for prefix, count in sorted(touched.items()):
        check.fail(
            f"{new.name(prefix)}: {count} entries as before say something else now: "
            + "; ".join(moved[prefix])
        )


class _Comparison:
    """The types of one item in two runtimes."""

    def __init__(self, old: StorageReader, new: StorageReader) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[int, int]] = set()

    def of(self, prefix: bytes) -> list[str]:
        """What moved in an item that both have."""
        one, other = self._old.item(prefix), self._new.item(prefix)
        if one is None or other is None:
            return []
        pairs = zip((*one.keys, one.value), (*other.keys, other.value), strict=False)
        return [move for pair in pairs for move in self._moves(*pair)]

    def _moves(self, one: int, other: int) -> Iterator[str]:
        """What moved in two types and in what they are made of."""
        if (one, other) in self._seen:
            return
        self._seen.add((one, other))
        before, after = self._old.types[one], self._new.types[other]
        match before.definition, after.definition:
            case StructType(fields), StructType(others):
                yield from _moved_fields(before, fields, others)
            case EnumType(cases), EnumType(others):
                yield from _moved_cases(before, cases, others)
            case _:
                pass
        for pair in _parts(before, after):
            yield from self._moves(*pair)


def _parts(before: NumberedType, after: NumberedType) -> list[tuple[Any, Any]]:
    """Types within two types that stand for the same."""
    match before.definition, after.definition:
        case StructType(fields), StructType(others):
            return _twins(fields, others)
        case EnumType(cases), EnumType(others):
            both = _pairs(cases, others)
            return [pair for one, other in both for pair in _twins(one.fields, other.fields)]
        case TupleType(items), TupleType(others):
            return list(zip(items, others, strict=False))
        case SequenceType(item), SequenceType(other):
            return [(item, other)]
        case CompactType(item), CompactType(other):
            return [(item, other)]
        case ArrayType(item=item), ArrayType(item=other):
            return [(item, other)]
        case _:
            return []


def _moved_fields(kind: NumberedType, fields: list[Field], others: list[Field]) -> Iterator[str]:
    names = [one.name for one, _ in _pairs(fields, others) if one.name is not None]
    now = [other.name for other, _ in _pairs(others, fields) if other.name is not None]
    if names != now:
        yield f"{_name(kind)} has {', '.join(now)} where it had {', '.join(names)}"


def _moved_cases(kind: NumberedType, cases: list[Case], others: list[Case]) -> Iterator[str]:
    for case, twin in _pairs(cases, others):
        if case.index != twin.index:
            yield f"{_name(kind)}::{case.name} is {twin.index} where it was {case.index}"


def _pairs(some: list[Named], others: list[Named]) -> list[tuple[Named, Named]]:
    """Those that have the same name."""
    twins = {each.name: each for each in others}
    return [(each, twins[each.name]) for each in some if each.name in twins]


def _twins(fields: list[Field], others: list[Field]) -> list[tuple[Any, Any]]:
    """Types of fields that belong together: by name, or by place where they have none."""
    if all(field.name is None for field in fields):
        return [(one.type, other.type) for one, other in zip(fields, others, strict=False)]
    return [(one.type, other.type) for one, other in _pairs(fields, others)]


def _name(kind: NumberedType) -> str:
    return "::".join(kind.path)


def _differs(key: bytes, value: bytes, old: StorageReader, new: StorageReader) -> bool:
    """Whether both can read an entry, each in its way."""
    try:
        before, after = ((reader.keys(key), reader.value(key, value)) for reader in (old, new))
    except (ScaleError, RecursionError):
        return False
    return bool(before != after)
