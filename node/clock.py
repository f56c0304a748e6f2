"""The chain's clock: wall time at a rate, so that a devnet's slots may be short and honest.

    chain time = origin + (wall time - origin) * speed + offset

At speed 48 a slot of twelve seconds lasts 250 ms, while timestamps still advance by twelve seconds.
Nodes that share origin and speed agree on every slot. With speed 0 time stands, and is moved by
hand.
"""

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Final

import trio

from consensus.slots import Duration, slot_at, slot_start
from primitives.types import Moment, Slot

NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
NANOSECONDS_PER_SECOND: Final = 1_000_000_000

UNIX_EPOCH: Final = Moment(0)
REAL_TIME: Final = Fraction(1)

Nanoseconds = Callable[[], int]
"""Reads a clock."""


class Clock:
    """Tells chain time, and lets tasks wait for it.

    Wall time is read once; from then on the monotonic source counts, so that chain time never goes
    back when somebody sets the machine's clock.
    """

    def __init__(
        self,
        *,
        speed: Fraction = REAL_TIME,
        origin: Moment = UNIX_EPOCH,
        wall: Nanoseconds = time.time_ns,
        monotonic: Nanoseconds = time.monotonic_ns,
    ) -> None:
        if speed < 0:
            raise ValueError("time does not run backwards: speed must not be negative")
        self._speed = speed
        self._origin = origin * NANOSECONDS_PER_MILLISECOND
        self._monotonic = monotonic
        self._wall_at_zero = wall() - monotonic()
        self._offset = 0
        self._moved = trio.Event()

    @property
    def speed(self) -> Fraction:
        return self._speed

    def now(self) -> Moment:
        """The current instant of chain time."""
        return Moment(self._nanoseconds() // NANOSECONDS_PER_MILLISECOND)

    def advance(self, by: Duration) -> None:
        """Jump ahead, and wake whoever waits for an instant that has come by it."""
        if by < 0:
            raise ValueError("time does not run backwards: the jump must not be negative")
        self._offset += by * NANOSECONDS_PER_MILLISECOND
        self._moved.set()
        self._moved = trio.Event()

    def wall_seconds(self, span: Duration) -> float:
        """How long a span of chain time lasts on the wall; for ever if time stands."""
        if self._speed == 0:
            return float("inf")
        return float(span * NANOSECONDS_PER_MILLISECOND / self._speed / NANOSECONDS_PER_SECOND)

    async def sleep_until(self, moment: Moment) -> None:
        """Wait until chain time has reached an instant, however it gets there."""
        while (left := moment * NANOSECONDS_PER_MILLISECOND - self._nanoseconds()) > 0:
            milliseconds = Duration(-(-left // NANOSECONDS_PER_MILLISECOND))
            with trio.move_on_after(self.wall_seconds(milliseconds)):
                await self._moved.wait()
        await trio.lowlevel.checkpoint()

    async def next_slot(self, after: Slot, duration: Duration) -> Slot:
        """Wait until a slot later than `after` has begun, and answer the one that runs then.

        A node that was busy or asleep finds itself in a later slot: missed ones are gone.
        """
        await self.sleep_until(slot_start(Slot(after + 1), duration))
        return slot_at(self.now(), duration)

    def _nanoseconds(self) -> int:
        wall = self._wall_at_zero + self._monotonic()
        return self._origin + int((wall - self._origin) * self._speed) + self._offset
