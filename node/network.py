"""The node among its peers: what the network is told, and where what it tells goes.

p2p events ──> blocks to the importer, extrinsics to the pool
best block moved, extrinsics ready, verdicts ──> p2p commands
"""

import logging
from typing import Final, assert_never

import trio

from consensus.messages import BlocksReady, ImportInput, PeerGone
from genesis.spec import CODE_KEY
from node.chain_view import ChainView
from node.client import Client
from node.rpc.context import PeerInfo
from node.txpool.service import GossipVerdict, TxPool
from p2p.interface import (
    AnnounceBlock,
    BlockAnnounced,
    BlocksReceived,
    NetworkCommand,
    NetworkEvent,
    PeerConnected,
    PeerDisconnected,
    PropagateTransactions,
    ReportPeer,
    TransactionsReceived,
)
from p2p.net.config import NetworkConfig
from p2p.net.service import NetworkService, run_network
from p2p.wire.identity import NodeKey, PeerId
from p2p.wire.messages import BlockData, Role
from p2p.wire.reason import Reason
from primitives.block import Block, Header
from primitives.errors import Rejected
from primitives.hashing import blake2_256
from primitives.types import BlockNumber, Hash
from storage.columns import Head
from storage.errors import StateDiscarded, UnknownBlock

log = logging.getLogger("network")

EVENT_BUFFER: Final = 64
"""Events of peers that wait for the node. While it is full, peers are not read from."""
MAJOR_SYNC_BLOCKS: Final = 5
"""How far behind its peers a node is busy catching up, and makes no blocks of its own."""
SPREAD_BATCH: Final = 64
"""Extrinsics told to the peers at once."""

ROLE_NAMES: Final = {Role.FULL: "Full", Role.AUTHORITY: "Authority"}

_REASONS: Final = {
    GossipVerdict.USEFUL: Reason.USEFUL_EXTRINSIC,
    GossipVerdict.UNREADABLE: Reason.INVALID_EXTRINSIC,
}


class PortUnavailable(Rejected):
    """Nobody can reach this node where it should listen; says what to do about it."""


class Network:
    """What the other parts of the node have of the network. Silent until `run` has started it."""

    def __init__(
        self, client: Client, key: NodeKey, role: Role, *, should_have_peers: bool
    ) -> None:
        self._client = client
        self._key = key
        self._role = role
        self._service: NetworkService | None = None
        self.should_have_peers = should_have_peers
        self.starting_block: BlockNumber = client.best().number

    @property
    def peer_id(self) -> str:
        return self._key.peer_id

    @property
    def roles(self) -> list[str]:
        return [ROLE_NAMES[self._role]]

    @property
    def peer_count(self) -> int:
        return 0 if self._service is None else len(self._service.peers())

    @property
    def sync_target(self) -> BlockNumber | None:
        """The height to catch up with, if the node is far below it."""
        target = None if self._service is None else self._service.sync_target
        if target is None or target <= self._client.best().number + MAJOR_SYNC_BLOCKS:
            return None
        return BlockNumber(target)

    @property
    def is_syncing(self) -> bool:
        return self.sync_target is not None

    def addresses(self) -> list[str]:
        """Where the node listens, with its peer id."""
        return [] if self._service is None else [str(self._service.address)]

    def peers(self) -> list[PeerInfo]:
        """The connected peers."""
        if self._service is None:
            return []
        return [
            PeerInfo(info.peer, ROLE_NAMES[info.role], Head(info.best_hash, info.best_number))
            for info in self._service.peers()
        ]

    def command(self, item: NetworkCommand) -> None:
        """Have the network do something; nothing while there is none."""
        if self._service is not None:
            self._service.command(item)

    async def run(
        self,
        config: NetworkConfig,
        pool: TxPool,
        inbox: trio.MemorySendChannel[ImportInput],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Take part until cancelled; started once the port is open."""
        send, receive = trio.open_memory_channel[NetworkEvent](EVENT_BUFFER)
        view = ChainView(self._client, pool)
        async with inbox, receive, trio.open_nursery() as nursery:
            try:
                self._service = await nursery.start(run_network, config, self._key, view, send)
            except OSError as error:
                raise PortUnavailable(
                    f"peers cannot be listened for on {config.listen_host}:{config.listen_port}: "
                    f"{error.strerror or error}; choose another with --port or --listen-host"
                ) from error
            nursery.start_soon(self._take_events, receive, pool, inbox)
            nursery.start_soon(self._announce_blocks)
            nursery.start_soon(self._spread_extrinsics, pool)
            nursery.start_soon(self._report_senders, pool)
            task_status.started()

    async def _take_events(
        self,
        events: trio.MemoryReceiveChannel[NetworkEvent],
        pool: TxPool,
        inbox: trio.MemorySendChannel[ImportInput],
    ) -> None:
        async for event in events:
            match event:
                case PeerConnected():
                    if ready := pool.pending():
                        self.command(PropagateTransactions(tuple(ready)))
                case PeerDisconnected(peer):
                    await inbox.send(PeerGone(peer))
                case BlockAnnounced():
                    pass  # the block itself follows
                case BlocksReceived(peer, blocks):
                    await inbox.send(BlocksReady(peer, tuple(_whole(block) for block in blocks)))
                case TransactionsReceived(peer, extrinsics):
                    if not self.is_syncing:  # they are for a state that is not here yet
                        for extrinsic in extrinsics:
                            pool.gossip.put((peer, extrinsic))
                case _:
                    assert_never(event)

    async def _announce_blocks(self) -> None:
        """Tell of each new best block, except while catching up, when the peers know them all."""
        best = self._client.best()
        while True:
            best = await self._client.next_best(best.hash)
            header = self._client.header(best.hash)
            if header is not None and not self.is_syncing:
                self.command(AnnounceBlock(header.encode(), is_best=True))

    async def _spread_extrinsics(self, pool: TxPool) -> None:
        while True:
            batch = await pool.announcements.take(SPREAD_BATCH)
            self.command(PropagateTransactions(tuple(batch)))
            if peers := tuple(info.peer_id for info in self.peers()):
                pool.propagated(batch, peers)

    async def _report_senders(self, pool: TxPool) -> None:
        while True:
            verdicts = await pool.verdicts.take(SPREAD_BATCH)
            excused: set[str] = set()
            if any(verdict is GossipVerdict.UNREADABLE for _, verdict in verdicts):
                excused = self._under_other_rules()
            for peer, verdict in verdicts:
                if verdict is GossipVerdict.USEFUL or peer not in excused:
                    self.command(ReportPeer(PeerId(peer), _REASONS[verdict]))

    def _under_other_rules(self) -> set[str]:
        """Peers whose chain may have a version in which other extrinsics make sense than here."""
        ours = self._code_hash(self._client.best().hash)
        return {info.peer_id for info in self.peers() if self._code_hash(info.best.hash) != ours}

    def _code_hash(self, block: Hash) -> Hash | None:
        """Of the code after a block; None if that is not known here."""
        try:
            return Hash(blake2_256(self._client.state(block).get(CODE_KEY) or b""))
        except (UnknownBlock, StateDiscarded):
            return None


def _whole(data: BlockData) -> Block:
    """A block as it came. The network has read the header already, and asked for the body."""
    return Block(Header.decode(data.header), list(data.body or ()))
