"""A JSON-RPC client over one WebSocket: calls, errors and subscriptions, under trio."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final

import trio
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from node.devnet.errors import ConnectionLost, RpcError

_LARGEST_MESSAGE: Final = 64 * 1024 * 1024
"""Metadata and big pages of keys fit by far."""
_READ_SIZE: Final = 64 * 1024
_NOTIFICATIONS: Final = 1024
"""How many a subscriber may leave unread before it loses its subscription."""

_LOST: Final = "the node closed the connection"

Notifications = trio.MemoryReceiveChannel[Any]
_Sender = trio.MemorySendChannel[Any]


class _Request:
    """A call under way; a subscription brings the channel for what will follow."""

    def __init__(self, channel: _Sender | None) -> None:
        self.channel = channel
        self.answered = trio.Event()
        self.reply: dict[str, Any] | None = None


class RpcClient:
    """A connection to a node. Calls may run at the same time; `dial` makes one."""

    def __init__(self, stream: trio.SocketStream, url: str) -> None:
        self.stream = stream
        self._protocol = ClientProtocol(parse_uri(url), max_size=_LARGEST_MESSAGE)
        self._sending = trio.Lock()
        self._ids = count(1)
        self._requests: dict[int, _Request] = {}
        self._subscriptions: dict[str, _Sender] = {}
        self._partial = b""
        self.closed = trio.Event()
        """Set when nothing more will come."""

    async def call(self, method: str, *params: Any) -> Any:
        """Ask and wait for the answer.

        Raises:
            RpcError: the answer is an error.
            ConnectionLost: there will be no answer.
        """
        return await self._call(method, params, None)

    @asynccontextmanager
    async def subscribe(
        self, method: str, unsubscribe: str, *params: Any
    ) -> AsyncIterator[Notifications]:
        """Hear what a subscription brings, until the body ends."""
        sender, receiver = trio.open_memory_channel[Any](_NOTIFICATIONS)
        name = await self._call(method, params, sender)
        try:
            yield receiver
        finally:
            self._subscriptions.pop(name, None)
            with trio.CancelScope(shield=True), trio.move_on_after(1):
                await self._forget(unsubscribe, name)

    async def _forget(self, unsubscribe: str, name: str) -> None:
        try:
            await self.call(unsubscribe, name)
        except (RpcError, ConnectionLost):
            return

    async def _call(self, method: str, params: tuple[Any, ...], channel: _Sender | None) -> Any:
        number, request = next(self._ids), _Request(channel)
        self._requests[number] = request
        body = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
        try:
            async with self._sending:
                if self.closed.is_set() or self._protocol.state is not State.OPEN:
                    raise ConnectionLost(_LOST)
                self._protocol.send_text(json.dumps(body).encode())
                await self._flush()
            await request.answered.wait()
        finally:
            self._requests.pop(number, None)
        reply = request.reply
        if reply is None:
            raise ConnectionLost(_LOST)
        if "error" in reply:
            error = reply["error"]
            raise RpcError(error["code"], error["message"], error.get("data"))
        return reply["result"]

    async def open(self) -> None:
        """Shake hands."""
        self._protocol.send_request(self._protocol.connect())
        await self._flush()
        while self._protocol.state is State.CONNECTING:
            if not await self._receive():
                raise ConnectionLost(_LOST)
        if self._protocol.handshake_exc is not None:
            raise ConnectionLost(str(self._protocol.handshake_exc))

    async def read(self) -> None:
        """Take messages in until the connection ends, then let down all who wait."""
        try:
            while await self._receive():
                pass
        except ConnectionLost:
            pass
        finally:
            self.closed.set()
            for request in self._requests.values():
                request.answered.set()
            for channel in self._subscriptions.values():
                channel.close()

    async def _receive(self) -> bool:
        """Take in one piece of the stream; False at its end."""
        try:
            data = await self.stream.receive_some(_READ_SIZE)
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            await self._flush()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return False
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take_frame(event)
        return bool(data)

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                try:
                    await self.stream.send_all(data)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    raise ConnectionLost(_LOST) from None

    def _take_frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
            return
        self._partial += frame.data
        if frame.fin:
            message, self._partial = json.loads(self._partial), b""
            self._take_message(message)

    def _take_message(self, message: dict[str, Any]) -> None:
        if "params" in message:
            name = message["params"]["subscription"]
            self._notify(name, message["params"]["result"])
            return
        request = self._requests.get(message["id"])
        if request is None:
            return
        if request.channel is not None and "result" in message:
            self._subscriptions[message["result"]] = request.channel
        request.reply = message
        request.answered.set()

    def _notify(self, name: str, result: Any) -> None:
        channel = self._subscriptions.get(name)
        if channel is None:
            return
        try:
            channel.send_nowait(result)
        except (trio.WouldBlock, trio.BrokenResourceError):
            channel.close()
            del self._subscriptions[name]


async def dial(port: int, host: str = "127.0.0.1") -> RpcClient:
    """Connect to a node and shake hands.

    Raises:
        ConnectionLost: nobody listens there, or it does not speak WebSocket.
    """
    try:
        stream = await trio.open_tcp_stream(host, port)
    except OSError as error:
        raise ConnectionLost(f"no node listens on port {port}: {error}") from None
    client = RpcClient(stream, f"ws://{host}:{port}")
    try:
        await client.open()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return client


@asynccontextmanager
async def connected(client: RpcClient) -> AsyncIterator[RpcClient]:
    """Keep a connection going as long as the body runs."""
    async with client.stream, trio.open_nursery() as nursery:
        nursery.start_soon(client.read)
        yield client
        nursery.cancel_scope.cancel()
