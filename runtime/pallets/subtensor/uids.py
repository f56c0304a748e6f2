"""Uids: which hotkey holds which place on a subnet, and who makes room when all are taken."""

from primitives.arith import U16_MAX, wrapping_sub_u64
from primitives.types import U16, U64, AccountId, Balance, NetUid, Uid
from runtime.framework.errors import ensure
from runtime.pallets.subtensor import errors
from runtime.pallets.subtensor.staking import unstake_all_coldkeys_from_hotkey_account
from runtime.pallets.subtensor.storage import SubtensorState


def take_uid(pallet: SubtensorState, netuid: NetUid, hotkey: AccountId) -> Uid:
    """Give the hotkey a new uid, or on a full subnet that of the weakest neuron."""
    capacity = pallet.max_allowed_uids.get(netuid)
    ensure(capacity != 0, errors.NoNeuronIdAvailable)
    if pallet.subnetwork_n.get(netuid) < capacity:
        return append_neuron(pallet, netuid, hotkey)
    uid = get_neuron_to_prune(pallet, netuid)
    replace_neuron(pallet, netuid, uid, hotkey)
    return uid


def append_neuron(pallet: SubtensorState, netuid: NetUid, hotkey: AccountId) -> Uid:
    """Add a neuron at the end of the subnet, with a place in every list of the epoch."""
    uid = Uid(pallet.subnetwork_n.get(netuid))
    pallet.subnetwork_n.insert(netuid, U16(uid + 1))
    append_scores(pallet, netuid, U64(pallet.system.block_number()))
    _seat(pallet, netuid, uid, hotkey)
    return uid


def append_scores(pallet: SubtensorState, netuid: NetUid, now: U64) -> None:
    """Extend every list of the epoch by a neuron that has no merits yet."""
    for scores in (
        pallet.rank,
        pallet.trust,
        pallet.consensus,
        pallet.incentive,
        pallet.dividends,
        pallet.pruning_scores,
        pallet.validator_trust,
    ):
        scores.insert(netuid, [*scores.get(netuid), U16(0)])
    pallet.active.insert(netuid, [*pallet.active.get(netuid), True])
    pallet.emission.insert(netuid, [*pallet.emission.get(netuid), Balance(0)])
    pallet.last_update.insert(netuid, [*pallet.last_update.get(netuid), now])
    pallet.validator_permit.insert(netuid, [*pallet.validator_permit.get(netuid), False])


def replace_neuron(pallet: SubtensorState, netuid: NetUid, uid: Uid, hotkey: AccountId) -> None:
    """Hand a uid to another hotkey. One that holds no other uid loses all stake on it.

    The newcomer inherits the scores and weights of its predecessor until the next epoch.
    """
    evicted = pallet.keys.get(netuid, uid)
    pallet.uids.remove(netuid, evicted)
    pallet.is_network_member.remove(evicted, netuid)
    pallet.keys.remove(netuid, uid)
    if not is_hotkey_registered_on_any_network(pallet, evicted):
        unstake_all_coldkeys_from_hotkey_account(pallet, evicted)

    active = pallet.active.get(netuid)
    if uid < len(active):
        active[uid] = True
        pallet.active.insert(netuid, active)
    _seat(pallet, netuid, uid, hotkey)


def _seat(pallet: SubtensorState, netuid: NetUid, uid: Uid, hotkey: AccountId) -> None:
    pallet.keys.insert(netuid, uid, hotkey)
    pallet.uids.insert(netuid, hotkey, uid)
    pallet.block_at_registration.insert(netuid, uid, U64(pallet.system.block_number()))
    pallet.is_network_member.insert(hotkey, netuid, True)


def get_neuron_to_prune(pallet: SubtensorState, netuid: NetUid) -> Uid:
    """The neuron to replace, which from now on has the highest pruning score.

    Among the neurons past their immunity it is the one with the lowest score, of equals the last.
    Failing those it is the immune one with the lowest score, of equals the first. Scores at the
    top do not count, so when nobody is left with a lower one it is uid 0.
    """
    scores = pallet.pruning_scores.get(netuid)
    period = pallet.immunity_period.get(netuid)
    mature: list[tuple[int, int]] = []
    immune: list[tuple[int, int]] = []
    for uid in range(pallet.subnetwork_n.get(netuid)):
        if uid < len(scores) and scores[uid] < U16_MAX:
            if _age(pallet, netuid, Uid(uid)) < period:
                immune.append((scores[uid], uid))
            else:
                mature.append((scores[uid], -uid))
    chosen = -min(mature)[1] if mature else min(immune, default=(U16_MAX, 0))[1]

    if chosen < len(scores):
        scores[chosen] = U16(U16_MAX)
    pallet.pruning_scores.insert(netuid, scores)
    return Uid(chosen)


def _age(pallet: SubtensorState, netuid: NetUid, uid: Uid) -> int:
    since = pallet.block_at_registration.get(netuid, uid)
    return wrapping_sub_u64(pallet.system.block_number(), since)


def is_hotkey_registered_on_network(
    pallet: SubtensorState, netuid: NetUid, hotkey: AccountId
) -> bool:
    """Whether the hotkey holds a uid on the subnet."""
    return pallet.uids.contains(netuid, hotkey)


def is_hotkey_registered_on_any_network(pallet: SubtensorState, hotkey: AccountId) -> bool:
    """Whether the hotkey is a member of any subnet, the root network included."""
    return any(pallet.is_network_member.values_under(hotkey))


def get_uid_for_net_and_hotkey(pallet: SubtensorState, netuid: NetUid, hotkey: AccountId) -> Uid:
    """The uid of a hotkey, or NotRegistered."""
    uid = pallet.uids.get(netuid, hotkey)
    if uid is None:
        raise errors.NotRegistered
    return uid


def get_registered_networks_for_hotkey(pallet: SubtensorState, hotkey: AccountId) -> list[NetUid]:
    """The subnets that the hotkey is a member of, in storage order."""
    return [netuid for netuid, member in pallet.is_network_member.items_under(hotkey) if member]
