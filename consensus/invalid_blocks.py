"""Hashes of refused blocks, the latest few thousand, so that each is refused only once."""

from typing import Final

from primitives.types import Hash

KEPT_HASHES: Final = 4_096
"""Enough for the forks a peer can send before its reputation is used up, at 32 bytes each."""


class InvalidBlocks:
    """A bounded set: the hash longest unseen is forgotten first."""

    def __init__(self, kept: int = KEPT_HASHES) -> None:
        self._kept = kept
        self._hashes: dict[Hash, None] = {}

    def remember(self, block: Hash) -> None:
        self._hashes.pop(block, None)
        self._hashes[block] = None
        if len(self._hashes) > self._kept:
            del self._hashes[next(iter(self._hashes))]

    def __contains__(self, block: Hash) -> bool:
        return block in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)
