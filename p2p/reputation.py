"""Standing of peers and of IP addresses: points that decay, and bans that grow."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from p2p.wire.reason import Reason

BAN_AT: Final = -100.0
BEST: Final = 100.0
"""Good deeds beyond this are not saved up against later misdeeds."""
HALF_LIFE_SECONDS: Final = 600.0
FIRST_BAN_SECONDS: Final = 3600.0
LONGEST_BAN_SECONDS: Final = 24 * 3600.0
_REMEMBERED_MAX: Final = 4096
"""Standings kept; whoever was heard of least lately is forgotten."""


@dataclass(slots=True)
class _Standing:
    points: float = 0.0
    updated: float = 0.0
    bans: int = 0
    banned_until: float = 0.0


@dataclass(slots=True)
class Reputation:
    """Keyed by whatever names a party: a PeerId or an IP address."""

    _standings: OrderedDict[str, _Standing] = field(default_factory=OrderedDict)

    def report(self, party: str, reason: Reason, now: float) -> bool:
        """Move a standing; true if that calls for a ban."""
        standing = self._standing(party, now)
        standing.points = min(BEST, standing.points + reason.points)
        return standing.points <= BAN_AT

    def ban(self, party: str, now: float) -> None:
        """Turn the party away for an hour, and for twice as long each further time."""
        standing = self._standing(party, now)
        seconds = min(LONGEST_BAN_SECONDS, FIRST_BAN_SECONDS * 2**standing.bans)
        standing.bans += 1
        standing.points = 0.0
        standing.banned_until = now + seconds

    def forgive(self, party: str) -> None:
        """Start again from nothing."""
        self._standings.pop(party, None)

    def is_banned(self, party: str, now: float) -> bool:
        standing = self._standings.get(party)
        return standing is not None and now < standing.banned_until

    def points(self, party: str, now: float) -> float:
        """Answer the standing as it has decayed by now."""
        return self._standing(party, now).points if party in self._standings else 0.0

    def _standing(self, party: str, now: float) -> _Standing:
        standing = self._standings.pop(party, None) or _Standing(updated=now)
        standing.points *= 0.5 ** ((now - standing.updated) / HALF_LIFE_SECONDS)
        standing.updated = now
        if len(self._standings) >= _REMEMBERED_MAX:
            self._standings.popitem(last=False)
        self._standings[party] = standing
        return standing
