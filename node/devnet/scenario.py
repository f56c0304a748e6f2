"""Scenarios: what a devnet is put through, and the network as they see it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

import trio

from node.devnet.access import ChainAccess
from node.devnet.report import Report

T = TypeVar("T")

Say = Callable[[str], None]
"""Tells the people who watch what is going on."""


class Network(Protocol):
    """Nodes by number, each with its own view of one chain."""

    @property
    def names(self) -> Sequence[str]:
        """Who the nodes are. They author in this order."""
        ...

    def access(self, node: int) -> ChainAccess:
        """The chain as a running node sees it."""
        ...

    async def kill(self, node: int) -> None:
        """End a node without any warning."""
        ...

    async def restart(self, node: int) -> None:
        """Start a node on what it left behind, and wait until it answers."""
        ...


class Scenario(Protocol):
    """Puts a network through something and writes down what came of it."""

    async def __call__(self, network: Network, report: Report, say: Say) -> None: ...


async def together(*tasks: Callable[[], Awaitable[T]]) -> list[T]:
    """Run tasks at the same time; answer their results in the order of the tasks."""
    results: dict[int, T] = {}

    async def run(place: int, task: Callable[[], Awaitable[T]]) -> None:
        results[place] = await task()

    async with trio.open_nursery() as nursery:
        for place, task in enumerate(tasks):
            nursery.start_soon(run, place, task)
    return [results[place] for place in range(len(tasks))]
