"""Field shapes of wire messages, compiled once from annotations: strict, bounded, canonical.

Only integers, byte strings and arrays travel: a flag is 0 or 1, an optional holds none or one.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from p2p.wire.reason import P2pFault, Reason


@dataclass(frozen=True, slots=True)
class Within:
    """Bounds of an integer, or of the length of bytes or an array; both included."""

    low: int
    high: int


U8 = Annotated[int, Within(0, 2**8 - 1)]
U16 = Annotated[int, Within(0, 2**16 - 1)]
U32 = Annotated[int, Within(0, 2**32 - 1)]
U64 = Annotated[int, Within(0, 2**64 - 1)]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one field travels. `unpack` raises P2pFault for whatever does not fit."""

    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


def refuse(detail: str) -> P2pFault:
    """Make the one error of decoding."""
    return P2pFault(Reason.UNDECODABLE, detail)


def shape_of(annotation: Any) -> Shape:
    """Compile an annotation."""
    if get_origin(annotation) is Annotated:
        base, bound = get_args(annotation)
        return _bounded_shape(base, bound)
    if get_origin(annotation) in (Union, UnionType):
        return _union_shape(get_args(annotation))
    if annotation is bool:
        return Shape(int, _unpack_flag)
    if isinstance(annotation, type) and issubclass(annotation, IntEnum):
        return Shape(int, _enum_reader(annotation))
    if isinstance(annotation, type) and is_dataclass(annotation):
        return record_shape(annotation)
    raise TypeError(f"{annotation!r} cannot travel in a message")


def record_shape(kind: type) -> Shape:
    """Compile a dataclass: an array of its fields, in order."""
    hints = get_type_hints(kind, include_extras=True)
    names = [field.name for field in fields(kind)]
    shapes = [shape_of(hints[name]) for name in names]

    def pack(value: Any) -> list[Any]:
        return [shape.pack(getattr(value, name)) for name, shape in zip(names, shapes, strict=True)]

    def unpack(plain: Any) -> Any:
        if type(plain) is not list or len(plain) != len(shapes):
            raise refuse(f"{kind.__name__} has {len(shapes)} fields")
        return kind(*(shape.unpack(item) for shape, item in zip(shapes, plain, strict=True)))

    return Shape(pack, unpack)


def _bounded_shape(base: Any, bound: Within) -> Shape:
    if base is int:
        return Shape(_same, _scalar_reader(int, bound, lambda value: value))
    if base is bytes:
        return Shape(_same, _scalar_reader(bytes, bound, len))
    item, _ = get_args(base)
    return _array_shape(shape_of(item), bound)


def _scalar_reader(
    kind: type, bound: Within, measure: Callable[[Any], int]
) -> Callable[[Any], Any]:
    def unpack(plain: Any) -> Any:
        if type(plain) is not kind or not bound.low <= measure(plain) <= bound.high:
            raise refuse(f"no {kind.__name__} within {bound.low}..{bound.high}")
        return plain

    return unpack


def _array_shape(item: Shape, bound: Within) -> Shape:
    def pack(values: Any) -> list[Any]:
        return [item.pack(value) for value in values]

    def unpack(plain: Any) -> tuple[Any, ...]:
        if type(plain) is not list or not bound.low <= len(plain) <= bound.high:
            raise refuse(f"no array of {bound.low}..{bound.high} items")
        return tuple(item.unpack(value) for value in plain)

    return Shape(pack, unpack)


def _union_shape(members: tuple[Any, ...]) -> Shape:
    """An optional of anything, or a choice of an integer and a byte string."""
    shapes = [shape_of(member) for member in members if member is not NoneType]
    if len(shapes) < len(members):
        return _optional_shape(shapes[0])
    number, text = shapes

    def unpack(plain: Any) -> Any:
        return number.unpack(plain) if type(plain) is int else text.unpack(plain)

    return Shape(_same, unpack)


def _optional_shape(inner: Shape) -> Shape:
    def pack(value: Any) -> list[Any]:
        return [] if value is None else [inner.pack(value)]

    def unpack(plain: Any) -> Any:
        if type(plain) is not list or len(plain) > 1:
            raise refuse("no optional")
        return inner.unpack(plain[0]) if plain else None

    return Shape(pack, unpack)


def _unpack_flag(plain: Any) -> bool:
    if type(plain) is not int or plain not in (0, 1):
        raise refuse("no flag")
    return plain == 1


def _enum_reader(kind: type[IntEnum]) -> Callable[[Any], Any]:
    members = {int(member): member for member in kind}

    def unpack(plain: Any) -> Any:
        member = members.get(plain) if type(plain) is int else None
        if member is None:
            raise refuse(f"no {kind.__name__}")
        return member

    return unpack


def _same(value: Any) -> Any:
    return value
