"""Coinbase: emission queued, cut, shared out and paid; prices adjusted; the root network's vote."""

import pytest

from primitives.types import U16, U64, AccountId, Balance, BlockNumber, NetUid, Uid
from runtime.framework.errors import Panic
from runtime.pallets.subtensor.adjustment import adjust_registration_terms_for_networks
from runtime.pallets.subtensor.coinbase import (
    block_step,
    drain_emission,
    emit_inflation_through_hotkey_account,
    generate_emission,
)
from runtime.pallets.subtensor.constants import ROOT_NETUID, TOTAL_SUPPLY
from runtime.pallets.subtensor.epochs import blocks_until_next_epoch
from runtime.pallets.subtensor.root_epoch import block_emission_at, root_epoch
from tests.support.subtensor_world import COLD, HOT, NET, OTHER_COLD, OTHER_HOT, OWNER, World

TAO = 10**9


def staked(world: World, hotkey: AccountId, coldkey: AccountId, amount: int) -> None:
    pallet = world.subtensor
    pallet.stake.insert(hotkey, coldkey, Balance(amount))
    total = pallet.total_hotkey_stake.get(hotkey) + amount
    pallet.total_hotkey_stake.insert(hotkey, Balance(total))


@pytest.mark.parametrize(
    ("netuid", "tempo", "now", "blocks"),
    [(0, 1, 0, 0), (1, 1, 0, 1), (0, 2, 0, 1), (1, 2, 0, 0), (0, 100, 0, 99), (1, 100, 98, 0)],
)
def test_epochs_come_every_tempo_plus_one_blocks(netuid, tempo, now, blocks):
    at = BlockNumber(now)
    assert blocks_until_next_epoch(NetUid(netuid), U16(tempo), at) == blocks


def test_subnet_of_tempo_zero_never_runs_an_epoch():
    assert blocks_until_next_epoch(NET, U16(0), BlockNumber(5)) == 1000


def test_hotkey_that_is_no_delegate_keeps_all_for_its_owner():
    world = World()
    world.own(HOT, COLD)

    emit_inflation_through_hotkey_account(world.subtensor, HOT, Balance(3), Balance(4))

    assert list(world.subtensor.stake.items()) == [((HOT, COLD), 7)]
    assert world.subtensor.total_stake.get() == 7


def test_delegate_takes_its_part_then_stake_earns_the_rest_and_the_owner_the_crumbs():
    world = World()
    world.own(HOT, COLD)
    world.subtensor.delegates.insert(HOT, U16(32768))
    staked(world, HOT, COLD, 100)
    staked(world, HOT, OTHER_COLD, 200)

    emit_inflation_through_hotkey_account(world.subtensor, HOT, Balance(5), Balance(20))

    # A take of 32768/65535 of 20 is 10; of the other 10 the stakes earn 3 and 6; one is left.
    assert world.subtensor.stake.get(HOT, COLD) == 100 + 3 + 10 + 1 + 5
    assert world.subtensor.stake.get(HOT, OTHER_COLD) == 200 + 6
    assert world.subtensor.total_hotkey_stake.get(HOT) == 325


def test_owner_gets_its_cut_of_every_block_and_the_rest_waits():
    world = World()
    world.found(hotkeys=(HOT,))
    pallet = world.subtensor
    pallet.tempo.insert(NET, U16(99))
    pallet.tempo.insert(ROOT_NETUID, U16(99))
    pallet.emission_values.insert(NET, Balance(1000))
    pallet.emission_values.insert(ROOT_NETUID, Balance(1000))
    pallet.subnet_owner_cut.put(U16(11796))
    issued = pallet.total_issuance.get()

    generate_emission(pallet, BlockNumber(1))

    assert pallet.total_issuance.get() == issued + 179
    assert pallet.pending_emission.get(NET) == 820
    assert pallet.blocks_since_last_step.get(NET) == 1
    assert not pallet.pending_emission.contains(ROOT_NETUID)


def test_epoch_loads_what_the_next_block_mints():
    world = World()
    world.found(hotkeys=(HOT, OTHER_HOT))
    pallet = world.subtensor
    pallet.subnet_owner.remove(NET)
    world.own(HOT, COLD)
    world.own(OTHER_HOT, OTHER_COLD)
    staked(world, HOT, COLD, TAO)
    pallet.tempo.insert(NET, U16(1))
    pallet.activity_cutoff.insert(NET, U16(5000))
    pallet.last_update.insert(NET, [U64(1), U64(1)])
    pallet.weights.insert(NET, Uid(0), [(U16(1), U16(65535))])
    pallet.emission_values.insert(NET, Balance(1000))
    issued = pallet.total_issuance.get()

    generate_emission(pallet, BlockNumber(3))
    loaded = pallet.loaded_emission.get(NET)
    drain_emission(pallet)

    assert loaded == [(HOT, 0, 500), (OTHER_HOT, 500, 0)]
    assert pallet.pending_emission.get(NET) == 0
    assert pallet.last_mechansim_step_block.get(NET) == 3
    assert pallet.loaded_emission.get(NET) is None
    assert pallet.total_issuance.get() == issued + 1000
    assert pallet.stake.get(OTHER_HOT, OTHER_COLD) == 500
    assert pallet.bonds.get(NET, Uid(0)) == [(1, 65535)]
    assert pallet.rank.get(NET) == [0, 65535]


