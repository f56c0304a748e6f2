"""Range download: headers from the peer that claims the chain, bodies from all that have them.

headers   source: one range of 128 at a time, each linked to the one before
bodies    up to four peers, a range each, asked by hash and compared with the headers
delivery  strictly in order, so a parent always comes before its children
"""

from dataclasses import dataclass, field
from typing import Final

from p2p.sync.chain_link import ChainLink, read_link
from p2p.wire import limits
from p2p.wire.identity import PeerId
from p2p.wire.messages import BlockData, GetBlocks, Parts
from p2p.wire.reason import P2pFault, Reason
from primitives.hashing import blake2_256

HELPERS_MAX: Final = 4
"""Peers that send bodies at a time; with the cap of an answer it bounds the memory of a sync."""
RANGES_AHEAD: Final = 4
"""Ranges whose headers are known and whose bodies are not delivered yet."""

Range = tuple[ChainLink, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks in order with their links, from one peer."""

    peer: PeerId
    links: Range
    blocks: tuple[BlockData, ...]


@dataclass(slots=True)
class Download:
    """From a common ancestor up to what `source` claims."""

    source: PeerId
    target: int
    head: ChainLink
    """Last header known; at first the common ancestor."""
    _headers_query: GetBlocks | None = None
    _todo: list[Range] = field(default_factory=list)
    _asked: dict[PeerId, Range] = field(default_factory=dict)
    _arrived: dict[int, Stretch] = field(default_factory=dict)
    _next: int = 0
    _unfit: set[PeerId] = field(default_factory=set)
    """Helpers that turned out not to have these blocks."""

    def __post_init__(self) -> None:
        self._next = self.head.number + 1

    @property
    def lowest(self) -> int:
        """The next block to deliver; nothing below it is asked for any more."""
        return self._next

    @property
    def is_finished(self) -> bool:
        return self._next > self.target

    def queries(self, helpers: list[PeerId]) -> list[tuple[PeerId, GetBlocks]]:
        """Answer what to ask now, given the other peers that may help."""
        queries = []
        ranges = len(self._todo) + len(self._asked) + len(self._arrived)
        if self._headers_query is None and self.head.number < self.target and ranges < RANGES_AHEAD:
            count = min(limits.RANGE_MAX, self.target - self.head.number)
            self._headers_query = GetBlocks(self.head.number + 1, count, parts=Parts.HEADERS)
            queries.append((self.source, self._headers_query))
        for peer in (self.source, *helpers):
            if not self._todo or len(self._asked) >= HELPERS_MAX:
                break
            if peer not in self._asked and peer not in self._unfit:
                self._asked[peer] = self._todo.pop(0)
                queries.append((peer, _bodies_query(self._asked[peer])))
        return queries

    def is_waiting_for(self, peer: PeerId, query: GetBlocks) -> bool:
        """Tell an answer of this download from that of an abandoned one."""
        return self._is_headers(peer, query) or (
            peer in self._asked and query == _bodies_query(self._asked[peer])
        )

    def take(self, peer: PeerId, query: GetBlocks, blocks: tuple[BlockData, ...]) -> list[Stretch]:
        """Take an answer, and answer what can be delivered now. Raises P2pFault for a bad one."""
        if self._is_headers(peer, query):
            self._take_headers(query, blocks)
            return []
        return self._take_bodies(peer, blocks)

    def lose(self, peer: PeerId) -> None:
        """A helper is gone or silent: its range goes back to the front."""
        self._unfit.add(peer)
        if peer in self._asked:
            self._put_back(self._asked.pop(peer))

    def _is_headers(self, peer: PeerId, query: GetBlocks) -> bool:
        return peer == self.source and query == self._headers_query

    def _take_headers(self, query: GetBlocks, blocks: tuple[BlockData, ...]) -> None:
        self._headers_query = None
        links = tuple(read_link(block.header) for block in blocks[: query.count])
        if not links:
            raise P2pFault(Reason.UNAVAILABLE, "no headers")
        if links[0].parent != self.head.hash:
            raise P2pFault(Reason.UNAVAILABLE, "the chain is another one by now")
        above = self.head
        for link in links:
            if link.parent != above.hash or link.number != above.number + 1:
                raise P2pFault(Reason.BROKEN_RANGE, "headers do not link")
            above = link
        self.head = above
        self._todo.append(links)

    def _take_bodies(self, peer: PeerId, blocks: tuple[BlockData, ...]) -> list[Stretch]:
        wanted = self._asked.pop(peer)
        got = _matching(wanted, blocks)
        if got < len(wanted):
            self._put_back(wanted[got:])
        if got == 0:
            self._unfit.add(peer)
            if peer == self.source:
                raise P2pFault(Reason.UNAVAILABLE, "no bodies")
            return []
        self._arrived[wanted[0].number] = Stretch(peer, wanted[:got], blocks[:got])
        return self._deliverable()

    def _deliverable(self) -> list[Stretch]:
        ready = []
        while (stretch := self._arrived.pop(self._next, None)) is not None:
            self._next += len(stretch.links)
            ready.append(stretch)
        return ready

    def _put_back(self, links: Range) -> None:
        self._todo.append(links)
        self._todo.sort(key=lambda item: item[0].number)


def _bodies_query(links: Range) -> GetBlocks:
    return GetBlocks(links[0].hash, len(links))


def _matching(wanted: Range, blocks: tuple[BlockData, ...]) -> int:
    """Count how many blocks from the first on are those wanted, with their bodies."""
    count = 0
    for link, block in zip(wanted, blocks, strict=False):
        if block.body is None or blake2_256(block.header) != link.hash:
            break
        count += 1
    return count
