"""A network of whole machines in simulated time: one seed, one run.

Nodes are a Network machine, its sessions and a fake chain. A heap of deliveries stands for time.
Links have delays, can be cut at random, and a partition cuts and forbids those across it. Bytes of
real sessions travel; only the Noise layer is left out.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from p2p.discovery.address import NodeAddress
from p2p.discovery.book import AddressBook
from p2p.interface import (
    AnnounceBlock,
    BlockImported,
    BlockRefused,
    BlocksReceived,
    NetworkEvent,
    PropagateTransactions,
    TransactionsReceived,
)
from p2p.machine import (
    AskPeer,
    Deliver,
    Input,
    PeerAnswered,
    PeerJoined,
    PeerLeft,
    PeerSaid,
    PeerSilent,
    Tell,
)
from p2p.network import Drop, Network, PeerAsked, Respond, Serve, read_range
from p2p.peers import Admission, PeerLimits, PeerSet
from p2p.session import Answered, Asked, Heard, Left, OverRate, Ready, Session, Unanswered
from p2p.wire.identity import PeerId
from p2p.wire.messages import BlockData, Role, Status
from p2p.wire.reason import P2pFault, Reason
from primitives.block import Header
from primitives.hashing import blake2_256
from primitives.types import Hash
from tests.support.p2p_chain import FakeChain

IMPORT_SECONDS = 0.005


@dataclass
class SimLink:
    """One connection: the session at each end, and whether it still stands."""

    sessions: dict[PeerId, Session]
    delay: float
    is_up: bool = True
    arrives: dict[PeerId, float] = field(default_factory=dict)

    def other(self, peer: PeerId) -> PeerId:
        return next(end for end in self.sessions if end != peer)


class SimNode:
    """A node that imports what it is given and forwards what is new."""

    def __init__(self, net: "SimNet", name: str, knows: tuple[str, ...]) -> None:
        self.net = net
        self.peer = PeerId(name)
        self.chain = FakeChain()
        self.links: dict[PeerId, SimLink] = {}
        self.faults: list[P2pFault] = []
        self.received: list[bytes] = []
        self.busy_until = 0.0
        self.is_mute = False
        """Answers no query."""
        self.refuses: Callable[[BlockData], bool] = lambda _: False
        boot = tuple(NodeAddress(PeerId(other), "127.0.0.1", 1) for other in knows)
        book = AddressBook(self.peer, self.chain.genesis)
        draw = net.random.random
        self.peers = PeerSet(self.peer, PeerLimits(), book, boot, (), draw)
        self.network = Network(self.chain, self.peers)

    def status(self) -> Status:
        chain = self.chain.status()
        return Status(
            1,
            self.chain.genesis,
            Role.FULL,
            chain.best_number,
            chain.best_hash,
            chain.finalized_number,
            chain.finalized_hash,
            1,
            chain.base_number,
        )

    def author(self, blocks: int = 1, label: str = "") -> None:
        for block in self.chain.extend(blocks, label):
            self.take(AnnounceBlock(block.header, is_best=True))

    def submit(self, extrinsic: bytes) -> None:
        self.chain.pool[Hash(blake2_256(extrinsic))] = extrinsic
        self.take(PropagateTransactions((extrinsic,)))

    def take(self, item: Input | PeerAsked) -> None:
        for effect in self.network.handle(item, self.net.now, unix_now=0):
            match effect:
                case Deliver(event=event):
                    self.react(event)
                    continue
                case Respond() | Serve() if self.is_mute:
                    continue
                case _ if effect.peer not in self.links:
                    continue
            session = self.links[effect.peer].sessions[self.peer]
            match effect:
                case Tell(message=message):
                    session.tell(message)
                case AskPeer(query=query):
                    session.ask(query, self.net.now)
                case Respond(id=number, answer=answer):
                    session.respond(number, answer)
                case Serve(id=number, query=query):
                    session.respond(number, read_range(self.chain, query))
                case Drop(peer=peer, reason=reason):
                    self.net.cut(self.links[peer], reason)
                    continue
            self.net.flush(self.links[effect.peer], self.peer)

    def react(self, event: NetworkEvent) -> None:
        match event:
            case BlocksReceived(blocks=blocks):
                begins = max(self.net.now, self.busy_until)
                self.busy_until = begins + IMPORT_SECONDS * len(blocks)
                delay = self.busy_until - self.net.now
                self.net.after(delay, lambda: self.import_blocks(blocks))
            case TransactionsReceived(extrinsics=extrinsics):
                self.received += extrinsics
                for extrinsic in extrinsics:
                    self.submit(extrinsic)

    def import_blocks(self, blocks: tuple[BlockData, ...]) -> None:
        for block in blocks:
            header = Header.decode(block.header)
            if self.refuses(block):
                self.take(BlockRefused(header.hash()))
                return
            is_best = self.chain.add(block)
            self.take(BlockImported(header.hash()))
            if is_best:
                self.take(AnnounceBlock(block.header, is_best=True))


class SimNet:
    """The clock, the links and the faults."""

    def __init__(self, seed: int, *, delay: tuple[float, float] = (0.01, 0.2)) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.nodes: dict[PeerId, SimNode] = {}
        self.cut_chance = 0.0
        """Chance that a delivery finds its link cut."""
        self._delay = delay
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._sides: list[frozenset[PeerId]] = []

    def add(self, name: str, *, knows: tuple[str, ...] = ()) -> SimNode:
        node = SimNode(self, name, knows)
        self.nodes[node.peer] = node
        self._dial(node)
        return node

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (self.now + seconds, next(self._order), action))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self._heap and self._heap[0][0] <= end:
            self.now, _, action = heapq.heappop(self._heap)
            action()
        self.now = end

    def run_until(self, condition: Callable[[], bool], *, within: float) -> None:
        end = self.now + within
        while not condition():
            assert self._heap, "nothing left to happen"
            assert self._heap[0][0] <= end, f"not within {within} seconds"
            self.now, _, action = heapq.heappop(self._heap)
            action()

    def partition(self, *sides: set[SimNode]) -> None:
        """Cut all links between the sides, and let none be made."""
        self._sides = [frozenset(node.peer for node in side) for side in sides]
        for node in self.nodes.values():
            for link in list(node.links.values()):
                if not self._may_meet(*link.sessions):
                    self.cut(link, Reason.CLOSED)

    def heal(self) -> None:
        self._sides = []

    def cut(self, link: SimLink, reason: Reason) -> None:
        if not link.is_up:
            return
        link.is_up = False
        for peer in link.sessions:
            node = self.nodes[peer]
            other = link.other(peer)
            if node.links.get(other) is link:
                del node.links[other]
                node.peers.left(other, self.now)
                node.take(PeerLeft(other))

    def flush(self, link: SimLink, sender: PeerId) -> None:
        """Put what a session has to say on its way; deliveries keep their order."""
        receiver = link.other(sender)
        while link.is_up and (data := link.sessions[sender].output()):
            at = max(self.now + link.delay, link.arrives.get(receiver, 0.0))
            link.arrives[receiver] = at
            self.after(at - self.now, lambda data=data: self._arrive(link, receiver, data))

    def _may_meet(self, a: PeerId, b: PeerId) -> bool:
        return not self._sides or any(a in side and b in side for side in self._sides)

    def _dial(self, node: SimNode) -> None:
        for target in node.peers.due(self.now, 0):
            self.after(self.random.uniform(*self._delay), lambda t=target: self._connect(node, t))
        self.after(1.0, lambda: self._dial(node))

    def _connect(self, node: SimNode, target: NodeAddress) -> None:
        other = self.nodes.get(target.peer)
        if other is None or not self._may_meet(node.peer, other.peer):
            node.peers.dialled(target, self.now, is_reached=False)
            return
        admissions = [
            end.peers.admit(far.peer, "127.0.0.1", self.now, is_outbound=end is node)
            for end, far in ((node, other), (other, node))
        ]
        is_welcome = admissions == [Admission.WELCOME] * 2
        node.peers.dialled(target, self.now, is_reached=is_welcome)
        if not is_welcome:
            for end, far, admission in zip((node, other), (other, node), admissions, strict=True):
                if admission is Admission.WELCOME:
                    end.peers.left(far.peer, self.now)
            return
        sessions = {end.peer: Session(end.status(), self.now) for end in (node, other)}
        link = SimLink(sessions, self.random.uniform(*self._delay))
        for end, far in ((node, other), (other, node)):
            end.links[far.peer] = link
            end.take(PeerJoined(far.peer, far.status()))
            self.flush(link, end.peer)
            self._keep_time(link, end)

    def _keep_time(self, link: SimLink, node: SimNode) -> None:
        def tick() -> None:
            if not link.is_up:
                return
            try:
                for event in link.sessions[node.peer].tick(self.now):
                    self._hear(link, node, event)
                self.flush(link, node.peer)
            except P2pFault as fault:
                self._blame(link, node, fault)
            self._keep_time(link, node)

        if link.is_up:
            self.after(max(0.0, link.sessions[node.peer].deadline - self.now), tick)

    def _arrive(self, link: SimLink, receiver: PeerId, data: bytes) -> None:
        node = self.nodes[receiver]
        if link.is_up and self.random.random() < self.cut_chance:
            self.cut(link, Reason.CLOSED)
        if not link.is_up:
            return
        try:
            for event in link.sessions[receiver].receive(data, self.now):
                self._hear(link, node, event)
            self.flush(link, receiver)
        except P2pFault as fault:
            self._blame(link, node, fault)

    def _hear(self, link: SimLink, node: SimNode, event: object) -> None:
        peer = link.other(node.peer)
        if not link.is_up:
            return
        match event:
            case Heard(message=message):
                node.take(PeerSaid(peer, message))
            case Asked(id=number, query=query):
                node.take(PeerAsked(peer, number, query))
            case Answered(query=query, answer=answer):
                node.take(PeerAnswered(peer, query, answer))
            case Unanswered(query=query):
                node.take(PeerSilent(peer, query))
            case Left(reason=reason):
                self.cut(link, reason)
            case Ready() | OverRate():
                pass

    def _blame(self, link: SimLink, node: SimNode, fault: P2pFault) -> None:
        node.faults.append(fault)
        node.peers.report(link.other(node.peer), fault.why, self.now)
        self.cut(link, fault.why)
