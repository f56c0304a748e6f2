"""Finds the highest block of a peer's best chain that we have, by asking for single headers.

First from our own head down in doubling steps, then halving between the known and the unknown:
O(log depth) questions. A block that we have means that we have all below it.
"""

from dataclasses import dataclass

from p2p.sync.chain_link import ChainLink
from p2p.wire.identity import PeerId
from p2p.wire.messages import GetBlocks, Parts


@dataclass(slots=True)
class AncestorSearch:
    """One search on one peer. Ask `query`, then tell `take` what came of it."""

    peer: PeerId
    floor: int
    """Our finalized height, or where the peer begins: a chain that parts below is out of reach."""
    probe: int
    target: int
    """What the peer claims to reach."""
    found: ChainLink | None = None
    _known: ChainLink | None = None
    _unknown: int | None = None
    _step: int = 1

    @property
    def query(self) -> GetBlocks:
        return GetBlocks(self.probe, 1, parts=Parts.HEADERS)

    @property
    def is_foreign(self) -> bool:
        """The peer's chain does not hold our block at the floor."""
        return self._unknown is not None and self._unknown <= self.floor

    def take(self, link: ChainLink, *, is_known: bool) -> None:
        """Learn whether we have the peer's block at `probe`."""
        if is_known:
            self._known = link
        else:
            self._unknown = self.probe
        if self._known is None:
            self.probe = max(self.floor, self.probe - self._step)
            self._step *= 2
        elif self._unknown is None or self._unknown == self._known.number + 1:
            self.found = self._known
        else:
            self.probe = (self._known.number + self._unknown) // 2
