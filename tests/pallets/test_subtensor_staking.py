"""Staking: every refusal, in an otherwise good case, and what success leaves behind."""

import pytest

from runtime.framework.errors import BadOrigin
from runtime.framework.origin import Origin
from runtime.pallets.subtensor import errors, events
from runtime.pallets.subtensor.staking import (
    add_balance_to_coldkey_account,
    clear_small_nominations,
    create_account_if_non_existent,
    do_add_stake,
    do_become_delegate,
    do_decrease_take,
    do_increase_take,
    do_remove_stake,
    increase_stake_on_coldkey_hotkey_account,
    unstake_all_coldkeys_from_hotkey_account,
)
from tests.support.subtensor_world import COLD, HOT, OTHER_COLD, OTHER_HOT, World, signed

EXISTENTIAL_DEPOSIT = 500


@pytest.fixture
def world():
    """COLD owns HOT and has 10,000 rao; OTHER_COLD has as much and owns nothing."""
    made = World()
    made.now(10)
    made.own(HOT, COLD)
    made.fund(COLD, 10_000)
    made.fund(OTHER_COLD, 10_000)
    return made


def stakes(world):
    pallet = world.subtensor
    return {
        "pair": pallet.stake.get(HOT, COLD),
        "hotkey": pallet.total_hotkey_stake.get(HOT),
        "coldkey": pallet.total_coldkey_stake.get(COLD),
        "all": pallet.total_stake.get(),
    }


def test_add_stake_moves_balance_to_the_pair_and_its_totals(world):
    do_add_stake(world.subtensor, signed(COLD), HOT, 4_000)

    assert stakes(world) == {"pair": 4_000, "hotkey": 4_000, "coldkey": 4_000, "all": 4_000}
    assert world.balances.free_balance(COLD) == 6_000
    assert world.subtensor.last_tx_block.get(COLD) == 10
    assert world.subtensor.total_hotkey_coldkey_stakes_this_interval.get(COLD, HOT) == (1, 10)
    assert world.said(events.StakeAdded(HOT, 4_000))


def test_add_stake_of_everything_keeps_the_existential_deposit(world):
    do_add_stake(world.subtensor, signed(COLD), HOT, 10_000)

    assert world.balances.free_balance(COLD) == EXISTENTIAL_DEPOSIT
    assert stakes(world)["pair"] == 10_000 - EXISTENTIAL_DEPOSIT
    assert world.said(events.StakeAdded(HOT, 10_000 - EXISTENTIAL_DEPOSIT))


def test_add_stake_of_nothing_is_a_move_too(world):
    do_add_stake(world.subtensor, signed(COLD), HOT, 0)

    assert world.said(events.StakeAdded(HOT, 0))
    assert world.subtensor.total_hotkey_coldkey_stakes_this_interval.get(COLD, HOT) == (1, 10)


def test_anybody_may_stake_on_a_delegate(world):
    world.subtensor.delegates.insert(HOT, 100)

    do_add_stake(world.subtensor, signed(OTHER_COLD), HOT, 4_000)

    assert world.subtensor.stake.get(HOT, OTHER_COLD) == 4_000


def refuse_add(world, error, *, who=COLD, hotkey=HOT, amount=1_000):
    world.assert_noop(error, lambda: do_add_stake(world.subtensor, signed(who), hotkey, amount))


def test_add_stake_needs_a_signature(world):
    world.assert_noop(BadOrigin, lambda: do_add_stake(world.subtensor, Origin.root(), HOT, 1_000))


def test_add_stake_of_more_than_the_balance(world):
    refuse_add(world, errors.NotEnoughBalanceToStake, amount=10_001, hotkey=OTHER_HOT)


def test_add_stake_of_more_than_was_ever_issued(world):
    world.balances.total_issuance.put(999)

    refuse_add(world, errors.NotEnoughBalanceToStake)


def test_add_stake_on_a_hotkey_that_does_not_exist(world):
    refuse_add(world, errors.NotRegistered, hotkey=OTHER_HOT)


def test_add_stake_on_a_strangers_hotkey_that_is_no_delegate(world):
    refuse_add(world, errors.NonAssociatedColdKey, who=OTHER_COLD)


def test_add_stake_twice_in_an_interval(world):
    do_add_stake(world.subtensor, signed(COLD), HOT, 1_000)
    world.now(10 + 359)

    refuse_add(world, errors.StakeRateLimitExceeded)

    world.now(10 + 360)
    do_add_stake(world.subtensor, signed(COLD), HOT, 1_000)
    assert world.subtensor.total_hotkey_coldkey_stakes_this_interval.get(COLD, HOT) == (1, 370)


