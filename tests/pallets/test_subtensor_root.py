"""The root network, the senate that follows it, votes, and what the senate can run as root."""

import pytest

from primitives.scale.containers import Ok
from primitives.types import U16, U32, Balance, Hash, NetUid, Uid
from runtime.framework.calls import RuntimeCall
from runtime.framework.errors import BadOrigin
from runtime.framework.origin import Members, Origin
from runtime.framework.pallet import call_specs_of
from runtime.framework.weights import Pays, PostInfo, Weight, db_weight
from runtime.pallets.subtensor import errors, events
from runtime.pallets.system import System
from tests.support.subtensor import CALLS, Economy, account
from tests.support.subtensor_world import SUBTENSOR_INDEX

ALICE, BOB = account("alice"), account("bob")
HOT, RICH = account("hot"), account("rich")
ROOT = NetUid(0)
MOTION = Hash(bytes(32))
REMARK = call_specs_of(System)[0]


@pytest.fixture
def economy():
    economy = Economy()
    economy.open_network(0, ALICE)
    economy.pallet.max_allowed_uids.insert(ROOT, U16(2))
    economy.senate.seats = 2
    return economy


def stake(economy, hotkey, amount):
    economy.pallet.total_hotkey_stake.insert(hotkey, Balance(amount))


class TestRootRegister:
    def test_gives_a_uid_a_seat_and_a_take(self, economy):
        economy.call("root_register", ALICE, HOT)

        pallet = economy.pallet
        assert pallet.uids.get(ROOT, HOT) == 0
        assert pallet.owner.get(HOT) == ALICE
        assert pallet.delegates.get(HOT) == 11_796
        assert pallet.registrations_this_interval.get(ROOT) == 1
        assert pallet.registrations_this_block.get(ROOT) == 1
        assert economy.senate.hotkeys == [HOT]
        assert economy.has_event(events.NeuronRegistered(ROOT, Uid(0), HOT))

    def test_keeps_the_take_of_a_delegate(self, economy):
        economy.pallet.delegates.insert(HOT, U16(5))
        economy.call("root_register", ALICE, HOT)
        assert economy.pallet.delegates.get(HOT) == 5

    def test_without_a_root_network_it_is_refused(self, economy):
        economy.pallet.networks_added.remove(ROOT)
        economy.refuses(errors.NetworkDoesNotExist, "root_register", ALICE, HOT)

    def test_root_origin_is_refused(self, economy):
        economy.refuses(BadOrigin, "root_register", Origin.root(), HOT)

    def test_full_block_is_refused(self, economy):
        economy.pallet.max_registrations_per_block.insert(ROOT, U16(0))
        economy.refuses(errors.TooManyRegistrationsThisBlock, "root_register", ALICE, HOT)

    def test_full_interval_is_refused(self, economy):
        economy.pallet.target_registrations_per_interval.insert(ROOT, U16(0))
        economy.refuses(errors.TooManyRegistrationsThisInterval, "root_register", ALICE, HOT)

    def test_second_registration_is_refused(self, economy):
        economy.call("root_register", ALICE, HOT)
        economy.refuses(errors.AlreadyRegistered, "root_register", ALICE, HOT)

    def test_on_a_full_network_the_poorest_is_replaced(self, economy):
        a, b = account("a"), account("b")
        for hotkey, amount in ((a, 5), (b, 3), (RICH, 4)):
            stake(economy, hotkey, amount)
        economy.call("root_register", ALICE, a)
        economy.call("root_register", ALICE, b)
        economy.triumvirate.votes[b] = True

        economy.call("root_register", ALICE, RICH)

        assert economy.pallet.keys.get(ROOT, Uid(1)) == RICH
        assert economy.pallet.subnetwork_n.get(ROOT) == 2
        assert economy.senate.hotkeys == sorted([a, RICH])
        assert economy.triumvirate.votes == {}

    def test_on_a_full_network_equal_stake_does_not_suffice(self, economy):
        for name in ("a", "b"):
            stake(economy, account(name), 3)
            economy.call("root_register", ALICE, account(name))
        stake(economy, HOT, 3)
        economy.refuses(errors.StakeTooLowForRoot, "root_register", ALICE, HOT)

    def test_network_without_places_is_refused(self, economy):
        economy.pallet.max_allowed_uids.insert(ROOT, U16(0))
        economy.refuses(errors.NotRegistered, "root_register", ALICE, HOT)

    def test_full_senate_keeps_its_richer_members(self, economy):
        economy.pallet.max_allowed_uids.insert(ROOT, U16(3))
        for name in ("a", "b"):
            stake(economy, account(name), 10)
            economy.call("root_register", ALICE, account(name))
        economy.call("root_register", ALICE, HOT)
        assert economy.pallet.uids.get(ROOT, HOT) == 2
        assert HOT not in economy.senate.hotkeys

    def test_of_equally_poor_senators_the_last_goes(self, economy):
        economy.pallet.max_allowed_uids.insert(ROOT, U16(3))
        poor = [account("a"), account("b")]
        for hotkey in poor:
            economy.call("root_register", ALICE, hotkey)
        stake(economy, RICH, 1)
        economy.call("root_register", ALICE, RICH)
        assert economy.senate.hotkeys == sorted([min(poor), RICH])


class TestVote:
    @pytest.fixture(autouse=True)
    def senator(self, economy):
        economy.call("root_register", ALICE, HOT)

    def test_first_vote_is_free(self, economy):
        weight = Weight(20_528_275 + 48_856, 4_980 + 128) + db_weight(2, 1)
        vote = ("vote", ALICE, HOT, MOTION, U32(0))
        assert economy.call(*vote, True) == PostInfo(weight, Pays.NO)
        assert economy.call(*vote, False) == PostInfo(weight, Pays.YES)
        assert economy.triumvirate.votes == {HOT: False}

    def test_coldkey_must_own_the_senator(self, economy):
        economy.refuses(errors.NonAssociatedColdKey, "vote", BOB, HOT, MOTION, U32(0), True)

    def test_hotkey_must_sit_in_the_senate(self, economy):
        economy.pallet.owner.insert(RICH, ALICE)
        economy.refuses(errors.NotSenateMember, "vote", ALICE, RICH, MOTION, U32(0), True)


class TestSudo:
    def of_senate(self, yes, total):
        return Origin.collective(Members(U32(yes), U32(total)))

    def request(self):
        return RuntimeCall(SUBTENSOR_INDEX, CALLS["root_register"], (HOT,))

    def test_needs_more_than_half(self, economy):
        for origin in (self.of_senate(1, 2), self.of_senate(0, 0), Origin.root()):
            economy.refuses(BadOrigin, "sudo", origin, self.request())
        economy.refuses(BadOrigin, "sudo", ALICE, self.request())

    def test_failure_of_the_inner_call_is_its_failure(self, economy):
        economy.refuses(BadOrigin, "sudo", self.of_senate(2, 3), self.request())

    def test_runs_the_call_as_root(self, economy):
        inner = RuntimeCall(0, REMARK, (b"hello",))
        economy.call("sudo", self.of_senate(2, 3), inner)
        economy.call("sudo_unchecked_weight", self.of_senate(2, 3), inner, Weight(1))
        assert economy.has_event(events.Sudid(Ok(None)))
