"""The clock: rate, agreement between nodes, waiting for slots, and time moved by hand."""

from fractions import Fraction

import pytest
import trio

from consensus.slots import Duration
from node.clock import Clock
from primitives.types import Moment, Slot

SECOND = 10**9
TWELVE_SECONDS = Duration(12_000)
ORIGIN = Moment(1_700_000_000_000)


class Wall:
    """A wall clock and a monotonic one that both advance by hand."""

    def __init__(self, wall, monotonic=5 * SECOND):
        self.wall, self.monotonic = wall, monotonic

    def clock(self, speed=1, origin=ORIGIN):
        return Clock(
            speed=Fraction(speed),
            origin=origin,
            wall=lambda: self.wall,
            monotonic=lambda: self.monotonic,
        )

    def pass_(self, nanoseconds):
        self.wall += nanoseconds
        self.monotonic += nanoseconds


def test_at_speed_one_it_is_wall_time():
    wall = Wall(1_731_946_308_123_456_789)
    clock = wall.clock()
    assert clock.now() == 1_731_946_308_123
    wall.pass_(SECOND)
    assert clock.now() == 1_731_946_309_123


@pytest.mark.parametrize(
    ("speed", "passed"), [("48", 12_000), ("1/2", 125), ("2.5", 625), ("0", 0)]
)
def test_a_quarter_of_a_second_at_other_speeds(speed, passed):
    wall = Wall(ORIGIN * 10**6)
    clock = wall.clock(speed)
    assert clock.now() == ORIGIN
    wall.pass_(SECOND // 4)
    assert clock.now() == ORIGIN + passed


def test_nodes_started_at_different_times_agree():
    wall = Wall(ORIGIN * 10**6)
    early = wall.clock(48)
    wall.pass_(7 * SECOND)
    wall.monotonic += 99 * SECOND
    late = Wall(wall.wall, monotonic=3).clock(48)
    assert late.now() == ORIGIN + 7 * 48_000
    assert late.now() == Wall(ORIGIN * 10**6 + 7 * SECOND).clock(48).now()
    assert early.speed == late.speed


def test_setting_the_machines_clock_changes_nothing():
    wall = Wall(ORIGIN * 10**6)
    clock = wall.clock()
    wall.wall -= 3_600 * SECOND
    assert clock.now() == ORIGIN


def test_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="speed must not be negative"):
        Wall(0).clock(-1)
    with pytest.raises(ValueError, match="jump must not be negative"):
        Wall(0).clock().advance(Duration(-1))


def test_spans_on_the_wall():
    assert Wall(0).clock(48).wall_seconds(TWELVE_SECONDS) == 0.25
    assert Wall(0).clock(0).wall_seconds(TWELVE_SECONDS) == float("inf")


def virtual_clock(speed):
    """A chain clock that starts at the origin and runs on trio's virtual time."""
    start = trio.current_time()
    return Clock(
        speed=Fraction(speed),
        origin=ORIGIN,
        wall=lambda: ORIGIN * 10**6,
        monotonic=lambda: round((trio.current_time() - start) * SECOND),
    )


async def test_waiting_lasts_as_long_as_the_speed_says(autojump_clock):
    clock, start = virtual_clock(48), trio.current_time()
    await clock.sleep_until(Moment(ORIGIN + 24_000))
    assert clock.now() == ORIGIN + 24_000
    assert trio.current_time() - start == pytest.approx(0.5)


async def test_what_has_come_is_not_waited_for(autojump_clock):
    clock, start = virtual_clock(1), trio.current_time()
    await clock.sleep_until(ORIGIN)
    assert trio.current_time() == start


async def test_slots_follow_each_other(autojump_clock):
    clock = virtual_clock(48)
    first = ORIGIN // 12_000
    seen = [Slot(first)]
    for _ in range(3):
        seen.append(await clock.next_slot(seen[-1], TWELVE_SECONDS))
    assert seen == [first, first + 1, first + 2, first + 3]


async def test_missed_slots_are_gone(autojump_clock):
    clock = virtual_clock(1)
    slot = await clock.next_slot(Slot(0), TWELVE_SECONDS)
    await clock.sleep_until(Moment(ORIGIN + 30_000))  # the origin lies 8 s into its slot
    assert await clock.next_slot(slot, TWELVE_SECONDS) == slot + 3


async def test_a_jump_wakes_those_whose_time_has_come(autojump_clock):
    clock = virtual_clock(0)
    woken = []

    async def wait(name, after):
        await clock.sleep_until(Moment(ORIGIN + after))
        woken.append(name)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait, "near", 1_000)
        nursery.start_soon(wait, "far", 5_000)
        await trio.testing.wait_all_tasks_blocked()
        clock.advance(Duration(1_000))
        await trio.testing.wait_all_tasks_blocked()
        assert woken == ["near"]
        clock.advance(Duration(4_000))
    assert woken == ["near", "far"]
    assert clock.now() == ORIGIN + 5_000
