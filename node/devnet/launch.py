"""Starting nodes: each as a process of its own, which ends with us."""

import subprocess
from typing import Protocol

import trio

from node.devnet.plan import NodePlan


class RunningNode(Protocol):
    """A node under way."""

    def terminate(self) -> None:
        """Ask it to end in good order."""
        ...

    def kill(self) -> None:
        """End it without any warning."""
        ...

    async def wait(self) -> int:
        """Wait for its end; answer its exit status, or minus a signal's number."""
        ...


class Launcher(Protocol):
    """Makes nodes out of plans."""

    async def start(self, plan: NodePlan) -> RunningNode:
        """Start a node; it may take a while until it answers."""
        ...


class NodeProcess:
    """A node as a process. It stops when the pipe to it closes: the system sees to that.

    Its group is its own, so that Ctrl-C in a terminal is ours to handle.
    """

    def __init__(self, process: trio.Process, lifeline: trio.abc.SendStream) -> None:
        self._process = process
        self._lifeline = lifeline
        self.pid = process.pid

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> int:
        status = await self._process.wait()
        await self._lifeline.aclose()
        return status


class Processes:
    """Starts every node as a process."""

    async def start(self, plan: NodePlan) -> NodeProcess:
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
        return NodeProcess(process, process.stdin)
