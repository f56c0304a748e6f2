"""Delegate info: what the runtime API tells about delegates and those who stake on them."""

from typing import Final

from primitives.fixed import U64F64
from primitives.scale.records import scale_struct
from primitives.scale.types import Compact
from primitives.types import U16, U64, AccountId, Balance, NetUid
from runtime.framework.errors import panic
from runtime.pallets.subtensor.neuron_info import entry
from runtime.pallets.subtensor.stake_info import ACCOUNT_LENGTH
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.uids import get_registered_networks_for_hotkey

BLOCKS_PER_DAY: Final = 7_200
"""Blocks of 12 seconds."""

NOMINATORS_PART: Final = 7_385_903_388_887_613 << 11
"""Bits of the double nearest to 0.82: what nominators were left with at the old fixed take."""


@scale_struct("pallet_subtensor::delegate_info::DelegateInfo")
class DelegateInfo:
    """A delegate, its nominators, and what staking on it returns."""

    delegate_ss58: AccountId
    take: Compact[U16]
    nominators: list[tuple[AccountId, Compact[Balance]]]
    """Whoever has stake on it, its owner included."""
    owner_ss58: AccountId
    registrations: list[Compact[NetUid]]
    validator_permits: list[Compact[NetUid]]
    """The subnets where it may set weights."""
    return_per_1000: Compact[U64]
    """Rao a day for a nominator's stake of 1,000 tao, were the take 18 percent."""
    total_daily_return: Compact[U64]
    """Rao a day that the delegate earns on all subnets."""


Delegations = list[tuple[DelegateInfo, Compact[Balance]]]
"""Delegates, each with the stake that somebody has on it."""


def get_delegates(pallet: SubtensorState) -> list[DelegateInfo]:
    """All delegates."""
    return [_delegate(pallet, hotkey) for hotkey, _ in pallet.delegates.items()]


def get_delegate(pallet: SubtensorState, delegate: bytes) -> DelegateInfo | None:
    """One delegate; None for bytes that are none."""
    if len(delegate) != ACCOUNT_LENGTH or not pallet.delegates.contains(AccountId(delegate)):
        return None
    return _delegate(pallet, AccountId(delegate))


def get_delegated(pallet: SubtensorState, delegatee: bytes) -> Delegations:
    """The delegates that a coldkey has stake on, and how much; surplus bytes are ignored."""
    if len(delegatee) < ACCOUNT_LENGTH:
        return []
    coldkey = AccountId(delegatee[:ACCOUNT_LENGTH])
    stakes = [(hotkey, pallet.stake.get(hotkey, coldkey)) for hotkey, _ in pallet.delegates.items()]
    return [(_delegate(pallet, hotkey), stake) for hotkey, stake in stakes if stake > 0]


def _delegate(pallet: SubtensorState, hotkey: AccountId) -> DelegateInfo:
    netuids = get_registered_networks_for_hotkey(pallet, hotkey)
    daily = U64F64.wrap(sum(_daily_emission(pallet, netuid, hotkey) for netuid in netuids))
    return DelegateInfo(
        delegate_ss58=hotkey,
        take=pallet.delegates.get(hotkey),
        nominators=[item for item in pallet.stake.items_under(hotkey) if item[1] > 0],
        owner_ss58=pallet.owner.get(hotkey),
        registrations=netuids,
        validator_permits=[n for n in netuids if _has_permit(pallet, n, hotkey)],
        return_per_1000=_return_per_1000(daily, pallet.total_hotkey_stake.get(hotkey)),
        total_daily_return=U64(U64F64.to_unsigned(daily, 64)),
    )


def _has_permit(pallet: SubtensorState, netuid: NetUid, hotkey: AccountId) -> bool:
    uid = pallet.uids.get(netuid, hotkey)
    return uid is not None and entry(pallet.validator_permit.get(netuid), uid, absent=False)


def _daily_emission(pallet: SubtensorState, netuid: NetUid, hotkey: AccountId) -> int:
    """Bits of U64F64: the emission of the last epoch times the epochs of a day."""
    uid = pallet.uids.get(netuid, hotkey)
    if uid is None:
        return 0
    tempo = pallet.tempo.get(netuid)
    if tempo == 0:
        panic(f"subnet {netuid} of a delegate has tempo 0")
    emission = entry(pallet.emission.get(netuid), uid, Balance(0))
    epochs = U64F64.wrapping_div(U64F64.of(BLOCKS_PER_DAY), U64F64.of(tempo))
    return U64F64.wrapping_mul(U64F64.of(emission), epochs)


def _return_per_1000(daily: int, stake: Balance) -> U64:
    if stake == 0:
        return U64(0)
    for_nominators = U64F64.wrapping_mul(daily, NOMINATORS_PART)
    thousands = U64F64.wrapping_div(U64F64.of(stake), U64F64.of(1_000))
    return U64(U64F64.to_unsigned(U64F64.wrapping_div(for_nominators, thousands), 64))
