"""Registration by burning and by work, the faucet, and who is replaced on a full subnet."""

import pytest

from primitives.types import U16, U64, Balance, BlockNumber, Hash, NetUid, Uid
from runtime.framework.errors import BadOrigin, Panic
from runtime.framework.origin import Origin
from runtime.pallets.subtensor import errors, events, parameter_events
from runtime.pallets.subtensor.registration import (
    create_seal_hash,
    hash_meets_difficulty,
)
from runtime.pallets.subtensor.uids import get_neuron_to_prune
from tests.support.subtensor import TAO, Economy, account
from tests.support.vectors import load_vectors, unhex

ALICE, BOB, OWNER = account("alice"), account("bob"), account("owner")
HOT, HOT2, HOT3 = account("hot"), account("hot2"), account("hot3")
BLOCK_HASH = Hash(bytes(range(32)))


@pytest.fixture
def economy():
    economy = Economy()
    economy.open_network(1, OWNER)
    economy.fund(ALICE, 100 * TAO)
    economy.pallet.total_issuance.put(Balance(100 * TAO))
    economy.pallet.difficulty.insert(NetUid(1), U64(4))
    economy.now(10)
    economy.system.block_hash.insert(BlockNumber(9), BLOCK_HASH)
    return economy


def work_for(key, difficulty=4, block_hash=BLOCK_HASH):
    """Nonce and seal of the first try that is hard enough."""
    for nonce in range(10_000):
        seal = create_seal_hash(block_hash, U64(nonce), key)
        if hash_meets_difficulty(seal, difficulty):
            return nonce, seal
    raise AssertionError("no work found")


@pytest.mark.parametrize("seal", load_vectors("subtensor_work.json")["seals"])
def test_seal_hash_is_the_one_that_miners_found(seal):
    block_hash = Hash(unhex(seal["block_hash"]))
    made = create_seal_hash(block_hash, seal["nonce"], unhex(seal["key"]))
    assert made == unhex(seal["work"])


def test_difficulty_is_met_while_the_product_stays_below_2_to_256():
    half = Hash((1 << 255).to_bytes(32, "big"))
    below_half = Hash(((1 << 255) - 1).to_bytes(32, "big"))
    assert not hash_meets_difficulty(half, 2)
    assert hash_meets_difficulty(below_half, 2)


