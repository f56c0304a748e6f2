"""Length-prefixed cuts of a byte stream, refused by announced length before they are buffered.

Noise message   [u16 length][ciphertext]
frame           [u32 length][message], inside the decrypted stream
"""

from collections.abc import Callable, Iterator
from typing import Final

from p2p.wire import limits
from p2p.wire.reason import P2pFault, Reason

NOISE_PREFIX: Final = 2
FRAME_PREFIX: Final = 4

FRAME_PEEK: Final = 3
"""Bytes of a message that tell its kind: an array head, and a kind of one or two bytes."""

CapOf = Callable[[bytes], int]
"""Answers the largest length allowed, from the first bytes of a message."""


def prefix(body: bytes, width: int) -> bytes:
    """Put a big-endian length in front."""
    return len(body).to_bytes(width, "big") + body


class Cutter:
    """Collects bytes and gives back whole messages. Holds at most one message and one read."""

    def __init__(self, width: int, cap_of: CapOf, peek: int = 0) -> None:
        self._width = width
        self._cap_of = cap_of
        self._peek = peek
        self._buffer = bytearray()
        self._checked = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Add bytes, and yield every message they complete."""
        self._buffer += data
        while (message := self._next()) is not None:
            yield message

    def drain(self) -> bytes:
        """Give up the bytes after the last message: they belong to another cut."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    @property
    def held(self) -> int:
        """Bytes that wait for the rest of their message."""
        return len(self._buffer)

    def _next(self) -> bytes | None:
        if len(self._buffer) < self._width:
            return None
        length = int.from_bytes(self._buffer[: self._width], "big")
        start, end = self._width, self._width + length
        if not self._checked:
            if len(self._buffer) < min(start + self._peek, end):
                return None
            self._check(length, bytes(self._buffer[start : start + self._peek]))
        if len(self._buffer) < end:
            return None
        message = bytes(self._buffer[start:end])
        del self._buffer[:end]
        self._checked = False
        return message

    def _check(self, length: int, head: bytes) -> None:
        if length == 0:
            raise P2pFault(Reason.UNDECODABLE, "empty message")
        cap = self._cap_of(head)
        if length > cap:
            raise P2pFault(Reason.OVERSIZED, f"{length} bytes announced, {cap} allowed")
        self._checked = True


def handshake_cutter() -> Cutter:
    """Cut the stream into handshake messages."""
    return Cutter(NOISE_PREFIX, lambda _: limits.HANDSHAKE_MESSAGE_MAX)


def noise_cutter() -> Cutter:
    """Cut the stream into Noise transport messages."""
    return Cutter(NOISE_PREFIX, lambda _: limits.NOISE_MESSAGE_MAX)
