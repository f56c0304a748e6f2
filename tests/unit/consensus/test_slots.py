"""Slot arithmetic at boundaries, and the author's time budget."""

import pytest

from consensus.slots import Duration, proposing_budget, slot_at, slot_start, until_next_slot
from primitives.types import Moment, Slot

TWELVE_SECONDS = Duration(12_000)


def test_slot_of_a_real_block():
    assert slot_at(Moment(1_731_946_308_000), TWELVE_SECONDS) == 144_328_859


@pytest.mark.parametrize(
    ("now", "slot", "wait"), [(24_000, 2, 12_000), (24_001, 2, 11_999), (35_999, 2, 1)]
)
def test_a_slot_holds_its_first_instant_and_not_its_last(now, slot, wait):
    assert slot_at(Moment(now), TWELVE_SECONDS) == slot
    assert until_next_slot(Moment(now), TWELVE_SECONDS) == wait
    assert slot_start(Slot(slot + 1), TWELVE_SECONDS) == now + wait


def test_budget_is_two_thirds_of_a_slot():
    assert proposing_budget(Slot(5), Moment(60_000), TWELVE_SECONDS, Slot(4)) == 8_000


def test_budget_ends_with_the_slot():
    assert proposing_budget(Slot(5), Moment(71_000), TWELVE_SECONDS, Slot(4)) == 1_000
    assert proposing_budget(Slot(5), Moment(72_500), TWELVE_SECONDS, Slot(4)) == 0


def test_budget_on_genesis_knows_no_missed_slots():
    assert proposing_budget(Slot(5), Moment(60_000), TWELVE_SECONDS, None) == 8_000


@pytest.mark.parametrize(
    ("parent_slot", "lenience"),
    [(9, 0), (8, 12_000), (7, 24_000), (5, 48_000)],
)
def test_budget_doubles_with_every_second_missed_slot(parent_slot, lenience):
    budget = proposing_budget(Slot(10), Moment(120_000), TWELVE_SECONDS, Slot(parent_slot))
    assert budget == 8_000 + lenience * 2 // 3


def test_budget_stops_growing_after_seven_doublings():
    long_ago = proposing_budget(Slot(10_000), Moment(120_000_000), TWELVE_SECONDS, Slot(1))
    assert long_ago == 8_000 + (12_000 << 7) * 2 // 3
