"""A node behind RPC: a real chain in memory, a real pool, blocks on demand, and peers made up."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache

import trio

from consensus.aura import pre_digest
from genesis.build import build_state, genesis_header
from genesis.dev_keys import dev_key
from genesis.presets import preset
from node.client import Client
from node.clock import Clock
from node.executor.python import embedded_call
from node.keystore import Keystore
from node.proposer import Task, propose
from node.rpc.context import NodeInfo, PeerInfo, RpcContext
from node.rpc.policy import RpcConfig
from node.rpc.server import run_rpc
from node.runtime_apis import inherent_data, slot_duration
from node.txpool.service import TxPool
from primitives.block import Digest
from primitives.signing import sign_extrinsic
from primitives.types import Balance, Hash, Moment, Slot
from runtime.framework.address import IdAddress
from runtime.framework.calls import CALL_CODEC, make_call
from runtime.version import VERSION
from storage.database import Database
from storage.memory import MemoryKv
from tests.support.blocks import with_roots
from tests.support.plain_trie import plain_root
from tests.support.rpc_client import websocket

FIRST_SLOT = Slot(140_000_000)
PLENTY_OF_SECONDS = 1_000.0


@cache
def genesis_state():
    """The state that the `dev` preset begins with."""
    return build_state(preset("dev"), embedded_call)


@dataclass
class StaticNetwork:
    """What the network says when nothing moves in it."""

    peer_id: str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"
    roles: list = field(default_factory=lambda: ["Authority"])
    should_have_peers: bool = True
    is_syncing: bool = False
    starting_block: int = 0
    connected: list[PeerInfo] = field(default_factory=list)

    def addresses(self):
        return [f"/ip4/127.0.0.1/tcp/30333/p2p/{self.peer_id}"]

    def peers(self):
        return self.connected


def new_database(children):
    """The beginning of the `dev` chain, with child tries: its runtime leaves them alone."""
    database = Database.open(MemoryKv())
    state = genesis_state()
    root = Hash(plain_root(with_roots(state, children)))
    database.commit_genesis(replace(genesis_header(state), state_root=root), state, children)
    return database


class RpcNode:
    """One node, whose blocks come when a test asks for them."""

    def __init__(self, keys=None, children=None, database=None):
        self.database = database or new_database(children or {})
        self.client = Client(self.database)
        self.pool = TxPool(self.client, Clock(speed=Fraction(0)), is_author=True)
        self.network = StaticNetwork()
        spec = preset("dev")
        self.context = RpcContext(
            chain=self.client,
            pool=self.pool,
            network=self.network,
            keystore=Keystore(keys),
            node=NodeInfo("taonode", "0.1.0", spec.name, spec.chain_type, spec.properties),
        )
        self.slot = Slot(FIRST_SLOT + self.client.best().number)

    async def make_block(self, on=None):
        """Author a block with what the pool has, and import it; `on` makes a fork."""
        parent = on or self.client.best()
        self.slot = Slot(self.slot + 1)
        now = Moment(self.slot * slot_duration(self.client, parent.hash))
        task = Task(
            parent,
            Digest((pre_digest(self.slot),)),
            inherent_data(now, self.slot),
            PLENTY_OF_SECONDS,
        )
        ready = self.pool.ready()
        proposal = await self.client.with_worker(
            parent.hash, lambda executor: propose(executor, task, ready)
        )
        return await self.client.import_block(proposal.block, own=proposal)


@asynccontextmanager
async def serving(node, config=None):
    """Answers the port of a server on loopback that lives as long as the body."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(node.pool.run)
        config = config or RpcConfig(port=0)
        [(_, port)] = await nursery.start(run_rpc, node.context, config)
        yield port
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def connected(config=None, keys=None, children=None, database=None):
    """A node, and a WebSocket client of it."""
    node = RpcNode(keys, children, database)
    async with serving(node, config) as port, websocket(port) as client:
        yield node, client


def transfer(client, sender="Alice", nonce=0, dest="Bob", value=1_000_000_000):
    """A signed transfer between development accounts."""
    call = make_call(
        "Balances",
        "transfer_allow_death",
        dest=IdAddress(dev_key(dest).account),
        value=Balance(value),
    )
    return sign_extrinsic(
        CALL_CODEC.encode(call),
        dev_key(sender),
        nonce=nonce,
        genesis_hash=client.genesis_hash,
        spec_version=VERSION.spec_version,
        transaction_version=VERSION.transaction_version,
    )
