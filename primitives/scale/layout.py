"""Fixed layouts: types whose encoding always has the same size, packed and unpacked in one call.

A layout is a `struct` format for one or more plain values, with functions that make the typed
value of them and take it apart again. Records of such types are such types, so a whole account,
nested structs and all, is read by one call of `struct`.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from primitives.scale.errors import ScaleError, ScaleRangeError

Make = Callable[[Sequence[Any]], Any]
Parts = Callable[[Any], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How `count` values of a `struct` format stand for one typed value.

    `make` and `parts` are None where the one value is the typed value itself.
    """

    format: str
    count: int = 1
    make: Make | None = None
    parts: Parts | None = None

    @property
    def is_plain_number(self) -> bool:
        """Whether sequences of it can be packed under one repeat count, as `16H`."""
        return len(self.format) == 1 and self.make is None and self.parts is None


def record_layout(
    layouts: Sequence[Layout | None], make: Callable[..., Any], fields: Parts
) -> Layout | None:
    """The layout of a record, if all its fields have one.

    Args:
        layouts: those of the fields, in order.
        make: the record of its field values.
        fields: the field values of a record.
    """
    known = [layout for layout in layouts if layout is not None]
    if not known or len(known) < len(layouts):
        return None
    return Layout(
        "".join(layout.format for layout in known),
        sum([layout.count for layout in known]),
        _make_record(known, make),
        _take_apart(known, fields),
    )


def _make_record(layouts: Sequence[Layout], make: Callable[..., Any]) -> Make:
    if all(layout.make is None for layout in layouts):
        return lambda raw: make(*raw)
    *plain, last = layouts
    if last.make is not None and all(layout.make is None for layout in plain):
        return _make_with_last(len(plain), last.make, make)
    plan, start = [], 0
    for layout in layouts:
        plan.append((layout.make, start, start + layout.count))
        start += layout.count

    def make_record(raw: Sequence[Any]) -> Any:
        return make(
            *[raw[a] if make_field is None else make_field(raw[a:b]) for make_field, a, b in plan]
        )

    return make_record


def _make_with_last(plain: int, make_last: Make, make: Callable[..., Any]) -> Make:
    """For records with plain values before the one that is none, as accounts have."""
    if not plain:
        return lambda raw: make(make_last(raw))
    return lambda raw: make(*raw[:plain], make_last(raw[plain:]))


def _take_apart(layouts: Sequence[Layout], fields: Parts) -> Parts:
    takers = [layout.parts for layout in layouts]
    if all(taker is None for taker in takers):
        return fields

    *before, last = takers
    if last is not None and not any(before):
        return _parts_with_last(last, fields)

    def parts(value: Any) -> Sequence[Any]:
        flat: list[Any] = []
        for taker, field in zip(takers, fields(value), strict=True):
            if taker is None:
                flat.append(field)
            else:
                flat.extend(taker(field))
        return flat

    return parts


def _parts_with_last(take_last: Parts, fields: Parts) -> Parts:
    def parts(value: Any) -> Sequence[Any]:
        *plain, last = fields(value)
        return (*plain, *take_last(last))

    return parts


def packed_functions(
    layout: Layout, make: Make, parts: Parts
) -> tuple[Callable[[Any], bytes], Callable[[bytes, int], tuple[Any, int]]]:
    """Encode and decode functions of a record with a layout."""
    packer = struct.Struct("<" + layout.format)
    size, pack, unpack_from = packer.size, packer.pack, packer.unpack_from

    def encode(value: Any) -> bytes:
        try:
            return pack(*parts(value))
        except struct.error as error:
            raise ScaleRangeError(f"{value!r}: {error}") from None

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        try:
            return make(unpack_from(data, at)), at + size
        except struct.error:
            raise ScaleError(f"record at byte {at}: {size} bytes needed") from None

    return encode, decode
