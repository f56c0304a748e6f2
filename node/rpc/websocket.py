"""The WebSocket side of a connection: frames in, whole messages through, one send per batch."""

import logging
from typing import Final

import trio
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol

from node.rpc.dispatch import Answer, Dispatcher
from node.rpc.messages import Message
from node.rpc.outbox import Outbox, send_all
from node.rpc.policy import Limits, Origins
from node.rpc.subscriptions import Subscriptions

CHUNK: Final = 1 << 16

_QUIET: Final = logging.getLogger(__name__)
_QUIET.setLevel(logging.WARNING)
"""The protocol engine would tell of every connection that it closed."""


class WebSocketWire:
    """RFC 6455 without I/O: bytes in, whole messages out, and bytes to send."""

    def __init__(self, limits: Limits, origins: Origins) -> None:
        self._protocol = ServerProtocol(max_size=limits.request_size, logger=_QUIET)
        self._origins = origins
        self._fragments: list[bytes] = []

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be read: refused, broken, or closed by either side."""
        return self._protocol.close_expected() or self._protocol.state is State.CLOSED

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes from the network; answer the messages that they complete."""
        self._protocol.receive_data(data)
        messages = []
        for event in self._protocol.events_received():
            if isinstance(event, Handshake):
                self._shake_hands(event)
            elif isinstance(event, Frame) and event.opcode in _DATA:
                self._fragments.append(bytes(event.data))
                if event.fin:
                    messages.append(b"".join(self._fragments))
                    self._fragments.clear()
        return messages

    def receive_eof(self) -> None:
        self._protocol.receive_eof()

    def send(self, text: str) -> None:
        """Put a message into a frame, unless the connection is being closed."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(text.encode("ascii"))

    def ping(self) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")

    def take_output(self) -> bytes:
        """What is to be sent. The end of the stream is left to whoever closes the connection."""
        return b"".join(self._protocol.data_to_send())

    def _shake_hands(self, request: Handshake) -> None:
        origins = request.headers.get_all("Origin")
        response = (
            self._protocol.accept(request)
            if all(map(self._origins.allow, origins))
            else self._protocol.reject(403, "This origin is not allowed.\n")
        )
        self._protocol.send_response(response)


_DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class WebSocketConnection:
    """One client: a task that reads and answers, one that sends, and one per slow call."""

    def __init__(
        self, stream: trio.abc.Stream, dispatcher: Dispatcher, limits: Limits, origins: Origins
    ) -> None:
        self._stream = stream
        self._dispatcher = dispatcher
        self._limits = limits
        self._wire = WebSocketWire(limits, origins)
        self._outbox = Outbox(limits.unsent_size)
        self._slots = trio.Semaphore(limits.pending_calls)

    async def serve(self, head: bytes) -> None:
        """Run to the end of the connection; `head` is what was read of it already."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._write, nursery.cancel_scope)
            subscriptions = Subscriptions(nursery, self._say, self._limits.subscriptions)
            await self._read(head, nursery, subscriptions)
            self._outbox.close()

    async def _read(self, head: bytes, nursery: trio.Nursery, subscriptions: Subscriptions) -> None:
        data = head
        while data:
            for frame in self._wire.receive(data):
                message = self._dispatcher.read(frame)
                if self._dispatcher.is_quick(message):
                    answer = await self._dispatcher.answer(message, subscriptions)
                    await self._reply(answer, subscriptions)
                else:
                    await self._slots.acquire()
                    nursery.start_soon(self._answer_later, message, subscriptions)
            self._outbox.add(self._wire.take_output())
            if self._wire.is_over:
                return
            await self._outbox.room()
            data = await self._receive()
        self._wire.receive_eof()

    async def _receive(self) -> bytes:
        """The next bytes; b"" once the client is gone or has not answered several pings."""
        for _ in range(self._limits.missed_pings):
            with trio.move_on_after(self._limits.idle_seconds):
                try:
                    return bytes(await self._stream.receive_some(CHUNK))
                except trio.BrokenResourceError:
                    return b""
            self._wire.ping()
            self._outbox.add(self._wire.take_output())
        return b""

    async def _answer_later(self, message: Message, subscriptions: Subscriptions) -> None:
        answer = await self._dispatcher.answer(message, subscriptions)
        await self._reply(answer, subscriptions)
        self._slots.release()

    async def _reply(self, answer: Answer, subscriptions: Subscriptions) -> None:
        if answer.text is not None:
            await self._say(answer.text)
        for subscription in answer.subscribed:
            subscriptions.id_is_sent(subscription)

    async def _say(self, text: str) -> None:
        """Put a message behind the others. All that is said before a wait goes out as one."""
        await self._outbox.room()
        self._wire.send(text)
        self._outbox.add(self._wire.take_output())

    async def _write(self, connection: trio.CancelScope) -> None:
        """Send until all is said, or until the client takes no more; then nothing goes on."""
        try:
            while data := await self._outbox.take():
                await send_all(self._stream, data, self._limits.send_seconds)
                self._outbox.sent(len(data))
        except (trio.BrokenResourceError, trio.TooSlowError):
            pass
        connection.cancel()
