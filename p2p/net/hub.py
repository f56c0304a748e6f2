"""Between the machine and the connections: the live links, and the carrying out of effects.

What needs waiting (events for a full channel, blocks from disk) is waited for by the task that
brought the input. That task is the reader of one peer, so only that peer is read from no further.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

import trio

from p2p.discovery.address import pack_socket
from p2p.discovery.book import sign_record
from p2p.interface import (
    NetworkCommand,
    NetworkEvent,
    NodeView,
    PeerConnected,
    PeerDisconnected,
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
from p2p.net.config import NetworkConfig
from p2p.network import (
    Drop,
    Network,
    NetworkEffect,
    PeerAsked,
    Respond,
    SeekPeers,
    Serve,
    read_range,
)
from p2p.session import Answered, Asked, Heard, Left, Session, SessionEvent, Unanswered
from p2p.wire import limits
from p2p.wire.identity import NodeKey, PeerId
from p2p.wire.messages import Role, Status
from p2p.wire.reason import P2pFault, Reason
from primitives.errors import InvariantBroken

log = logging.getLogger("p2p")

DISK_READERS: Final = 2
"""Threads that read blocks for peers; block execution keeps its own."""


class Link(Protocol):
    """One live connection, as the hub sees it."""

    peer: PeerId
    role: Role
    session: Session
    is_outbound: bool

    def wake(self) -> None:
        """The session has something to send."""

    def end(self, reason: Reason) -> None:
        """Say goodbye and close."""


@dataclass(slots=True)
class Hub:
    """Shared by all tasks of one service."""

    config: NetworkConfig
    key: NodeKey
    view: NodeView
    network: Network
    inbound: trio.MemorySendChannel[NetworkEvent]
    listen_port: int = 0
    links: dict[PeerId, Link] = field(default_factory=dict)
    disk: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(DISK_READERS))
    dial_now: trio.Event = field(default_factory=trio.Event)
    """Set when there may be somebody new to dial; the dialer replaces it."""

    def status(self) -> Status:
        """Answer our first message as of now."""
        chain = self.view.status()
        return Status(
            version=limits.PROTOCOL_VERSION,
            genesis=self.config.genesis,
            role=self.config.role,
            best_number=chain.best_number,
            best_hash=chain.best_hash,
            finalized_number=chain.finalized_number,
            finalized_hash=chain.finalized_hash,
            listen_port=self.listen_port,
            base_number=chain.base_number,
        )

    def renew_record(self) -> None:
        """Sign anew where we can be dialled."""
        host = self.config.public_host or self.config.listen_host
        address = pack_socket(host, self.listen_port)
        if address is not None:
            self.network.own_record = sign_record(
                self.key, self.config.genesis, (address,), self.config.unix_time()
            )

    async def attach(self, link: Link, status: Status) -> None:
        """A link was admitted: it takes the place of an older one, if there is one.

        The machine learns of it before anything is waited for, so that another connection of the
        same peer, admitted meanwhile, finds things in order.
        """
        older = self.links.get(link.peer)
        if older is not None:
            older.end(Reason.DUPLICATE)
            self.command(PeerLeft(link.peer))
        self.links[link.peer] = link
        self.command(PeerJoined(link.peer, status))
        log.info(
            "peer connected peer=%s best=%d base=%d",
            link.peer,
            status.best_number,
            status.base_number,
        )
        if older is not None:
            await self.inbound.send(PeerDisconnected(link.peer, Reason.DUPLICATE))
        await self.inbound.send(PeerConnected(link.peer, status, link.is_outbound))

    async def detach(self, link: Link, reason: Reason) -> None:
        """A link ended. One that was replaced has been detached before."""
        if self.links.get(link.peer) is not link:
            return
        del self.links[link.peer]
        self.network.peers.left(link.peer, trio.current_time())
        self.dial_now.set()
        log.info("peer disconnected peer=%s reason=%s", link.peer, reason.name)
        self.command(PeerLeft(link.peer))
        await self.inbound.send(PeerDisconnected(link.peer, reason))

    async def take_event(self, link: Link, event: SessionEvent) -> None:
        """Take what a session said. One that was replaced has no say: its numbers start again."""
        if self.links.get(link.peer) is not link:
            return
        match event:
            case Heard(message=message):
                await self.take(PeerSaid(link.peer, message))
            case Answered(query=query, answer=answer):
                await self.take(PeerAnswered(link.peer, query, answer))
                self.dial_now.set()
            case Asked(id=number, query=query):
                await self.take(PeerAsked(link.peer, number, query))
            case Unanswered(query=query):
                await self.take(PeerSilent(link.peer, query))
            case Left(reason=reason):
                link.end(reason)
            case _:
                raise P2pFault(Reason.UNDECODABLE, f"{type(event).__name__} out of place")

    async def take(self, item: Input | PeerAsked) -> None:
        """Feed the machine and carry out its effects, waiting where they need it."""
        for effect in self._carry_out(self._handle(item)):
            match effect:
                case Deliver(event=event):
                    await self.inbound.send(event)
                case Serve():
                    await self._serve(effect)

    def command(self, item: NetworkCommand | PeerJoined | PeerLeft | SeekPeers) -> None:
        """Feed the machine what never needs waiting for."""
        if waiting := list(self._carry_out(self._handle(item))):
            raise InvariantBroken(f"{type(item).__name__} caused {waiting[0]}")

    def _handle(self, item: Input | PeerAsked | SeekPeers) -> list[NetworkEffect]:
        return self.network.handle(item, trio.current_time(), self.config.unix_time())

    def _carry_out(self, effects: Iterable[NetworkEffect]) -> Iterable[Deliver | Serve]:
        """Carry out what can be done at once, and yield the rest in its turn."""
        for effect in effects:
            if isinstance(effect, Deliver | Serve):
                yield effect
            elif (link := self.links.get(effect.peer)) is not None:
                match effect:
                    case Tell(message=message):
                        link.session.tell(message)
                    case AskPeer(query=query):
                        link.session.ask(query, trio.current_time())
                    case Respond(id=number, answer=answer):
                        link.session.respond(number, answer)
                    case Drop(reason=reason):
                        link.end(reason)
                link.wake()

    async def _serve(self, effect: Serve) -> None:
        link = self.links.get(effect.peer)
        answer = await trio.to_thread.run_sync(
            read_range, self.view, effect.query, limiter=self.disk
        )
        if link is not None and self.links.get(effect.peer) is link:
            link.session.respond(effect.id, answer)
            link.wake()
