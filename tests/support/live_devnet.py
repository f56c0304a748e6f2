"""A devnet in this process: whole nodes with sockets and LevelDB, and time that waits for them.

Nodes are made from the same command lines as processes. A slot begins when everybody has nothing
left to do in the one before, so a run takes as long as its work and depends on no clock.
"""

from contextlib import asynccontextmanager
from dataclasses import replace
from fractions import Fraction

import trio
from trio.testing import wait_all_tasks_blocked

from consensus.slots import Duration
from genesis.spec import load_spec
from node.cli import main, read_config
from node.config import ClockConfig
from node.devnet.fleet import running
from node.devnet.plan import make_plan
from node.devnet.run import SETTINGS
from node.executor.errors import UnknownCode
from node.service import run_node
from primitives.types import Moment
from tests.support.forge import FIRST_SLOT, SLOT

SPEED = 48
QUIET_SECONDS = 0.01
"""For so long nobody must have anything to do; what is on its way between sockets needs some."""
PATIENCE_SECONDS = 20
"""No slot takes so long; it only keeps a failure from hanging."""
DIED = 1


class LiveNode:
    """A node as a task."""

    def __init__(self, plan, config):
        self.plan = plan
        self.config = config
        self.running = None
        self._stop = trio.Event()
        self._scope = trio.CancelScope()
        self._ended = trio.Event()
        self._status = 0

    def terminate(self):
        self._stop.set()

    def kill(self):
        self._scope.cancel()

    async def wait(self):
        await self._ended.wait()
        return self._status

    async def run(self):
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    self.running = await nursery.start(run_node, self.config, self._stop)
        except* UnknownCode as error:
            self._status = DIED
            reasons = sorted({str(leaf) for leaf in leaves(error)}, key=len)
            self.plan.log.write_text(f"Error: {reasons[-1]}\n")
        finally:
            self.running = None
            self._ended.set()


def leaves(error):
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in leaves(inner)]
    return [error]


class LiveLauncher:
    """Starts nodes as tasks, and moves the time of all of them."""

    def __init__(self, nursery, authorities):
        self._nursery = nursery
        self._authorities = authorities
        self._nodes = []
        self.slot = FIRST_SLOT

    async def start(self, plan):
        flags = main.make_context("taonode", plan.command[3:]).params
        config = replace(
            read_config(flags, None),
            clock=ClockConfig(Fraction(0), Moment(self.slot * SLOT)),
        )
        node = LiveNode(plan, config)
        self._nodes.append(node)
        self._nursery.start_soon(node.run)
        return node

    async def keep_time(self):
        """Begin one slot after the other."""
        while True:
            await wait_all_tasks_blocked(QUIET_SECONDS)
            self.slot += 1
            alive = [node for node in self._nodes if node.running is not None]
            for node in alive:
                node.running.node.clock.advance(Duration(SLOT))
            author = self._authorities[self.slot % len(self._authorities)]
            with trio.move_on_after(PATIENCE_SECONDS):
                await self._until_built(author, alive)

    async def _until_built(self, author, alive):
        """Wait until the author of the slot, if it can, has extended the chain of all."""
        for node in alive:
            core = node.running and node.running.node
            if node.plan.name == author and core and core.network.peer_count:
                best = core.client.best()
                while node.running and core.client.best() == best and not core.network.is_syncing:
                    with trio.move_on_after(1):
                        await core.client.next_best(best.hash)


@asynccontextmanager
async def live_devnet(directory, name):
    """The devnet of a scenario, with what the scenario asks for."""
    setting = SETTINGS[name]
    plans = make_plan(
        directory,
        nodes=4,
        speed=SPEED,
        base_port=None,
        now_ms=FIRST_SLOT * SLOT,
        code=setting.code(),
        onchain_code=setting.onchain_code,
    )
    assert load_spec(plans[0].spec).clock.rate == SPEED
    async with trio.open_nursery() as nursery:
        launcher = LiveLauncher(nursery, [plan.name for plan in plans])
        nursery.start_soon(launcher.keep_time)
        async with running(plans, launcher) as devnet:
            yield devnet
        nursery.cancel_scope.cancel()


async def play(directory, name):
    """Run a scenario to its end, and answer its report."""
    setting = SETTINGS[name]
    report = setting.report(name, 4)
    async with live_devnet(directory, name) as devnet:
        await setting.play(devnet, report, lambda text: None)
    return report
