"""The root network's epoch: its validators' weights decide what part of the block each subnet gets.

Bit for bit as opentensor/subtensor pallets/subtensor/src/root.rs at f7553e267 (spec 185). All
fractions are bits of I64F64.
"""

from collections.abc import Iterable
from typing import Final

from primitives.arith import U16_MAX
from primitives.fixed import I32F32, I64F64, I96F32, OutOfRange
from primitives.types import Balance, BlockNumber, NetUid
from runtime.framework.errors import Panic
from runtime.pallets.subtensor.constants import (
    DEFAULT_BLOCK_EMISSION,
    ROOT_NETUID,
    TOTAL_SUPPLY,
)
from runtime.pallets.subtensor.epochs import blocks_until_next_epoch
from runtime.pallets.subtensor.storage import SubtensorState

HALF_SUPPLY: Final = TOTAL_SUPPLY // 2
"""Rao after whose issuance the emission of a block halves for the first time."""


def root_epoch(pallet: SubtensorState, now: BlockNumber) -> None:
    """Set the emission of every subnet, if the root network's tempo says that it is time."""
    if blocks_until_next_epoch(ROOT_NETUID, pallet.tempo.get(ROOT_NETUID), now) != 0:
        return
    netuids = pallet.networks_added.keys()
    if pallet.subnetwork_n.get(ROOT_NETUID) == 0 or not netuids:
        return
    emission = get_block_emission(pallet)
    stake = normalized(root_stakes(pallet))
    if total(stake) == 0:
        return

    shares = subnet_shares(pallet, root_weights(pallet, netuids), stake)
    if len(shares) != len(netuids) or not all(map(pallet.networks_added.get, netuids)):
        return
    for netuid, share in zip(netuids, shares, strict=True):
        rao = I64F64.wrapping_mul(share, I64F64.of(emission))
        pallet.emission_values.insert(netuid, Balance(I64F64.to_unsigned(rao, 64)))


def get_block_emission(pallet: SubtensorState) -> Balance:
    """Rao of a block at the present issuance, noted in storage when it has changed."""
    issuance = pallet.total_issuance.get()
    if issuance >= TOTAL_SUPPLY:
        return Balance(0)
    emission = block_emission_at(issuance)
    if pallet.block_emission.get() != emission:
        pallet.block_emission.put(emission)
    return emission


def block_emission_at(issuance: Balance) -> Balance:
    """One tao, halved when half of the supply is issued, again at three quarters, and so on."""
    share = I96F32.wrapping_div(I96F32.of(issuance), I96F32.of(2 * HALF_SUPPLY))
    inverse = I96F32.wrapping_div(I96F32.one, I96F32.wrapping_sub(I96F32.one, share))
    halvings = I96F32.to_unsigned(I96F32.log2(inverse), 64)
    portion = I96F32.wrapping_div(I96F32.one, I96F32.of(1 << halvings))
    rao = I96F32.wrapping_mul(portion, I96F32.of(DEFAULT_BLOCK_EMISSION))
    return Balance(I96F32.to_unsigned(rao, 64))


def root_stakes(pallet: SubtensorState) -> list[int]:
    """Stake of the root validators, in storage order of their uids."""
    n = pallet.subnetwork_n.get(ROOT_NETUID)
    hotkeys = list(pallet.keys.values_under(ROOT_NETUID))[:n]
    stakes = [I64F64.of(pallet.total_hotkey_stake.get(hotkey)) for hotkey in hotkeys]
    return stakes + [0] * (n - len(stakes))


def root_weights(pallet: SubtensorState, netuids: list[NetUid]) -> list[list[int]]:
    """A line per root uid with its weight for each subnet, each line normalised."""
    width = pallet.total_networks.get()
    lines = [[0] * width for _ in range(pallet.subnetwork_n.get(ROOT_NETUID))]
    column_of = {netuid: column for column, netuid in enumerate(netuids[:width])}
    for uid, row in pallet.weights.items_under(ROOT_NETUID):
        for target, weight in row:
            column = column_of.get(NetUid(target))
            if uid < len(lines) and column is not None:
                lines[uid][column] = I64F64.of(weight)
    return [normalized(line) for line in lines]


def subnet_shares(pallet: SubtensorState, weights: list[list[int]], stake: list[int]) -> list[int]:
    """Share of each subnet: stake-weighted weight times consensus, normalised.

    Consensus is a sigmoid of trust, the part of all stake that gives the subnet any weight. It is
    steepest, by rho, where trust equals kappa.
    """
    all_stake = total(stake)
    majority = I32F32.wrapping_div(I32F32.of(pallet.kappa.get(ROOT_NETUID)), I32F32.of(U16_MAX))
    kappa = I64F64.convert(majority, I32F32)
    rho = I64F64.of(pallet.rho.get(ROOT_NETUID))
    shares = []
    for column in zip(*weights, strict=True):
        rank = total(map(I64F64.wrapping_mul, stake, column))
        trusting = total(s for s, weight in zip(stake, column, strict=True) if weight > 0)
        trust = I64F64.wrapping_div(trusting, all_stake)
        heat = I64F64.wrapping_mul(I64F64.wrapping_sub(trust, kappa), rho)
        shares.append(I64F64.wrapping_mul(sigmoid(heat), rank))
    return normalized(shares)


def sigmoid(x: int) -> int:
    """1 / (1 + e**-x)."""
    try:
        power = I64F64.exp(I64F64.wrap(-x))
    except OutOfRange as error:
        raise Panic("the root network's rho takes consensus out of range") from error
    return I64F64.wrapping_div(I64F64.one, I64F64.wrapping_add(I64F64.one, power))


def total(values: Iterable[int]) -> int:
    """The wrapping sum."""
    return I64F64.wrap(sum(values))


def normalized(values: list[int]) -> list[int]:
    """The values divided by their sum; values that sum to zero stay as they are."""
    divisor = total(values)
    return [I64F64.wrapping_div(value, divisor) for value in values] if divisor else values
