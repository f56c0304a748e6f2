"""Why a connection ends or a reputation moves: one vocabulary for faults, farewells and reports."""

from enum import IntEnum
from typing import Final

from primitives.errors import PeerFault


class Reason(IntEnum):
    """Travels in `Bye`, so numbers are fixed; they are grouped by who noticed what."""

    SHUTDOWN = 0
    """The node stops."""
    CLOSED = 1
    """The other side hung up without a word."""
    DUPLICATE = 2
    """Another connection to the same peer is kept."""
    SELF = 3
    """The node has dialled itself."""
    TOO_MANY_PEERS = 4
    """No free slot."""
    BANNED = 5
    """The peer's reputation is too low."""

    GENESIS_MISMATCH = 16
    """The peer is on another chain."""
    VERSION_MISMATCH = 17
    """The peer speaks another version of the protocol."""
    BAD_HANDSHAKE = 18
    """The Noise handshake does not check out."""
    WRONG_PEER = 19
    """The dialled address belongs to somebody else."""
    SLOW_HANDSHAKE = 20
    """The handshake or the first status took too long."""

    UNDECODABLE = 32
    """Bytes that are no message, or a message where it may not stand."""
    OVERSIZED = 33
    """A frame beyond the cap of its kind."""
    FORGED = 34
    """A record or a ciphertext that does not verify."""
    UNSOLICITED = 35
    """A response nobody asked for, or parts out of order."""
    TOO_MANY_REQUESTS = 36
    """More unanswered requests than agreed."""

    SILENT = 48
    """Nothing heard, not even an answer to a ping."""
    SLOW_READER = 49
    """The peer does not read what it is sent."""
    NO_ANSWER = 50
    """A request was not answered in time."""
    UNAVAILABLE = 51
    """The peer announced what it cannot deliver."""

    BROKEN_RANGE = 64
    """Blocks that do not link, or are not those asked for."""
    INVALID_BLOCK = 65
    """A block that fails verification or execution."""
    INVALID_EXTRINSIC = 66
    """An extrinsic that no node should have forwarded."""
    USEFUL_BLOCK = 67
    """A block that extended the chain."""
    USEFUL_EXTRINSIC = 68
    """A valid extrinsic that was new."""

    @property
    def points(self) -> int:
        """What it does to the reputation of the peer."""
        return _POINTS.get(self, 0)


_FATAL: Final = -1000
"""Bans at once: no merit outweighs it."""

_POINTS: Final = {
    Reason.BAD_HANDSHAKE: -20,
    Reason.SLOW_HANDSHAKE: -20,
    Reason.UNDECODABLE: _FATAL,
    Reason.OVERSIZED: -50,
    Reason.FORGED: _FATAL,
    Reason.UNSOLICITED: -50,
    Reason.TOO_MANY_REQUESTS: -50,
    Reason.SILENT: -10,
    Reason.SLOW_READER: -10,
    Reason.NO_ANSWER: -10,
    Reason.UNAVAILABLE: -10,
    Reason.BROKEN_RANGE: -50,
    Reason.INVALID_BLOCK: _FATAL,
    Reason.INVALID_EXTRINSIC: -5,
    Reason.USEFUL_BLOCK: 2,
    Reason.USEFUL_EXTRINSIC: 1,
}
"""Reasons that are absent here are nobody's fault. A peer is banned at -100."""


class P2pFault(PeerFault):
    """A peer broke the protocol; its connection ends and its reputation pays."""

    def __init__(self, why: Reason, detail: str = "") -> None:
        super().__init__(f"{why.name}: {detail}" if detail else why.name)
        self.why = why
