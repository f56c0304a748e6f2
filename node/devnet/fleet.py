"""The nodes of a devnet: started together, watched, restarted, and never left behind."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import trio

from node.devnet import keeping
from node.devnet.errors import ConnectionLost, NodeDied
from node.devnet.launch import Launcher, Processes, RunningNode
from node.devnet.plan import NodePlan, plan_follower
from node.devnet.rpc_access import RpcAccess
from node.devnet.rpc_client import RpcClient, connected, dial
from node.executor.policy import OnchainCode

START_SECONDS: Final = 60
"""How long all nodes together may take to find each other; a busy machine needs some of it."""
STOP_SECONDS: Final = 8
"""How long a node may take to leave in good order before it is killed."""
_RETRY_SECONDS: Final = 0.05
_TAIL_LINES: Final = 20
_LAST_WORDS: Final = "Error: "
"""How the line begins in which a node says why it ends."""


@dataclass(slots=True)
class Member:
    """A node: its plan, what runs of it, and the connection to it."""

    plan: NodePlan
    running: RunningNode | None = None
    access: RpcAccess | None = None
    may_end: bool = False
    ended: trio.Event = field(default_factory=trio.Event)
    """Set while it is down."""
    hang_up: trio.CancelScope = field(default_factory=trio.CancelScope)
    """Ends the connection."""

    def has_ended(self, running: RunningNode) -> bool:
        """Note the end of a run; whether it was this node's last one until now."""
        if self.running is not running:
            return False
        self.running = None
        self.ended.set()
        return True


