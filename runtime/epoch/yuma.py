"""Yuma consensus: stake, weights and bonds of one subnet in, ranks, bonds and emission out.

A pure function over the state of one subnet. It gives, bit for bit, what `epoch` of
opentensor/subtensor pallets/subtensor/src/epoch.rs at f7553e267 (spec 185) stores and returns; with
`liquid_alpha` set, what pallets/subtensor/src/epoch/run_epoch.rs at d4d8182eb (spec 218) does. The
two differ in nothing else as long as all stake is below 2**63 rao, four hundred times the supply:
from there on 185 wraps around (`wrapping`), and 218, which saturates, is not followed.
"""

from primitives.errors import InvariantBroken
from runtime.epoch.bonds import (
    Bonds,
    averaged_bonds,
    fixed_alpha,
    liquid_alpha,
    proportion,
)
from runtime.epoch.emission import amounts, emission_shares, pruning_scores
from runtime.epoch.matrix import (
    U64_MAX,
    Flags,
    Fractions,
    Indices,
    column_vector,
    divide,
    divide_entries,
    exact_total,
    multiply,
    normalized,
    positions,
    to_u16,
    top,
    weighted_median,
    zeros,
)
from runtime.epoch.subnet import EpochInputs, EpochOutputs
from runtime.epoch.wrapping import wrapping_epoch


def yuma_epoch(inputs: EpochInputs) -> EpochOutputs:
    """Run one epoch."""
    active = active_uids(inputs)
    total_stake = exact_total(inputs.stake)
    if total_stake >> 63:
        if inputs.liquid_alpha is not None:
            raise InvariantBroken(f"stake of {total_stake} rao on one subnet exceeds any supply")
        return wrapping_epoch(inputs, active)
    stake = divide(inputs.stake, total_stake)
    new_permit = top(stake, inputs.max_allowed_validators)
    active_stake = normalized(stake * (active & inputs.validator_permit))

    uids = uids_with_lines(inputs)
    current = current_entries(inputs, uids)
    weights = normalized_weights(inputs, uids, current)
    line_stake = active_stake[uids]
    preranks = multiply(weights, column_vector(line_stake)).sum(axis=0)

    consensus = consensus_weights(weights, line_stake, inputs.kappa)
    clipped = weights.clip(max=consensus)
    support = multiply(clipped, column_vector(line_stake))
    ranks = support.sum(axis=0)
    incentive = normalized(ranks)

    bonds = new_bonds(inputs, uids, current, support, consensus)
    dividends = normalized(by_uid(bonds.dividends(incentive), uids, stake.size))
    shares = emission_shares(incentive, dividends, active_stake, stake)

    return EpochOutputs(
        active=active,
        validator_permit=new_permit,
        stake_weight=to_u16(stake),
        rank=to_u16(incentive),
        trust=to_u16(divide(ranks, preranks)),
        consensus=to_u16(consensus),
        incentive=to_u16(incentive),
        dividends=to_u16(dividends),
        validator_trust=to_u16(by_uid(clipped.sum(axis=1), uids, stake.size)),
        pruning_scores=pruning_scores(shares.combined),
        emission=amounts(shares.combined, inputs.rao_emission),
        server_emission=amounts(shares.server, inputs.rao_emission),
        validator_emission=amounts(shares.validator, inputs.rao_emission),
        bonds=bonds.rows(inputs.validator_permit, new_permit),
    )


def active_uids(inputs: EpochInputs) -> Flags:
    """Uids whose last update is at most `activity_cutoff` blocks old."""
    cutoff, updated = inputs.activity_cutoff, inputs.last_update
    expires = (updated if inputs.updates_wrap else updated.clip(max=U64_MAX - cutoff)) + cutoff
    return expires >= inputs.current_block


def uids_with_lines(inputs: EpochInputs) -> Indices:
    """The uids that have a line in the matrices: permitted validators, and holders of bonds."""
    if inputs.bonds.greatest_column() >= inputs.stake.size:
        raise InvariantBroken("a stored bond names a uid that the subnet does not have")
    has_line = inputs.validator_permit.copy()
    holders = inputs.bonds.uids_with_entries()
    has_line[holders[holders < has_line.size]] = True
    return positions(has_line)


def current_entries(inputs: EpochInputs, uids: Indices) -> Flags:
    """Entries set after the server in the column last got a new key."""
    return column_vector(inputs.last_update[uids]) > inputs.block_at_registration


def normalized_weights(inputs: EpochInputs, uids: Indices, current: Flags) -> Fractions:
    """Weights of permitted validators on others, each line divided by its sum."""
    weights = inputs.weights.lines(uids, inputs.stake.size)
    weights *= current
    weights *= inputs.validator_permit[uids].reshape(-1, 1)
    weights[range(uids.size), uids] = 0
    return divide_entries(weights, column_vector(weights.sum(axis=1)))


def consensus_weights(weights: Fractions, line_stake: Fractions, kappa: int) -> Fractions:
    """Per server the greatest weight behind which stands a kappa majority of active stake."""
    staked = line_stake > 0
    stake = normalized(line_stake[staked])
    # The fractions sum to a little less than ONE; the majority is taken of what they sum to.
    minority = int(stake.sum()) - proportion(kappa)
    return weighted_median(weights[staked], stake, minority)


def new_bonds(
    inputs: EpochInputs, uids: Indices, current: Flags, support: Fractions, consensus: Fractions
) -> Bonds:
    """Stored bonds moved toward the stake-weighted support of this epoch."""
    stored = inputs.bonds.lines(uids, inputs.stake.size)
    stored *= current
    alpha: int | Fractions | None = None
    if inputs.liquid_alpha is not None:
        alpha = liquid_alpha(consensus, inputs.liquid_alpha)
    if alpha is None:
        alpha = fixed_alpha(inputs.bonds_moving_average)
    return averaged_bonds(uids, stored, support, alpha)


def by_uid(values: Fractions, uids: Indices, n: int) -> Fractions:
    """Values of lines put at their uids, zero elsewhere."""
    spread = zeros(n)
    spread[uids] = values
    return spread
