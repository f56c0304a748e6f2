"""Takes inbound connections, within the limits for those who have no name yet."""

import trio

from p2p.net.hub import Hub
from p2p.net.peer_task import Connection


async def run_listener(hub: Hub, listeners: list[trio.SocketListener]) -> None:
    """Accept until cancelled."""

    async def accept(stream: trio.SocketStream) -> None:
        try:
            ip = str(stream.socket.getpeername()[0])
        except OSError:  # gone before it was looked at
            await trio.aclose_forcefully(stream)
            return
        await serve_inbound(hub, stream, ip)

    await trio.serve_listeners(accept, listeners)


async def serve_inbound(hub: Hub, stream: trio.abc.Stream, ip: str) -> None:
    """Run one inbound connection to its end."""
    peers = hub.network.peers
    if not peers.open_gate(ip, trio.current_time()):
        await trio.aclose_forcefully(stream)
        return
    connection = Connection(hub, stream, ip)
    try:
        reason = await connection.open()
    finally:
        peers.close_gate(ip)
    if reason is None:
        await connection.run()
