"""Every wait of a connection ends, on a virtual clock and over streams in memory."""

import pytest
import trio
import trio.testing

from p2p.interface import PeerConnected, PeerDisconnected
from p2p.net.config import NetworkConfig
from p2p.net.listener import serve_inbound
from p2p.net.service import build_hub
from p2p.wire import limits
from p2p.wire.messages import Bye, Ping, Pong
from p2p.wire.reason import Reason
from tests.support.p2p_chain import FakeChain
from tests.support.p2p_node import node_key
from tests.support.p2p_script import ScriptedPeer

IP = "192.0.2.1"


class Lobby:
    """A hub without sockets, and the channel it reports to."""

    def __init__(self):
        self.chain = FakeChain()
        sender, self.events = trio.open_memory_channel(100)
        config = NetworkConfig(self.chain.genesis)
        self.hub = build_hub(config, node_key(1), self.chain, sender)

    def connect(self, nursery) -> ScriptedPeer:
        near, far = trio.testing.memory_stream_pair()
        nursery.start_soon(serve_inbound, self.hub, near, IP)
        return ScriptedPeer(node_key(2), far)

    async def connect_ready(self, nursery) -> ScriptedPeer:
        peer = self.connect(nursery)
        await peer.shake_hands(node_key(1).peer_id)
        await peer.send(peer.status(self.chain.genesis))
        assert isinstance(await self.events.receive(), PeerConnected)
        return peer


async def seconds_until_end(stream) -> float:
    start = trio.current_time()
    while await stream.receive_some():
        pass
    return trio.current_time() - start


async def test_idle_socket_is_closed(autojump_clock):
    async with trio.open_nursery() as nursery:
        lobby = Lobby()
        peer = lobby.connect(nursery)
        assert await seconds_until_end(peer.stream) == limits.HANDSHAKE_SECONDS
        assert lobby.hub.network.peers.reputation.points(IP, trio.current_time()) < 0


async def test_handshake_that_drips_is_closed(autojump_clock):
    """Given a peer that sends a byte a second, when the handshake time is over, it is closed."""
    async with trio.open_nursery() as nursery:
        peer = Lobby().connect(nursery)

        async def drip() -> None:
            for byte in b"\x00\x20" + bytes(30):
                await peer.stream.send_all(bytes([byte]))
                await trio.sleep(1)

        nursery.start_soon(drip)
        assert await seconds_until_end(peer.stream) == limits.HANDSHAKE_SECONDS
        nursery.cancel_scope.cancel()


async def test_missing_status_is_closed(autojump_clock):
    async with trio.open_nursery() as nursery:
        peer = Lobby().connect(nursery)
        await peer.shake_hands(node_key(1).peer_id)
        start = trio.current_time()
        assert (await peer.hear_end())[-1] == Bye(Reason.SLOW_HANDSHAKE)
        assert trio.current_time() - start == limits.STATUS_SECONDS


async def test_silent_peer_is_pinged_and_then_left(autojump_clock):
    async with trio.open_nursery() as nursery:
        lobby = Lobby()
        peer = await lobby.connect_ready(nursery)
        heard = await peer.hear_end()
        assert Ping() in heard
        assert heard[-1] in (Bye(Reason.SILENT), Bye(Reason.NO_ANSWER))
        assert isinstance(await lobby.events.receive(), PeerDisconnected)
        assert trio.current_time() == pytest.approx(limits.DEAD_AFTER_SECONDS, abs=1)


async def test_peer_that_answers_pings_stays(autojump_clock):
    async with trio.open_nursery() as nursery:
        lobby = Lobby()
        peer = await lobby.connect_ready(nursery)
        while trio.current_time() < 300:
            if await peer.hear() == Ping():
                await peer.send(Pong())
        assert lobby.hub.links
        nursery.cancel_scope.cancel()


async def test_unfinished_handshakes_are_counted_per_address(autojump_clock):
    """Given an address that opens three connections and says nothing, then one of them is closed
    at once and two when their time is over, and then there is room again."""
    lobby, ends = Lobby(), []

    async def wait_for_end(peer: ScriptedPeer) -> None:
        ends.append(await seconds_until_end(peer.stream))

    async with trio.open_nursery() as nursery, trio.open_nursery() as waiting:
        for _ in range(3):
            waiting.start_soon(wait_for_end, lobby.connect(nursery))
    assert ends == [0, limits.HANDSHAKE_SECONDS, limits.HANDSHAKE_SECONDS]
    async with trio.open_nursery() as nursery:
        await lobby.connect_ready(nursery)
        nursery.cancel_scope.cancel()


async def test_node_that_does_not_read_its_events_stops_the_reading_of_peers(autojump_clock):
    """Given a full channel to the node, when a peer goes on sending,
    then no more than a few messages are taken from it."""
    async with trio.open_nursery() as nursery:
        lobby = Lobby()
        sender, receiver = trio.open_memory_channel(0)
        lobby.hub.inbound = sender
        peer = lobby.connect(nursery)
        await peer.shake_hands(node_key(1).peer_id)
        await peer.send(peer.status(lobby.chain.genesis))
        await trio.testing.wait_all_tasks_blocked()
        assert receiver.statistics().tasks_waiting_send == 1
        assert isinstance(await receiver.receive(), PeerConnected)
        nursery.cancel_scope.cancel()


async def test_shutdown_says_goodbye(autojump_clock):
    async with trio.open_nursery() as nursery:
        lobby = Lobby()
        async with trio.open_nursery() as service:
            peer = await lobby.connect_ready(service)
            await trio.testing.wait_all_tasks_blocked()
            service.cancel_scope.cancel()
        assert (await peer.hear_end())[-1] == Bye(Reason.SHUTDOWN)
        nursery.cancel_scope.cancel()
