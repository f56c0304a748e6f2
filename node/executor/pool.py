"""Executors for reading: as many as are in use at once, each standing where it was used last."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from node.executor.executor import Executor
from node.executor.runtimes import Runtimes
from primitives.types import Hash
from storage.state_db import StateDb


@dataclass(slots=True)
class _Seat:
    executor: Executor
    block: Hash | None = None
    """Whose state it stands on, with what was read of it; None after a failure."""


class ExecutorPool:
    """Lends executors to any thread. Whatever a runtime writes while it is lent is undone."""

    def __init__(self, states: StateDb, runtimes: Runtimes) -> None:
        self._states = states
        self._runtimes = runtimes
        self._idle: deque[_Seat] = deque()

    @contextmanager
    def at(self, block: Hash) -> Iterator[Executor]:
        """An executor on the state after a block; storage errors if that is not kept."""
        seat = self._take(block)
        try:
            if seat.block != block:
                seat.block = None
                seat.executor.stand_on(
                    self._states.at(block), partial(self._states.root_after, block)
                )
                seat.block = block
            with seat.executor.layer():
                yield seat.executor
        finally:
            self._idle.append(seat)

    def _take(self, block: Hash) -> _Seat:
        """Prefer one that has read of this state before; threads may be quicker to any of them."""
        for _ in range(len(self._idle)):
            try:
                seat = self._idle.popleft()
            except IndexError:
                break
            if seat.block == block:
                return seat
            self._idle.append(seat)
        try:
            return self._idle.popleft()
        except IndexError:
            return _Seat(Executor(self._runtimes))
