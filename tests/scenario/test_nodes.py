"""Whole nodes over loopback: they author, gossip, sync, refuse, start and stop."""

from dataclasses import replace

import pytest
import trio

from genesis.presets import preset
from node.client import Client
from node.config import PeersConfig, StorageConfig
from node.executor.archive.build import installed_archive
from node.executor.archive.shipped import archive_of_spec
from node.executor.errors import UnknownCode
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from node.network import PortUnavailable
from node.open_chain import open_chain
from node.rpc.errors import CannotListen
from node.rpc.policy import RpcConfig
from node.txpool.status import Broadcast, InBlock, Place
from p2p.discovery.address import parse_address
from p2p.interface import AnnounceBlock, PeerDisconnected
from p2p.wire.messages import BlockData
from p2p.wire.reason import Reason
from primitives.types import Hash
from storage.errors import DatabaseError
from tests.support import p2p_node
from tests.support.forge import Forge
from tests.support.p2p_chain import FakeChain
from tests.support.running import addresses, advance, config, grow, height, running_node

PATIENCE = 30.0
"""No test waits for it; it only keeps a failure from hanging."""


@pytest.fixture
def patience():
    return lambda: trio.fail_after(PATIENCE)


def roots(running):
    """The state roots of the best chain."""
    client = running.node.client
    numbers = range(client.best().number + 1)
    return [client.header(client.block_hash(number)).state_root for number in numbers]


async def test_what_one_node_authors_another_imports_to_the_same_roots(patience):
    with patience():
        async with (
            running_node(config("Alice", author=True)) as alice,
            running_node(config("Follower", knows=[alice])) as follower,
        ):
            best = await grow(alice, 5, follower)
            assert await height(follower, 5) == best
            assert roots(follower) == roots(alice)
            assert len(set(roots(alice))) == 6


@pytest.mark.slow
async def test_late_node_catches_up(patience):
    with patience():
        async with running_node(config("Alice", author=True)) as alice:
            best = await grow(alice, 150)
            late = config("Late", knows=[alice])
            late = replace(late, clock=replace(late.clock, origin=alice.node.clock.now()))
            async with running_node(late) as follower:
                assert await height(follower, 150) == best
                assert roots(follower) == roots(alice)


async def test_an_extrinsic_given_to_one_node_goes_into_the_block_of_another(patience):
    """Given two nodes. When the follower is given a transfer. Then its watcher sees it included."""
    transfer = Forge().transfer(0)
    with patience():
        async with (
            running_node(config("Alice", author=True)) as alice,
            running_node(config("Follower", knows=[alice])) as follower,
        ):
            await grow(alice, 1, follower)
            await height(follower, 1)
            extrinsic, statuses = await follower.node.pool.watch(transfer)
            told = [await statuses.receive(), await statuses.receive()]
            assert told == [Place.READY, Broadcast((alice.node.network.peer_id,))]
            best = await grow(alice, 2, follower)
            while transfer not in alice.node.client.body(best.hash):
                best = await grow(alice, best.number + 1, follower)
            assert await statuses.receive() == InBlock(best.hash)
            assert transfer in follower.node.client.body(best.hash)
            assert follower.node.pool.get(extrinsic) is None


async def test_a_peer_that_sends_a_lying_block_is_banned(patience):
    """Given a peer with a block whose state root is wrong. Then it is shown the door."""
    forge = Forge()
    honest = await forge.make(forge.genesis, 0)
    lying = forge.lie(honest, state_root=Hash(b"w" * 32))
    chain = FakeChain()
    chain.genesis, chain.best, chain.finalized = forge.genesis.hash(), forge.genesis, forge.genesis
    chain.blocks = {chain.genesis: (forge.genesis, BlockData(forge.genesis.encode(), ()))}
    with patience():
        async with p2p_node.running_node(1, chain=chain) as liar:
            peers = PeersConfig(port=0, boot_nodes=(liar.service.address,))
            async with running_node(config("Alice", peers=peers)) as alice:
                await liar.event(p2p_node.PeerConnected)
                chain.add(BlockData(lying.header.encode(), tuple(lying.extrinsics)))
                liar.service.command(AnnounceBlock(lying.header.encode(), is_best=True))
                gone = await liar.event(PeerDisconnected)
                assert gone.reason is Reason.BANNED
                assert alice.node.client.best().number == 0


async def test_a_stopped_node_goes_on_where_it_was(patience, tmp_path):
    storage = StorageConfig(tmp_path / "chain")
    settings = config("Alice", author=True, storage=storage)
    with patience():
        async with running_node(settings) as alice:
            best = await grow(alice, 3)
            peer_id = alice.node.network.peer_id
            now = alice.node.clock.now()
        settings = replace(settings, clock=replace(settings.clock, origin=now))
        async with running_node(settings) as alice:
            assert alice.node.client.best() == best
            assert alice.node.network.peer_id == peer_id
            await grow(alice, 4)


def cause_of(group):
    """The one error in a nest of groups."""
    error = group.value
    while isinstance(error, BaseExceptionGroup):
        [error] = error.exceptions
    return error


async def test_a_port_in_use_is_named(patience):
    with patience():
        async with running_node(config("Alice")) as alice:
            [(_, rpc_port)] = alice.rpc
            with pytest.raises(BaseExceptionGroup) as raised:
                async with running_node(config("B", rpc=RpcConfig(port=rpc_port))):
                    pass
            assert isinstance(cause_of(raised), CannotListen)
            assert "--rpc-port" in cause_of(raised).reason

            [address] = addresses(alice)
            port = parse_address(address).port
            with pytest.raises(BaseExceptionGroup) as raised:
                async with running_node(config("B", peers=PeersConfig(port=port))):
                    pass
            assert isinstance(cause_of(raised), PortUnavailable)
            assert "choose another with --port" in cause_of(raised).reason
            advance(alice)


def test_another_chain_in_the_directory_is_refused(tmp_path):
    storage = StorageConfig(tmp_path)
    with open_chain(preset("dev"), storage):
        pass
    with (
        pytest.raises(DatabaseError, match="holds another chain"),
        open_chain(preset("local"), storage),
    ):
        pass


def test_a_preset_of_another_release_is_refused_with_a_word_on_how_to_go_on(tmp_path):
    storage = StorageConfig(tmp_path)
    with open_chain(preset("dev", archive_of_spec(185)), storage):
        pass
    with (
        pytest.raises(DatabaseError, match="start with --spec 185, with which it has begun, or "),
        open_chain(preset("dev", installed_archive()), storage),
    ):
        pass


def test_a_policy_keeps_no_chain_from_being_opened(tmp_path):
    """Given a preset of an older release that has gone on to code that this node runs. Then it is
    opened, though its genesis is of code that the policy rules out."""
    careful = Runtimes(OnchainCode.REFUSE)
    spec, storage = preset("dev", archive_of_spec(185)), StorageConfig(tmp_path)
    with open_chain(spec, storage) as database:
        genesis = database.blocks.genesis
    with open_chain(spec, storage, careful) as database:
        assert database.blocks.genesis == genesis
        with pytest.raises(UnknownCode, match="cannot go on after block #0"):
            Client(database, careful).ensure_can_go_on()


def test_a_damaged_database_is_refused(tmp_path):
    storage = StorageConfig(tmp_path)
    with open_chain(preset("dev"), storage):
        pass
    for manifest in storage.database.glob("MANIFEST-*"):
        manifest.write_bytes(b"garbage" * 10)
    with pytest.raises(DatabaseError, match="purge-chain"), open_chain(preset("dev"), storage):
        pass