class TestBurnedRegister:
    def test_appends_a_neuron_and_burns_the_price(self, economy):
        pallet, price = economy.pallet, economy.pallet.burn.get(NetUid(1))

        economy.call("burned_register", ALICE, NetUid(1), HOT)

        assert economy.balances.free_balance(ALICE) == 100 * TAO - price
        assert pallet.total_issuance.get() == 100 * TAO - price
        assert pallet.rao_recycled_for_registration.get(NetUid(1)) == price
        assert pallet.owner.get(HOT) == ALICE
        assert pallet.subnetwork_n.get(NetUid(1)) == 1
        assert pallet.keys.get(NetUid(1), Uid(0)) == HOT
        assert pallet.uids.get(NetUid(1), HOT) == 0
        assert pallet.is_network_member.get(HOT, NetUid(1))
        assert pallet.block_at_registration.get(NetUid(1), Uid(0)) == 10
        assert pallet.last_update.get(NetUid(1)) == [10]
        assert pallet.active.get(NetUid(1)) == [True]
        assert pallet.validator_permit.get(NetUid(1)) == [False]
        assert pallet.pruning_scores.get(NetUid(1)) == [0]
        assert pallet.burn_registrations_this_interval.get(NetUid(1)) == 1
        assert pallet.pow_registrations_this_interval.get(NetUid(1)) == 0
        assert pallet.registrations_this_interval.get(NetUid(1)) == 1
        assert pallet.registrations_this_block.get(NetUid(1)) == 1
        assert economy.has_event(events.NeuronRegistered(NetUid(1), Uid(0), HOT))
        assert economy.has_event(
            parameter_events.RAORecycledForRegistrationSet(NetUid(1), Balance(price))
        )

    def test_root_network_is_refused(self, economy):
        economy.refuses(
            errors.OperationNotPermittedOnRootSubnet, "burned_register", ALICE, NetUid(0), HOT
        )

    def test_missing_subnet_is_refused(self, economy):
        economy.refuses(errors.NetworkDoesNotExist, "burned_register", ALICE, NetUid(2), HOT)

    def test_closed_subnet_is_refused(self, economy):
        economy.pallet.network_registration_allowed.insert(NetUid(1), False)
        economy.refuses(errors.RegistrationDisabled, "burned_register", ALICE, NetUid(1), HOT)

    def test_full_block_is_refused(self, economy):
        economy.pallet.max_registrations_per_block.insert(NetUid(1), U16(1))
        economy.call("burned_register", ALICE, NetUid(1), HOT)
        economy.refuses(
            errors.TooManyRegistrationsThisBlock, "burned_register", ALICE, NetUid(1), HOT2
        )

    def test_interval_takes_three_times_its_target(self, economy):
        economy.pallet.target_registrations_per_interval.insert(NetUid(1), U16(1))
        for name in ("a", "b", "c"):
            economy.call("burned_register", ALICE, NetUid(1), account(name))
        economy.refuses(
            errors.TooManyRegistrationsThisInterval, "burned_register", ALICE, NetUid(1), HOT
        )

    def test_interval_limit_wraps_at_16_bits(self, economy):
        economy.pallet.target_registrations_per_interval.insert(NetUid(1), U16(21_846))
        economy.pallet.registrations_this_interval.insert(NetUid(1), U16(2))
        economy.refuses(
            errors.TooManyRegistrationsThisInterval, "burned_register", ALICE, NetUid(1), HOT
        )

    def test_second_registration_is_refused(self, economy):
        economy.call("burned_register", ALICE, NetUid(1), HOT)
        economy.refuses(errors.AlreadyRegistered, "burned_register", ALICE, NetUid(1), HOT)

    def test_poor_coldkey_is_refused(self, economy):
        economy.refuses(errors.NotEnoughBalanceToStake, "burned_register", BOB, NetUid(1), HOT)

    def test_hotkey_of_another_is_refused(self, economy):
        economy.pallet.owner.insert(HOT, BOB)
        economy.refuses(errors.NonAssociatedColdKey, "burned_register", ALICE, NetUid(1), HOT)

    def test_subnet_without_places_is_refused(self, economy):
        economy.pallet.max_allowed_uids.insert(NetUid(1), U16(0))
        economy.refuses(errors.NoNeuronIdAvailable, "burned_register", ALICE, NetUid(1), HOT)

    def test_root_origin_is_refused(self, economy):
        economy.refuses(BadOrigin, "burned_register", Origin.root(), NetUid(1), HOT)


class TestRegister:
    def register(self, nonce, work, block=9, hotkey=HOT, netuid=1):
        return ("register", HOT, NetUid(netuid), U64(block), U64(nonce), work, hotkey, ALICE)

    def test_work_is_spent_and_the_hotkey_registered(self, economy):
        nonce, work = work_for(HOT)

        economy.call(*self.register(nonce, work))

        assert economy.pallet.used_work.get(work) == 10
        assert economy.pallet.uids.get(NetUid(1), HOT) == 0
        assert economy.pallet.owner.get(HOT) == ALICE
        assert economy.pallet.pow_registrations_this_interval.get(NetUid(1)) == 1
        assert economy.pallet.burn_registrations_this_interval.get(NetUid(1)) == 0
        assert economy.has_event(events.NeuronRegistered(NetUid(1), Uid(0), HOT))

    def test_work_on_the_block_being_built_uses_a_zero_hash(self, economy):
        nonce, work = work_for(HOT, block_hash=Hash(bytes(32)))
        economy.call(*self.register(nonce, work, block=10))
        assert economy.pallet.uids.get(NetUid(1), HOT) == 0

    def test_only_the_hotkey_itself_may_register(self, economy):
        nonce, work = work_for(HOT2)
        economy.refuses(errors.HotkeyOriginMismatch, *self.register(nonce, work, hotkey=HOT2))

    def test_root_network_is_refused(self, economy):
        economy.refuses(
            errors.OperationNotPermittedOnRootSubnet, *self.register(0, bytes(32), netuid=0)
        )

    def test_missing_subnet_is_refused(self, economy):
        economy.refuses(errors.NetworkDoesNotExist, *self.register(0, bytes(32), netuid=2))

    def test_subnet_closed_for_work_is_refused(self, economy):
        economy.pallet.network_pow_registration_allowed.insert(NetUid(1), False)
        economy.refuses(errors.RegistrationDisabled, *self.register(0, bytes(32)))

    @pytest.mark.parametrize("block", [7, 11])
    def test_work_of_another_time_is_refused(self, economy, block):
        nonce, work = work_for(HOT)
        economy.refuses(errors.InvalidWorkBlock, *self.register(nonce, work, block=block))

    def test_easy_work_is_refused(self, economy):
        economy.refuses(errors.InvalidDifficulty, *self.register(0, b"\xff" * 32))

    def test_work_with_another_nonce_is_refused(self, economy):
        nonce, work = work_for(HOT)
        economy.refuses(errors.InvalidSeal, *self.register(nonce + 1, work))

    def test_work_of_another_length_panics(self, economy):
        with pytest.raises(Panic):
            economy.call(*self.register(0, bytes(31)))


