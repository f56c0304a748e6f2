"""Bonds: what each validator holds in each server, a moving average that earns dividends."""

from dataclasses import dataclass
from typing import Final

from primitives.fixed import I32F32, I64F64, OutOfRange
from runtime.epoch.matrix import (
    ONE,
    U16_MAX,
    Flags,
    Fractions,
    Indices,
    divide,
    divide_entries,
    encode_rows,
    multiply,
    positions,
    signed_blend,
    to_u16,
    whole_numbers,
)

PARTS_PER_MILLION: Final = 1_000_000
"""The unit of the stored moving-average factor."""

EMPTY_ROW: Final = b"\0"
"""A stored row without entries."""


@dataclass(frozen=True, slots=True)
class LiquidAlpha:
    """Bounds of an averaging factor that follows consensus, server by server.

    Attributes:
        low: least factor, a u16 proportion.
        high: greatest factor, a u16 proportion.
    """

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Bonds:
    """The bonds after an epoch.

    Attributes:
        uids: the uid of each line, ascending, shape (lines,).
        held: fractions; every column that has bonds sums to about ONE, shape (lines, n).
        kept: the entries that a stored row lists; some of them may be zero, shape (lines, n).
    """

    uids: Indices
    held: Fractions
    kept: Flags

    def dividends(self, incentive: Fractions) -> Fractions:
        """What each line earns from the servers' incentive, not yet normalised, shape (lines,)."""
        earned: Fractions = multiply(self.held, incentive).sum(axis=1)
        return earned

    def rows(self, old_permit: Flags, new_permit: Flags) -> dict[int, bytes]:
        """The rows to store: those of new permits, and an empty one where a permit was lost."""
        rows = dict.fromkeys(positions(old_permit | new_permit).tolist(), EMPTY_ROW)
        permitted = new_permit[self.uids]
        shares = divide_entries(self.held, self.held.max(axis=0, initial=0))
        encoded = encode_rows(to_u16(shares[permitted]), self.kept[permitted])
        rows.update(zip(self.uids[permitted].tolist(), encoded, strict=True))
        return rows


def averaged_bonds(
    uids: Indices, stored: Fractions, observed: Fractions, alpha: int | Fractions
) -> Bonds:
    """Move the stored bonds toward those observed in this epoch (math.rs `mat_ema_sparse`).

    Args:
        uids: the uid of each line.
        stored: stored values without those of outdated servers, whole numbers, shape (lines, n).
        observed: active stake times clipped weight, fractions, shape (lines, n).
        alpha: weight of the observation in ONE, for all servers or for each.
    """
    old = divide_entries(stored, stored.sum(axis=0))
    new = divide_entries(observed, observed.sum(axis=0))
    if isinstance(alpha, int) and not 0 <= alpha <= ONE:
        # A moving average above one million parts: bonds may exceed ONE before they are normalised.
        blend = signed_blend(new, old, alpha, I32F32.wrapping_sub(ONE, alpha))
        return Bonds(uids, divide(blend, blend.sum(axis=0)), blend > 0)
    factor = whole_numbers([alpha]) if isinstance(alpha, int) else alpha
    blend = multiply(new, factor)
    blend += multiply(old, ONE - factor)
    return Bonds(uids, divide_entries(blend, blend.sum(axis=0)), blend > 0)


def fixed_alpha(bonds_moving_average: int) -> int:
    """One minus the stored factor, which counts in parts per million; in ONE and of any sign."""
    share = I64F64.wrapping_div(I64F64.of(bonds_moving_average), I64F64.of(PARTS_PER_MILLION))
    return I32F32.wrapping_sub(ONE, I32F32.convert(share, I64F64))


def liquid_alpha(consensus: Fractions, bounds: LiquidAlpha) -> Fractions | None:
    """Averaging factors that rise with consensus along a logistic curve, None without consensus.

    The curve passes the bounds at the quartiles of consensus. This came with spec 218
    (pallets/subtensor/src/epoch/run_epoch.rs at d4d8182eb, `compute_liquid_alpha`).
    """
    ascending = sorted(consensus.tolist())
    if not ascending or _quartile(ascending, 3) == 0:
        return None
    low, high = proportion(bounds.low), proportion(bounds.high)
    slope, offset = _logistic(_quartile(ascending, 1), _quartile(ascending, 3), low, high)
    # Servers often share a consensus value, above all zero: one evaluation each.
    factor_at = {}
    for value in dict.fromkeys(ascending):
        exponent = I32F32.sub(offset, I32F32.mul(slope, value))
        factor = I32F32.div(ONE, I32F32.add(ONE, _exp_or_zero(exponent)))
        factor_at[value] = max(min(factor, high), low)
    return whole_numbers(factor_at[value] for value in consensus.tolist())


def proportion(stored: int) -> int:
    """A stored u16 proportion as a fraction, rounded down."""
    return stored * ONE // U16_MAX


def _logistic(low_at: int, high_at: int, low: int, high: int) -> tuple[int, int]:
    """Slope and offset of the logistic curve through (low_at, low) and (high_at, high)."""
    if high_at <= low_at or low == 0 or high == 0:
        return 0, 0
    low_odds = _ln_or_zero(I32F32.sub(I32F32.div(ONE, low), ONE))
    high_odds = _ln_or_zero(I32F32.sub(I32F32.div(ONE, high), ONE))
    slope = I32F32.div(I32F32.sub(high_odds, low_odds), I32F32.sub(low_at, high_at))
    return slope, I32F32.add(low_odds, I32F32.mul(slope, low_at))


def _quartile(ascending: list[int], quarters: int) -> int:
    """The value at `quarters` fourths of the way, linear between neighbours."""
    below, rest = divmod(quarters * (len(ascending) - 1), 4)
    value = ascending[below]
    if rest == 0:
        return value
    return value + (ascending[below + 1] - value) * rest // 4


def _exp_or_zero(x: int) -> int:
    """e**x; zero when it overflows, although the true value is huge then."""
    try:
        return I32F32.exp(x)
    except OutOfRange:
        return 0


def _ln_or_zero(x: int) -> int:
    try:
        return I32F32.ln(x)
    except OutOfRange:
        return 0
