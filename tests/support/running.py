"""Whole nodes in this process: real sockets on free ports, memory for a disk, time by hand."""

from contextlib import asynccontextmanager
from dataclasses import replace
from fractions import Fraction

import trio

from consensus.slots import Duration
from genesis.presets import preset
from node.config import AuthoringConfig, ClockConfig, NodeConfig, PeersConfig
from node.rpc.policy import RpcConfig
from node.service import run_node
from p2p.discovery.address import parse_address
from primitives.types import Moment
from tests.support.forge import FIRST_SLOT, SLOT

STANDING = ClockConfig(Fraction(0), Moment(FIRST_SLOT * SLOT))


def config(name, *, chain="dev", author=False, knows=(), **sections):
    """A node of a development chain; it dials those it knows."""
    boot_nodes = tuple(parse_address(text) for other in knows for text in addresses(other))
    made = NodeConfig(
        name=name,
        spec=preset(chain),
        clock=STANDING,
        peers=PeersConfig(port=0, boot_nodes=boot_nodes),
        authoring=AuthoringConfig(author, f"//{name}" if author else None, needs_peers=False),
        rpc=RpcConfig(port=0),
    )
    return replace(made, **sections)


def addresses(running):
    return running.node.network.addresses()


@asynccontextmanager
async def running_node(settings):
    """Run a node for as long as the body, then stop it in good order."""
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        running = await nursery.start(run_node, settings, stop)
        try:
            yield running
        finally:
            stop.set()


def advance(*nodes):
    """Begin the next slot everywhere."""
    for running in nodes:
        running.node.clock.advance(Duration(SLOT))


async def height(running, number):
    """Wait until the best block is so high, and answer it."""
    best = running.node.client.best()
    while best.number < number:
        best = await running.node.client.next_best(best.hash)
    return best


async def grow(author, number, *followers):
    """Let the author make one block in each slot up to a height."""
    while author.node.client.best().number < number:
        target = author.node.client.best().number + 1
        advance(author, *followers)
        await height(author, target)
    return author.node.client.best()
