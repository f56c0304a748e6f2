"""Equivocating authors: two headers of one author in one slot, found among recent slots."""

from typing import Final

from consensus.messages import EquivocationProof, VerifiedHeader
from primitives.block import Header
from primitives.types import Slot

KEPT_SLOTS: Final = 1_000
"""How far back a second header still counts. Older slots are forgotten."""


class EquivocationDetector:
    """Remembers the first header of each author and slot, for the last thousand slots."""

    def __init__(self) -> None:
        self._first: dict[VerifiedHeader, Header] = {}
        self._reported: dict[VerifiedHeader, None] = {}
        self._pruned_at = Slot(0)

    def observe(
        self, header: Header, sighting: VerifiedHeader, now: Slot
    ) -> EquivocationProof | None:
        """Take a header whose seal was verified; answer a proof the first time one exists."""
        self._forget_old_slots(now)
        if sighting.slot + KEPT_SLOTS < now or sighting in self._reported:
            return None

        first = self._first.setdefault(sighting, header)
        if first == header:
            return None
        self._reported[sighting] = None
        return EquivocationProof(sighting.author, sighting.slot, first, header)

    def __len__(self) -> int:
        return len(self._first)

    def _forget_old_slots(self, now: Slot) -> None:
        """Once per window, so that at most two windows are kept and a header costs little."""
        if now < self._pruned_at + KEPT_SLOTS:
            return
        oldest = now - KEPT_SLOTS
        self._first = {key: header for key, header in self._first.items() if key.slot >= oldest}
        self._reported = {key: None for key in self._reported if key.slot >= oldest}
        self._pruned_at = now
