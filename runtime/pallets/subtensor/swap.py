"""Swapping: a coldkey moves what one of its hotkeys has to another, for a fee."""

from typing import Any, Final

from primitives.arith import wrapping_add_u16
from primitives.types import AccountId, Balance, NetUid
from runtime.framework.errors import ensure
from runtime.framework.origin import Origin, ensure_signed
from runtime.framework.storage import StorageMap
from runtime.framework.weights import PostInfo, db_weight
from runtime.pallets.subtensor import errors
from runtime.pallets.subtensor.events import HotkeySwapped
from runtime.pallets.subtensor.issuance import count_burned
from runtime.pallets.subtensor.rate_limits import exceeds_tx_rate_limit, set_last_tx_block
from runtime.pallets.subtensor.staking import (
    can_remove_balance_from_coldkey_account,
    coldkey_owns_hotkey,
    remove_balance_from_coldkey_account,
)
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.uids import is_hotkey_registered_on_any_network

SWAP_COST: Final = Balance(1_000_000_000)
"""One tao, burned."""


def do_swap_hotkey(
    pallet: SubtensorState, origin: Origin, old: AccountId, new: AccountId
) -> PostInfo:
    """Move ownership, stake, delegation, uids and axons from one hotkey to another.

    Weight commits, metrics endpoints and a seat in the senate stay with the old one.
    """
    coldkey = ensure_signed(origin)
    now = pallet.system.block_number()
    ensure(coldkey_owns_hotkey(pallet, coldkey, old), errors.NonAssociatedColdKey)
    ensure(
        not exceeds_tx_rate_limit(pallet, pallet.last_tx_block.get(coldkey), now),
        errors.TxRateLimitExceeded,
    )
    ensure(old != new, errors.AlreadyRegistered)
    ensure(not is_hotkey_registered_on_any_network(pallet, new), errors.AlreadyRegistered)
    ensure(
        can_remove_balance_from_coldkey_account(pallet, coldkey, SWAP_COST),
        errors.NotEnoughBalance,
    )

    networks = wrapping_add_u16(pallet.total_networks.get(), 1)
    count_burned(pallet, remove_balance_from_coldkey_account(pallet, coldkey, SWAP_COST))
    pallet.owner.remove(old)
    pallet.owner.insert(new, coldkey)
    writes = 2
    writes += sum(
        _move(by_hotkey, old, new)
        for by_hotkey in (pallet.total_hotkey_stake, pallet.delegates, pallet.last_tx_block)
    )
    writes += _move_stake(pallet, old, new)
    writes += _move_memberships(pallet, old, new)
    set_last_tx_block(pallet, coldkey, now)
    writes += 1

    pallet.deposit(HotkeySwapped(coldkey, old, new))
    return PostInfo(db_weight(reads=4 + networks, writes=writes))


def _move(entries: StorageMap[AccountId, Any], old: AccountId, new: AccountId) -> int:
    """Move an entry, if there is one, and return the writes it took; so do the others here."""
    if not entries.contains(old):
        return 0
    entries.insert(new, entries.take(old))
    return 2


def _move_stake(pallet: SubtensorState, old: AccountId, new: AccountId) -> int:
    stakes = list(pallet.stake.items_under(old))
    pallet.stake.clear_under(old, limit=len(stakes))
    for coldkey, stake in stakes:
        pallet.stake.insert(new, coldkey, stake)
    return 2 * len(stakes)


def _move_memberships(pallet: SubtensorState, old: AccountId, new: AccountId) -> int:
    netuids = pallet.is_network_member.keys_under(old)
    pallet.is_network_member.clear_under(old, limit=len(netuids))
    writes = 2 * len(netuids)
    for netuid in netuids:
        pallet.is_network_member.insert(new, netuid, True)
        writes += _move_axon(pallet, netuid, old, new)
        writes += _move_uid(pallet, netuid, old, new)
    return writes


def _move_axon(pallet: SubtensorState, netuid: NetUid, old: AccountId, new: AccountId) -> int:
    axon = pallet.axons.take(netuid, old)
    if axon is None:
        return 0
    pallet.axons.insert(netuid, new, axon)
    return 2


def _move_uid(pallet: SubtensorState, netuid: NetUid, old: AccountId, new: AccountId) -> int:
    uid = pallet.uids.take(netuid, old)
    if uid is None:
        return 0
    pallet.uids.insert(netuid, new, uid)
    pallet.keys.insert(netuid, uid, new)
    emission = pallet.loaded_emission.get(netuid)
    if emission is not None and uid < len(emission):
        # The list is in the order of its own epoch: the entry is found by place, not by hotkey.
        _, server, validator = emission[uid]
        emission[uid] = (new, server, validator)
        pallet.loaded_emission.insert(netuid, emission)
    return 4
