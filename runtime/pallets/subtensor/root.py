"""The root network: its validators by stake, the senate that follows them, and its votes."""

from typing import Final

from primitives.types import U16, U32, AccountId, Hash, Uid
from runtime.framework.errors import BadOrigin, ensure
from runtime.framework.origin import ByTriumvirate, Members, Origin, ensure_signed
from runtime.framework.weights import Pays, PostInfo, Weight, db_weight
from runtime.pallets.subtensor import errors
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.events import NeuronRegistered
from runtime.pallets.subtensor.registration import (
    count_registration,
    ensure_not_too_many_registrations,
)
from runtime.pallets.subtensor.staking import (
    coldkey_owns_hotkey,
    create_account_if_non_existent,
    delegate_hotkey,
    hotkey_is_delegate,
)
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.uids import append_neuron, replace_neuron

ROOT_DELEGATE_TAKE: Final = U16(11_796)
"""18 percent of 65,535: the take of a hotkey that becomes a delegate by joining here."""


def do_root_register(pallet: SubtensorState, origin: Origin, hotkey: AccountId) -> None:
    """Register a hotkey on the root network, if need be in place of the one with least stake."""
    ensure(pallet.networks_added.get(ROOT_NETUID), errors.NetworkDoesNotExist)
    coldkey = ensure_signed(origin)
    ensure_not_too_many_registrations(pallet, ROOT_NETUID)
    ensure(not pallet.uids.contains(ROOT_NETUID, hotkey), errors.AlreadyRegistered)

    create_account_if_non_existent(pallet, coldkey, hotkey)
    if pallet.subnetwork_n.get(ROOT_NETUID) < pallet.max_allowed_uids.get(ROOT_NETUID):
        uid = append_neuron(pallet, ROOT_NETUID, hotkey)
    else:
        uid = _replace_poorest(pallet, hotkey)
    _offer_senate_seat(pallet, hotkey)
    if not hotkey_is_delegate(pallet, hotkey):
        delegate_hotkey(pallet, hotkey, ROOT_DELEGATE_TAKE)
    count_registration(pallet, ROOT_NETUID)

    pallet.deposit(NeuronRegistered(ROOT_NETUID, uid, hotkey))


def _replace_poorest(pallet: SubtensorState, hotkey: AccountId) -> Uid:
    """Give the hotkey the uid with the least stake, if it has more."""
    holders = list(pallet.keys.items_under(ROOT_NETUID))
    ensure(bool(holders), errors.NotRegistered)
    uid, poorest = min(holders, key=lambda holder: pallet.total_hotkey_stake.get(holder[1]))
    ensure(
        pallet.total_hotkey_stake.get(poorest) < pallet.total_hotkey_stake.get(hotkey),
        errors.StakeTooLowForRoot,
    )
    replace_neuron(pallet, ROOT_NETUID, uid, hotkey)
    return uid


def _offer_senate_seat(pallet: SubtensorState, hotkey: AccountId) -> None:
    """Take a free seat, or that of the senator with the least stake, of equals the last."""
    senators = pallet.senate.members()
    if len(senators) != pallet.senate.max_members():
        pallet.senate.add_member(hotkey)
        return
    poorest = min(reversed(senators), key=pallet.total_hotkey_stake.get, default=None)
    if poorest is None:
        return
    if pallet.total_hotkey_stake.get(poorest) < pallet.total_hotkey_stake.get(hotkey):
        pallet.senate.swap_member(poorest, hotkey)
        pallet.triumvirate.remove_votes(poorest)


def do_vote_root(
    pallet: SubtensorState,
    origin: Origin,
    hotkey: AccountId,
    proposal: Hash,
    index: U32,
    *,
    approve: bool,
) -> PostInfo:
    """Cast the vote of a senator; the first one on a motion is free of charge."""
    coldkey = ensure_signed(origin)
    ensure(coldkey_owns_hotkey(pallet, coldkey, hotkey), errors.NonAssociatedColdKey)
    ensure(pallet.senate.is_member(hotkey), errors.NotSenateMember)

    is_first = pallet.triumvirate.add_vote(hotkey, proposal, index, approve=approve)

    return PostInfo(_vote_weight(len(pallet.senate.members())), Pays.NO if is_first else Pays.YES)


def _vote_weight(senators: int) -> Weight:
    per_senator = Weight(48_856, 128).mul(senators)
    return Weight(20_528_275, 4_980) + per_senator + db_weight(reads=2, writes=1)


def ensure_senate_majority(origin: Origin) -> None:
    """BadOrigin unless a motion that more than half of the senators approved is carried out."""
    match origin.caller:
        case ByTriumvirate(Members(yes, total)) if yes * 2 > total:
            return
        case _:
            raise BadOrigin
