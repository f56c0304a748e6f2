"""The node among its peers, without sockets: what it takes in, and whom it reports for what."""

from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import trio

import node.network
from genesis.presets import preset
from node.network import MAJOR_SYNC_BLOCKS, Network
from node.txpool.service import GossipVerdict, TxPool
from p2p.interface import ReportPeer, TransactionsReceived
from p2p.wire.identity import NodeKey
from p2p.wire.messages import Role
from p2p.wire.reason import Reason
from primitives.types import Hash
from tests.support.forge import Forge
from tests.support.node import PATIENCE, NotingNetwork, standing_clock
from tests.support.upgrades import as_root, next_code, system

PEER, OTHER = "P", "O"
UNREADABLE = ReportPeer(PEER, Reason.INVALID_EXTRINSIC)


class Service(NotingNetwork):
    """Peers with the best blocks that they claim to have."""

    def __init__(self, best):
        super().__init__()
        self.sync_target = None
        self._best = best

    async def run(self, config, key, view, events, *, task_status):
        self.events = events
        task_status.started(self)
        await trio.sleep_forever()

    def peers(self):
        return [
            SimpleNamespace(peer=peer, role=Role.FULL, best_hash=block, best_number=1)
            for peer, block in self._best.items()
        ]


@pytest.fixture
def among(monkeypatch):
    """Answers a context in which a client is among peers: its pool, and the service under it."""

    @asynccontextmanager
    async def run(client, **best):
        service = Service(best)
        monkeypatch.setattr(node.network, "run_network", service.run)
        pool = TxPool(client, standing_clock(), is_author=False)
        key = NodeKey.from_seed(bytes(32))
        network = Network(client, key, Role.FULL, should_have_peers=True)
        inbox, _ = trio.open_memory_channel(16)
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                await nursery.start(network.run, None, pool, inbox)
                yield pool, service
                nursery.cancel_scope.cancel()

    return run


async def test_extrinsics_of_peers_go_to_the_pool(among):
    async with among(Forge().client) as (pool, service):
        await service.events.send(TransactionsReceived(PEER, (b"x", b"y")))
        assert await pool.gossip.take(5) == [(PEER, b"x"), (PEER, b"y")]


async def test_a_node_that_catches_up_takes_no_extrinsics(among):
    async with among(Forge().client) as (pool, service):
        service.sync_target = MAJOR_SYNC_BLOCKS + 1
        await service.events.send(TransactionsReceived(PEER, (b"early",)))
        await trio.testing.wait_all_tasks_blocked()
        service.sync_target = None
        await service.events.send(TransactionsReceived(PEER, (b"later",)))
        assert await pool.gossip.take(5) == [(PEER, b"later")]


async def test_who_sends_the_unreadable_under_the_same_code_pays(among):
    client = Forge().client
    async with among(client, P=client.genesis_hash) as (pool, service):
        pool.verdicts.put((PEER, GossipVerdict.UNREADABLE))
        await service.until(UNREADABLE)


async def test_who_may_have_other_code_does_not_pay_for_the_unreadable(among):
    """Given one peer with unknown blocks and one before an upgrade. Then only praise is told."""
    forge = Forge(preset("dev"))
    upgrade = forge.sign(as_root(system("set_code", code=next_code())))
    await forge.make(forge.genesis, 0, upgrade)
    async with among(forge.client, P=forge.genesis.hash(), O=Hash(bytes(32))) as (pool, service):
        for peer in (PEER, OTHER):
            pool.verdicts.put((peer, GossipVerdict.UNREADABLE))
            pool.verdicts.put((peer, GossipVerdict.USEFUL))
        praise = [ReportPeer(peer, Reason.USEFUL_EXTRINSIC) for peer in (PEER, OTHER)]
        await service.until(praise[1])
        assert service.commands == praise
