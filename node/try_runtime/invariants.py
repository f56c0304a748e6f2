"""The invariants of pallets over the state of a dry run: which are broken that held before."""

import logging
from dataclasses import dataclass
from typing import Any

from node.executor.host import host_over
from node.executor.runtimes import CodeRuntime
from node.invariants import Invariants
from node.replay.stage import MemoryState
from node.try_runtime.report import Check
from primitives.host import Host

log = logging.getLogger("try_runtime")


@dataclass(frozen=True, slots=True)
class Soundness:
    """How a state was before the upgrade, by its own runtime."""

    totals: Any = None
    """For comparison; None if that runtime has none."""
    broken: frozenset[str] = frozenset()
    """Invariants by name."""

    @classmethod
    def of(cls, runtime: CodeRuntime | None, state: dict[bytes, bytes]) -> "Soundness":
        """Judge a state; without a judgement all that is broken later counts as new."""
        invariants = None if runtime is None else Invariants.of(runtime)
        if invariants is None:
            return cls()
        host = host_over(MemoryState(state))
        try:
            problems = invariants.broken(host)
            return cls(invariants.measure(host), frozenset(map(_name, problems)))
        except Exception:
            log.exception("the old runtime cannot judge the state")
            return cls()


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
    for problem in problems:
        if _name(problem) in before.broken:
            check.notes.append(f"{problem} (broken before the upgrade too)")
        else:
            check.fail(problem)


def _name(problem: str) -> str:
    return problem.partition(":")[0]
