"""The whole network layer as one machine: peers, gossip, sync and peer exchange, without I/O.

The service drives it with sockets, the tests with simulated links; both only carry out effects.
"""

from dataclasses import dataclass, field
from itertools import islice
from typing import Final, assert_never

from p2p.discovery.book import ANSWER_MAX
from p2p.gossip.router import Router
from p2p.interface import NodeView, ReportPeer
from p2p.machine import (
    AskPeer,
    Deliver,
    Effect,
    Input,
    PeerAnswered,
    PeerJoined,
    PeerLeft,
    Report,
    Tell,
)
from p2p.peers import PeerSet
from p2p.sync.machine import SyncMachine
from p2p.wire import limits
from p2p.wire.identity import PeerId
from p2p.wire.messages import (
    Answer,
    BlockAnswer,
    BlockData,
    GetBlocks,
    GetPeers,
    GetTx,
    PeerRecord,
    PeersAnswer,
    Query,
    TxAnswer,
)
from p2p.wire.reason import P2pFault, Reason
from primitives.types import Hash

PEERS_PAUSE_SECONDS: Final = 30.0
"""A peer that asks for addresses more often gets none."""


@dataclass(frozen=True, slots=True)
class PeerAsked:
    """A query arrived; `Respond` or `Serve` under the same number follows."""

    peer: PeerId
    id: int
    query: Query


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer a query."""

    peer: PeerId
    id: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Serve:
    """Let `read_range` read blocks from the node, off the event loop, and answer with them."""

    peer: PeerId
    id: int
    query: GetBlocks


@dataclass(frozen=True, slots=True)
class Drop:
    """End the session with a goodbye; `PeerLeft` follows."""

    peer: PeerId
    reason: Reason


@dataclass(frozen=True, slots=True)
class SeekPeers:
    """Time has passed: ask somebody for more addresses if there is room for peers."""


NetworkEffect = Tell | AskPeer | Deliver | Respond | Serve | Drop


@dataclass(slots=True)
class Network:
    """Decides; carries nothing out. `now` is monotonic, `unix_now` dates peer records."""

    view: NodeView
    peers: PeerSet
    own_record: PeerRecord | None = None
    """What we tell others about ourselves; None while nobody could dial us."""
    sync: SyncMachine = field(init=False)
    _router: Router = field(default_factory=Router)
    _told_peers_at: dict[PeerId, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sync = SyncMachine(self.view)

    def handle(
        self, item: Input | PeerAsked | SeekPeers, now: float, unix_now: int
    ) -> list[NetworkEffect]:
        """Take one input to its end."""
        match item:
            case PeerAsked():
                return self._answer(item, now, unix_now)
            case SeekPeers():
                return self._seek_peers()
            case ReportPeer(peer=peer, reason=reason):
                return self._report(Report(peer, reason), now)
            case PeerJoined(peer=peer):
                first: list[Effect] = [AskPeer(peer, GetPeers(ANSWER_MAX))]
            case PeerLeft(peer=peer):
                self._told_peers_at.pop(peer, None)
                first = []
            case PeerAnswered(peer=peer, query=GetPeers(), answer=PeersAnswer() as answer):
                first = self._learn(peer, answer, unix_now)
            case _:
                first = []
        effects = [*first, *self._router.handle(item, now), *self.sync.handle(item)]
        return [carried for effect in effects for carried in self._carry(effect, now)]

    def _carry(self, effect: Effect, now: float) -> list[NetworkEffect]:
        match effect:
            case Report():
                return self._report(effect, now)
            case Tell() | AskPeer() | Deliver():
                return [effect]
            case _:
                assert_never(effect)

    def _report(self, report: Report, now: float) -> list[NetworkEffect]:
        if self.peers.report(report.peer, report.reason, now):
            return [Drop(report.peer, Reason.BANNED)]
        return []

    def _seek_peers(self) -> list[NetworkEffect]:
        connected = self.peers.connected
        if not connected or not self.peers.has_outbound_room:
            return []
        somebody = connected[int(self.peers.draw() * len(connected))]
        return [AskPeer(somebody, GetPeers(ANSWER_MAX))]

    def _learn(self, peer: PeerId, answer: PeersAnswer, unix_now: int) -> list[Effect]:
        try:
            self.peers.book.learn(answer, peer, unix_now)
        except P2pFault as fault:
            return [Report(peer, fault.why)]
        return []

    def _answer(self, asked: PeerAsked, now: float, unix_now: int) -> list[NetworkEffect]:
        match asked.query:
            case GetBlocks() as query:
                return [Serve(asked.peer, asked.id, query)]
            case GetTx(hashes=hashes):
                answer: Answer = TxAnswer(self._extrinsics(hashes))
            case GetPeers(count=count):
                answer = PeersAnswer(self._records(asked.peer, count, now, unix_now))
            case _:
                assert_never(asked.query)
        return [Respond(asked.peer, asked.id, answer)]

    def _extrinsics(self, hashes: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """What the pool still has of them, cut where the answer would get too long."""
        found: list[bytes] = []
        size = 0
        for item in hashes:
            extrinsic = self.view.extrinsic(Hash(item))
            if extrinsic is None or len(extrinsic) > limits.EXTRINSIC_MAX:
                continue
            size += len(extrinsic)
            if found and size > limits.EXTRINSIC_MAX:
                break
            found.append(extrinsic)
        return tuple(found)

    def _records(
        self, peer: PeerId, count: int, now: float, unix_now: int
    ) -> tuple[PeerRecord, ...]:
        told_at = self._told_peers_at.get(peer)
        if told_at is not None and now < told_at + PEERS_PAUSE_SECONDS:
            return ()
        self._told_peers_at[peer] = now
        ours = [self.own_record] if self.own_record is not None else []
        others = self.peers.book.sample(count - len(ours), unix_now, self.peers.draw)
        return (*ours, *others)


def read_range(view: NodeView, query: GetBlocks) -> BlockAnswer:
    """Read the answer to a query from the node, one block at least, up to a fair size."""
    blocks: list[BlockData] = []
    size = 0
    for block in islice(view.read_blocks(query), query.count):
        size += (
            len(block.header) + sum(map(len, block.body or ())) + len(block.justification or b"")
        )
        if blocks and size > limits.BLOCK_RESPONSE_GOAL:
            break
        blocks.append(block)
    return BlockAnswer(tuple(blocks))
