"""Subnets: founding one for a lock of TAO, dissolving one, replacing the weakest at the limit."""

from itertools import count
from typing import Any, Final

from primitives.arith import (
    U16_MAX,
    U64_MAX,
    saturating_mul_u64,
    saturating_sub,
    wrapping_add_u16,
)
from primitives.types import U16, U64, Balance, NetUid
from runtime.framework.errors import ensure, panic
from runtime.framework.origin import Origin, ensure_signed
from runtime.framework.storage import StorageMap
from runtime.pallets.subtensor import errors, params
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.events import NetworkAdded, NetworkRemoved
from runtime.pallets.subtensor.staking import (
    add_balance_to_coldkey_account,
    can_remove_balance_from_coldkey_account,
    remove_balance_from_coldkey_account,
)
from runtime.pallets.subtensor.storage import SubtensorState

NEW_NETWORK_TEMPO: Final = U16(360)
"""A new subnet pays out every 72 minutes."""
NEW_NETWORK_ADJUSTMENT_ALPHA: Final = U64(17_893_341_751_498_265_066)
"""0.97 of 2^64: a new subnet's prices move by 3 percent of the way at a time."""
MODALITY_TEXT: Final = U16(0)
"""The only modality in use."""


def user_add_network(pallet: SubtensorState, origin: Origin) -> None:
    """Found a subnet, owned by the caller, who locks its price until the subnet goes."""
    coldkey = ensure_signed(origin)
    now = pallet.system.block_number()
    ensure(
        saturating_sub(now, pallet.network_last_registered.get())
        >= pallet.network_rate_limit.get(),
        errors.TxRateLimitExceeded,
    )
    price = get_network_lock_cost(pallet)
    ensure(
        can_remove_balance_from_coldkey_account(pallet, coldkey, price),
        errors.NotEnoughBalanceToStake,
    )

    netuid = _make_room(pallet)
    locked = remove_balance_from_coldkey_account(pallet, coldkey, price)
    pallet.subnet_locked.insert(netuid, locked)
    pallet.network_last_lock_cost.put(locked)
    init_new_network(pallet, netuid, NEW_NETWORK_TEMPO)
    pallet.network_last_registered.put(U64(now))
    pallet.network_registered_at.insert(netuid, U64(now))
    pallet.subnet_owner.insert(netuid, coldkey)

    pallet.deposit(NetworkAdded(netuid, MODALITY_TEXT))


def _make_room(pallet: SubtensorState) -> NetUid:
    """The lowest free netuid, or that of the weakest subnet once the limit is reached."""
    if saturating_sub(pallet.total_networks.get(), 1) < pallet.subnet_limit.get():
        return next(
            netuid for netuid in map(NetUid, count(1)) if not pallet.networks_added.get(netuid)
        )
    weakest = get_subnet_to_prune(pallet)
    ensure(weakest != ROOT_NETUID, errors.AllNetworksInImmunity)
    remove_network(pallet, weakest)
    pallet.deposit(NetworkRemoved(weakest))
    return weakest


def user_remove_network(pallet: SubtensorState, origin: Origin, netuid: NetUid) -> None:
    """Dissolve the caller's subnet and give its lock back."""
    coldkey = ensure_signed(origin)
    ensure(pallet.networks_added.get(netuid), errors.NetworkDoesNotExist)
    ensure(pallet.subnet_owner.get(netuid) == coldkey, errors.NotSubnetOwner)

    remove_network(pallet, netuid)

    pallet.deposit(NetworkRemoved(netuid))


def init_new_network(pallet: SubtensorState, netuid: NetUid, tempo: U16) -> None:
    """Give a new subnet its parameters. What an older one left under its netuid may remain."""
    pallet.subnetwork_n.insert(netuid, U16(0))
    pallet.networks_added.insert(netuid, True)
    pallet.tempo.insert(netuid, tempo)
    pallet.network_modality.insert(netuid, MODALITY_TEXT)
    count_network(pallet, 1)

    params.set_network_registration_allowed(pallet, netuid, allowed=True)
    params.set_max_allowed_uids(pallet, netuid, U16(256))
    params.set_max_allowed_validators(pallet, netuid, U16(64))
    params.set_min_allowed_weights(pallet, netuid, U16(1))
    params.set_max_weight_limit(pallet, netuid, U16(U16_MAX))
    params.set_adjustment_interval(pallet, netuid, U16(360))
    params.set_target_registrations_per_interval(pallet, netuid, U16(1))
    params.set_adjustment_alpha(pallet, netuid, NEW_NETWORK_ADJUSTMENT_ALPHA)
    params.set_immunity_period(pallet, netuid, U16(5000))
    params.set_min_burn(pallet, netuid, Balance(1))
    params.set_min_difficulty(pallet, netuid, U64(U64_MAX))
    params.set_max_difficulty(pallet, netuid, U64(U64_MAX))
    write_defaults(pallet, netuid)


