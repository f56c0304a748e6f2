"""The gossip inlet: extrinsics from peers, the oldest dropped while the pool is busy."""

from collections import deque
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class Inlet(Generic[T]):
    """A queue that never makes its writer wait. One task reads it."""

    def __init__(self, size: int) -> None:
        self._items: deque[T] = deque(maxlen=size)
        self._arrived = trio.Event()

    def put(self, item: T) -> None:
        """Add an item; a full queue forgets its oldest one."""
        self._items.append(item)
        self._arrived.set()

    async def take(self, most: int) -> list[T]:
        """The next items, at least one."""
        while not self._items:
            self._arrived = trio.Event()
            await self._arrived.wait()
        await trio.lowlevel.checkpoint()
        return [self._items.popleft() for _ in range(min(most, len(self._items)))]
