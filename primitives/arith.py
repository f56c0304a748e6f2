"""Integer arithmetic by the names the reference uses: saturating, wrapping."""

from typing import Final

U16_MAX: Final = 2**16 - 1
U32_MAX: Final = 2**32 - 1
U64_MAX: Final = 2**64 - 1
U128_MAX: Final = 2**128 - 1


def saturating_sub(a: int, b: int) -> int:
    """Unsigned subtraction that stops at zero."""
    return a - b if a > b else 0


def saturating_add_u32(a: int, b: int) -> int:
    """32-bit addition that stops at the top."""
    return min(a + b, U32_MAX)


def saturating_add_u64(a: int, b: int) -> int:
    """64-bit addition that stops at the top."""
    return min(a + b, U64_MAX)


def saturating_mul_u64(a: int, b: int) -> int:
    """64-bit product that stops at the top."""
    return min(a * b, U64_MAX)


def wrapping_add_u16(a: int, b: int) -> int:
    """16-bit addition modulo 2^16, as a release build does it."""
    return (a + b) & U16_MAX


def wrapping_mul_u16(a: int, b: int) -> int:
    """16-bit product modulo 2^16, as a release build does it."""
    return (a * b) & U16_MAX


def wrapping_add_u64(a: int, b: int) -> int:
    """64-bit addition modulo 2^64, as a release build does it."""
    return (a + b) & U64_MAX


def wrapping_sub_u64(a: int, b: int) -> int:
    """64-bit subtraction modulo 2^64, as a release build does it."""
    return (a - b) & U64_MAX
