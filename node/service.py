"""The composition root: which parts a node has, who starts when, and who stops when.

database                                        closes last
└─ pool                                         cancelled when nothing asks it any more
   └─ importer                                  ends when its senders have gone and all is done
      └─ network · RPC · author · informant     cancelled first

Each part is given what it needs when it is made, and has no other way to reach the rest.
"""

import logging
import time
from dataclasses import dataclass
from importlib.metadata import version

import trio

from consensus.messages import ImportInput
from node import keystore
from node.authoring import Author
from node.client import Client
from node.clock import Clock
from node.config import DRAINING_SECONDS, IMPORT_INBOX, NodeConfig
from node.executor.runtimes import Runtimes
from node.finality import run_finality
from node.identity import load_node_key
from node.importer import Importer
from node.informant import run_informant
from node.keystore import Keystore
from node.known_blocks import KnownBlocks
from node.logs import short_hash
from node.network import Network
from node.open_chain import open_chain
from node.rpc.context import NodeInfo, RpcContext
from node.rpc.server import run_rpc
from node.state_watch import run_state_watch
from node.txpool.service import TxPool
from p2p.net.config import NetworkConfig
from p2p.peers import PeerLimits
from storage.database import Database

log = logging.getLogger("node")


@dataclass(frozen=True, slots=True)
class Node:
    """The parts of one node."""

    config: NodeConfig
    client: Client
    clock: Clock
    keys: Keystore
    network: Network
    importer: Importer
    pool: TxPool


@dataclass(frozen=True, slots=True)
class Running:
    """A node that answers, for whoever started it."""

    node: Node
    rpc: list[tuple[str, int]]
    """Where RPC listens."""


async def run_node(
    config: NodeConfig,
    stop: trio.Event,
    *,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run a node until `stop` is set; started once it answers RPC."""
    began = time.monotonic()
    config.validate()
    runtimes = Runtimes(config.onchain_code, config.storage.compiled_code)
    with open_chain(config.spec, config.storage, runtimes) as database:
        node = assemble(config, database, runtimes)
        async with trio.open_nursery() as outer:
            outer.start_soon(node.pool.run)
            outer.start_soon(run_finality, node.client)
            async with trio.open_nursery() as core:
                inbox, blocks = trio.open_memory_channel[ImportInput](IMPORT_INBOX)
                core.start_soon(node.importer.run, blocks)
                async with inbox, trio.open_nursery() as edge:
                    addresses = await _start_edge(node, runtimes, edge, inbox)
                    _log_ready(node, addresses, time.monotonic() - began)
                    task_status.started(Running(node, addresses))
                    await stop.wait()
                    log.info("Stopping")
                    edge.cancel_scope.cancel()
                core.cancel_scope.deadline = trio.current_time() + DRAINING_SECONDS
            outer.cancel_scope.cancel()
    log.info("Stopped")


def assemble(config: NodeConfig, database: Database, runtimes: Runtimes) -> Node:
    """Make the parts. Nothing runs yet, and nothing listens."""
    client = Client(database, runtimes, KnownBlocks.of(config.spec))
    client.ensure_can_go_on()
    if config.spec.code_substitutes:
        log.warning("The chain spec's codeSubstitutes are not applied")
    clock = config.clock.start()
    key = load_node_key(config.storage.node_key, config.peers.key_seed)
    log.info("Local node identity is: %s", key.peer_id)
    log.info("Highest known block at #%d", client.best().number)
    role = config.authoring.role
    network = Network(client, key, role, should_have_peers=config.should_have_peers)
    return Node(
        config,
        client,
        clock,
        _open_keystore(config),
        network,
        Importer(client, clock, network),
        TxPool(client, clock, is_author=config.authoring.is_authority),
    )


async def _start_edge(
    node: Node, runtimes: Runtimes, edge: trio.Nursery, inbox: trio.MemorySendChannel[ImportInput]
) -> list[tuple[str, int]]:
    """Start what reaches out, and what others reach. Answers where RPC listens."""
    rpc = RpcContext(node.client, node.pool, node.network, node.keys, _node_info(node.config))
    addresses: list[tuple[str, int]] = await edge.start(run_rpc, rpc, node.config.rpc)
    await edge.start(node.network.run, _network_config(node), node.pool, inbox.clone())
    edge.start_soon(node.importer.tell_slots, inbox.clone())
    if node.config.authoring.is_authority:
        await edge.start(_author_of(node).run, inbox.clone())
    edge.start_soon(run_informant, node.client, node.network, node.pool)
    if node.config.try_state:
        edge.start_soon(run_state_watch, node.client, runtimes)
    return addresses


def _author_of(node: Node) -> Author:
    needs_peers = node.config.authoring.needs_peers
    return Author(
        node.client, node.pool, node.keys, node.clock, node.network, needs_peers=needs_peers
    )


def _open_keystore(config: NodeConfig) -> Keystore:
    keys = Keystore(config.storage.keystore)
    if config.authoring.secret is not None:
        for key_type in (keystore.AURA, keystore.GRANDPA):
            keys.insert_for_this_run(key_type, config.authoring.secret)
    return keys


def _network_config(node: Node) -> NetworkConfig:
    peers = node.config.peers
    return NetworkConfig(
        genesis=node.client.genesis_hash,
        role=node.config.authoring.role,
        listen_host=peers.host,
        listen_port=peers.port,
        public_host=peers.public_host,
        boot_nodes=peers.boot_nodes,
        reserved_nodes=peers.reserved_nodes,
        peer_limits=PeerLimits(peers.inbound, peers.outbound),
    )


def _node_info(config: NodeConfig) -> NodeInfo:
    spec = config.spec
    return NodeInfo(
        "taonode", version("taonode"), spec.name, spec.chain_type, dict(spec.properties)
    )


def _log_ready(node: Node, rpc: list[tuple[str, int]], seconds: float) -> None:
    for host, port in rpc:
        log.info("Running JSON-RPC server: addr=%s:%d", host, port)
    for address in node.network.addresses():
        log.info("Listening for peers: addr=%s", address)
    best = node.client.best()
    log.info(
        "Ready name=%s chain=%s role=%s best=#%d (%s) speed=%s seconds=%.2f",
        node.config.name,
        node.config.spec.id,
        node.network.roles[0],
        best.number,
        short_hash(best.hash),
        node.clock.speed,
        seconds,
    )
