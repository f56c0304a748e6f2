"""Compact integers: one to sixty-eight bytes, whose two lowest bits name the form.

    xxxxxx00                        below 2^6
    xxxxxx01 x                      below 2^14
    xxxxxx10 x x x                  below 2^30
    nnnnnn11 and n + 4 bytes        anything up to 2^536

All forms are little-endian. Of the forms that could hold a number only the shortest is valid.
"""

from typing import Final

from primitives.scale.errors import ScaleError, ScaleRangeError

MAX_COMPACT: Final = (1 << 536) - 1
"""Six bits count the bytes of the last form from four on: sixty-seven at most."""

_ONE_BYTE_END: Final = 1 << 6
_TWO_BYTE_END: Final = 1 << 14
_FOUR_BYTE_END: Final = 1 << 30


def encode_compact(n: int) -> bytes:
    """Encode a non-negative integer in the shortest form."""
    if n < 0 or n > MAX_COMPACT:
        raise ScaleRangeError(f"{n} does not fit a compact integer")
    if n < _ONE_BYTE_END:
        return bytes((n << 2,))
    if n < _TWO_BYTE_END:
        return (n << 2 | 1).to_bytes(2, "little")
    if n < _FOUR_BYTE_END:
        return (n << 2 | 2).to_bytes(4, "little")
    width = (n.bit_length() + 7) // 8
    return bytes(((width - 4) << 2 | 3,)) + n.to_bytes(width, "little")


def decode_compact(data: bytes, at: int) -> tuple[int, int]:
    """Decode the compact integer at an offset; answer it and the offset behind it."""
    if not 0 <= at < len(data):
        raise ScaleError(f"compact integer expected at byte {at} of {len(data)}")
    first = data[at]
    form = first & 3
    if form == 0:
        return first >> 2, at + 1
    if form == 1:
        return _decode_short(data, at, width=2, least=_ONE_BYTE_END)
    if form == 2:
        return _decode_short(data, at, width=4, least=_TWO_BYTE_END)
    return _decode_long(data, at + 1, width=(first >> 2) + 4)


def _decode_short(data: bytes, at: int, *, width: int, least: int) -> tuple[int, int]:
    end = at + width
    if end > len(data):
        raise ScaleError(f"compact integer at byte {at} is cut off")
    n = int.from_bytes(data[at:end], "little") >> 2
    if n < least:
        raise ScaleError(f"compact integer at byte {at} is longer than needed")
    return n, end


def _decode_long(data: bytes, at: int, *, width: int) -> tuple[int, int]:
    end = at + width
    if end > len(data):
        raise ScaleError(f"compact integer at byte {at - 1} is cut off")
    n = int.from_bytes(data[at:end], "little")
    if n < _FOUR_BYTE_END or data[end - 1] == 0:
        raise ScaleError(f"compact integer at byte {at - 1} is longer than needed")
    return n, end
