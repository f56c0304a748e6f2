"""Sync: which blocks to get from whom, until no peer claims a longer chain than ours.

A header whose parent we have is fetched at once from its announcer. Anything further away is a
search for the common ancestor with the peer of the longest claim, then a range download. A peer
whose blocks begin higher than ours end has nothing that we could use yet, and is not asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from p2p.interface import (
    BlockForgotten,
    BlockImported,
    BlockRefused,
    BlocksReceived,
    FetchBlock,
    NodeView,
)
from p2p.machine import (
    AskPeer,
    Deliver,
    Effect,
    Input,
    PeerAnswered,
    PeerJoined,
    PeerLeft,
    PeerSaid,
    PeerSilent,
    Report,
)
from p2p.sync.ancestor_search import AncestorSearch
from p2p.sync.chain_link import read_link
from p2p.sync.download import Download, Stretch
from p2p.wire import limits
from p2p.wire.identity import PeerId
from p2p.wire.messages import BlockAnnounce, BlockAnswer, BlockData, GetBlocks
from p2p.wire.reason import P2pFault, Reason
from primitives.types import Hash

DELIVERED_MAX: Final = 4 * limits.RANGE_MAX
"""Blocks with the node and not imported yet; beyond it no more are asked for."""
FETCHES_PER_PEER: Final = 16
"""Announced blocks being fetched from one peer; it repeats what it may not get in now."""


@dataclass(slots=True)
class _Claim:
    """What a peer says its best block is."""

    number: int
    hash: Hash
    base: int
    """Its blocks begin above this one, of which it has the header."""
    strikes: int = 0
    """Times it did not deliver: peers with fewer are tried first."""
    is_foreign: bool = False
    """Its chain parted from ours too far below: under our finalized block, or under its base."""


@dataclass(frozen=True, slots=True)
class _Fetch:
    """One block on its way."""

    peer: PeerId
    number: int
    tried: tuple[PeerId, ...]


@dataclass(frozen=True, slots=True)
class _Delivered:
    """A block that the node has not answered for yet."""

    number: int
    peer: PeerId


@dataclass(slots=True)
class SyncMachine:
    """Decides; `handle` is the only method that changes it."""

    view: NodeView
    _claims: dict[PeerId, _Claim] = field(default_factory=dict)
    _fetches: dict[Hash, _Fetch] = field(default_factory=dict)
    _delivered: dict[Hash, _Delivered] = field(default_factory=dict)
    _search: AncestorSearch | None = None
    _download: Download | None = None

    @property
    def target(self) -> int | None:
        """Height that a running search or download is heading for."""
        work = self._download or self._search
        return work.target if work is not None else None

    def best_of(self, peer: PeerId) -> tuple[int, Hash]:
        """Answer the best block of a joined peer, by its last word."""
        claim = self._claims[peer]
        return claim.number, claim.hash

    def handle(self, item: Input) -> list[Effect]:
        """Take one input to its end."""
        return [*self._take(item), *self._advance()]

    def _take(self, item: Input) -> list[Effect]:
        match item:
            case PeerJoined(peer=peer, status=status):
                self._claims[peer] = _Claim(
                    status.best_number, Hash(status.best_hash), status.base_number
                )
            case PeerLeft(peer=peer):
                del self._claims[peer]
                return self._lose(peer)
            case PeerSaid(peer=peer, message=BlockAnnounce() as announce):
                return self._hear(peer, announce)
            case PeerAnswered(
                peer=peer, query=GetBlocks() as query, answer=BlockAnswer() as answer
            ):
                return self._take_answer(peer, query, answer.blocks)
            case PeerSilent(peer=peer, query=GetBlocks()):
                return [self._strike(peer, Reason.NO_ANSWER), *self._lose(peer)]
            case BlockImported(block=block):
                return self._confirm(block)
            case BlockRefused(block=block):
                return self._refuse(block)
            case BlockForgotten(block=block):
                self._delivered.pop(block, None)
            case FetchBlock(number=number, block=block, peer=peer):
                return self._fetch(number, block, (peer, *self._by_claim()))
            case _:
                pass
        return []

    def _hear(self, peer: PeerId, announce: BlockAnnounce) -> list[Effect]:
        try:
            link = read_link(announce.header)
        except P2pFault as fault:
            return [Report(peer, fault.why)]
        claim = self._claims[peer]
        if announce.is_best:
            claim.number, claim.hash = link.number, link.hash
        status = self.view.status()
        if link.number <= status.finalized_number or not self._is_known(link.parent):
            return []
        claim.is_foreign = False  # or no longer: here is a block of it on one of ours
        if sum(fetch.peer == peer for fetch in self._fetches.values()) >= FETCHES_PER_PEER:
            return []
        return self._fetch(link.number, link.hash, (peer,))

    def _fetch(
        self,
        number: int,
        block: Hash,
        candidates: Iterable[PeerId],
        tried: tuple[PeerId, ...] = (),
    ) -> list[Effect]:
        if block in self._fetches or self._is_known(block):
            return []
        for peer in candidates:
            claim = self._claims.get(peer)
            if claim is not None and claim.base < number and peer not in tried:
                self._fetches[block] = _Fetch(peer, number, (*tried, peer))
                return [AskPeer(peer, GetBlocks(block, 1))]
        return []

    def _take_answer(
        self, peer: PeerId, query: GetBlocks, blocks: tuple[BlockData, ...]
    ) -> list[Effect]:
        """Answers to questions that no longer matter are passed over."""
        try:
            if self._search is not None and (peer, query) == (
                self._search.peer,
                self._search.query,
            ):
                return self._take_probe(self._search, blocks)
            if self._download is not None and self._download.is_waiting_for(peer, query):
                return self._deliver(self._download.take(peer, query, blocks))
            if isinstance(query.start, bytes) and query.count == 1:
                return self._take_fetched(peer, Hash(query.start), blocks)
        except P2pFault as fault:
            return [self._strike(peer, fault.why), *self._lose(peer)]
        return []

    def _take_probe(self, search: AncestorSearch, blocks: tuple[BlockData, ...]) -> list[Effect]:
        if not blocks:
            raise P2pFault(Reason.UNAVAILABLE, "no header to compare")
        link = read_link(blocks[0].header)
        if link.number != search.probe:
            raise P2pFault(Reason.BROKEN_RANGE, "another header than asked for")
        search.take(link, is_known=self._is_known(link.hash))
        if search.is_foreign:
            self._claims[search.peer].is_foreign = True
            self._search = None
        elif search.found is not None:
            self._download = Download(search.peer, search.target, search.found)
            self._search = None
        else:
            return [AskPeer(search.peer, search.query)]
        return []

    def _take_fetched(
        self, peer: PeerId, block: Hash, blocks: tuple[BlockData, ...]
    ) -> list[Effect]:
        fetch = self._fetches.get(block)
        if fetch is None or fetch.peer != peer:
            return []
        del self._fetches[block]
        if len(blocks) == 1 and blocks[0].body is not None:
            link = read_link(blocks[0].header)
            if link.hash == block:
                return self._deliver([Stretch(peer, (link,), blocks)])
        return [
            self._strike(peer, Reason.BROKEN_RANGE if blocks else Reason.UNAVAILABLE),
            *self._fetch(fetch.number, block, self._by_claim(), fetch.tried),
        ]

    def _deliver(self, stretches: list[Stretch]) -> list[Effect]:
        effects: list[Effect] = []
        for stretch in stretches:
            fresh = []
            for link, block in zip(stretch.links, stretch.blocks, strict=True):
                if not self._is_known(link.hash):
                    self._delivered[link.hash] = _Delivered(link.number, stretch.peer)
                    fresh.append(block)
            if fresh:
                effects.append(Deliver(BlocksReceived(stretch.peer, tuple(fresh))))
        return effects

    def _confirm(self, block: Hash) -> list[Effect]:
        delivered = self._delivered.pop(block, None)
        if delivered is None:
            return []
        if delivered.peer in self._claims:
            self._claims[delivered.peer].strikes = 0
        return [Report(delivered.peer, Reason.USEFUL_BLOCK)]

    def _refuse(self, block: Hash) -> list[Effect]:
        """The header may be good and only the body wrong, so the hash itself is not outlawed."""
        refused = self._delivered.pop(block, None)
        if refused is None:
            return []
        self._delivered = {
            other: delivered
            for other, delivered in self._delivered.items()
            if delivered.number <= refused.number
        }
        self._download = None
        return [Report(refused.peer, Reason.INVALID_BLOCK)]

    def _strike(self, peer: PeerId, reason: Reason) -> Effect:
        self._claims[peer].strikes += 1
        return Report(peer, reason)

    def _lose(self, peer: PeerId) -> list[Effect]:
        """The peer is gone or failed us: whatever waits for it goes elsewhere."""
        if self._search is not None and self._search.peer == peer:
            self._search = None
        if self._download is not None:
            self._download.lose(peer)
            if self._download.source == peer:
                self._download = None
        lost = [(block, fetch) for block, fetch in self._fetches.items() if fetch.peer == peer]
        effects: list[Effect] = []
        for block, fetch in lost:
            del self._fetches[block]
            effects += self._fetch(fetch.number, block, self._by_claim(), fetch.tried)
        return effects

    def _advance(self) -> list[Effect]:
        if self._download is not None and self._download.is_finished:
            self._download = None
        if self._download is not None:
            if len(self._delivered) >= DELIVERED_MAX:
                return []
            helpers = [peer for peer in self._by_claim() if self._may_help(peer, self._download)]
            queries = self._download.queries(helpers)
            return [AskPeer(peer, query) for peer, query in queries]
        if self._search is None:
            return self._start_search()
        return []

    def _may_help(self, peer: PeerId, download: Download) -> bool:
        claim = self._claims[peer]
        has_range = claim.base < download.lowest and claim.number >= download.head.number
        return has_range and claim.strikes == 0

    def _start_search(self) -> list[Effect]:
        status = self.view.status()
        top = max((block.number for block in self._delivered.values()), default=0)
        top = max(top, status.best_number)
        for peer in self._by_claim():
            claim = self._claims[peer]
            if not claim.base <= top < claim.number or claim.is_foreign or self._is_coming(peer):
                continue
            floor = max(status.finalized_number, claim.base)
            self._search = AncestorSearch(peer, floor, top, claim.number)
            return [AskPeer(peer, self._search.query)]
        return []

    def _is_coming(self, peer: PeerId) -> bool:
        """What the peer claims, or leads up to it, is being fetched."""
        if self._claims[peer].hash in self._fetches:
            return True
        return any(fetch.peer == peer for fetch in self._fetches.values())

    def _by_claim(self) -> list[PeerId]:
        """Peers by promise: those that kept it first, then the longest chain."""

        def order(peer: PeerId) -> tuple[int, int, PeerId]:
            return (self._claims[peer].strikes, -self._claims[peer].number, peer)

        return sorted(self._claims, key=order)

    def _is_known(self, block: Hash) -> bool:
        return block in self._delivered or self.view.contains(block)
