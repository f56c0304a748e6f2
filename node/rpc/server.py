"""The RPC server: listens, counts connections, and gives each to HTTP or to WebSocket.

    first head ── has `Upgrade: websocket` ──> websocket.py
               └─ has not ───────────────────> http.py

Trio's socket streams set TCP_NODELAY by themselves; without it, small answers would wait for the
acknowledgement of the ones before.
"""

import logging
import re
from typing import Final

import trio

from node.rpc.context import RpcContext
from node.rpc.dispatch import Dispatcher
from node.rpc.errors import CannotListen
from node.rpc.http import HttpConnection
from node.rpc.outbox import send_all
from node.rpc.policy import RpcConfig
from node.rpc.table import METHODS
from node.rpc.websocket import WebSocketConnection

log = logging.getLogger("rpc")

END_OF_HEAD: Final = b"\r\n\r\n"
UPGRADE: Final = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)

BUSY: Final = (
    b"HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 22\r\n\r\n"
    b"Too many connections.\n"
)

FAREWELL_SECONDS: Final = 2
FAREWELL_CHUNK: Final = 1 << 16


async def run_rpc(
    rpc: RpcContext,
    config: RpcConfig,
    *,
    task_status: trio.TaskStatus[list[tuple[str, int]]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled. Ready with the addresses that it listens on."""
    listeners = await _open_listeners(config)
    hosts = [listener.socket.getsockname()[:2] for listener in listeners]
    server = RpcServer(rpc, config, [host for host, _ in hosts])
    task_status.started(hosts)
    await trio.serve_listeners(server.serve, listeners)


async def _open_listeners(config: RpcConfig) -> list[trio.SocketListener]:
    try:
        return await trio.open_tcp_listeners(config.port, host=config.host)
    except OSError as error:
        raise CannotListen(
            f"RPC cannot listen on {config.host}:{config.port}: {error.strerror or error}; "
            "choose another with --rpc-port"
        ) from error


class RpcServer:
    """Takes connections up to a limit."""

    def __init__(self, rpc: RpcContext, config: RpcConfig, hosts: list[str]) -> None:
        self._limits = config.limits
        self._origins = config.origins
        allow_unsafe = all(map(config.methods.allowed_at, hosts))
        self._dispatcher = Dispatcher(METHODS, rpc, config.limits, allow_unsafe=allow_unsafe)
        self._connections = 0

    async def serve(self, stream: trio.SocketStream) -> None:
        """Run one connection to its end."""
        if self._connections >= self._limits.connections:
            await self._turn_away(stream)
            return
        self._connections += 1
        try:
            head = await self._read_head(stream)
            if head:
                kind = _kind_of(head)
                await kind(stream, self._dispatcher, self._limits, self._origins).serve(head)
                await _let_arrive(stream)
        except Exception:
            log.exception("a connection has failed, and ends")
        finally:
            self._connections -= 1

    async def _read_head(self, stream: trio.SocketStream) -> bytes:
        """At least the whole head of the first request. A longer one than allowed is cut off."""
        head = bytearray()
        with trio.move_on_after(self._limits.head_seconds):
            while END_OF_HEAD not in head and len(head) <= self._limits.head_size:
                try:
                    data = await stream.receive_some(self._limits.head_size)
                except trio.BrokenResourceError:
                    return b""
                if not data:
                    return b""
                head += data
            return bytes(head)
        return b""

    async def _turn_away(self, stream: trio.SocketStream) -> None:
        try:
            await send_all(stream, BUSY, self._limits.send_seconds)
        except (trio.BrokenResourceError, trio.TooSlowError):
            return


def _kind_of(head: bytes) -> type[WebSocketConnection] | type[HttpConnection]:
    before_body = head.partition(END_OF_HEAD)[0] + b"\r\n"
    return WebSocketConnection if UPGRADE.search(before_body) else HttpConnection


async def _let_arrive(stream: trio.SocketStream) -> None:
    """Give the last words time: closing with input unread would destroy them on their way."""
    with trio.move_on_after(FAREWELL_SECONDS):
        try:
            await stream.send_eof()
            while await stream.receive_some(FAREWELL_CHUNK):
                pass
        except trio.BrokenResourceError:
            return
