"""The invariants of pallets over the state of a dry run: which are broken that held before."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from node.executor.host import host_over
from node.executor.runtimes import CodeRuntime
from node.invariants import Invariants
from node.replay.stage import MemoryState
from node.try_runtime.report import Check
from node.whole_state import WholeState
from primitives.host import Host

log = logging.getLogger("try_runtime")


@dataclass(frozen=True, slots=True)
class Soundness:
    """How the state is without the upgrade, by the chain's own runtime."""

    totals: Any = None
    """For comparison; None if that runtime has none."""
    broken: frozenset[str] = frozenset()

    @classmethod
    def of(cls, runtime: CodeRuntime | None, state: WholeState) -> "Soundness":
        """Judge a state; without a judgement all that is broken later counts as new."""
        invariants = None if runtime is None else Invariants.of(runtime)
        if invariants is None:
            return cls()
        host = host_over(MemoryState(state.top, state.children))
        try:
            return cls(invariants.measure(host), frozenset(invariants.broken(host)))
        except Exception:
            log.exception("the old runtime cannot judge the state")
            return cls()

    def later(self, runtime: CodeRuntime | None, state: WholeState) -> "Soundness":
        """The same once the chain has gone on to another state: calls may break an invariant."""
        return replace(self, broken=self.broken | Soundness.of(runtime, state).broken)

    def count(self, invariant: str) -> int:
        """In how many places an invariant was broken."""
        return sum(_name(problem) == invariant for problem in self.broken)


def check_invariants(runtime: CodeRuntime, host: Host, before: Soundness, check: Check) -> None:
    """Judge the state after a block by the new runtime."""
    invariants = Invariants.of(runtime)
    if invariants is None:
        check.skip("the runtime has no invariants that can be asked about")
        return
    try:
        problems = invariants.broken(host, before.totals)
    except Exception as error:
        log.exception("try-state failed")
        check.fail(f"the invariants cannot be looked at: {type(error).__name__}: {error}")
        return
    by_name: dict[str, list[str]] = {}
    for problem in problems:
        by_name.setdefault(_name(problem), []).append(problem)
    for name, found in by_name.items():
        _tell(name, found, before, check)


def _tell(name: str, problems: list[str], before: Soundness, check: Check) -> None:
    """What was broken is no fault of the upgrade, unless it has become more."""
    earlier = before.count(name)
    if len(problems) <= earlier:
        check.notes.append(f"{name}: broken {len(problems)} x, without the upgrade {earlier} x")
        return
    for problem in problems:
        if problem not in before.broken:
            check.fail(problem)


def _name(problem: str) -> str:
    return problem.partition(":")[0]
