"""The epoch of a subnet whose stakes sum to 2**63 rao or more, in integers that wrap around.

No supply reaches that: it takes root writing stakes into storage. The runtime of spec 185 is built
without overflow checks, so it goes on there with stakes, sums and shares that turned negative or
left 0..1, and a node that follows its chain must store the same. The vectors of `yuma` rest on
fractions in 0..ONE; this is the same epoch without any such bound, entry by entry in plain
integers, each step wrapping at the width of its format. It is slow, and it may be.

Rows keep their entries in the order of storage, as in the sparse matrices of opentensor/subtensor
pallets/subtensor/src/math.rs at f7553e267. Signed values are bits of I32F32 unless said otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from primitives.errors import InvariantBroken
from primitives.fixed import I32F32, I64F64, I96F32
from primitives.scale.compact import encode_compact
from runtime.epoch.bonds import EMPTY_ROW, fixed_alpha, proportion
from runtime.epoch.matrix import U16_MAX, Flags, Shorts, SparseRows, flags, whole_numbers
from runtime.epoch.subnet import EpochInputs, EpochOutputs

Vector: TypeAlias = list[int]
Rows: TypeAlias = list[list[tuple[int, int]]]
"""A row per uid of columns and values; a column may come more than once."""

GREATEST_PROPORTION: Final = I32F32.of(U16_MAX)

LARGE_SCORE: Final = I32F32.of(1 << 15)
"""Greatest score that can be multiplied by 65535 without overflow, by the word of `math.rs`."""


def wrapping_epoch(inputs: EpochInputs, active: Flags) -> EpochOutputs:
    """Run one epoch on stakes of any size; `active` says which uids count as such."""
    n = inputs.stake.size
    permit: list[bool] = inputs.validator_permit.tolist()
    stake = stake_shares(inputs.stake.tolist())
    new_permit = top(stake, inputs.max_allowed_validators)
    counted = (active & inputs.validator_permit).tolist()
    active_stake = normalized(
        [share if counts else 0 for share, counts in zip(stake, counted, strict=True)]
    )

    weights = normalized_rows(current(inputs, weight_rows(inputs, permit)))
    preranks = products_by_column(weights, active_stake)
    consensus = consensus_weights(weights, active_stake, inputs.kappa)
    clipped = clip(weights, consensus)
    ranks = products_by_column(clipped, active_stake)
    incentive = normalized(ranks)

    bonds = new_bonds(inputs, clipped, active_stake)
    dividends = normalized([total(mul(incentive[j], x) for j, x in row) for row in bonds])
    shares = emission_shares(incentive, dividends, active_stake, stake)

    return EpochOutputs(
        active=active,
        validator_permit=flags(new_permit),
        stake_weight=proportions(stake),
        rank=proportions(incentive),
        trust=proportions(div(r, p) if p else 0 for r, p in zip(ranks, preranks, strict=True)),
        consensus=proportions(consensus),
        incentive=proportions(incentive),
        dividends=proportions(dividends),
        validator_trust=proportions(total(x for _, x in row) for row in clipped),
        pruning_scores=pruning_scores(shares.combined),
        emission=whole_numbers(amounts(shares.combined, inputs.rao_emission)),
        server_emission=whole_numbers(amounts(shares.server, inputs.rao_emission)),
        validator_emission=whole_numbers(amounts(shares.validator, inputs.rao_emission)),
        bonds=stored_rows(bonds, n, permit, new_permit),
    )


mul: Final = I32F32.wrapping_mul
div: Final = I32F32.wrapping_div


def total(values: Iterable[int]) -> int:
    """The wrapped sum."""
    return I32F32.wrap(sum(values))


def normalized(values: Vector) -> Vector:
    """The values divided by their sum, or as they are when that is zero."""
    return shares_of(values, total(values))


def shares_of(values: Vector, whole: int) -> Vector:
    """The values divided by a number, or as they are when that is zero."""
    return [div(value, whole) for value in values] if whole else values


def stake_shares(stakes: Sequence[int]) -> Vector:
    """Each stake as a share of all; from 2**63 rao on it counts as negative."""
    stakes = [I64F64.of(stake) for stake in stakes]
    whole = I64F64.wrap(sum(stakes))
    if whole:
        stakes = [I64F64.wrapping_div(stake, whole) for stake in stakes]
    return [I32F32.convert(stake, I64F64) for stake in stakes]


def top(values: Vector, count: int) -> list[bool]:
    """Flag the `count` greatest values; of equal ones the higher index wins."""
    ascending = sorted(range(len(values)), key=values.__getitem__)
    losers = frozenset(ascending[: max(len(values) - count, 0)])
    return [uid not in losers for uid in range(len(values))]


def rows_of(stored: SparseRows, n: int) -> Rows:
    """The stored rows as whole numbers, one for each uid."""
    rows: Rows = [[] for _ in range(n)]
    words = iter(stored.words.tolist())
    for uid, length in zip(stored.uids.tolist(), stored.lengths.tolist(), strict=True):
        entries = [next(words) for _ in range(length)]
        if uid < n:
            rows[uid] = [(word & U16_MAX, I32F32.of(word >> 16)) for word in entries]
    return rows


def weight_rows(inputs: EpochInputs, permit: list[bool]) -> Rows:
    """Weights of permitted validators on others."""
    n = len(permit)
    return [
        [(j, weight) for j, weight in row if j < n and j != i] if permitted else []
        for i, (row, permitted) in enumerate(zip(rows_of(inputs.weights, n), permit, strict=True))
    ]


def current(inputs: EpochInputs, rows: Rows) -> Rows:
    """The entries set after the server in the column last got a new key."""
    updated = inputs.last_update.tolist()
    registered = inputs.block_at_registration.tolist()
    return [
        [(j, value) for j, value in row if updated[i] > registered[j]] for i, row in enumerate(rows)
    ]


def normalized_rows(rows: Rows) -> Rows:
    """Each row divided by its sum."""
    normal: Rows = []
    for row in rows:
        whole = total(value for _, value in row)
        normal.append([(j, div(value, whole)) for j, value in row] if whole > 0 else row)
    return normal


def column_totals(rows: Rows) -> Vector:
    """The wrapped sum of each column."""
    totals = [0] * len(rows)
    for row in rows:
        for j, value in row:
            totals[j] = I32F32.wrapping_add(totals[j], value)
    return totals


def divided_columns(rows: Rows, divisors: Vector) -> Rows:
    """Each column divided by a number, or as it is where that is zero."""
    return [[(j, div(x, divisors[j]) if divisors[j] else x) for j, x in row] for row in rows]


def scaled_rows(rows: Rows, factors: Vector) -> Rows:
    """Each row times a factor."""
    return [
        [(j, mul(value, factor)) for j, value in row]
        for row, factor in zip(rows, factors, strict=True)
    ]


def products_by_column(rows: Rows, factors: Vector) -> Vector:
    """Each row times a factor, summed by column."""
    return column_totals(scaled_rows(rows, factors))


def consensus_weights(weights: Rows, active_stake: Vector, kappa: int) -> Vector:
    """Per server the stake-weighted median of the weights; negative stakes have no say."""
    staked = [i for i, stake in enumerate(active_stake) if stake > 0]
    stake = normalized([active_stake[i] for i in staked])
    whole = total(stake)
    minority = I32F32.wrapping_sub(whole, proportion(kappa))
    by_row = [dict(weights[i]) for i in staked]
    return [
        weighted_median(stake, [row.get(j, 0) for row in by_row], minority, whole)
        for j in range(len(weights))
    ]


def weighted_median(stake: Vector, score: Vector, minority: int, high: int) -> int:
    """The median by a pivot search, which with stakes that wrap is not the one a sort would find.

    The part searched covers the stake from `low` to `high`.
    """
    members, low = list(range(len(score))), 0
    while len(members) > 1:
        pivot = score[members[len(members) // 2]]
        lower = [i for i in members if score[i] < pivot]
        upper = [i for i in members if score[i] > pivot]
        below = I32F32.wrapping_add(low, total(stake[i] for i in lower))
        above = I32F32.wrapping_sub(high, total(stake[i] for i in upper))
        if below <= minority < above:
            return pivot
        if minority < below and lower:
            members, high = lower, below
        elif above <= minority and upper:
            members, low = upper, above
        else:
            return pivot
    return score[members[0]] if members else 0


def clip(weights: Rows, limits: Vector) -> Rows:
    """Weights cut to the limit of their column, and left out where that leaves nothing."""
    return [
        [(j, min(x, limits[j])) for j, x in row if x <= limits[j] or limits[j] > 0]
        for row in weights
    ]


def new_bonds(inputs: EpochInputs, clipped: Rows, active_stake: Vector) -> Rows:
    """Stored bonds moved toward what this epoch saw; only what is above zero remains."""
    n = len(clipped)
    stored = rows_of(inputs.bonds, n)
    if any(j >= n for row in stored for j, _ in row):
        raise InvariantBroken("a stored bond names a uid that the subnet does not have")
    stored = current(inputs, stored)
    stored = divided_columns(stored, column_totals(stored))
    observed = scaled_rows(clipped, active_stake)
    observed = divided_columns(observed, column_totals(observed))

    alpha = fixed_alpha(inputs.bonds_moving_average)
    rest = I32F32.wrapping_sub(I32F32.one, alpha)
    blended: Rows = []
    for new, old in zip(observed, stored, strict=True):
        blend = [0] * n
        for factor, row in ((alpha, new), (rest, old)):
            for j, value in row:
                blend[j] = I32F32.wrapping_add(blend[j], mul(factor, value))
        blended.append([(j, value) for j, value in enumerate(blend) if value > 0])
    return divided_columns(blended, column_totals(blended))


def stored_rows(
    bonds: Rows, n: int, old_permit: list[bool], new_permit: list[bool]
) -> dict[int, bytes]:
    """The rows to store: those of new permits, and an empty one where a permit was lost."""
    greatest = [0] * n
    for row in bonds:
        for j, value in row:
            greatest[j] = max(greatest[j], value)
    rows = {}
    for uid, row in enumerate(divided_columns(bonds, greatest)):
        if new_permit[uid]:
            words = (j | proportion_u16(value) << 16 for j, value in row)
            encoded = b"".join(word.to_bytes(4, "little") for word in words)
            rows[uid] = encode_compact(len(row)) + encoded
        elif old_permit[uid]:
            rows[uid] = EMPTY_ROW
    return rows


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the emission per uid."""

    server: Vector
    validator: Vector
    combined: Vector