def test_add_stake_below_the_nominators_minimum(world):
    world.subtensor.delegates.insert(HOT, 100)
    world.subtensor.nominator_min_required_stake.put(2_000)

    refuse_add(world, errors.NomStakeBelowMinimumThreshold, who=OTHER_COLD, amount=1_999)

    do_add_stake(world.subtensor, signed(COLD), HOT, 1)
    do_add_stake(world.subtensor, signed(OTHER_COLD), HOT, 2_000)


def test_add_stake_of_the_existential_deposit_alone(world):
    world.own(OTHER_HOT, OTHER_HOT)
    world.fund(OTHER_HOT, EXISTENTIAL_DEPOSIT)

    refuse_add(world, errors.BalanceWithdrawalError, who=OTHER_HOT, hotkey=OTHER_HOT, amount=500)


@pytest.fixture
def staked(world):
    """The world with 5,000 rao of COLD's on HOT, outside any interval."""
    increase_stake_on_coldkey_hotkey_account(world.subtensor, COLD, HOT, 5_000)
    world.now(1_000)
    return world


def refuse_remove(world, error, *, who=COLD, hotkey=HOT, amount=1_000):
    world.assert_noop(error, lambda: do_remove_stake(world.subtensor, signed(who), hotkey, amount))


def test_remove_stake_moves_stake_back_to_the_balance(staked):
    do_remove_stake(staked.subtensor, signed(COLD), HOT, 2_000)

    assert stakes(staked) == {"pair": 3_000, "hotkey": 3_000, "coldkey": 3_000, "all": 3_000}
    assert staked.balances.free_balance(COLD) == 12_000
    assert staked.subtensor.last_tx_block.get(COLD) == 1_000
    assert staked.said(events.StakeRemoved(HOT, 2_000))


def test_remove_all_stake_leaves_an_entry_of_zero(staked):
    do_remove_stake(staked.subtensor, signed(COLD), HOT, 5_000)

    assert staked.subtensor.stake.contains(HOT, COLD)
    assert stakes(staked) == {"pair": 0, "hotkey": 0, "coldkey": 0, "all": 0}


@pytest.mark.parametrize(
    ("error", "case"),
    [
        (errors.NotRegistered, {"hotkey": OTHER_HOT}),
        (errors.NonAssociatedColdKey, {"who": OTHER_COLD}),
        (errors.NotEnoughStaketoWithdraw, {"amount": 0}),
        (errors.NotEnoughStaketoWithdraw, {"amount": 5_001}),
    ],
)
def test_remove_stake_refusals(staked, error, case):
    refuse_remove(staked, error, **case)


def test_remove_stake_twice_in_an_interval(staked):
    do_remove_stake(staked.subtensor, signed(COLD), HOT, 1_000)

    refuse_remove(staked, errors.UnstakeRateLimitExceeded)


def test_nominators_cannot_leave_less_than_the_minimum_not_even_nothing(staked):
    pallet = staked.subtensor
    pallet.delegates.insert(HOT, 100)
    pallet.nominator_min_required_stake.put(2_000)
    increase_stake_on_coldkey_hotkey_account(pallet, OTHER_COLD, HOT, 3_000)

    for amount in (1_001, 3_000):
        refuse_remove(staked, errors.NomStakeBelowMinimumThreshold, who=OTHER_COLD, amount=amount)
    do_remove_stake(pallet, signed(OTHER_COLD), HOT, 1_000)


def test_become_delegate(world):
    do_become_delegate(world.subtensor, signed(COLD), HOT, 11_796)

    assert world.subtensor.delegates.get(HOT) == 11_796
    assert world.subtensor.last_tx_block.get(COLD) == 10
    assert world.subtensor.last_tx_block_delegate_take.get(COLD) == 10
    assert world.said(events.DelegateAdded(COLD, HOT, 11_796))


def become(world, *, who=COLD, hotkey=HOT, take=100):
    do_become_delegate(world.subtensor, signed(who), hotkey, take)


def test_become_delegate_refusals_for_foreign_keys_and_takes_out_of_range(world):
    world.subtensor.min_take.put(10)

    world.assert_noop(errors.NotRegistered, lambda: become(world, hotkey=OTHER_HOT))
    world.assert_noop(errors.NonAssociatedColdKey, lambda: become(world, who=OTHER_COLD))
    world.assert_noop(errors.InvalidTake, lambda: become(world, take=9))
    world.assert_noop(errors.InvalidTake, lambda: become(world, take=11_797))


def test_become_delegate_twice(world):
    become(world)

    world.assert_noop(errors.AlreadyDelegate, lambda: become(world))


def test_become_delegate_too_soon_after_another_move(world):
    world.subtensor.last_tx_block.insert(COLD, 10)
    world.now(10 + 1_000)
    world.assert_noop(errors.TxRateLimitExceeded, lambda: become(world))

    world.now(10 + 1_001)
    become(world)


def test_without_a_limit_nobody_waits(world):
    world.subtensor.tx_rate_limit.put(0)
    world.subtensor.last_tx_block.insert(COLD, 10)

    become(world)


