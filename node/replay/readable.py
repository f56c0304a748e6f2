"""Encoded values in a form for people, by the shapes of their types."""

from typing import Any, Final

from primitives import ss58
from primitives.scale.compact import decode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.raw import take
from primitives.scale.shape import (
    Array,
    Case,
    CompactOf,
    Composite,
    Described,
    Field,
    Primitive,
    Sequence,
    Tuple,
    Variant,
)

ACCOUNT_PATH: Final = "sp_core::crypto::AccountId32"
_BYTE: Final = Primitive("u8")


def readable(kind: Described, data: bytes) -> Any:
    """A whole value; hex where the bytes are not of this type."""
    try:
        value, at = read(kind, data, 0)
    except (ScaleError, IndexError, UnicodeDecodeError):
        return "0x" + data.hex()
    return value if at == len(data) else "0x" + data.hex()


def read(kind: Described, data: bytes, at: int) -> tuple[Any, int]:
    """The value at a position, and the position behind it."""
    shape = kind.shape
    match shape:
        case Primitive(name):
            return _read_primitive(name, data, at)
        case Composite(path=path) if path == ACCOUNT_PATH:
            account, at = take(data, at, 32)
            return ss58.encode(account), at
        case Composite(fields=fields) | Tuple(items=fields):
            return _read_fields([_as_field(part) for part in fields], data, at)
        case Variant():
            return _read_variant(shape, data, at)
        case Sequence(item):
            count, at = decode_compact(data, at)
            return _read_items(item, count, data, at)
        case Array(item, length):
            return _read_items(item, length, data, at)
        case CompactOf():
            return decode_compact(data, at)
        case _:
            raise ScaleError("no form for people")


def _as_field(part: Field | Described) -> Field:
    return part if isinstance(part, Field) else Field(None, part)


def _read_primitive(name: str, data: bytes, at: int) -> tuple[Any, int]:
    if name == "str":
        length, at = decode_compact(data, at)
        raw, at = take(data, at, length)
        return raw.decode(), at
    width = 1 if name == "bool" else int(name[1:]) // 8
    raw, at = take(data, at, width)
    number = int.from_bytes(raw, "little", signed=name.startswith("i"))
    return bool(number) if name == "bool" else number, at


def _read_items(item: Described, count: int, data: bytes, at: int) -> tuple[Any, int]:
    if item.shape == _BYTE:
        raw, at = take(data, at, count)
        return "0x" + raw.hex(), at
    items = []
    for _ in range(count):
        value, at = read(item, data, at)
        items.append(value)
    return items, at


def _read_fields(fields: list[Field], data: bytes, at: int) -> tuple[Any, int]:
    values = []
    for part in fields:
        value, at = read(part.type, data, at)
        values.append(value)
    if len(values) == 1 and fields[0].name is None:
        return values[0], at
    if fields and all(part.name for part in fields):
        return {part.name: value for part, value in zip(fields, values, strict=True)}, at
    return values, at


def read_case(case: Case, data: bytes, at: int) -> tuple[Any, int]:
    """The fields of a variant, under its name."""
    if not case.fields:
        return case.name, at
    value, at = _read_fields(list(case.fields), data, at)
    return {case.name: value}, at


def _read_variant(shape: Variant, data: bytes, at: int) -> tuple[Any, int]:
    index, at = take(data, at, 1)
    for case in shape.cases:
        if case.index == index[0]:
            return read_case(case, data, at)
    raise ScaleError(f"{shape.path} has no variant {index[0]}")
