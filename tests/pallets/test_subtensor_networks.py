"""Founding, dissolving and replacing subnets, and what founding one costs."""

import pytest

from primitives.types import U16, U64, Balance, NetUid, Uid
from runtime.framework.errors import BadOrigin, Panic
from runtime.framework.origin import Origin
from runtime.pallets.subtensor import errors, events, parameter_events
from runtime.pallets.subtensor.networks import get_network_lock_cost, get_subnet_to_prune
from runtime.pallets.subtensor.uids import append_neuron
from tests.support.subtensor import TAO, Economy, account

ALICE, BOB, HOT = account("alice"), account("bob"), account("hot")


@pytest.fixture
def economy():
    economy = Economy()
    economy.pallet.networks_added.insert(NetUid(0), True)
    economy.pallet.total_networks.put(U16(1))
    economy.fund(ALICE, 10_000 * TAO)
    economy.now(100)
    return economy


class TestRegisterNetwork:
    def test_locks_the_price_and_takes_the_lowest_free_netuid(self, economy):
        economy.call("register_network", ALICE)

        pallet = economy.pallet
        assert pallet.networks_added.get(NetUid(1))
        assert pallet.total_networks.get() == 2
        assert pallet.subnet_owner.get(NetUid(1)) == ALICE
        assert pallet.subnet_locked.get(NetUid(1)) == 1000 * TAO
        assert pallet.network_last_lock_cost.get() == 1000 * TAO
        assert pallet.network_last_registered.get() == 100
        assert pallet.network_registered_at.get(NetUid(1)) == 100
        assert economy.balances.free_balance(ALICE) == 9000 * TAO
        assert economy.has_event(events.NetworkAdded(NetUid(1), U16(0)))

    def test_writes_the_parameters_of_a_new_subnet(self, economy):
        economy.call("register_network", ALICE)

        pallet, netuid = economy.pallet, NetUid(1)
        written = {
            name: getattr(pallet, name).get(netuid)
            for name in (
                "subnetwork_n", "tempo", "network_modality", "network_registration_allowed",
                "max_allowed_uids", "max_allowed_validators", "min_allowed_weights",
                "max_weights_limit", "adjustment_interval", "target_registrations_per_interval",
                "adjustment_alpha", "immunity_period", "min_burn", "min_difficulty",
                "max_difficulty", "kappa", "difficulty", "activity_cutoff", "emission_values",
            )
            if getattr(pallet, name).contains(netuid)
        }  # fmt: skip
        assert written == {
            "subnetwork_n": 0,
            "tempo": 360,
            "network_modality": 0,
            "network_registration_allowed": True,
            "max_allowed_uids": 256,
            "max_allowed_validators": 64,
            "min_allowed_weights": 1,
            "max_weights_limit": 65_535,
            "adjustment_interval": 360,
            "target_registrations_per_interval": 1,
            "adjustment_alpha": 17_893_341_751_498_265_066,
            "immunity_period": 5000,
            "min_burn": 1,
            "min_difficulty": 2**64 - 1,
            "max_difficulty": 2**64 - 1,
            "kappa": 32_767,
            "difficulty": 10_000_000,
            "activity_cutoff": 5000,
            "emission_values": 0,
        }
        assert not pallet.network_pow_registration_allowed.contains(netuid)
        assert economy.has_event(parameter_events.MinBurnSet(netuid, Balance(1)))

    def test_waits_for_the_rate_limit(self, economy):
        economy.pallet.network_rate_limit.put(U64(50))
        economy.call("register_network", ALICE)
        economy.now(149)
        economy.refuses(errors.TxRateLimitExceeded, "register_network", ALICE)
        economy.now(150)
        economy.call("register_network", ALICE)

    def test_needs_the_price(self, economy):
        economy.refuses(errors.NotEnoughBalanceToStake, "register_network", BOB)

    def test_at_the_limit_replaces_the_weakest(self, economy):
        economy.pallet.subnet_limit.put(U16(1))
        economy.pallet.network_immunity_period.put(U64(10))
        economy.call("register_network", ALICE)
        economy.fund(BOB, 10_000 * TAO)
        economy.now(110)

        economy.call("register_network", BOB)

        assert economy.pallet.subnet_owner.get(NetUid(1)) == BOB
        assert economy.pallet.total_networks.get() == 2
        assert economy.balances.free_balance(ALICE) == 10_000 * TAO
        assert economy.has_event(events.NetworkRemoved(NetUid(1)))

    def test_at_the_limit_immune_subnets_are_spared(self, economy):
        economy.pallet.subnet_limit.put(U16(1))
        economy.call("register_network", ALICE)
        economy.refuses(errors.AllNetworksInImmunity, "register_network", ALICE)


