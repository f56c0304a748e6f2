"""Whole services over real loopback sockets: friends, strangers, and those who come back."""

import threading

import pytest
import trio
import trio.testing

from p2p.discovery.address import NodeAddress
from p2p.interface import (
    BlockAnnounced,
    PeerConnected,
    PeerDisconnected,
    ReportPeer,
    TransactionsReceived,
)
from p2p.net.service import PeerInfo
from p2p.peers import PeerLimits
from p2p.wire.messages import (
    Ask,
    BlockAnnounce,
    Bye,
    GetBlocks,
    GetPeers,
    ResponsePart,
    Role,
    Status,
    Tx,
)
from p2p.wire.reason import P2pFault, Reason
from tests.support.p2p_chain import FakeChain
from tests.support.p2p_node import FakeNode, node_key, running_node
from tests.support.p2p_script import ScriptedPeer

PATIENCE = 10.0
"""No test waits for it; it only keeps a failure from hanging."""


@pytest.fixture
def patience():
    return lambda: trio.fail_after(PATIENCE)


async def scripted(node: FakeNode, number: int = 9) -> ScriptedPeer:
    peer = ScriptedPeer(node_key(number), await node.dial())
    await peer.shake_hands(node.peer_id)
    return peer


async def connected(node: FakeNode, number: int = 9) -> ScriptedPeer:
    peer = await scripted(node, number)
    assert isinstance(await peer.hear(), Status)
    await peer.send(peer.status(node.chain.genesis))
    await node.until(lambda: peer.key.peer_id in [info.peer for info in node.service.peers()])
    return peer


async def is_hung_up(stream: trio.abc.Stream) -> bool:
    try:
        return await stream.receive_some() == b""
    except trio.BrokenResourceError:
        return True


async def test_two_nodes_exchange_blocks_and_extrinsics(patience):
    with patience():
        async with running_node(1) as a, running_node(2, knows=(a,)) as b:
            event = await a.event(PeerConnected)
            assert (event.peer, event.is_outbound) == (b.peer_id, False)
            await b.event(PeerConnected)

            a.author()
            announced = await b.event(BlockAnnounced)
            assert announced.peer == a.peer_id
            await b.until(lambda: b.chain.best == a.chain.best)
            best = (a.chain.best.number, a.chain.best.hash())
            assert b.service.peers() == [PeerInfo(a.peer_id, Role.FULL, True, *best)]

            b.submit(b"\x08xt")
            await a.until(lambda: b"\x08xt" in a.chain.pool.values())


async def test_late_node_downloads_the_chain(patience):
    chain = FakeChain()
    chain.extend(700)
    with patience():
        async with running_node(1, chain=chain) as a, running_node(2, knows=(a,)) as b:
            await b.until(lambda: b.chain.best == a.chain.best)
            assert b.chain.blocks == a.chain.blocks
            assert b.service.sync_target is None


async def test_pool_is_told_to_a_new_peer(patience):
    with patience():
        async with running_node(1) as a:
            a.submit(b"\x08early")
            async with running_node(2, knows=(a,)) as b:
                event = await b.event(TransactionsReceived)
                assert event == TransactionsReceived(a.peer_id, (b"\x08early",))


async def test_block_of_megabytes_passes(patience):
    chain = FakeChain()
    chain.extend(2, body=(bytes(3 * 2**20),))
    with patience():
        async with running_node(1, chain=chain) as a, running_node(2, knows=(a,)) as b:
            await b.until(lambda: b.chain.best == chain.best)


async def test_wrong_peer_at_the_address_is_not_connected(patience):
    with patience():
        async with running_node(1) as a:
            somebody = NodeAddress(node_key(7).peer_id, "127.0.0.1", a.service.address.port)
            async with running_node(2, boot_nodes=(somebody,)) as b, running_node(3, knows=(b,)):
                await b.event(PeerConnected)
                assert a.peer_id not in [info.peer for info in b.service.peers()]


async def test_other_chain_is_refused_by_name(patience):
    with patience():
        async with running_node(1) as a:
            peer = await scripted(a)
            assert isinstance(await peer.hear(), Status)
            await peer.send(peer.status(b"x" * 32))
            assert await peer.hear_end() == [Bye(Reason.GENESIS_MISMATCH)]
            assert a.events == []


