"""The network service: listener, dialer and all peers under one nursery.

`NetworkEvent`s come out of a channel that the node reads; `NetworkCommand`s go in through the
started `NetworkService`. `p2p.interface` says what each means and who drives what.
"""

import logging
from dataclasses import dataclass

import trio

from p2p.discovery.address import NodeAddress, format_socket
from p2p.discovery.book import AddressBook
from p2p.interface import NetworkCommand, NetworkEvent, NodeView
from p2p.net.config import NetworkConfig
from p2p.net.dialer import run_dialer
from p2p.net.hub import Hub, Link
from p2p.net.listener import run_listener
from p2p.network import Network
from p2p.peers import PeerSet
from p2p.wire.identity import NodeKey, PeerId
from p2p.wire.messages import Role
from primitives.types import BlockNumber, Hash

log = logging.getLogger("p2p")


@dataclass(frozen=True, slots=True)
class PeerInfo:
    """A connected peer, for people."""

    peer: PeerId
    role: Role
    is_outbound: bool
    best_number: BlockNumber
    best_hash: Hash


class NetworkService:
    """What the node holds of the running service. Nothing here waits."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @property
    def address(self) -> NodeAddress:
        """Where this node listens."""
        config = self._hub.config
        host = config.public_host or config.listen_host
        return NodeAddress(self._hub.key.peer_id, host, self._hub.listen_port)

    @property
    def sync_target(self) -> int | None:
        """Height that a running sync is heading for; None when there is nothing to catch up."""
        return self._hub.network.sync.target

    def peers(self) -> list[PeerInfo]:
        """Answer the connected peers."""
        return [self._describe(link) for link in self._hub.links.values()]

    def command(self, item: NetworkCommand) -> None:
        """Have something done. Only from the thread of the event loop."""
        self._hub.command(item)

    def _describe(self, link: Link) -> PeerInfo:
        number, block = self._hub.network.sync.best_of(link.peer)
        return PeerInfo(link.peer, link.role, link.is_outbound, BlockNumber(number), block)


async def run_network(
    config: NetworkConfig,
    key: NodeKey,
    view: NodeView,
    inbound: trio.MemorySendChannel[NetworkEvent],
    *,
    task_status: trio.TaskStatus[NetworkService] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Take part in the network until cancelled; started once the port is open. Closes `inbound`."""
    async with inbound:
        listeners = await trio.open_tcp_listeners(config.listen_port, host=config.listen_host)
        hub = build_hub(config, key, view, inbound)
        hub.listen_port = listeners[0].socket.getsockname()[1]
        hub.renew_record()
        log.info("listening address=%s", format_socket(config.listen_host, hub.listen_port))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_listener, hub, listeners)
            nursery.start_soon(run_dialer, hub)
            task_status.started(NetworkService(hub))


def build_hub(
    config: NetworkConfig,
    key: NodeKey,
    view: NodeView,
    inbound: trio.MemorySendChannel[NetworkEvent],
) -> Hub:
    """Put the machine together."""
    peers = PeerSet(
        ours=key.peer_id,
        limits=config.peer_limits,
        book=AddressBook(key.peer_id, config.genesis),
        boot_nodes=config.boot_nodes,
        reserved_nodes=config.reserved_nodes,
        draw=config.draw,
    )
    return Hub(config, key, view, Network(view, peers), inbound)