@pytest.mark.parametrize(
    ("change", "take", "event"),
    [
        (do_decrease_take, 99, events.TakeDecreased),
        (do_increase_take, 101, events.TakeIncreased),
    ],
)
def test_changing_a_take(world, change, take, event):
    world.subtensor.delegates.insert(HOT, 100)

    change(world.subtensor, signed(COLD), HOT, take)

    assert world.subtensor.delegates.get(HOT) == take
    assert world.said(event(COLD, HOT, take))


@pytest.mark.parametrize("change", [do_decrease_take, do_increase_take])
def test_a_change_of_take_makes_a_delegate_of_a_hotkey_that_is_none(world, change):
    change(world.subtensor, signed(COLD), HOT, 100)

    assert world.subtensor.delegates.contains(HOT)


@pytest.mark.parametrize("change", [do_decrease_take, do_increase_take])
def test_only_the_owner_changes_a_take(world, change):
    pallet = world.subtensor

    world.assert_noop(errors.NotRegistered, lambda: change(pallet, signed(COLD), OTHER_HOT, 1))
    world.assert_noop(
        errors.NonAssociatedColdKey, lambda: change(pallet, signed(OTHER_COLD), HOT, 1)
    )


@pytest.mark.parametrize(
    ("change", "take"),
    [
        (do_decrease_take, 100),
        (do_decrease_take, 9),
        (do_increase_take, 100),
        (do_increase_take, 11_797),
    ],
)
def test_takes_move_in_the_right_direction_and_within_bounds(world, change, take):
    world.subtensor.min_take.put(10)
    world.subtensor.delegates.insert(HOT, 100)

    world.assert_noop(errors.InvalidTake, lambda: change(world.subtensor, signed(COLD), HOT, take))


def test_a_take_is_raised_rarely_but_lowered_at_any_time(world):
    become(world)
    world.now(10 + 216_000)

    world.assert_noop(
        errors.TxRateLimitExceeded,
        lambda: do_increase_take(world.subtensor, signed(COLD), HOT, 200),
    )
    do_decrease_take(world.subtensor, signed(COLD), HOT, 50)
    world.now(10 + 216_001)
    do_increase_take(world.subtensor, signed(COLD), HOT, 200)


def test_small_nominations_are_paid_out_and_taken_off_the_issuance(staked):
    """Given nominations of 100 and 7,000, the owner's own 5,000 and a minimum of 6,000
    When small nominations are cleared
    Then only the first is gone.
    """
    pallet = staked.subtensor
    pallet.total_issuance.put(100_000)
    pallet.nominator_min_required_stake.put(6_000)
    increase_stake_on_coldkey_hotkey_account(pallet, OTHER_COLD, HOT, 100)
    increase_stake_on_coldkey_hotkey_account(pallet, OTHER_HOT, HOT, 7_000)

    clear_small_nominations(pallet)

    assert not pallet.stake.contains(HOT, OTHER_COLD)
    assert pallet.stake.get(HOT, OTHER_HOT) == 7_000
    assert pallet.stake.get(HOT, COLD) == 5_000
    assert pallet.total_hotkey_stake.get(HOT) == 12_000
    assert pallet.total_coldkey_stake.get(OTHER_COLD) == 0
    assert pallet.total_stake.get() == 12_000
    assert pallet.total_issuance.get() == 99_900
    assert staked.balances.free_balance(OTHER_COLD) == 10_100


def test_unstaking_all_pays_every_coldkey_and_keeps_empty_entries(staked):
    pallet = staked.subtensor
    increase_stake_on_coldkey_hotkey_account(pallet, OTHER_COLD, HOT, 100)

    unstake_all_coldkeys_from_hotkey_account(pallet, HOT)

    assert dict(pallet.stake.items_under(HOT)) == {COLD: 0, OTHER_COLD: 0}
    assert pallet.total_stake.get() == 0
    assert staked.balances.free_balance(COLD) == 15_000
    assert staked.balances.free_balance(OTHER_COLD) == 10_100


def test_an_account_keeps_its_first_owner(world):
    create_account_if_non_existent(world.subtensor, OTHER_COLD, HOT)
    create_account_if_non_existent(world.subtensor, OTHER_COLD, OTHER_HOT)

    assert world.subtensor.owner.get(HOT) == COLD
    assert world.subtensor.owner.get(OTHER_HOT) == OTHER_COLD
    assert world.subtensor.stake.contains(OTHER_HOT, OTHER_COLD)


def test_what_cannot_keep_a_new_account_alive_is_lost(world):
    before = world.balances.total_issuance.get()

    add_balance_to_coldkey_account(world.subtensor, OTHER_HOT, EXISTENTIAL_DEPOSIT - 1)

    assert world.balances.free_balance(OTHER_HOT) == 0
    assert world.balances.total_issuance.get() == before