def write_defaults(pallet: SubtensorState, netuid: NetUid) -> None:
    """Store the subnet's parameters even where they are the defaults, so that all can be read."""
    for parameter in stored_parameters(pallet):
        parameter.insert(netuid, parameter.get(netuid))


def stored_parameters(pallet: SubtensorState) -> tuple[StorageMap[NetUid, Any], ...]:
    """Parameters that every subnet has an entry for, from its founding to its end."""
    return (
        pallet.tempo,
        pallet.kappa,
        pallet.difficulty,
        pallet.max_allowed_uids,
        pallet.immunity_period,
        pallet.activity_cutoff,
        pallet.emission_values,
        pallet.max_weights_limit,
        pallet.min_allowed_weights,
        pallet.registrations_this_interval,
        pallet.pow_registrations_this_interval,
        pallet.burn_registrations_this_interval,
    )


def remove_network(pallet: SubtensorState, netuid: NetUid) -> None:
    """Remove a subnet, take it out of the root network's votes, and pay its lock back.

    Memberships of its hotkeys, its burn price and its pending emission stay behind.
    """
    owner, locked = pallet.subnet_owner.get(netuid), pallet.subnet_locked.get(netuid)

    forget_network(pallet, netuid)
    for uid, votes in pallet.weights.items_under(ROOT_NETUID):
        kept = [(target, U16(0) if NetUid(target) == netuid else vote) for target, vote in votes]
        pallet.weights.insert(ROOT_NETUID, uid, kept)

    add_balance_to_coldkey_account(pallet, owner, locked)
    pallet.subnet_locked.insert(netuid, Balance(0))
    pallet.subnet_owner.remove(netuid)


def forget_network(pallet: SubtensorState, netuid: NetUid) -> None:
    """Erase the subnet's neurons, the lists of its epochs and its stored parameters."""
    pallet.subnetwork_n.remove(netuid)
    pallet.network_modality.remove(netuid)
    pallet.networks_added.remove(netuid)
    count_network(pallet, -1)
    pallet.network_registered_at.remove(netuid)
    for by_neuron in (pallet.uids, pallet.keys, pallet.bonds, pallet.weights):
        by_neuron.clear_under(netuid)
    for entries in (*epoch_lists(pallet), *stored_parameters(pallet)):
        entries.remove(netuid)


def epoch_lists(pallet: SubtensorState) -> tuple[StorageMap[NetUid, Any], ...]:
    """The lists by uid that an epoch fills."""
    return (
        pallet.rank,
        pallet.trust,
        pallet.active,
        pallet.emission,
        pallet.incentive,
        pallet.consensus,
        pallet.dividends,
        pallet.pruning_scores,
        pallet.last_update,
        pallet.validator_permit,
        pallet.validator_trust,
    )


def count_network(pallet: SubtensorState, change: int) -> None:
    """Count subnets up or down."""
    pallet.total_networks.put(U16(wrapping_add_u16(pallet.total_networks.get(), change)))


def get_network_lock_cost(pallet: SubtensorState) -> Balance:
    """The price of founding a subnet now.

    Each founding doubles the price it was paid at; from there it falls by that price per
    reduction interval, down to the minimum.
    """
    last, last_block = pallet.network_last_lock_cost.get(), pallet.network_last_registered.get()
    interval = pallet.network_lock_reduction_interval.get()
    if interval == 0:
        panic("the price of a subnet cannot fall within no time")
    start = saturating_mul_u64(last, 1 if last_block == 0 else 2)
    elapsed = saturating_sub(pallet.system.block_number(), last_block)
    fallen = saturating_sub(start, saturating_mul_u64(last // interval, elapsed))
    return Balance(max(fallen, pallet.network_min_lock_cost.get()))


def get_subnet_to_prune(pallet: SubtensorState) -> NetUid:
    """The subnet to replace: past its immunity, with the least emission, of equals the oldest.

    Of what is still equal the last goes, in the order of storage keys. When all subnets are immune
    the answer is the root network, which cannot be replaced.
    """
    now, period = pallet.system.block_number(), pallet.network_immunity_period.get()
    candidates = [
        (
            pallet.emission_values.get(netuid),
            pallet.network_registered_at.get(netuid),
            -place,
            netuid,
        )
        for place, netuid in enumerate(pallet.networks_added.keys())
        if netuid != ROOT_NETUID
        and saturating_sub(now, pallet.network_registered_at.get(netuid)) >= period
    ]
    return min(candidates)[3] if candidates else ROOT_NETUID