@pytest.mark.parametrize(
    ("target", "by_work", "by_burn", "burn", "difficulty"),
    [
        (3, 4, 2, 1000, 1500),
        (3, 2, 4, 1500, 1000),
        (3, 3, 3, 1500, 1500),
        (4, 1, 0, 625, 1000),
        (4, 0, 1, 1000, 625),
        (4, 0, 0, 500, 500),
    ],
)
def test_prices_follow_the_kind_of_registration_that_led(
    target, by_work, by_burn, burn, difficulty
):
    world = World()
    world.found()
    pallet = world.subtensor
    pallet.target_registrations_per_interval.insert(NET, U16(target))
    pallet.adjustment_interval.insert(NET, U16(10))
    pallet.adjustment_alpha.insert(NET, U64(0))
    pallet.min_burn.insert(NET, Balance(1))
    pallet.max_burn.insert(NET, Balance(10**6))
    pallet.min_difficulty.insert(NET, U64(1))
    pallet.max_difficulty.insert(NET, U64(10**6))
    pallet.burn.insert(NET, Balance(1000))
    pallet.difficulty.insert(NET, U64(1000))
    pallet.registrations_this_interval.insert(NET, U16(by_work + by_burn))
    pallet.pow_registrations_this_interval.insert(NET, U16(by_work))
    pallet.burn_registrations_this_interval.insert(NET, U16(by_burn))

    adjust_registration_terms_for_networks(pallet, BlockNumber(9))
    assert pallet.burn.get(NET) == 1000
    adjust_registration_terms_for_networks(pallet, BlockNumber(10))

    assert (pallet.burn.get(NET), pallet.difficulty.get(NET)) == (burn, difficulty)
    assert pallet.registrations_this_interval.get(NET) == 0
    assert pallet.last_adjustment_block.get(NET) == 10


def test_target_of_no_registrations_stops_the_chain():
    world = World()
    world.found()
    world.subtensor.target_registrations_per_interval.insert(NET, U16(0))
    world.subtensor.adjustment_interval.insert(NET, U16(1))
    world.now(5)
    with pytest.raises(Panic, match="no registrations"):
        block_step(world.subtensor)


@pytest.mark.parametrize(
    ("issued", "emission"),
    [
        (0, TAO),
        (TOTAL_SUPPLY // 2 - 10**10, TAO),
        (TOTAL_SUPPLY // 2, TAO // 2),
        (TOTAL_SUPPLY // 4 * 3, TAO // 4),
        (TOTAL_SUPPLY - 1, 0),
    ],
)
def test_block_emission_halves_with_the_supply_that_is_left(issued, emission):
    assert block_emission_at(Balance(issued)) == emission


def rooted(kappa: int = 32767) -> World:
    """Two root validators with 3 and 1 tao, and subnets 1 and 2 of which each prefers one."""
    world = World()
    pallet = world.subtensor
    world.found(0, (HOT, OTHER_HOT))
    world.found(1)
    world.found(2)
    pallet.total_networks.put(U16(3))
    pallet.tempo.insert(ROOT_NETUID, U16(9))
    pallet.kappa.insert(ROOT_NETUID, U16(kappa))
    staked(world, HOT, COLD, 3 * TAO)
    staked(world, OTHER_HOT, COLD, TAO)
    pallet.weights.insert(ROOT_NETUID, Uid(0), [(U16(1), U16(100)), (U16(9), U16(100))])
    pallet.weights.insert(ROOT_NETUID, Uid(1), [(U16(2), U16(100))])
    return world


def test_root_validators_share_the_block_among_subnets():
    world = rooted()
    pallet = world.subtensor

    root_epoch(pallet, BlockNumber(7))
    assert list(pallet.emission_values.items()) == []
    root_epoch(pallet, BlockNumber(8))

    shares = [pallet.emission_values.get(NetUid(n)) for n in (0, 1, 2)]
    # 1 / (1 + exp(-10 (trust - 1/2))) for trusts 3/4 and 1/4, times ranks 3/4 and 1/4.
    assert shares[0] == 0
    assert shares[1] / TAO == pytest.approx(0.9734, abs=1e-4)
    assert TAO - 2 <= sum(shares) <= TAO


def test_root_epoch_sets_nothing_while_a_subnet_is_in_question():
    world = rooted()
    world.subtensor.total_networks.put(U16(2))
    before = world.state()
    root_epoch(world.subtensor, BlockNumber(8))
    assert world.state() == before


def test_rho_that_takes_consensus_out_of_range_stops_the_chain():
    world = rooted()
    world.subtensor.rho.insert(ROOT_NETUID, U16(65535))
    with pytest.raises(Panic, match="rho"):
        root_epoch(world.subtensor, BlockNumber(8))


def test_subnet_without_an_owner_keeps_all_of_its_emission():
    world = World()
    world.subtensor.tempo.insert(NET, U16(99))
    world.subtensor.emission_values.insert(NET, Balance(1000))
    generate_emission(world.subtensor, BlockNumber(1))
    assert world.subtensor.pending_emission.get(NET) == 1000
    assert world.balances.total_balance(OWNER) == 0
