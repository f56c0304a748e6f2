"""A whole node as the network layer sees it: a fake chain and pool behind a real service."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import trio

from p2p.interface import (
    AnnounceBlock,
    BlockAnnounced,
    BlockImported,
    BlocksReceived,
    NetworkEvent,
    PeerConnected,
    PropagateTransactions,
    TransactionsReceived,
)
from p2p.net.config import NetworkConfig
from p2p.net.service import NetworkService, run_network
from p2p.wire.identity import NodeKey, PeerId
from primitives.block import Header
from primitives.hashing import blake2_256
from primitives.types import Hash
from tests.support.p2p_chain import FakeChain


def node_key(number: int) -> NodeKey:
    return NodeKey.from_seed(bytes([number]) * 32)


@dataclass
class FakeNode:
    """Imports whatever comes, and keeps all events."""

    key: NodeKey
    chain: FakeChain
    service: NetworkService
    events: list[NetworkEvent] = field(default_factory=list)
    strangers: list[trio.SocketStream] = field(default_factory=list)
    """Connections that a test made by hand; closed with the node."""
    _changed: trio.Event = field(default_factory=trio.Event)

    @property
    def peer_id(self) -> PeerId:
        return self.key.peer_id

    async def run(self, inbound: trio.MemoryReceiveChannel[NetworkEvent]) -> None:
        async with inbound:
            async for event in inbound:
                self._react(event)
                self.events.append(event)
                self._changed.set()

    def _react(self, event: NetworkEvent) -> None:
        match event:
            case PeerConnected():
                if self.chain.pool:
                    self.service.command(PropagateTransactions(tuple(self.chain.pool.values())))
            case BlocksReceived(blocks=blocks):
                for block in blocks:
                    is_best = self.chain.add(block)
                    self.service.command(BlockImported(Header.decode(block.header).hash()))
                self.service.command(AnnounceBlock(blocks[-1].header, is_best))
            case TransactionsReceived(extrinsics=extrinsics):
                self.submit(*extrinsics)
            case BlockAnnounced():
                pass

    def submit(self, *extrinsics: bytes) -> None:
        for extrinsic in extrinsics:
            self.chain.pool[Hash(blake2_256(extrinsic))] = extrinsic
        self.service.command(PropagateTransactions(extrinsics))

    def author(self, count: int = 1) -> None:
        for block in self.chain.extend(count):
            self.service.command(AnnounceBlock(block.header, is_best=True))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for events until the condition holds."""
        while not condition():
            self._changed = trio.Event()
            await self._changed.wait()

    async def dial(self) -> trio.SocketStream:
        stream = await trio.open_tcp_stream("127.0.0.1", self.service.address.port)
        self.strangers.append(stream)
        return stream

    async def event(self, kind: type[NetworkEvent], nth: int = 1) -> NetworkEvent:
        """Wait for the nth event of a kind."""
        await self.until(lambda: len(self.all_events(kind)) >= nth)
        return self.all_events(kind)[nth - 1]

    def all_events(self, kind: type[NetworkEvent]) -> list[NetworkEvent]:
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def running_node(
    number: int,
    *,
    chain: FakeChain | None = None,
    knows: "tuple[FakeNode, ...]" = (),
    **settings: object,
) -> AsyncIterator[FakeNode]:
    """Run a node on a free loopback port; it dials those it knows."""
    chain = chain or FakeChain()
    key = node_key(number)
    boot = tuple(other.service.address for other in knows)
    config = replace(NetworkConfig(chain.genesis, boot_nodes=boot), **settings)  # type: ignore[arg-type]
    sender, receiver = trio.open_memory_channel[NetworkEvent](16)
    async with trio.open_nursery() as nursery:
        service = await nursery.start(run_network, config, key, chain, sender)
        node = FakeNode(key, chain, service)
        nursery.start_soon(node.run, receiver)
        try:
            yield node
        finally:
            for stream in node.strangers:
                await trio.aclose_forcefully(stream)
        nursery.cancel_scope.cancel()
