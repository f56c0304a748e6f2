"""Epochs over storage that root has spoilt: what goes on, what panics, as production does."""

import pytest

from primitives.types import U16, U64, Balance, Uid
from runtime.framework.errors import Panic
from runtime.pallets.subtensor.epochs import epoch
from tests.support.subtensor_world import HOT, NET, OTHER_HOT, World

STAKE = Balance(3)


@pytest.fixture
def pallet():
    """A subnet with two neurons, the first with a permit and all the stake."""
    world = World()
    world.found(hotkeys=(HOT, OTHER_HOT))
    pallet = world.subtensor
    pallet.total_hotkey_stake.insert(HOT, STAKE)
    pallet.validator_permit.insert(NET, [True, False])
    pallet.last_update.insert(NET, [U64(9), U64(9)])
    return pallet


def test_without_updates_nobody_is_active_and_stake_earns(pallet):
    pallet.last_update.remove(NET)
    assert epoch(pallet, NET, Balance(10)) == [(HOT, 0, 10), (OTHER_HOT, 0, 0)]
    assert pallet.active.get(NET) == []


@pytest.mark.parametrize("rows", ["weights", "bonds"])
def test_without_updates_an_entry_to_judge_panics(pallet, rows):
    pallet.last_update.remove(NET)
    getattr(pallet, rows).insert(NET, Uid(0), [(U16(1), U16(5))])
    with pytest.raises(Panic, match="0 updates"):
        epoch(pallet, NET, Balance(10))


def test_bytes_behind_a_row_do_not_count_and_broken_rows_are_none(pallet):
    pallet.weights.put_raw(NET, Uid(0), bytes.fromhex("0401000500ffff"))
    pallet.bonds.put_raw(NET, Uid(1), bytes.fromhex("08010005"))
    assert epoch(pallet, NET, Balance(10)) == [(HOT, 0, 5), (OTHER_HOT, 5, 0)]
    assert pallet.active.get(NET) == [True, True]


def test_stake_of_two_to_the_63_goes_on(pallet):
    pallet.total_hotkey_stake.insert(HOT, Balance(1 << 63))
    assert epoch(pallet, NET, Balance(10)) == [(HOT, 0, 10), (OTHER_HOT, 0, 0)]