def emission_shares(
    incentive: Vector, dividends: Vector, active_stake: Vector, stake: Vector
) -> Shares:
    """Split the emission; where incentive and dividends cancel out, stake takes the latter's place.

    Servers then keep their incentive, which need not be zero here.
    """
    combined = [I32F32.wrapping_add(a, b) for a, b in zip(incentive, dividends, strict=True)]
    whole = total(combined)
    if whole == 0:
        by_stake = active_stake if total(active_stake) else stake
        return Shares(incentive, by_stake, by_stake)
    return Shares(
        shares_of(incentive, whole), shares_of(dividends, whole), shares_of(combined, whole)
    )


def amounts(shares: Vector, rao: int) -> Vector:
    """Shares of a number of rao, as u64."""
    emission = I96F32.of(rao)
    return [
        I96F32.to_unsigned(I96F32.wrapping_mul(I96F32.convert(share, I32F32), emission), 64)
        for share in shares
    ]


def proportion_u16(value: int) -> int:
    """A value as a stored proportion."""
    return I32F32.to_unsigned(mul(value, GREATEST_PROPORTION), 16)


def proportions(values: Iterable[int]) -> Shorts:
    """Values as stored proportions."""
    return whole_numbers(map(proportion_u16, values)).astype("u2")


def pruning_scores(shares: Vector) -> Shorts:
    """Shares scaled so that the greatest becomes 65535, halves away from zero."""
    greatest = max(shares)
    if greatest == 0:
        return proportions(shares)
    if greatest > LARGE_SCORE:
        factor = div(GREATEST_PROPORTION, greatest)
        scaled = [mul(share, factor) for share in shares]
    else:
        scaled = [div(mul(share, GREATEST_PROPORTION), greatest) for share in shares]
    return whole_numbers(I32F32.to_unsigned(I32F32.round(x), 16) for x in scaled).astype("u2")
