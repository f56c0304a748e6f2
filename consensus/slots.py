"""Slot arithmetic: chain time is cut into equal windows, and each has one author."""

from typing import Final, NewType

from primitives.types import Moment, Slot

Duration = NewType("Duration", int)
"""A span of chain time in milliseconds."""

MAX_LENIENCE_DOUBLINGS: Final = 7
"""However many slots were missed, an author waits at most 2^7 slots longer for a slow block."""
SKIPPED_SLOTS_PER_DOUBLING: Final = 2
"""Missed slots may mean that blocks are too slow to build, so the budget grows with them."""


def slot_at(now: Moment, duration: Duration) -> Slot:
    """The slot that contains an instant."""
    return Slot(now // duration)


def slot_start(slot: Slot, duration: Duration) -> Moment:
    """The first instant of a slot."""
    return Moment(slot * duration)


def until_next_slot(now: Moment, duration: Duration) -> Duration:
    """How long the current slot still lasts. Never zero: at a boundary it is a whole slot."""
    return Duration(duration - now % duration)


def proposing_budget(
    slot: Slot, now: Moment, duration: Duration, parent_slot: Slot | None
) -> Duration:
    """How long the author of a slot may build its block.

    Two thirds of a slot, so that the block reaches others before the next author starts, and not
    beyond the slot's end; longer when slots were missed since the parent, since the time for one
    block may have been too short. `parent_slot` is None on top of genesis, which has no slot.
    """
    left = max(0, slot_start(Slot(slot + 1), duration) - now)
    budget = min(duration * 2 // 3, left)
    return Duration(budget + _lenience(slot, parent_slot, duration) * 2 // 3)


def _lenience(slot: Slot, parent_slot: Slot | None, duration: Duration) -> int:
    skipped = 0 if parent_slot is None else slot - parent_slot - 1
    if skipped <= 0:
        return 0
    return duration << min(skipped // SKIPPED_SLOTS_PER_DOUBLING, MAX_LENIENCE_DOUBLINGS)
