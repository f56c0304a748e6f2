"""Coinbase: each block feeds the subnets, runs the epochs due, and pays out what they made.

Bit for bit as opentensor/subtensor pallets/subtensor/src/block_step.rs at f7553e267 (spec 185).
"""

from typing import Final

from primitives.arith import U16_MAX, wrapping_add_u64, wrapping_sub_u64
from primitives.fixed import I64F64, I96F32
from primitives.types import U16, U64, AccountId, Balance, BlockNumber, NetUid
from runtime.pallets.subtensor.adjustment import adjust_registration_terms_for_networks
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.epochs import EmissionTuples, blocks_until_next_epoch, epoch
from runtime.pallets.subtensor.issuance import count_minted
from runtime.pallets.subtensor.root_epoch import root_epoch
from runtime.pallets.subtensor.staking import (
    add_balance_to_coldkey_account,
    hotkey_is_delegate,
    increase_stake_on_coldkey_hotkey_account,
    increase_stake_on_hotkey_account,
)
from runtime.pallets.subtensor.storage import SubtensorState

ONE_SHARE: Final = I64F64.of(U16_MAX)
"""A take of 65,535 is all of it."""


def block_step(pallet: SubtensorState) -> None:
    """What the pallet does before the extrinsics of every block."""
    now = pallet.system.block_number()
    adjust_registration_terms_for_networks(pallet, now)
    root_epoch(pallet, now)
    drain_emission(pallet)
    generate_emission(pallet, now)


def drain_emission(pallet: SubtensorState) -> None:
    """Mint what the epochs of the last block have loaded, and stake it for its earners."""
    netuids = pallet.tempo.keys()
    for netuid in netuids:
        loaded = pallet.loaded_emission.get(netuid)
        if loaded is None:
            continue
        total = 0
        for hotkey, server, validator in loaded:
            emit_inflation_through_hotkey_account(pallet, hotkey, server, validator)
            total = wrapping_add_u64(total, server + validator)
        pallet.loaded_emission.remove(netuid)
        count_minted(pallet, Balance(total))


def emit_inflation_through_hotkey_account(
    pallet: SubtensorState, hotkey: AccountId, server: Balance, validator: Balance
) -> None:
    """Stake an emission on a hotkey.

    A delegate keeps its take of the validator's part and shares the rest among all who stake on it,
    in proportion; the remainder of the roundings and the server's part are its owner's.
    """
    if not hotkey_is_delegate(pallet, hotkey):
        both = Balance(wrapping_add_u64(server, validator))
        increase_stake_on_hotkey_account(pallet, hotkey, both)
        return

    # The proportions are those from before this emission.
    total_stake = pallet.total_hotkey_stake.get(hotkey)
    take = delegate_take(pallet.delegates.get(hotkey), validator)
    shared = rest = Balance(wrapping_sub_u64(validator, take))
    for coldkey, stake in pallet.stake.items_under(hotkey):
        part = stake_proportional_emission(stake, total_stake, shared)
        increase_stake_on_coldkey_hotkey_account(pallet, coldkey, hotkey, part)
        rest = Balance(wrapping_sub_u64(rest, part))
    increase_stake_on_hotkey_account(pallet, hotkey, Balance(wrapping_add_u64(take, rest)))
    increase_stake_on_hotkey_account(pallet, hotkey, server)


def delegate_take(take: U16, emission: Balance) -> Balance:
    """A delegate's share of an emission, rounded down twice."""
    proportion = I64F64.wrapping_div(I64F64.of(take), ONE_SHARE)
    kept = I64F64.wrapping_mul(proportion, I64F64.of(emission))
    return Balance(I64F64.to_unsigned(kept, 64))


def stake_proportional_emission(stake: Balance, total_stake: Balance, emission: Balance) -> Balance:
    """What a stake earns of an emission, rounded down twice."""
    if total_stake == 0:
        return Balance(0)
    proportion = I64F64.wrapping_div(I64F64.of(stake), I64F64.of(total_stake))
    earned = I64F64.wrapping_mul(I64F64.of(emission), proportion)
    return Balance(I64F64.to_unsigned(earned, 64))


def generate_emission(pallet: SubtensorState, now: BlockNumber) -> None:
    """Queue each subnet's emission, less its owner's cut, and run the epochs that are due.

    The root network has no emission of its own.
    """
    for netuid, tempo in pallet.tempo.items():
        if netuid == ROOT_NETUID:
            continue
        queued = _queue_emission(pallet, netuid)
        if blocks_until_next_epoch(netuid, tempo, now) != 0:
            steps = wrapping_add_u64(pallet.blocks_since_last_step.get(netuid), 1)
            pallet.blocks_since_last_step.insert(netuid, U64(steps))
            continue

        pallet.pending_emission.insert(netuid, Balance(0))
        earned = epoch(pallet, netuid, queued)
        if _sum_of(earned) > queued:
            continue
        waiting = pallet.loaded_emission.get(netuid) or []
        pallet.loaded_emission.insert(netuid, earned + waiting)
        pallet.blocks_since_last_step.insert(netuid, U64(0))
        pallet.last_mechansim_step_block.insert(netuid, U64(now))


def _queue_emission(pallet: SubtensorState, netuid: NetUid) -> Balance:
    """Pay the owner's cut of this block and return what now waits for the next epoch."""
    emission = I96F32.of(pallet.emission_values.get(netuid))
    if pallet.subnet_owner.contains(netuid):
        share = I96F32.mul(emission, I96F32.of(pallet.subnet_owner_cut.get()))
        cut = I96F32.div(share, I96F32.of(U16_MAX))
        emission = I96F32.sub(emission, cut)
        minted = Balance(I96F32.to_unsigned(cut, 64))
        add_balance_to_coldkey_account(pallet, pallet.subnet_owner.get(netuid), minted)
        count_minted(pallet, minted)
    remaining = I96F32.to_unsigned(emission, 64)
    queued = Balance(wrapping_add_u64(pallet.pending_emission.get(netuid), remaining))
    pallet.pending_emission.insert(netuid, queued)
    return queued


def _sum_of(emission: EmissionTuples) -> int:
    return sum(server + validator for _, server, validator in emission)
