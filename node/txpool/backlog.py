"""Pooled extrinsics that wait to be validated anew."""

from collections.abc import Iterable

import trio

from primitives.types import Hash


class Backlog:
    """Each waits once; what was added last comes first. One task reads it."""

    def __init__(self) -> None:
        self._waiting: dict[Hash, bytes] = {}
        self._in_hand: dict[Hash, bytes] = {}
        self._arrived = trio.Event()

    def __contains__(self, extrinsic: Hash) -> bool:
        """Whether its answer is still to come."""
        return extrinsic in self._waiting or extrinsic in self._in_hand

    def add(self, extrinsics: Iterable[tuple[Hash, bytes]]) -> None:
        self._waiting = dict(extrinsics) | self._waiting
        self._arrived.set()

    async def take(self, most: int) -> dict[Hash, bytes]:
        """The next, at least one. Whoever comes for them is done with those from before."""
        self._in_hand = {}
        while not self._waiting:
            self._arrived = trio.Event()
            await self._arrived.wait()
        await trio.lowlevel.checkpoint()
        for extrinsic in list(self._waiting)[:most]:
            self._in_hand[extrinsic] = self._waiting.pop(extrinsic)
        return dict(self._in_hand)
