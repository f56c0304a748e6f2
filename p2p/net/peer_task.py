"""One connection from the first byte to the last: the place where a peer's fault ends the peer."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import trio

from p2p.net.hub import Hub
from p2p.peers import Admission
from p2p.session import Left, OverRate, Ready, Session, SessionEvent
from p2p.wire import limits
from p2p.wire.handshake import Handshake, SecureChannel
from p2p.wire.identity import PeerId
from p2p.wire.messages import Role, Status
from p2p.wire.reason import P2pFault, Reason

log = logging.getLogger("p2p")

READ_BYTES: Final = 65_536
"""About one Noise message at a time."""
FAREWELL_SECONDS: Final = 1.0
"""Time to get the last message out."""
_SECRET_LENGTH: Final = 32


class Connection:
    """A stream on its way to being a peer, and then that peer's link."""

    peer: PeerId
    role: Role
    session: Session
    _channel: SecureChannel

    def __init__(
        self, hub: Hub, stream: trio.abc.Stream, ip: str, dialled: PeerId | None = None
    ) -> None:
        self.is_outbound = dialled is not None
        self._hub = hub
        self._stream = stream
        self._ip = ip
        self._dialled = dialled
        self._is_known = False
        self._has_session = False
        self._is_attached = False
        self._events: Iterator[SessionEvent] = iter(())
        self._something_to_send = trio.Event()
        self._scope = trio.CancelScope()
        self._ended: Reason | None = None
        self._is_sending = False
        self._is_leaving = False

    async def open(self) -> Reason | None:
        """Shake hands, compare status and take a slot; or answer why not."""
        try:
            await self._guarded(self._enter)
        except trio.Cancelled:
            await trio.aclose_forcefully(self._stream)
            raise
        if self._is_attached:
            return None
        await self._close()
        return self._ended

    async def run(self) -> None:
        """Converse until either side ends it. The writer outlives the others to say goodbye."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._guarded, self._write)
                with self._scope:
                    async with trio.open_nursery() as listening:
                        listening.start_soon(self._guarded, self._read)
                        listening.start_soon(self._guarded, self._keep_time)
                self._is_leaving = True
                self.session.farewell(self._ended or Reason.CLOSED)
                self.wake()
                nursery.cancel_scope.deadline = trio.current_time() + FAREWELL_SECONDS
        finally:
            await self._close()
        await self._hub.detach(self, self._ended or Reason.CLOSED)

    def wake(self) -> None:
        """The session has something to send."""
        self._something_to_send.set()

    def end(self, reason: Reason) -> None:
        """Say goodbye and close, unless that is under way."""
        if self._ended is None:
            self._ended = reason
            self._scope.cancel()

    async def _enter(self) -> None:
        await self._shake_hands()
        status = await self._exchange_status()
        self.role = status.role
        self._take_slot()
        self._is_attached = True
        await self._hub.attach(self, status)

    async def _shake_hands(self) -> None:
        secrets = self._hub.config.entropy(2 * _SECRET_LENGTH)
        handshake = Handshake(
            self._hub.key,
            secrets[:_SECRET_LENGTH],
            secrets[_SECRET_LENGTH:],
            dialled=self._dialled,
        )
        with self._hurry(limits.HANDSHAKE_SECONDS):
            await self._send(handshake.start())
            while handshake.peer is None:
                await self._send(handshake.receive(await self._receive()))
        self.peer, self._is_known = handshake.peer, True
        self._channel = handshake.secure()

    async def _exchange_status(self) -> Status:
        """Read up to the peer's status; what came right behind it waits in `_events`."""
        self.session = Session(self._hub.status(), trio.current_time())
        self._has_session = True
        data = b""
        with self._hurry(limits.STATUS_SECONDS):
            await self._flush()
            while True:
                plaintext = self._channel.open(data)
                self._events = self.session.receive(plaintext, trio.current_time())
                for event in self._events:
                    if isinstance(event, Ready):
                        return event.status
                    if isinstance(event, Left):
                        raise P2pFault(event.reason)
                data = await self._receive()

    def _take_slot(self) -> None:
        admission = self._hub.network.peers.admit(
            self.peer, self._ip, trio.current_time(), is_outbound=self.is_outbound
        )
        if not isinstance(admission, Admission):
            raise P2pFault(admission)

    async def _read(self) -> None:
        while True:
            pause = 0.0
            for event in self._events:
                if isinstance(event, OverRate):
                    pause = event.seconds
                else:
                    await self._hub.take_event(self, event)
            self.wake()
            await trio.sleep(pause)
            plaintext = self._channel.open(await self._receive())
            self._events = self.session.receive(plaintext, trio.current_time())

    async def _write(self) -> None:
        while True:
            self._something_to_send = trio.Event()
            await self._flush()
            if self._is_leaving:
                return
            await self._something_to_send.wait()

    async def _keep_time(self) -> None:
        while True:
            await trio.sleep_until(self.session.deadline)
            for event in self.session.tick(trio.current_time()):
                await self._hub.take_event(self, event)
            self.wake()

    async def _guarded(self, task: Callable[[], Awaitable[None]]) -> None:
        with self._blame():
            await task()

    @contextmanager
    def _blame(self) -> Iterator[None]:
        """A fault ends the connection, at the cost of whoever is at the other end."""
        try:
            yield
        except P2pFault as fault:
            peers, now = self._hub.network.peers, trio.current_time()
            if self._is_known:
                log.info("peer fault ip=%s peer=%s fault=%s", self._ip, self.peer, fault.reason)
                peers.report(self.peer, fault.why, now)
            else:
                log.debug("stranger's fault ip=%s fault=%s", self._ip, fault.reason)
                if not self.is_outbound:
                    peers.report_ip(self._ip, fault.why, now)
            self.end(fault.why)

    @contextmanager
    def _hurry(self, seconds: float) -> Iterator[None]:
        try:
            with trio.fail_after(seconds):
                yield
        except trio.TooSlowError:
            raise P2pFault(Reason.SLOW_HANDSHAKE) from None

    async def _receive(self) -> bytes:
        try:
            data = await self._stream.receive_some(READ_BYTES)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        if not data:
            raise P2pFault(Reason.CLOSED)
        return bytes(data)

    async def _flush(self) -> None:
        while plaintext := self.session.output():
            with trio.move_on_after(limits.WRITE_STALL_SECONDS) as patience:
                await self._send(self._channel.seal(plaintext))
            if patience.cancelled_caught:
                raise P2pFault(Reason.SLOW_READER, "a send did not finish")

    async def _send(self, data: bytes) -> None:
        """A send that is cut short leaves `_is_sending` set: nothing sensible can follow it."""
        if not data:
            return
        self._is_sending = True
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise P2pFault(Reason.CLOSED) from None
        self._is_sending = False

    async def _close(self) -> None:
        """Say goodbye if there is a session and the stream is whole; close in any case."""
        with trio.move_on_after(FAREWELL_SECONDS, shield=True):
            if self._has_session and not self._is_sending and not self._is_leaving:
                self.session.farewell(self._ended or Reason.SHUTDOWN)
                with self._blame():
                    await self._flush()
        await trio.aclose_forcefully(self._stream)
