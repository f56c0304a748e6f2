"""Swapping a hotkey: what moves, what stays, what it costs."""

import pytest

from primitives.types import U16, U64, Balance, Hash, NetUid, Uid
from runtime.framework.errors import BadOrigin
from runtime.framework.origin import Origin
from runtime.framework.weights import PostInfo, db_weight
from runtime.pallets.subtensor import errors, events
from runtime.pallets.subtensor.types import AxonInfo, PrometheusInfo
from tests.support.subtensor import TAO, Economy, account

ALICE, BOB = account("alice"), account("bob")
OLD, NEW, OTHER = account("old"), account("new"), account("other")
NETUID = NetUid(1)


@pytest.fixture
def economy():
    economy = Economy()
    economy.fund(ALICE, 10 * TAO)
    economy.pallet.owner.insert(OLD, ALICE)
    economy.pallet.total_issuance.put(Balance(10 * TAO))
    economy.pallet.total_networks.put(U16(2))
    economy.now(2000)
    return economy


def test_hotkey_with_nothing_moves_its_owner_only(economy):
    post = economy.call("swap_hotkey", ALICE, OLD, NEW)

    assert post == PostInfo(db_weight(reads=4 + 3, writes=2 + 1))
    assert not economy.pallet.owner.contains(OLD)
    assert economy.pallet.owner.get(NEW) == ALICE
    assert economy.pallet.last_tx_block.get(ALICE) == 2000
    assert economy.pallet.total_issuance.get() == 9 * TAO
    assert economy.balances.free_balance(ALICE) == 9 * TAO
    assert economy.has_event(events.HotkeySwapped(ALICE, OLD, NEW))


def test_everything_that_moves(economy):
    pallet = economy.pallet
    axon = AxonInfo(1, 2, 3, 4, 4, 0, 0, 0)
    pallet.total_hotkey_stake.insert(OLD, Balance(30))
    pallet.delegates.insert(OLD, U16(5))
    pallet.last_tx_block.insert(OLD, U64(9))
    pallet.stake.insert(OLD, ALICE, Balance(10))
    pallet.stake.insert(OLD, BOB, Balance(20))
    pallet.is_network_member.insert(OLD, NETUID, True)
    pallet.uids.insert(NETUID, OLD, Uid(1))
    pallet.keys.insert(NETUID, Uid(1), OLD)
    pallet.axons.insert(NETUID, OLD, axon)
    pallet.loaded_emission.insert(
        NETUID, [(OLD, Balance(1), Balance(2)), (OTHER, Balance(3), Balance(4))]
    )

    post = economy.call("swap_hotkey", ALICE, OLD, NEW)

    assert post == PostInfo(db_weight(reads=4 + 3, writes=2 + 6 + 4 + 2 + 2 + 4 + 1))
    assert pallet.total_hotkey_stake.get(NEW) == 30
    assert pallet.delegates.get(NEW) == 5
    assert pallet.last_tx_block.get(NEW) == 9
    assert dict(pallet.stake.items_under(NEW)) == {ALICE: 10, BOB: 20}
    assert pallet.is_network_member.get(NEW, NETUID)
    assert pallet.uids.get(NETUID, NEW) == 1
    assert pallet.keys.get(NETUID, Uid(1)) == NEW
    assert pallet.axons.get(NETUID, NEW) == axon
    assert not any(OLD in key for key in economy.host.keys(pallet.prefix))


def test_loaded_emission_is_found_by_place(economy):
    pallet = economy.pallet
    pallet.is_network_member.insert(OLD, NETUID, True)
    pallet.uids.insert(NETUID, OLD, Uid(1))
    pallet.loaded_emission.insert(
        NETUID, [(OLD, Balance(1), Balance(2)), (OTHER, Balance(3), Balance(4))]
    )
    economy.call("swap_hotkey", ALICE, OLD, NEW)
    assert pallet.loaded_emission.get(NETUID) == [(OLD, 1, 2), (NEW, 3, 4)]


def test_metrics_and_commits_stay(economy):
    endpoint = PrometheusInfo(1, 2, 3, 4, 4)
    economy.pallet.is_network_member.insert(OLD, NETUID, True)
    economy.pallet.prometheus.insert(NETUID, OLD, endpoint)
    commit = (Hash(bytes(32)), U64(1), U64(2), U64(3))
    economy.pallet.weight_commits.insert(NETUID, OLD, [commit])
    economy.call("swap_hotkey", ALICE, OLD, NEW)
    assert economy.pallet.prometheus.get(NETUID, OLD) == endpoint
    assert economy.pallet.weight_commits.contains(NETUID, OLD)


class TestRefusals:
    def test_hotkey_of_another(self, economy):
        economy.refuses(errors.NonAssociatedColdKey, "swap_hotkey", BOB, OLD, NEW)

    def test_too_soon(self, economy):
        economy.pallet.last_tx_block.insert(ALICE, U64(1000))
        economy.refuses(errors.TxRateLimitExceeded, "swap_hotkey", ALICE, OLD, NEW)
        economy.now(2001)
        economy.call("swap_hotkey", ALICE, OLD, NEW)

    def test_same_hotkey(self, economy):
        economy.refuses(errors.AlreadyRegistered, "swap_hotkey", ALICE, OLD, OLD)

    def test_registered_hotkey(self, economy):
        economy.pallet.is_network_member.insert(NEW, NETUID, True)
        economy.refuses(errors.AlreadyRegistered, "swap_hotkey", ALICE, OLD, NEW)

    def test_poor_coldkey(self, economy):
        economy.pallet.owner.insert(OTHER, BOB)
        economy.refuses(errors.NotEnoughBalance, "swap_hotkey", BOB, OTHER, NEW)

    def test_root_origin(self, economy):
        economy.refuses(BadOrigin, "swap_hotkey", Origin.root(), OLD, NEW)
