"""What a Python runtime says of a state itself: the invariants of its pallets, by its own code."""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

from node.executor.loaded import LoadedRuntime
from node.executor.runtimes import CodeRuntime
from primitives.host import Host

log = logging.getLogger("state")

_TRY_STATE: Final = "runtime.try_state"
_FRAMEWORK: Final = "runtime.framework.invariants"


class Invariants:
    """The invariants of one runtime, over any states that it made."""

    def __init__(self, loaded: LoadedRuntime, module: Any) -> None:
        self._loaded = loaded
        self._module = module

    @classmethod
    def of(cls, runtime: CodeRuntime | LoadedRuntime) -> "Invariants | None":
        """Those of a runtime; None if it has none that can be asked about."""
        loaded = runtime if isinstance(runtime, LoadedRuntime) else _loaded_of(runtime)
        if loaded is None:
            return None
        try:
            return cls(loaded, loaded.module(_TRY_STATE))
        except ModuleNotFoundError:
            return None

    def measure(self, host: Host) -> Any:
        """Totals of a state, to judge a later one by."""
        return self._module.measure(self._loaded.over(host))

    def broken(self, host: Host, before: Any = None) -> list[str]:
        """What is broken in a state between two blocks, as `Pallet.invariant: how`.

        An invariant that raises is among it, and hides no other.

        Args:
            host: over the state.
            before: totals of an ancestor, as `measure` of any release answered them.
        """
        runtime = self._loaded.over(host)
        try:
            problems: list[str] = self._module.check(runtime, before)
        except Exception:
            log.exception("an invariant raises")
            return list(self._one_by_one(runtime, before))
        return problems

    def _one_by_one(self, runtime: Any, before: Any) -> Iterator[str]:
        """What `check` would answer if nothing raised, and what does."""
        module, framework = self._module, self._loaded.module(_FRAMEWORK)
        owners = {pallet.name: (pallet, pallet.try_state) for pallet in runtime.in_order}
        pairs = {module.ACROSS: module.Across(runtime)}
        if before is not None:
            pairs[module.ONWARD] = module.Onward(runtime, before)
        owners |= {name: (pair, partial(framework.broken, pair)) for name, pair in pairs.items()}
        for name, (owner, broken) in owners.items():
            problems, failure = _gathered(broken)
            if failure is None:
                yield from (f"{name}.{problem}" for problem in problems)
                continue
            known = framework.waivers_of(type(owner))
            answers = [(one, *_gathered(getattr(owner, one))) for one in known]
            for one, problems, raised in answers:
                yield from (f"{name}.{one}: {problem}" for problem in problems)
                if raised is not None:
                    yield f"{name}.{one} {raised}"
            if all(raised is None for *_, raised in answers):
                yield f"{name}.try_state {failure}"

    def by_design_after(self, problem: str) -> str:
        """The calls that may break this invariant of a sound chain."""
        calls = self._module.waivers().get(problem.partition(":")[0], ())
        return ", ".join(sorted(calls)) or "nothing"


def _gathered(ask: Callable[[], Iterable[str]]) -> tuple[list[str], str | None]:
    """All that is told until the end, or until something is raised, and what.

    What is raised stands behind a name without a colon: it is not how the invariant is broken.
    """
    problems: list[str] = []
    try:
        problems.extend(ask())
    except Exception as error:  # noqa: BLE001 - the first was logged
        return problems, f"cannot be looked at: {type(error).__name__}: {error}"
    return problems, None


def _loaded_of(runtime: CodeRuntime) -> LoadedRuntime | None:
    """WebAssembly has no such thing, and its host no module of Python's."""
    from node.executor.python import PythonRuntime

    return runtime.loaded if isinstance(runtime, PythonRuntime) else None
