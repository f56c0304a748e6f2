"""Extrinsics that are refused unread for a while, as checking them again would be wasted."""

from typing import Final

from primitives.types import Hash, Moment

BAN_TIME: Final = 30 * 60 * 1_000
"""Milliseconds: long enough for gossip of a bad extrinsic to die out."""
KEPT_BANS: Final = 4_096
"""The oldest ban gives way, so that strangers cannot fill the memory."""


class Bans:
    """Which hashes are banned, and until when."""

    def __init__(self) -> None:
        self._until: dict[Hash, Moment] = {}
        """In the order in which bans end, as all last equally long."""

    def ban(self, extrinsic: Hash, now: Moment) -> None:
        self._until.pop(extrinsic, None)
        self._until[extrinsic] = Moment(now + BAN_TIME)
        if len(self._until) > KEPT_BANS:
            del self._until[next(iter(self._until))]

    def lift(self, extrinsic: Hash) -> None:
        self._until.pop(extrinsic, None)

    def lift_all(self) -> None:
        self._until.clear()

    def is_banned(self, extrinsic: Hash, now: Moment) -> bool:
        return now < self._until.get(extrinsic, 0)

    def __len__(self) -> int:
        return len(self._until)
