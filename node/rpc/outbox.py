"""What waits to be sent to one client: joined into one send, bounded by waiting."""

import trio
from trio.lowlevel import ParkingLot


class Outbox:
    """Bytes for one connection. Whoever has more to say waits while too much is unsent."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._is_closed = False
        self._writer = ParkingLot()
        self._waiting = ParkingLot()

    async def room(self) -> None:
        """Wait until there is no more unsent than the limit."""
        while self._size > self._limit:
            await self._waiting.park()

    def add(self, data: bytes) -> None:
        """Put something behind what waits already. Replies may exceed the limit, once."""
        if data:
            self._parts.append(data)
            self._size += len(data)
            self._writer.unpark()

    def close(self) -> None:
        """Let `take` answer b"" once all is taken."""
        self._is_closed = True
        self._writer.unpark()

    async def take(self) -> bytes:
        """Everything that waits, as soon as there is something; b"" at the end."""
        while not self._parts and not self._is_closed:
            await self._writer.park()
        data = b"".join(self._parts)
        self._parts.clear()
        return data

    def sent(self, size: int) -> None:
        """Make room: so much of what was taken has reached the network."""
        self._size -= size
        if self._size <= self._limit:
            self._waiting.unpark_all()


async def send_all(stream: trio.abc.SendStream, data: bytes, patience: float) -> None:
    """Send in pieces, each within `patience` seconds; TooSlowError if the client takes nothing."""
    view = memoryview(data)
    for start in range(0, len(view), PIECE):
        with trio.fail_after(patience):
            await stream.send_all(view[start : start + PIECE])


PIECE = 1 << 18
"""Small enough for a slow line to take one in time, large enough that most answers are one."""
