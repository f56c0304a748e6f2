"""Dials whom the peer table wants, when it wants."""

import logging
from typing import Final

import trio

from p2p.discovery.address import NodeAddress
from p2p.net.hub import Hub
from p2p.net.peer_task import Connection
from p2p.network import SeekPeers
from p2p.wire.reason import Reason

log = logging.getLogger("p2p")

CONNECT_SECONDS: Final = 5.0
SEEK_SECONDS: Final = 60.0
"""Between two questions for more addresses. Bans that have ended are noticed then as well."""


async def run_dialer(hub: Hub) -> None:
    """Dial until cancelled."""
    peers = hub.network.peers
    seek_at = trio.current_time() + SEEK_SECONDS
    async with trio.open_nursery() as nursery:
        while True:
            hub.dial_now = trio.Event()
            now, unix_now = trio.current_time(), hub.config.unix_time()
            for node in peers.due(now, unix_now):
                nursery.start_soon(_dial, hub, node)
            if now >= seek_at:
                hub.renew_record()
                hub.command(SeekPeers())
                seek_at = now + SEEK_SECONDS
            with trio.move_on_at(min(peers.next_due(now, unix_now), seek_at)):
                await hub.dial_now.wait()


async def _dial(hub: Hub, node: NodeAddress) -> None:
    """Run one outbound connection to its end."""
    connection: Connection | None = None
    with trio.move_on_after(CONNECT_SECONDS):
        try:
            stream = await trio.open_tcp_stream(node.host, node.port)
        except OSError as error:
            log.debug("dial failed address=%s error=%s", node, error)
        else:
            connection = Connection(hub, stream, node.host, node.peer)
    outcome = await connection.open() if connection is not None else Reason.CLOSED
    is_reached = outcome is None or outcome is Reason.DUPLICATE
    hub.network.peers.dialled(node, trio.current_time(), is_reached=is_reached)
    hub.dial_now.set()
    if connection is not None and outcome is None:
        await connection.run()
