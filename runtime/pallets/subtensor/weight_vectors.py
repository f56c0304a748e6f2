"""Fixed-point arithmetic on the weights of one validator, bit for bit as I32F32 does it."""

from collections.abc import Sequence
from typing import Final

from primitives.arith import U16_MAX
from primitives.types import U16

ONE: Final = 1 << 32
"""1.0 in I32F32: 32 bits before the point, 32 behind it."""

HALF: Final = ONE >> 1

SCALE_FIRST_UP_TO: Final = 32768
"""Largest value that 65,535 can multiply without leaving I32F32."""


def max_upscale_to_u16(values: Sequence[U16]) -> list[U16]:
    """Stretch the values so that the largest becomes 65,535.

    Small values are multiplied before they are divided, large ones after, because
    the product would overflow. The two roundings differ, so both must be kept.
    """
    top = max(values, default=U16(0))
    if top == 0:
        return list(values)
    if top > SCALE_FIRST_UP_TO:
        factor = (U16_MAX * ONE) // top
        return [_round(value * factor) for value in values]
    return [_round((value * U16_MAX * ONE) // top) for value in values]


def _round(fixed: int) -> U16:
    return U16((fixed + HALF) >> 32)


def is_max_limited(values: Sequence[U16], limit: U16) -> bool:
    """Whether no value's share of the sum is above `limit` of 65,535."""
    if not values:
        return True
    total = _as_i32(sum(values))
    top = max(values)
    if total == 0:
        return top * ONE <= _share(limit, U16_MAX)
    shares = (_share(value, total) for value in (min(values), top))
    return max(shares) <= _share(limit, U16_MAX)


def _share(part: int, whole: int) -> int:
    """The quotient as I32F32, rounded towards zero; a negative whole only comes of wrapping."""
    return part * ONE // whole if whole > 0 else -(part * ONE // -whole)


def _as_i32(number: int) -> int:
    """The integer bits of I32F32, which wrap: 32,769 full weights are too many for them."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)
