"""Weights: what a validator says about its peers, or about subnets on the root network."""

from primitives.arith import U16_MAX, wrapping_sub_u64
from primitives.types import U16, U64, AccountId, BlockNumber, NetUid, Uid
from runtime.framework.errors import ensure
from runtime.framework.origin import Origin, ensure_signed
from runtime.pallets.subtensor import errors, events
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.staking import coldkey_owns_hotkey
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.uids import get_uid_for_net_and_hotkey
from runtime.pallets.subtensor.weight_vectors import is_max_limited, max_upscale_to_u16


def do_set_weights(
    pallet: SubtensorState,
    origin: Origin,
    netuid: NetUid,
    uids: list[U16],
    values: list[U16],
    version_key: U64,
) -> None:
    """Set the weights that the calling hotkey gives to its peers on a subnet.

    Where weights are committed first it is the commit that must not come too often, and that counts
    as the neuron's update: when it is revealed is not the neuron's choice alone.
    """
    hotkey = ensure_signed(origin)
    ensure(netuid != ROOT_NETUID, errors.IsRoot)
    ensure(len(uids) == len(values), errors.WeightVecNotEqualSize)
    ensure(pallet.networks_added.get(netuid), errors.NetworkDoesNotExist)
    ensure(len(uids) <= pallet.subnetwork_n.get(netuid), errors.TooManyUids)
    uid = _ensure_may_set_weights(pallet, netuid, hotkey, version_key)
    is_committed = pallet.commit_reveal_weights_enabled.get(netuid)
    if not is_committed:
        _ensure_waited(pallet, netuid, uid)
    ensure(check_validator_permit(pallet, netuid, uid, uids), errors.NoValidatorPermit)
    ensure(not has_duplicates(uids), errors.DuplicateUids)
    ensure(all(pallet.keys.contains(netuid, Uid(peer)) for peer in uids), errors.InvalidUid)

    _write_weights(pallet, netuid, uid, uids, values)
    if not is_committed:
        set_last_update_for_uid(pallet, netuid, uid, pallet.system.block_number())

    pallet.deposit(events.WeightsSet(netuid, uid))


def do_set_root_weights(
    pallet: SubtensorState,
    origin: Origin,
    netuid: NetUid,
    hotkey: AccountId,
    uids: list[U16],
    values: list[U16],
    version_key: U64,
) -> None:
    """Set the weights that the caller's hotkey gives to subnets on the root network."""
    coldkey = ensure_signed(origin)
    ensure(coldkey_owns_hotkey(pallet, coldkey, hotkey), errors.NonAssociatedColdKey)
    ensure(pallet.networks_added.get(netuid), errors.NetworkDoesNotExist)
    ensure(netuid == ROOT_NETUID, errors.NotRootSubnet)
    ensure(len(uids) == len(values), errors.WeightVecNotEqualSize)
    ensure(all(pallet.networks_added.get(NetUid(subnet)) for subnet in uids), errors.InvalidUid)
    uid = _ensure_may_set_weights(pallet, netuid, hotkey, version_key)
    _ensure_waited(pallet, netuid, uid)
    ensure(not has_duplicates(uids), errors.DuplicateUids)

    _write_weights(pallet, netuid, uid, uids, values)
    set_last_update_for_uid(pallet, netuid, uid, pallet.system.block_number())

    pallet.deposit(events.WeightsSet(netuid, uid))


def _ensure_may_set_weights(
    pallet: SubtensorState, netuid: NetUid, hotkey: AccountId, version_key: U64
) -> Uid:
    """The uid of a hotkey that has the stake and the version to set weights."""
    uid = get_uid_for_net_and_hotkey(pallet, netuid, hotkey)
    ensure(
        pallet.total_hotkey_stake.get(hotkey) >= pallet.weights_min_stake.get(),
        errors.NotEnoughStakeToSetWeights,
    )
    ensure(check_version_key(pallet, netuid, version_key), errors.IncorrectNetworkVersionKey)
    return uid


def _ensure_waited(pallet: SubtensorState, netuid: NetUid, uid: Uid) -> None:
    now = pallet.system.block_number()
    ensure(check_rate_limit(pallet, netuid, uid, now), errors.SettingWeightsTooFast)


def _write_weights(
    pallet: SubtensorState, netuid: NetUid, uid: Uid, uids: list[U16], values: list[U16]
) -> None:
    """Check number and size of the weights, then store them stretched to 65,535."""
    ensure(check_length(pallet, netuid, uid, uids), errors.NotSettingEnoughWeights)
    upscaled = max_upscale_to_u16(values)
    ensure(max_weight_limited(pallet, netuid, uid, uids, upscaled), errors.MaxWeightExceeded)

    pallet.weights.insert(netuid, uid, list(zip(uids, upscaled, strict=True)))


def check_version_key(pallet: SubtensorState, netuid: NetUid, version_key: U64) -> bool:
    """Whether the caller's software is as new as the subnet demands; 0 demands nothing."""
    return version_key >= pallet.weights_version_key.get(netuid)


def check_rate_limit(pallet: SubtensorState, netuid: NetUid, uid: Uid, now: BlockNumber) -> bool:
    """Whether the neuron exists and its last update is long enough ago."""
    if not pallet.keys.contains(netuid, uid):
        return False
    last_update = last_update_of(pallet, netuid, uid)
    if last_update == 0:
        return True
    return wrapping_sub_u64(now, last_update) >= pallet.weights_set_rate_limit.get(netuid)


def last_update_of(pallet: SubtensorState, netuid: NetUid, uid: Uid) -> U64:
    """When the neuron last set weights or committed to some, 0 if that is not known."""
    updates = pallet.last_update.get(netuid)
    return updates[uid] if uid < len(updates) else U64(0)


def check_validator_permit(
    pallet: SubtensorState, netuid: NetUid, uid: Uid, uids: list[U16]
) -> bool:
    """Whether the neuron may set these weights: without a permit only one, on itself."""
    permits = pallet.validator_permit.get(netuid)
    return is_self_weight(uid, uids) or (uid < len(permits) and permits[uid])


def check_length(pallet: SubtensorState, netuid: NetUid, uid: Uid, uids: list[U16]) -> bool:
    """Whether there are enough weights for the subnet, or for its size if that is smaller."""
    if netuid != ROOT_NETUID and is_self_weight(uid, uids):
        return True
    fewest = min(pallet.subnetwork_n.get(netuid), pallet.min_allowed_weights.get(netuid))
    return len(uids) >= fewest


def max_weight_limited(
    pallet: SubtensorState, netuid: NetUid, uid: Uid, uids: list[U16], weights: list[U16]
) -> bool:
    """Whether no peer gets more than the subnet's limit; a weight on oneself may."""
    limit = pallet.max_weights_limit.get(netuid)
    return is_self_weight(uid, uids) or limit == U16_MAX or is_max_limited(weights, limit)


def is_self_weight(uid: Uid, uids: list[U16]) -> bool:
    """Whether there is one weight only, and on the neuron itself."""
    return len(uids) == 1 and Uid(uids[0]) == uid


def has_duplicates(uids: list[U16]) -> bool:
    """Whether a uid is named twice."""
    return len(set(uids)) < len(uids)


def set_last_update_for_uid(
    pallet: SubtensorState, netuid: NetUid, uid: Uid, now: BlockNumber
) -> None:
    """Note when the neuron last set weights; a uid beyond the list is left alone."""
    updates = pallet.last_update.get(netuid)
    if uid < len(updates):
        updates[uid] = U64(now)
        pallet.last_update.insert(netuid, updates)
