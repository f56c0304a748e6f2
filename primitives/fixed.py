"""Binary fixed-point numbers as the runtime reckons with them: integers inside, every bit exact.

A number is its *bits*, a plain integer b that stands for b / 2**fraction. A `FixedPoint` is a
format and holds the operations on such bits. They follow substrate-fixed 0.5.9
(encointer/substrate-fixed a4fb461): products round toward minus infinity, quotients toward zero,
and what does not fit either saturates (`mul`, `div`, `add`, `sub`) or wraps around, as operators
do in a release build (the `wrapping_` twins).
"""

from dataclasses import dataclass
from typing import Final

E_BITS: Final = 22_802_600
"""Euler's number with 23 fraction bits, to which the transcendental functions cut it."""

LOG2_E_BITS: Final = 12_102_203
"""log2(e) with 23 fraction bits."""

CONSTANT_FRACTION: Final = 23
"""Fraction bits of the two constants above."""


class OutOfRange(ArithmeticError):
    """A transcendental function left the range of its format, or its domain."""


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """A format of `width` bits, `fraction` of them behind the point; two's complement if signed."""

    width: int
    fraction: int
    signed: bool = True

    @property
    def one(self) -> int:
        """The bits of 1."""
        return 1 << self.fraction

    @property
    def highest(self) -> int:
        """The greatest bits that fit."""
        return (1 << (self.width - self.signed)) - 1

    @property
    def lowest(self) -> int:
        """The least bits that fit."""
        return -(1 << (self.width - 1)) if self.signed else 0

    def fits(self, bits: int) -> bool:
        """Whether the format can hold these bits."""
        return self.lowest <= bits <= self.highest

    def wrap(self, bits: int) -> int:
        """Reduce to the width, keeping the low bits."""
        return ((bits - self.lowest) & ((1 << self.width) - 1)) + self.lowest

    def saturate(self, bits: int) -> int:
        """Clamp to the range."""
        return max(self.lowest, min(self.highest, bits))

    def of(self, integer: int) -> int:
        """The bits of an integer, wrapped."""
        return self.wrap(integer << self.fraction)

    def convert(self, bits: int, source: "FixedPoint") -> int:
        """The bits here of a number of another format: floor, then wrap."""
        shift = self.fraction - source.fraction
        return self.wrap(bits << shift if shift >= 0 else bits >> -shift)

    def to_unsigned(self, bits: int, width: int) -> int:
        """The integer part as an unsigned integer of `width` bits: floor, then wrap."""
        return (bits >> self.fraction) & ((1 << width) - 1)

    def add(self, a: int, b: int) -> int:
        """Saturating sum."""
        return self.saturate(a + b)

    def sub(self, a: int, b: int) -> int:
        """Saturating difference."""
        return self.saturate(a - b)

    def mul(self, a: int, b: int) -> int:
        """Saturating product, rounded down."""
        return self.saturate((a * b) >> self.fraction)

    def div(self, a: int, b: int) -> int:
        """Saturating quotient, rounded toward zero; ZeroDivisionError where Rust panics."""
        return self.saturate(_truncated_quotient(a << self.fraction, b))

    def wrapping_add(self, a: int, b: int) -> int:
        """The operator + of a release build."""
        return self.wrap(a + b)

    def wrapping_sub(self, a: int, b: int) -> int:
        """The operator - of a release build."""
        return self.wrap(a - b)

    def wrapping_mul(self, a: int, b: int) -> int:
        """The operator * of a release build, rounded down."""
        return self.wrap((a * b) >> self.fraction)

    def wrapping_div(self, a: int, b: int) -> int:
        """The operator / of a release build, rounded toward zero."""
        return self.wrap(_truncated_quotient(a << self.fraction, b))

    def round(self, bits: int) -> int:
        """The nearest whole number, ties away from zero."""
        half = self.one >> 1
        whole = (abs(bits) + half) >> self.fraction << self.fraction
        return self.wrap(whole if bits >= 0 else -whole)

    def exp(self, x: int) -> int:
        """e**x by a series with as many terms as there are fraction bits (transcendental.rs `exp`).

        Raises OutOfRange when a step overflows, which may come before the result itself would.
        """
        if x == 0:
            return self.one
        if x == self.one:
            return E_BITS << (self.fraction - CONSTANT_FRACTION)
        magnitude = self.wrap(abs(x))
        result = self.wrap(magnitude + self.one)
        term = magnitude
        for power in range(2, self.fraction):
            term = self._checked((term * magnitude) >> self.fraction)
            term = self._checked(_truncated_quotient(term, power))
            result = self._checked(result + term)
        if x < 0:
            return self._checked(_truncated_quotient(self.one << self.fraction, result))
        return result

    def ln(self, x: int) -> int:
        """The natural logarithm, by way of the binary one (transcendental.rs `ln`)."""
        log2_e = LOG2_E_BITS << (self.fraction - CONSTANT_FRACTION)
        return self._checked(_truncated_quotient(self.log2(x) << self.fraction, log2_e))

    def log2(self, x: int) -> int:
        """The binary logarithm (transcendental.rs `log2`); OutOfRange unless x is positive."""
        if x <= 0:
            raise OutOfRange
        if x >= self.one:
            return self._log2_of_at_least_one(x)
        inverse = _truncated_quotient(self.one << self.fraction, x)
        return -self._log2_of_at_least_one(self._checked(inverse))

    def _log2_of_at_least_one(self, x: int) -> int:
        """Whole part by halving, then one fraction bit per squaring; halving rounds up."""
        two = self.one << 1
        result = 0
        while x >= two:
            result += 1
            x = (x >> 1) + (x & 1)
        if x == self.one:
            return result << self.fraction
        for _ in range(self.fraction):
            x = (x * x) >> self.fraction
            result <<= 1
            if x >= two:
                result |= 1
                x = (x >> 1) + (x & 1)
        return result

    def _checked(self, bits: int) -> int:
        if not self.fits(bits):
            raise OutOfRange
        return bits


def _truncated_quotient(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


I32F32: Final = FixedPoint(width=64, fraction=32)
"""Fractions and their sums in the epoch."""

I64F64: Final = FixedPoint(width=128, fraction=64)
"""Stakes before they are normalised, and the emission of the root network."""

I96F32: Final = FixedPoint(width=128, fraction=32)
"""Amounts in rao with a fraction behind."""

U64F64: Final = FixedPoint(width=128, fraction=64, signed=False)
"""Returns of delegates, as the runtime API tells them."""

I110F18: Final = FixedPoint(width=128, fraction=18)
"""Burn and difficulty on their way to the next interval."""
