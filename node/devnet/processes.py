"""The nodes as processes: started together, watched, restarted, and never left behind."""

import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import trio

from node.devnet.errors import ConnectionLost, NodeDied
from node.devnet.plan import NodePlan
from node.devnet.rpc_access import RpcAccess
from node.devnet.rpc_client import RpcClient, connected, dial

START_SECONDS: Final = 60
"""How long all nodes together may take to find each other; a busy machine needs some of it."""
STOP_SECONDS: Final = 8
"""How long a node may take to leave in good order before it is killed."""
_RETRY_SECONDS: Final = 0.05
_TAIL_LINES: Final = 20


@dataclass(slots=True)
class NodeProcess:
    """A node: its plan, its process while there is one, and the connection to it."""

    plan: NodePlan
    process: trio.Process | None = None
    access: RpcAccess | None = None
    is_expected_to_end: bool = False
    hang_up: trio.CancelScope = field(default_factory=trio.CancelScope)
    """Ends the connection."""


class Devnet:
    """Running nodes. `running` makes one and cleans up after it."""

    def __init__(self, plans: Sequence[NodePlan], nursery: trio.Nursery) -> None:
        self.nodes = [NodeProcess(plan) for plan in plans]
        self._nursery = nursery

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

    async def start(self) -> None:
        """Start all nodes and wait until each is connected to all others.

        Raises:
            NodeDied: one ended, or they did not find each other in time.
        """
        with trio.move_on_after(START_SECONDS) as limit:
            async with trio.open_nursery() as nursery:
                for node in range(len(self.nodes)):
                    nursery.start_soon(self.restart, node)
            for node in range(len(self.nodes)):
                await self._wait_for_peers(node)
        if limit.cancelled_caught:
            raise NodeDied(self._explain(f"no devnet within {START_SECONDS} seconds"))

    async def kill(self, node: int) -> None:
        """End a node without any warning."""
        target = self.nodes[node]
        target.is_expected_to_end = True
        target.access = None
        target.hang_up.cancel()
        if target.process is not None:
            target.process.kill()
            await target.process.wait()
            target.process = None

    async def restart(self, node: int) -> None:
        """Start a node on what it may have left behind, and wait until it answers."""
        target = self.nodes[node]
        target.is_expected_to_end = False
        target.process, lifeline = await _spawn(target.plan)
        self._nursery.start_soon(self._watch, target, target.process, lifeline)
        await self._nursery.start(self._stay_connected, target)

    async def stop(self) -> None:
        """End all nodes, in good order where they let us."""
        for node in self.nodes:
            node.is_expected_to_end = True
            node.hang_up.cancel()
            if node.process is not None and node.process.returncode is None:
                node.process.terminate()
        with trio.CancelScope(shield=True):
            with trio.move_on_after(STOP_SECONDS):
                await self._wait_for_ends()
            for node in self.nodes:
                if node.process is not None and node.process.returncode is None:
                    node.process.kill()
            await self._wait_for_ends()

    async def _wait_for_ends(self) -> None:
        for node in self.nodes:
            if node.process is not None:
                await node.process.wait()

    async def _watch(
        self, node: NodeProcess, process: trio.Process, lifeline: trio.abc.SendStream
    ) -> None:
        """Tell of the end of a process that should still be there."""
        async with lifeline:
            status = await process.wait()
        if process is node.process and not node.is_expected_to_end:
            how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
            raise NodeDied(self._explain(f"{node.plan.name} ended {how}", node))

    def _explain(self, what: str, *suspects: NodeProcess) -> str:
        tails = [
            f"--- {node.plan.log} ---\n{tail_of(node.plan.log)}" for node in suspects or self.nodes
        ]
        return "\n".join((what, *tails))

    async def _stay_connected(
        self, node: NodeProcess, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
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
        while await self.access(node).peer_count() < len(self.nodes) - 1:  # noqa: ASYNC110
            await trio.sleep(_RETRY_SECONDS)


@asynccontextmanager
async def running(plans: Sequence[NodePlan]) -> AsyncIterator[Devnet]:
    """A devnet for as long as the body runs; whatever happens, no process outlives it."""
    async with trio.open_nursery() as nursery:
        devnet = Devnet(plans, nursery)
        try:
            await devnet.start()
            yield devnet
        finally:
            await devnet.stop()
            nursery.cancel_scope.cancel()


async def _patiently_connected(port: int) -> AbstractAsyncContextManager[RpcClient]:
    """Knock until somebody opens; whoever waits for this watches the process as well."""
    while True:
        try:
            return connected(await dial(port))
        except ConnectionLost:
            await trio.sleep(_RETRY_SECONDS)


async def _spawn(plan: NodePlan) -> tuple[trio.Process, trio.abc.SendStream]:
    """Start a process in a group of its own: Ctrl-C in a terminal is ours to handle.

    It stops when the pipe that comes with it closes. The system sees to that even if we are killed.
    """
    with plan.log.open("ab") as log:
        process = await trio.lowlevel.open_process(
            plan.command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    if process.stdin is None:
        raise TypeError("a process has the pipe that it was started with")
    return process, process.stdin


def tail_of(path: Path) -> str:
    """The last lines of a log."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(lines[-_TAIL_LINES:])
