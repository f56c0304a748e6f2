"""What the pool is told of the pallet's calls: who may wait, in which order, and for how long."""

from typing import Final

from primitives.arith import U32_MAX, U64_MAX, wrapping_add_u64, wrapping_sub_u64
from primitives.transaction_validity import (
    InvalidTransaction,
    TransactionInvalid,
    ValidTransaction,
)
from primitives.types import U64, AccountId, NetUid
from runtime.framework.calls import RuntimeCall
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.weights import last_update_of

SETTING_WEIGHTS: Final = frozenset(
    {
        "set_weights",
        "commit_weights",
        "reveal_weights",
        "batch_reveal_weights",
        "set_root_weights",
    }
)
REGISTERING: Final = frozenset({"register", "burned_register"})

ORDINARY_PRIORITY: Final = U64(U64_MAX)
"""Everything goes before weights, of which there are many and none is urgent."""
WEIGHTS_LONGEVITY: Final = U64(1)
"""Priority of weights depends on the block, so it is asked again for every block."""


def validate(pallet: SubtensorState, who: AccountId, call: RuntimeCall) -> ValidTransaction:
    """Judge a signed call for the pool. Blocks are not checked by these rules.

    Raises:
        TransactionInvalid: the signer has too little stake to set weights, or the interval has
            its target of registrations (dispatch would take some more).
    """
    if call.pallet_index != pallet.index:
        return ValidTransaction(priority=ORDINARY_PRIORITY)
    if call.name in SETTING_WEIGHTS:
        if pallet.total_hotkey_stake.get(who) < pallet.weights_min_stake.get():
            raise TransactionInvalid(InvalidTransaction.CALL)
        priority = _priority_of_weights(pallet, who, call.arg("netuid"))
        return ValidTransaction(priority=priority, longevity=WEIGHTS_LONGEVITY)
    if call.name in REGISTERING and _interval_is_full(pallet, call.arg("netuid")):
        raise TransactionInvalid(InvalidTransaction.EXHAUSTS_RESOURCES)
    return ValidTransaction(priority=ORDINARY_PRIORITY)


def _priority_of_weights(pallet: SubtensorState, hotkey: AccountId, netuid: NetUid) -> U64:
    """The longer ago the neuron last set its weights, the higher; 0 for keys not registered."""
    uid = pallet.uids.get(netuid, hotkey)
    if uid is None:
        return U64(0)
    last = last_update_of(pallet, netuid, uid)
    waited = wrapping_sub_u64(pallet.system.block_number(), last)
    return U64(wrapping_add_u64(waited, U32_MAX))


def _interval_is_full(pallet: SubtensorState, netuid: NetUid) -> bool:
    count = pallet.registrations_this_interval.get(netuid)
    return count >= pallet.target_registrations_per_interval.get(netuid)
