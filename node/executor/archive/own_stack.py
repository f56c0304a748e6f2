"""Work on a stack of its own, so that what fits on it does not depend on how deep the asker is."""

import sys
from collections.abc import Callable
from threading import Lock, Thread, current_thread, stack_size
from typing import Final, Generic, TypeVar

_STACK: Final = 64 << 20
_DEPTH: Final = 1000
"""Calls within each other: what every Python begins with."""

_starting: Final = Lock()
"""The size is set for whole processes."""

T = TypeVar("T")


def on_own_stack(work: Callable[[], T]) -> T:
    """What the work answers or raises, from a thread of its own, if this is not one already."""
    if isinstance(current_thread(), _OwnStack):
        return work()
    thread = _OwnStack(work)
    with _starting:
        usual = stack_size(_STACK)
        try:
            thread.start()
        finally:
            stack_size(usual)
    thread.join()
    if thread.error is not None:
        raise thread.error
    return thread.answer


class _OwnStack(Thread, Generic[T]):
    """Runs one piece of work. A daemon: whoever interrupts the node need not wait for it."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(name="archive", daemon=True)
        self._work = work
        self.answer: T
        self.error: BaseException | None = None

    def run(self) -> None:
        if sys.getrecursionlimit() != _DEPTH:
            sys.setrecursionlimit(_DEPTH)
        try:
            self.answer = self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
            self.error = error
