"""A peer played by the test: says what it likes over a real stream."""

import trio

from p2p.wire import limits
from p2p.wire.envelope import decode, encode
from p2p.wire.frame import FRAME_PREFIX, Cutter, prefix
from p2p.wire.handshake import Handshake, SecureChannel
from p2p.wire.identity import NodeKey, PeerId
from p2p.wire.messages import Role, Status


class ScriptedPeer:
    """Does the handshake by the book, and leaves the rest to the test."""

    def __init__(self, key: NodeKey, stream: trio.abc.Stream) -> None:
        self.key = key
        self.stream = stream
        self._cutter = Cutter(FRAME_PREFIX, lambda _: 2**20)
        self._messages: list = []

    async def shake_hands(self, dialled: PeerId | None) -> None:
        handshake = Handshake(self.key, b"\x31" * 32, b"\x32" * 32, dialled=dialled)
        if first := handshake.start():
            await self.stream.send_all(first)
        while handshake.peer is None:
            reply = handshake.receive(bytes(await self.stream.receive_some()))
            if reply:
                await self.stream.send_all(reply)
        self.channel: SecureChannel = handshake.secure()

    def status(self, genesis: bytes) -> Status:
        return Status(
            limits.PROTOCOL_VERSION, genesis, Role.FULL, 0, genesis, 0, genesis, listen_port=1
        )

    async def send(self, *items) -> None:
        await self.send_plain(b"".join(prefix(encode(item), FRAME_PREFIX) for item in items))

    async def send_plain(self, plaintext: bytes) -> None:
        await self.stream.send_all(self.channel.seal(plaintext))

    async def hear(self):
        """Answer the next message; None at the end of the stream."""
        while not self._messages:
            try:
                data = bytes(await self.stream.receive_some())
            except trio.BrokenResourceError:
                data = b""
            if not data:
                return None
            self._messages += map(decode, self._cutter.feed(self.channel.open(data)))
        return self._messages.pop(0)

    async def hear_end(self) -> list:
        """Answer all that is said until the other side hangs up."""
        heard = []
        while (message := await self.hear()) is not None:
            heard.append(message)
        return heard