class TestDissolveNetwork:
    def test_erases_the_subnet_and_pays_the_lock_back(self, economy):
        economy.call("register_network", ALICE)
        pallet, netuid = economy.pallet, NetUid(1)
        append_neuron(pallet, netuid, HOT)
        pallet.weights.insert(NetUid(0), Uid(5), [(U16(1), U16(7)), (U16(2), U16(8))])

        economy.call("dissolve_network", ALICE, netuid)

        assert economy.balances.free_balance(ALICE) == 10_000 * TAO
        assert not pallet.networks_added.contains(netuid)
        assert pallet.total_networks.get() == 1
        assert not pallet.uids.contains(netuid, HOT)
        assert not pallet.rank.contains(netuid)
        assert not pallet.tempo.contains(netuid)
        assert not pallet.subnet_owner.contains(netuid)
        assert pallet.subnet_locked.contains(netuid)
        assert pallet.is_network_member.get(HOT, netuid)
        assert pallet.weights.get(NetUid(0), Uid(5)) == [(1, 0), (2, 8)]
        assert economy.has_event(events.NetworkRemoved(netuid))

    def test_missing_subnet_is_refused(self, economy):
        economy.refuses(errors.NetworkDoesNotExist, "dissolve_network", ALICE, NetUid(1))

    def test_only_the_owner_may(self, economy):
        economy.call("register_network", ALICE)
        economy.refuses(errors.NotSubnetOwner, "dissolve_network", BOB, NetUid(1))


class TestLockCost:
    def set(self, economy, last, last_block, interval):
        economy.pallet.network_last_lock_cost.put(Balance(last))
        economy.pallet.network_last_registered.put(U64(last_block))
        economy.pallet.network_lock_reduction_interval.put(U64(interval))
        economy.pallet.network_min_lock_cost.put(Balance(100))

    @pytest.mark.parametrize(
        ("last", "last_block", "interval", "block", "cost"),
        [
            (1000, 0, 10, 0, 1000),
            (1000, 100, 10, 100, 2000),
            (1000, 100, 10, 105, 1500),
            (1000, 100, 10, 110, 1000),
            (1000, 100, 10, 1000, 100),
            (1009, 100, 10, 101, 1918),
            (2**63, 100, 10, 100, 2**64 - 1),
        ],
    )
    def test_doubles_and_falls(self, economy, last, last_block, interval, block, cost):
        self.set(economy, last, last_block, interval)
        economy.now(block)
        assert get_network_lock_cost(economy.pallet) == cost

    def test_without_an_interval_panics(self, economy):
        self.set(economy, 1000, 100, 0)
        with pytest.raises(Panic):
            get_network_lock_cost(economy.pallet)


class TestPruning:
    def add(self, economy, netuid, emission, registered_at):
        economy.pallet.networks_added.insert(NetUid(netuid), True)
        economy.pallet.emission_values.insert(NetUid(netuid), Balance(emission))
        economy.pallet.network_registered_at.insert(NetUid(netuid), U64(registered_at))

    @pytest.mark.parametrize(
        ("subnets", "weakest"),
        [
            ([(1, 5, 10), (2, 3, 20), (3, 4, 5)], 2),
            ([(1, 3, 10), (2, 3, 20), (3, 3, 5)], 3),
            ([(1, 3, 10), (2, 3, 10), (3, 4, 10)], 2),
            ([(1, 3, 10), (256, 3, 10)], 1),
            ([(1, 3, 950), (2, 4, 10)], 2),
            ([(1, 3, 950)], 0),
        ],
        ids=["least emission", "then oldest", "then last", "in key order", "immune", "all immune"],
    )
    def test_who_goes(self, economy, subnets, weakest):
        economy.pallet.network_immunity_period.put(U64(100))
        economy.now(1000)
        for subnet in subnets:
            self.add(economy, *subnet)
        assert get_subnet_to_prune(economy.pallet) == weakest


def test_root_may_not_found_a_subnet(economy):
    economy.refuses(BadOrigin, "register_network", Origin.root())