async def test_full_node_says_so(patience):
    with patience():
        async with running_node(1, peer_limits=PeerLimits(0, 0)) as a:
            peer = await scripted(a)
            await peer.send(peer.status(a.chain.genesis))
            status, *rest = await peer.hear_end()
            assert isinstance(status, Status)
            assert rest == [Bye(Reason.TOO_MANY_PEERS)]


async def test_reserved_peer_finds_room_in_a_full_node(patience):
    friend = NodeAddress(node_key(9).peer_id, "127.0.0.1", 1)
    with patience():
        async with running_node(1, peer_limits=PeerLimits(0, 0), reserved_nodes=(friend,)) as a:
            await connected(a)


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", bytes(64), b"\xff" * 4096])
async def test_garbage_is_hung_up_on_and_the_node_goes_on(patience, garbage):
    with patience():
        async with running_node(1) as a:
            for _ in range(20):
                stream = await a.dial()
                await stream.send_all(garbage)
                assert await is_hung_up(stream)
            await connected(a)


@pytest.mark.parametrize(
    ("plaintext", "reason"),
    [
        ((2**32 - 1).to_bytes(4, "big") + b"\x93\x10\xc4", Reason.OVERSIZED),
        ((4).to_bytes(4, "big") + b"\x91\x7f\x00\x00", Reason.UNDECODABLE),
        ((2).to_bytes(4, "big") + b"\xc0\xc0", Reason.UNDECODABLE),
    ],
)
async def test_bad_frame_ends_the_session_by_name(patience, plaintext, reason):
    with patience():
        async with running_node(1) as a:
            peer = await connected(a)
            await peer.send_plain(plaintext)
            assert (await peer.hear_end())[-1] == Bye(reason)
            assert await a.event(PeerDisconnected) == PeerDisconnected(peer.key.peer_id, reason)


async def test_unsolicited_answer_ends_the_session(patience):
    with patience():
        async with running_node(1) as a:
            peer = await connected(a)
            await peer.send(ResponsePart(77, 0, True, b"x"))
            assert (await peer.hear_end())[-1] == Bye(Reason.UNSOLICITED)


async def test_undecodable_header_bans_the_peer(patience):
    with patience():
        async with running_node(1) as a:
            peer = await connected(a)
            await peer.send(BlockAnnounce(b"no header", is_best=True))
            assert (await peer.hear_end())[-1] == Bye(Reason.BANNED)
            await a.event(PeerDisconnected)
            again = await scripted(a)
            await again.send(again.status(a.chain.genesis))
            assert (await again.hear_end())[-1] == Bye(Reason.BANNED)


async def test_reported_peer_is_dropped(patience):
    with patience():
        async with running_node(1) as a:
            peer = await connected(a)
            a.service.command(ReportPeer(peer.key.peer_id, Reason.INVALID_BLOCK))
            assert (await peer.hear_end())[-1] == Bye(Reason.BANNED)


async def test_peer_that_asks_and_never_reads_does_not_grow_the_node(patience):
    """Given a chain of large blocks, when a peer asks for them all and reads nothing,
    then the node holds no more than the agreed answers and still serves others."""
    chain = FakeChain()
    chain.extend(8, body=(bytes(2**20),))
    with patience():
        async with running_node(1, chain=chain) as a:
            peer = await connected(a)
            await peer.send(Ask(0, GetBlocks(1, 8)))
            async with running_node(2, knows=(a,)) as b:
                await b.until(lambda: b.chain.best == chain.best)
                await peer.send(*(Ask(number, GetBlocks(1, 8)) for number in range(1, 20)))
                event = await a.event(PeerDisconnected)
                assert event == PeerDisconnected(peer.key.peer_id, Reason.TOO_MANY_REQUESTS)


async def test_newer_connection_of_a_peer_replaces_the_older(patience):
    """Given a peer with a connection, when it dials again with the same key (it was restarted,
    say), then the newer connection stays."""
    with patience():
        async with running_node(1) as a:
            older = await connected(a)
            newer = await scripted(a)
            await newer.send(newer.status(a.chain.genesis))
            assert (await older.hear_end())[-1] == Bye(Reason.DUPLICATE)
            await a.event(PeerConnected, nth=2)
            await newer.send(Tx((b"\x08still here",)))
            event = await a.event(TransactionsReceived)
            assert event.peer == newer.key.peer_id
            assert len(a.service.peers()) == 1


