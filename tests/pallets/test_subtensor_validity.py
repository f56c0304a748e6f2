"""What the pool is told of the pallet's calls."""

import pytest

from primitives.transaction_validity import (
    InvalidTransaction,
    TransactionInvalid,
    ValidTransaction,
)
from primitives.types import U16, U64, Balance, Hash, NetUid, Uid
from runtime.framework.calls import RuntimeCall
from runtime.framework.pallet import call_specs_of
from runtime.pallets.subtensor.validity import validate
from runtime.pallets.system import System
from tests.support.subtensor import CALLS, Economy, account
from tests.support.subtensor_world import SUBTENSOR_INDEX

HOT, COLD = account("hot"), account("cold")
NETUID = NetUid(1)
ORDINARY = ValidTransaction(priority=U64(2**64 - 1))
WEIGHT_CALLS = {
    "set_weights": (NETUID, [], [], U64(0)),
    "commit_weights": (NETUID, Hash(bytes(32))),
    "reveal_weights": (NETUID, [], [], U64(0)),
    "set_root_weights": (NETUID, HOT, [], [], U64(0)),
}


@pytest.fixture
def economy():
    economy = Economy()
    economy.now(50)
    return economy


def call(name, *args):
    return RuntimeCall(SUBTENSOR_INDEX, CALLS[name], args)


def refusal(economy, request):
    with pytest.raises(TransactionInvalid) as caught:
        validate(economy.pallet, HOT, request)
    return caught.value.error.reason


@pytest.mark.parametrize("name", WEIGHT_CALLS)
class TestWeights:
    def test_priority_grows_with_the_blocks_since_the_last_update(self, economy, name):
        economy.pallet.uids.insert(NETUID, HOT, Uid(1))
        economy.pallet.last_update.insert(NETUID, [U64(50), U64(20)])
        validity = validate(economy.pallet, HOT, call(name, *WEIGHT_CALLS[name]))
        assert validity == ValidTransaction(priority=U64(30 + 2**32 - 1), longevity=U64(1))

    def test_unregistered_keys_come_last(self, economy, name):
        validity = validate(economy.pallet, HOT, call(name, *WEIGHT_CALLS[name]))
        assert validity == ValidTransaction(priority=U64(0), longevity=U64(1))

    def test_too_little_stake_of_the_signer_is_refused(self, economy, name):
        economy.pallet.weights_min_stake.put(Balance(10))
        economy.pallet.total_hotkey_stake.insert(HOT, Balance(9))
        request = call(name, *WEIGHT_CALLS[name])
        assert refusal(economy, request) == InvalidTransaction.CALL
        economy.pallet.total_hotkey_stake.insert(HOT, Balance(10))
        validate(economy.pallet, HOT, request)


@pytest.mark.parametrize(
    "request_",
    [
        call("burned_register", NETUID, HOT),
        call("register", NETUID, U64(1), U64(1), bytes(32), HOT, COLD),
    ],
    ids=["burned_register", "register"],
)
def test_registrations_wait_once_the_target_is_reached(economy, request_):
    economy.pallet.target_registrations_per_interval.insert(NETUID, U16(2))
    economy.pallet.registrations_this_interval.insert(NETUID, U16(1))
    assert validate(economy.pallet, HOT, request_) == ORDINARY
    economy.pallet.registrations_this_interval.insert(NETUID, U16(2))
    assert refusal(economy, request_) == InvalidTransaction.EXHAUSTS_RESOURCES


@pytest.mark.parametrize(
    "request_",
    [
        call("add_stake", HOT, Balance(1)),
        call("remove_stake", HOT, Balance(1)),
        call("register_network"),
        call("root_register", HOT),
        RuntimeCall(0, call_specs_of(System)[0], (b"",)),
    ],
    ids=["add_stake", "remove_stake", "register_network", "root_register", "another pallet"],
)
def test_all_else_comes_first(economy, request_):
    economy.pallet.weights_min_stake.put(Balance(10))
    assert validate(economy.pallet, HOT, request_) == ORDINARY