class TestFaucet:
    def test_pays_for_work(self, economy, monkeypatch):
        monkeypatch.setattr("runtime.pallets.subtensor.registration.FAUCET_DIFFICULTY", 4)
        nonce, work = work_for(BOB)

        economy.call("faucet", BOB, U64(9), U64(nonce), work)

        assert economy.balances.free_balance(BOB) == 100 * TAO
        assert economy.pallet.total_issuance.get() == 200 * TAO
        assert economy.pallet.used_work.get(work) == 10
        assert economy.has_event(events.Faucet(BOB, Balance(100 * TAO)))

    def test_easy_work_is_refused(self, economy):
        _, work = work_for(BOB)
        economy.refuses(errors.InvalidDifficulty, "faucet", BOB, U64(9), U64(0), work)

    def test_stale_work_is_refused(self, economy):
        economy.refuses(errors.InvalidWorkBlock, "faucet", BOB, U64(7), U64(0), bytes(32))


class TestFullSubnet:
    @pytest.fixture
    def full(self, economy):
        economy.pallet.max_allowed_uids.insert(NetUid(1), U16(3))
        economy.pallet.immunity_period.insert(NetUid(1), U16(100))
        for name in ("n0", "n1", "n2"):
            economy.call("burned_register", ALICE, NetUid(1), account(name))
        return economy

    @pytest.mark.parametrize(
        ("block", "scores", "pruned"),
        [
            (200, [5, 3, 4], 1),
            (200, [3, 3, 4], 1),
            (200, [65_535, 65_535, 65_535], 0),
            (20, [5, 3, 3], 1),
            (20, [65_535, 65_535, 65_535], 0),
        ],
        ids=["lowest", "last of equals", "nobody left", "first of immune equals", "immune, none"],
    )
    def test_who_is_pruned(self, full, block, scores, pruned):
        full.now(block)
        full.pallet.pruning_scores.insert(NetUid(1), [U16(score) for score in scores])

        assert get_neuron_to_prune(full.pallet, NetUid(1)) == pruned

        scores[pruned] = 65_535
        assert full.pallet.pruning_scores.get(NetUid(1)) == scores

    def test_mature_neuron_goes_before_a_weaker_immune_one(self, full):
        full.pallet.pruning_scores.insert(NetUid(1), [U16(1), U16(9), U16(9)])
        full.pallet.block_at_registration.insert(NetUid(1), Uid(0), U64(150))
        full.now(200)
        assert get_neuron_to_prune(full.pallet, NetUid(1)) == 2

    def test_newcomer_takes_the_uid_and_the_evicted_is_unstaked(self, full):
        evicted = account("n2")
        full.pallet.delegates.insert(evicted, U16(0))
        full.call("add_stake", ALICE, evicted, Balance(5 * TAO))
        balance = full.balances.free_balance(ALICE)
        full.now(200)

        full.call("burned_register", ALICE, NetUid(1), HOT)

        pallet = full.pallet
        assert pallet.subnetwork_n.get(NetUid(1)) == 3
        assert pallet.uids.get(NetUid(1), HOT) == 2
        assert pallet.uids.get(NetUid(1), evicted) is None
        assert pallet.keys.get(NetUid(1), Uid(2)) == HOT
        assert not pallet.is_network_member.get(evicted, NetUid(1))
        assert pallet.block_at_registration.get(NetUid(1), Uid(2)) == 200
        assert pallet.total_hotkey_stake.get(evicted) == 0
        price = pallet.burn.get(NetUid(1))
        assert full.balances.free_balance(ALICE) == balance - price + 5 * TAO

    def test_evicted_keeps_its_stake_while_another_subnet_has_it(self, full):
        full.open_network(2, OWNER)
        full.call("burned_register", ALICE, NetUid(2), account("n2"))
        full.call("add_stake", ALICE, account("n2"), Balance(5 * TAO))
        full.now(200)

        full.call("burned_register", ALICE, NetUid(1), HOT)

        assert full.pallet.total_hotkey_stake.get(account("n2")) == 5 * TAO