class Devnet:
    """Running nodes. `running` makes one and cleans up after it."""

    def __init__(
        self, plans: Sequence[NodePlan], nursery: trio.Nursery, launcher: Launcher
    ) -> None:
        self.nodes = [Member(plan) for plan in plans]
        self._nursery = nursery
        self._launcher = launcher

    @property
    def names(self) -> Sequence[str]:
        return [node.plan.name for node in self.nodes]

    @property
    def plans(self) -> list[NodePlan]:
        return [node.plan for node in self.nodes]

    def access(self, node: int) -> RpcAccess:
        """The chain as a running node sees it."""
        access = self.nodes[node].access
        if access is None:
            raise ConnectionLost(f"{self.names[node]} is down")
        return access

    def url(self, node: int) -> str:
        """Where tools reach the RPC of a running node."""
        return self.nodes[node].plan.rpc_url

    async def start(self) -> None:
        """Start all nodes and wait until each is connected to all others.

        Raises:
            NodeDied: one ended, or they did not find each other in time.
        """
        with trio.move_on_after(START_SECONDS) as limit:
            await self._together(self.restart)
            for node in range(len(self.nodes)):
                await self._wait_for_peers(node)
        if limit.cancelled_caught:
            raise NodeDied(self._explain(f"no devnet within {START_SECONDS} seconds"))

    async def kill(self, node: int) -> None:
        """End a node without any warning."""
        await self._end(node, lambda running: running.kill())

    async def stop(self, node: int) -> None:
        """End a node in good order."""
        await self._end(node, lambda running: running.terminate())

    async def restart(self, node: int) -> None:
        """Start a node on what it may have left behind, and wait until it answers."""
        target = self.nodes[node]
        target.may_end = False
        target.ended = trio.Event()
        target.running = await self._launcher.start(target.plan)
        self._nursery.start_soon(self._watch, target, target.running)
        await self._nursery.start(self._stay_connected, target)

    def follow(self, node: int, onchain_code: OnchainCode) -> None:
        """Choose whose code a node runs from its next start on."""
        target = self.nodes[node]
        target.plan = replace(target.plan, onchain_code=onchain_code)

    def expect_end(self, node: int) -> None:
        """Announce that a node will end by itself, or may."""
        self.nodes[node].may_end = True

    async def wait_for_end(self, node: int) -> None:
        """Wait until a node is down."""
        await self.nodes[node].ended.wait()

    def last_words(self, node: int) -> str:
        """Why a node has ended by itself, as it said."""
        lines = tail_of(self.nodes[node].plan.log).splitlines()
        said = [line for line in lines if line.startswith(_LAST_WORDS)]
        return said[-1].removeprefix(_LAST_WORDS) if said else ""

    async def join(self, name: str) -> int:
        """Plan one more node, which authors nothing and has no chain yet; it is down."""
        authorities = [plan for plan in self.plans if plan.is_authority]
        self.nodes.append(Member(plan_follower(name, authorities)))
        self.nodes[-1].ended.set()
        return len(self.nodes) - 1

    async def restore(self, node: int, snapshot: Path) -> None:
        """Put a node that is down onto the state in a file, in place of what it had."""
        await keeping.restore(self.nodes[node].plan, snapshot)

    async def save(self) -> None:
        """Keep what all nodes have now. They are down for a moment."""
        await self._while_down(keeping.save)

    async def revert(self) -> None:
        """Put all nodes back to what they had when it was kept."""
        await self._while_down(keeping.revert)

    async def end(self) -> None:
        """End all nodes, in good order where they let us."""
        with trio.CancelScope(shield=True):
            with trio.move_on_after(STOP_SECONDS):
                await self._together(self.stop)
            await self._together(self.kill)

    async def _while_down(self, do: keeping.Step) -> None:
        running = [node for node in range(len(self.nodes)) if self.nodes[node].running is not None]
        await self._together(self.stop, running)
        for node in running:
            await trio.to_thread.run_sync(do, self.nodes[node].plan)
        await self._together(self.restart, running)
        for node in running:
            await self._wait_for_peers(node)

    async def _together(
        self, do: Callable[[int], Awaitable[None]], nodes: Sequence[int] | None = None
    ) -> None:
        async with trio.open_nursery() as nursery:
            for node in range(len(self.nodes)) if nodes is None else nodes:
                nursery.start_soon(do, node)

    async def _end(self, node: int, how: Callable[[RunningNode], None]) -> None:
        """End a node that runs. Nobody but this waits for it once all watchers are cancelled."""
        target = self.nodes[node]
        target.may_end = True
        target.access = None
        target.hang_up.cancel()
        if (running := target.running) is not None:
            how(running)
            await running.wait()
            target.has_ended(running)

    async def _watch(self, node: Member, running: RunningNode) -> None:
        """Tell of the end of a node that should still be there."""
        status = await running.wait()
        if node.has_ended(running) and not node.may_end:
            how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
            raise NodeDied(self._explain(f"{node.plan.name} ended {how}", node))

    def _explain(self, what: str, *suspects: Member) -> str:
        tails = [
            f"--- {node.plan.log} ---\n{tail_of(node.plan.log)}" for node in suspects or self.nodes
        ]
        return "\n".join((what, *tails))

    async def _stay_connected(
        self, node: Member, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Connect to a node as soon as it listens, until it goes or is to go."""
        with trio.CancelScope() as node.hang_up:
            async with await _patiently_connected(node.plan.rpc_port) as client:
                access = node.access = RpcAccess(client)
                task_status.started()
                await client.closed.wait()
                if node.access is access:
                    node.access = None

    async def _wait_for_peers(self, node: int) -> None:
        others = sum(other.running is not None for other in self.nodes) - 1
        while await self.access(node).peer_count() < others:  # noqa: ASYNC110
            await trio.sleep(_RETRY_SECONDS)


@asynccontextmanager
async def running(
    plans: Sequence[NodePlan], launcher: Launcher | None = None
) -> AsyncIterator[Devnet]:
    """A devnet for as long as the body runs; whatever happens, no node outlives it."""
    async with trio.open_nursery() as nursery:
        devnet = Devnet(plans, nursery, launcher or Processes())
        try:
            await devnet.start()
            yield devnet
        finally:
            await devnet.end()
            nursery.cancel_scope.cancel()


async def _patiently_connected(port: int) -> AbstractAsyncContextManager[RpcClient]:
    """Knock until somebody opens; whoever waits for this watches the process as well."""
    while True:
        try:
            return connected(await dial(port))
        except ConnectionLost:
            await trio.sleep(_RETRY_SECONDS)


def tail_of(path: Path) -> str:
    """The last lines of a log."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(lines[-_TAIL_LINES:])
