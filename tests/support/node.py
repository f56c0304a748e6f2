"""A node without sockets: client, pool and importer, with a network that only takes notes."""

from contextlib import asynccontextmanager
from fractions import Fraction

import trio

from consensus.messages import BlocksReady
from consensus.slots import Duration
from node.clock import Clock
from node.importer import Importer
from node.txpool.service import TxPool
from primitives.types import Moment
from tests.support.forge import FIRST_SLOT, SLOT, new_client

PATIENCE = 20.0
"""No test waits for it; it only keeps a failure from hanging."""


class NotingNetwork:
    """Keeps the commands that the node gives."""

    def __init__(self):
        self.commands = []
        self.changed = trio.Event()
        self.is_syncing = False
        self.peer_count = 1

    def command(self, item):
        self.commands.append(item)
        self.changed.set()
        self.changed = trio.Event()

    async def until(self, item):
        """Wait until a command was given."""
        while item not in self.commands:
            await self.changed.wait()


def standing_clock(slot=0):
    """A clock that stands at the start of a slot, counted from FIRST_SLOT."""
    return Clock(speed=Fraction(0), origin=Moment((FIRST_SLOT + slot) * SLOT))


class CoreNode:
    """What a test has of it."""

    def __init__(self, client, slot):
        self.client = client
        self.clock = standing_clock(slot)
        self.network = NotingNetwork()
        self.pool = TxPool(self.client, self.clock, is_author=True)
        self.importer = Importer(self.client, self.clock, self.network)
        self.inbox, self.receive = trio.open_memory_channel(16)

    async def receive_blocks(self, *blocks, peer="P"):
        """Blocks come in from a peer."""
        await self.inbox.send(BlocksReady(peer, tuple(blocks)))

    async def reaches(self, block):
        """Wait until a block is the best one."""
        while (best := self.client.best().hash) != block.header.hash():
            await self.client.next_best(best)

    def advance(self, slots=1):
        """Move the clock to a later slot."""
        self.clock.advance(Duration(slots * SLOT))


@asynccontextmanager
async def core_node(slot=0, client=None):
    """Run a node's core for as long as the body."""
    node = CoreNode(client or new_client(), slot)
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(node.importer.run, node.receive)
            nursery.start_soon(node.importer.tell_slots, node.inbox.clone())
            nursery.start_soon(node.pool.run)
            yield node
            nursery.cancel_scope.cancel()
