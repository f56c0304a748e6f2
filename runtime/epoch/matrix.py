"""Integer vectors and matrices with fixed-point meaning: the runtime's one door to numpy.

A *fraction* is an unsigned 64-bit integer f that stands for f / 2**32 and lies in 0..ONE, ONE
included: the bits of a non-negative I32F32. Each product and quotient is rounded down by itself,
before any sum, as in opentensor/subtensor pallets/subtensor/src/math.rs at f7553e267; exact sums
may then be taken in any order. Matrices are dense: a line per uid with a permit or bonds, a column
per uid.

A stored row is SCALE `Vec<(u16, u16)>`: a compact length, then per entry the column and the value,
little-endian, which is one 32-bit word with the column in its low half:

    | compact n | column lo hi | value lo hi | column lo hi | value lo hi | ...
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from primitives.scale.compact import encode_compact

Fractions: TypeAlias = NDArray[np.uint64]
"""Fractions, or whole numbers of 64 bits such as blocks and rao."""

Flags: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.int64]
Shorts: TypeAlias = NDArray[np.uint16]
Words: TypeAlias = NDArray[np.uint32]

FRACTION_BITS: Final = 32
"""Bits behind the point of I32F32."""

ONE: Final = 1 << FRACTION_BITS
"""The fraction 1, the greatest one."""

U16_MAX: Final = 0xFFFF
"""A stored proportion k stands for k / 65535."""

U64_MAX: Final = (1 << 64) - 1


def whole_numbers(values: Iterable[int]) -> Fractions:
    """A vector of unsigned 64-bit integers."""
    return np.fromiter(values, dtype=np.uint64)


def flags(values: Iterable[bool]) -> Flags:
    """A vector of booleans."""
    return np.fromiter(values, dtype=np.bool_)


def indices(values: Iterable[int]) -> Indices:
    """A vector of uids or positions."""
    return np.fromiter(values, dtype=np.int64)


def positions(where: Flags) -> Indices:
    """The indices that are flagged, ascending."""
    return np.flatnonzero(where)


def zeros(*shape: int) -> Fractions:
    """A vector or matrix of zeros."""
    return np.zeros(shape, dtype=np.uint64)


def column_vector(vector: Fractions) -> Fractions:
    """The vector shaped to give one factor or divisor per line of a matrix."""
    return vector.reshape(-1, 1)


def exact_total(values: Fractions) -> int:
    """The sum as a Python integer, which no number of addends overflows."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFF_FFFF).sum())


def multiply(matrix: Fractions, factor: Fractions) -> Fractions:
    """floor(matrix * factor / ONE) entry by entry; `factor` is a vector shaped to broadcast.

    ONE * ONE is the only product that does not fit 64 bits; it wraps to zero and is put right.
    """
    product = matrix * factor
    product >>= FRACTION_BITS
    if (factor == ONE).any():
        product += matrix & factor & ONE
    return product


def divide(dividend: Fractions, divisor: Fractions | int) -> Fractions:
    """floor(dividend * ONE / divisor), by long division in digits as wide as 64 bits allow.

    Where the divisor is zero the result is the dividend times ONE, of use only if that is zero too.
    """
    divisor = np.maximum(np.asarray(divisor, dtype=np.uint64), np.uint64(1))
    digit = 64 - int(divisor.max(initial=1)).bit_length()
    quotient: Fractions = dividend // divisor
    rest: Fractions = dividend - quotient * divisor
    missing = FRACTION_BITS
    while missing:
        step = min(digit, missing)
        rest <<= step
        low = rest // divisor
        rest -= low * divisor
        quotient <<= step
        quotient += low
        missing -= step
    return quotient


def divide_entries(matrix: Fractions, divisors: Fractions) -> Fractions:
    """floor(matrix * ONE / divisors) entry by entry, in one step of 64 bits.

    Entries and divisors are both fractions, or both whole numbers below 2**32; no entry exceeds its
    divisor. `divisors` is a vector shaped to broadcast; where it is zero, so are the entries.
    ONE, which leaves 64 bits when shifted, can only be divided by ONE.
    """
    quotient: Fractions = np.left_shift(matrix, FRACTION_BITS)
    quotient //= np.maximum(divisors, np.uint64(1))
    if (divisors == ONE).any():
        quotient += matrix & ONE
    return quotient


def normalized(vector: Fractions) -> Fractions:
    """The entries divided by their sum; a vector of zeros stays as it is."""
    return divide(vector, int(vector.sum()))


def signed_blend(
    observed: Fractions, stored: Fractions, factor: int, other_factor: int
) -> Fractions:
    """Blend two matrices of fractions by factors in ONE of any sign and size.

    Each product is rounded down and the sum wraps, as in I32F32; sums below zero become zero.
    """
    blend = _signed_product(observed, factor) + _signed_product(stored, other_factor)
    return blend.clip(min=0).view(np.uint64)


