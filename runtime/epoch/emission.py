"""Emission: incentive and dividends as shares of the epoch's rao, and as scores."""

from dataclasses import dataclass

from runtime.epoch.matrix import ONE, U16_MAX, Fractions, Shorts, divide, zeros


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the emission per uid, fractions of shape (n,); each vector sums to about ONE.

    Attributes:
        server: what incentive earns, of the sum of both.
        validator: what dividends earn, of the sum of both.
        combined: both together, normalised by itself.
    """

    server: Fractions
    validator: Fractions
    combined: Fractions


def emission_shares(
    incentive: Fractions, dividends: Fractions, active_stake: Fractions, stake: Fractions
) -> Shares:
    """Split the emission between servers and validators (epoch.rs `epoch`).

    When nobody earned anything, stake does: the active stake, or all of it if none is active.
    """
    combined = incentive + dividends
    total = int(combined.sum())
    if total == 0:
        by_stake = active_stake if active_stake.any() else stake
        return Shares(zeros(stake.size), by_stake, by_stake)
    return Shares(divide(incentive, total), divide(dividends, total), divide(combined, total))


def amounts(shares: Fractions, rao: int) -> Fractions:
    """floor(share * rao), whole rao; `rao` is any u64."""
    whole, part = divmod(rao, ONE)
    return shares * whole + ((shares * part) >> 32)


def pruning_scores(shares: Fractions) -> Shorts:
    """Shares scaled so that the greatest becomes 65535, halves up (`vec_max_upscale_to_u16`)."""
    greatest = max(int(shares.max(initial=0)), 1)
    scaled = shares * U16_MAX
    score = scaled // greatest
    score += 2 * (scaled - score * greatest) >= greatest
    return score.astype("u2")
