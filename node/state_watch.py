"""The state watch: after every block, is the state as it should be? For those who change the rules.

It reads the whole state before and after each block, so it is for small chains.
"""

import logging
from functools import partial
from typing import Final, NoReturn

from genesis.build import EMBEDDED_CODE
from genesis.spec import CODE_KEY
from node.client import BlockImported, Client
from node.executor.archive.build import installed_archive
from node.executor.errors import RuntimePanic
from node.executor.host import Changes, ExecutionHost
from node.logs import short_hash
from runtime.runtime import Runtime
from runtime.try_state import check, measure, waivers
from storage.overlay import StateView

log = logging.getLogger("state")

_WAIVERS: Final = waivers()


async def run_state_watch(client: Client) -> None:
    """Judge every block that is imported, and log what it broke."""
    known: set[str] = set()
    with client.subscribe() as events:
        async for event in events:
            if isinstance(event, BlockImported):
                problems = await client.read_in_thread(partial(_judge, client, event))
                _tell(event, [problem for problem in problems if problem not in known])
                known = set(problems)


def problems_after(before: StateView, after: StateView) -> list[str]:
    """What is broken after a block; nothing if another runtime than ours has made it."""
    if after.get(CODE_KEY) not in (EMBEDDED_CODE, installed_archive()):
        return []
    return check(Runtime(_host_over(after)), measure(Runtime(_host_over(before))))


class Judge:
    """Follows one state from block to block, whatever runtime moves it."""

    def __init__(self, view: StateView) -> None:
        self._view = view
        self._host = _host_over(view)
        self._runtime = Runtime(self._host)
        self._totals = measure(self._runtime)
        self._known: set[str] = set()

    def new_problems(self) -> list[str]:
        """What is broken now that was not broken when last asked."""
        self._host.reset(self._view)
        problems = check(self._runtime, self._totals)
        fresh = [problem for problem in problems if problem not in self._known]
        self._totals, self._known = measure(self._runtime), set(problems)
        return fresh


def by_design_after(problem: str) -> str:
    """The calls that may break this invariant of a sound chain."""
    return ", ".join(sorted(_WAIVERS[problem.partition(":")[0]])) or "nothing"


def _judge(client: Client, event: BlockImported) -> list[str]:
    return problems_after(client.state(event.header.parent_hash), client.state(event.hash))


def _tell(event: BlockImported, problems: list[str]) -> None:
    for problem in problems:
        log.error(
            "State is broken block=#%d (%s) %s; by design after: %s",
            event.header.number,
            short_hash(event.hash),
            problem,
            by_design_after(problem),
        )


def _host_over(view: StateView) -> ExecutionHost:
    return ExecutionHost(view, _no_trie, lambda _: None, lambda *_: None)


def _no_trie(changes: Changes) -> NoReturn:
    raise RuntimePanic(f"{len(changes)} changes to a state that is only judged")