def _signed_product(matrix: Fractions, factor: int) -> NDArray[np.int64]:
    whole, part = divmod(factor, ONE)
    return matrix.view(np.int64) * whole + ((matrix * part) >> FRACTION_BITS).view(np.int64)


def weighted_median(scores: Fractions, stake: Fractions, minority: int) -> Fractions:
    """Per column the least score at which the stake of scores up to it exceeds `minority`.

    It is the greatest score where none does. The pivot search `weighted_median` of math.rs finds
    the same.

    Args:
        scores: fractions, a line per staker.
        stake: fractions, one per line.
        minority: in ONE; may be negative, then the least score is the median.
    """
    lines, columns = scores.shape
    if lines == 0:
        return zeros(columns)
    # The line rides in the low bits of the sort key: a sort of keys is several times faster than an
    # argsort, and leaves the scores sorted as well.
    line_bits = lines.bit_length()
    keys = np.ascontiguousarray(scores.T)
    keys <<= line_bits
    keys |= np.arange(lines, dtype=np.uint64)
    keys.sort(axis=1)
    reached = stake.take((keys & ((1 << line_bits) - 1)).view(np.int64))
    np.cumsum(reached, axis=1, out=reached)
    exceeds = reached > minority
    exceeds[:, -1] = True
    median: Fractions = keys[np.arange(columns), exceeds.argmax(axis=1)] >> line_bits
    return median


def top(values: Fractions, count: int) -> Flags:
    """Flag the `count` greatest values; of equal ones the higher index wins (`is_topk`)."""
    chosen = np.ones(values.size, dtype=np.bool_)
    if values.size >= count:
        chosen[np.argsort(values, kind="stable")[: values.size - count]] = False
    return chosen


def to_u16(values: Fractions) -> Shorts:
    """Fractions as stored proportions, rounded down (math.rs `fixed_proportion_to_u16`)."""
    return ((values * U16_MAX) >> FRACTION_BITS).astype(np.uint16)


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Stored rows of one map, as they stand in storage.

    Attributes:
        uids: the uid of each row, shape (rows,).
        lengths: entries in each row, shape (rows,).
        words: all entries, row after row, column | value << 16, shape (entries,).
    """

    uids: Indices
    lengths: Indices
    words: Words

    @staticmethod
    def decode(uids: Sequence[int], rows: Sequence[bytes]) -> "SparseRows":
        """Read SCALE rows, one slice per row and nothing per entry; their length says how many."""
        sizes = indices(map(len, rows))
        words = np.frombuffer(b"".join(map(_without_length, rows)), dtype="<u4")
        return SparseRows(indices(uids), sizes // 4, words)

    @staticmethod
    def of(rows: Sequence[Sequence[tuple[int, int]]]) -> "SparseRows":
        """Rows given as pairs of column and value, one for each uid from 0 on."""
        lengths = indices(map(len, rows))
        words = [column | value << 16 for row in rows for column, value in row]
        return SparseRows(np.arange(len(rows)), lengths, np.array(words, dtype=np.uint32))

    def uids_with_entries(self) -> Indices:
        """The uids whose row is not empty."""
        return self.uids[self.lengths > 0]

    def greatest_column(self) -> int:
        """The greatest column that any entry names, -1 without entries."""
        return int((self.words & U16_MAX).max()) if self.words.size else -1

    def lines(self, uids: Indices, columns: int) -> Fractions:
        """Dense lines of the given ascending uids; other rows and columns beyond are left out.

        Missing entries are zero; the values are the stored whole numbers.
        """
        line_of_row = np.searchsorted(uids, self.uids)
        known = line_of_row < uids.size
        known[known] = uids[line_of_row[known]] == self.uids[known]
        cells = np.repeat(line_of_row * columns, self.lengths)
        column = self.words & U16_MAX
        cells += column
        value = self.words >> 16
        if not (known.all() and column.max(initial=0) < columns):
            kept = np.repeat(known, self.lengths) & (column < columns)
            cells, value = cells[kept], value[kept]
        dense = zeros(uids.size, columns)
        dense.reshape(-1)[cells] = value
        return dense


def _without_length(row: bytes) -> bytes:
    """The entries of a stored row: the compact length takes 1, 2 or 4 bytes, the rest is words."""
    return row[len(row) % 4 or 4 :]


def encode_rows(values: Shorts, kept: Flags) -> list[bytes]:
    """SCALE rows with the kept entries of each line, zeros among them, ascending by column."""
    columns = np.arange(values.shape[1], dtype=np.uint32)
    words = values.astype("<u4")
    words <<= 16
    words |= columns
    payload = words[kept].tobytes()
    lengths = kept.sum(axis=1).tolist()
    rows = []
    start = 0
    for length in lengths:
        end = start + 4 * length
        rows.append(encode_compact(length) + payload[start:end])
        start = end
    return rows