async def test_nodes_that_dial_each_other_keep_one_connection(patience):
    with patience():
        async with running_node(1) as a, running_node(2, knows=(a,)) as b:
            await a.event(PeerConnected)
            a.service._hub.network.peers.boot_nodes = (b.service.address,)
            a.service._hub.dial_now.set()
            async with running_node(3, knows=(a, b)) as c:
                await c.event(PeerConnected, nth=2)
                assert sorted(i.peer for i in c.service.peers()) == sorted([a.peer_id, b.peer_id])
                assert len(a.service.peers()) == len(b.service.peers()) == 2


async def test_node_does_not_dial_itself(patience):
    with patience():
        async with running_node(1) as a:
            a.service._hub.network.peers.boot_nodes = (a.service.address,)
            a.service._hub.dial_now.set()
            peer = ScriptedPeer(a.key, await a.dial())
            with pytest.raises(P2pFault) as fault:
                await peer.shake_hands(a.peer_id)
            assert fault.value.why is Reason.SELF
            assert a.events == []


async def test_addresses_spread_by_peer_exchange(patience):
    """Given nodes that know only the first, when they ask it for peers, then all meet."""
    with patience():
        async with running_node(1) as a, running_node(2, knows=(a,)) as b:
            await b.event(PeerConnected)
            while b.peer_id not in a.service._hub.network.peers.book:
                await trio.testing.wait_all_tasks_blocked()
            async with running_node(3, knows=(a,)) as c:
                await c.until(lambda: len(c.service.peers()) == 2)
                assert b.peer_id in [info.peer for info in c.service.peers()]


async def test_killed_peer_is_dialled_until_it_is_back(patience):
    """Given a boot node that dies without a word, when it comes back on the same port with the
    same key, then its peer is there again, and its first messages are heard."""
    with patience():
        async with running_node(1) as a:
            address = a.service.address
            async with running_node(2, boot_nodes=(address,), draw=lambda: 0.1) as b:
                await b.event(PeerConnected)
                for info in list(a.service._hub.links.values()):
                    await trio.aclose_forcefully(info._stream)
                await b.event(PeerDisconnected)
                await b.event(PeerConnected, nth=2)
                await a.event(PeerConnected, nth=2)
                a.author()
                await b.until(lambda: b.chain.best == a.chain.best)


async def test_restarted_boot_node_is_found_again(patience):
    with patience():
        async with trio.open_nursery() as nursery:
            scope = trio.CancelScope()
            async with running_node(1) as probe:
                port = probe.service.address.port
            boot = NodeAddress(node_key(1).peer_id, "127.0.0.1", port)
            async with running_node(2, boot_nodes=(boot,), draw=lambda: 0.1) as b:
                with scope:
                    async with running_node(1, listen_port=port):
                        await b.event(PeerConnected)
                        scope.cancel()
                await b.event(PeerDisconnected)
                async with running_node(1, listen_port=port) as again:
                    await b.event(PeerConnected, nth=2)
                    await again.event(PeerConnected)
            nursery.cancel_scope.cancel()


async def test_an_answer_goes_to_the_connection_that_asked(patience):
    """Given a peer that comes back on another connection while its blocks are read from disk, and
    asks for others under the same number. Then it gets those."""
    chain = FakeChain()
    chain.extend(5, body=(bytes(100_000),))
    read_blocks = chain.read_blocks
    begun, may_go_on = ({count: threading.Event() for count in (5, 1)} for _ in range(2))

    def slow(query):
        begun[query.count].set()
        may_go_on[query.count].wait()
        return read_blocks(query)

    chain.read_blocks = slow
    with patience():
        async with running_node(1, chain=chain) as node:
            older = await connected(node)
            await older.send(Ask(0, GetBlocks(1, 5)))
            await trio.to_thread.run_sync(begun[5].wait)
            newer = await scripted(node)
            await newer.send(newer.status(chain.genesis), Ask(0, GetBlocks(1, 1)))
            await trio.to_thread.run_sync(begun[1].wait)
            may_go_on[5].set()
            while node.service._hub.disk.borrowed_tokens > 1:
                await trio.lowlevel.checkpoint()
            may_go_on[1].set()
            parts = await parts_until_last(newer, 0)
            assert sum(len(part.chunk) for part in parts) < 200_000
            await newer.send(Ask(1, GetPeers(1)))
            assert [part.id for part in await parts_until_last(newer, 1)] == [1]


async def parts_until_last(peer, number):
    """The parts of answers up to the last part of one."""
    parts = []
    while True:
        heard = await peer.hear()
        assert heard is not None
        if isinstance(heard, ResponsePart):
            parts.append(heard)
            if heard.id == number and heard.is_last:
                return parts
