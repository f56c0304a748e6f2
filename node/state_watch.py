"""The state watch: after every block, is the state as it should be? For those who change the rules.

It reads the whole state before and after each block, so it is for small chains.
"""

import logging
from functools import partial

from genesis.spec import CODE_KEY
from node.client import BlockImported, Client
from node.executor.host import host_over
from node.executor.loaded import LoadedRuntime
from node.executor.runtimes import Runtimes
from node.invariants import Invariants
from node.logs import short_hash
from storage.errors import StateDiscarded
from storage.overlay import StateView

log = logging.getLogger("state")


async def run_state_watch(client: Client, runtimes: Runtimes) -> None:
    """Judge every block that is imported, and log what it broke."""
    known: set[str] = set()
    while True:
        with client.subscribe() as events:
            async for event in events:
                if isinstance(event, BlockImported):
                    known = await _watch(client, runtimes, event, known)
        log.warning("The state watch did not keep up and goes on with the next block")


async def _watch(
    client: Client, runtimes: Runtimes, event: BlockImported, known: set[str]
) -> set[str]:
    """Judge a block; answers what is broken after it. Where nothing can be said, nothing is new."""
    try:
        problems = await client.read_in_thread(partial(_judge, client, runtimes, event))
    except StateDiscarded as error:
        log.warning("Cannot judge #%d: %s", event.header.number, error)
        return known
    _tell(event, {text: why for text, why in problems.items() if text not in known})
    return set(problems)


def problems_after(runtimes: Runtimes, before: StateView, after: StateView) -> dict[str, str]:
    """What is broken after a block, each with the calls that may break it by design.

    By the invariants of the runtime that executed the block; nothing if that knows of none.
    """
    invariants = Invariants.of(runtimes.of(before.get(CODE_KEY)))
    if invariants is None:
        return {}
    totals = invariants.measure(host_over(before))
    problems = invariants.broken(host_over(after), totals)
    return {problem: invariants.by_design_after(problem) for problem in problems}


class Judge:
    """Follows one state from block to block, whatever moves it, by the invariants of a runtime."""

    def __init__(self, view: StateView, loaded: LoadedRuntime) -> None:
        self._view = view
        self._invariants = Invariants.of(loaded)
        self._totals = self._measure()
        self._known: set[str] = set()

    def new_problems(self) -> dict[str, str]:
        """What is broken now that was not when last asked, with what may break it by design."""
        if self._invariants is None:
            return {}
        problems = self._invariants.broken(host_over(self._view), self._totals)
        fresh = [problem for problem in problems if problem not in self._known]
        self._totals, self._known = self._measure(), set(problems)
        return {problem: self._invariants.by_design_after(problem) for problem in fresh}

    def _measure(self) -> object:
        return self._invariants and self._invariants.measure(host_over(self._view))


def _judge(client: Client, runtimes: Runtimes, event: BlockImported) -> dict[str, str]:
    before, after = client.state(event.header.parent_hash), client.state(event.hash)
    return problems_after(runtimes, before, after)


def _tell(event: BlockImported, problems: dict[str, str]) -> None:
    for problem, by_design_after in problems.items():
        log.error(
            "State is broken block=#%d (%s) %s; by design after: %s",
            event.header.number,
            short_hash(event.hash),
            problem,
            by_design_after,
        )
