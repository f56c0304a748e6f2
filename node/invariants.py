"""What a Python runtime says of a state itself: the invariants of its pallets, by its own code."""

from typing import Any, Final

from node.executor.loaded import LoadedRuntime
from node.executor.runtimes import CodeRuntime
from primitives.host import Host

_TRY_STATE: Final = "runtime.try_state"


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

        Args:
            host: over the state.
            before: totals of an ancestor, as `measure` of any release answered them.
        """
        problems: list[str] = self._module.check(self._loaded.over(host), before)
        return problems

    def by_design_after(self, problem: str) -> str:
        """The calls that may break this invariant of a sound chain."""
        calls = self._module.waivers().get(problem.partition(":")[0], ())
        return ", ".join(sorted(calls)) or "nothing"


def _loaded_of(runtime: CodeRuntime) -> LoadedRuntime | None:
    """WebAssembly has no such thing, and its host no module of Python's."""
    from node.executor.python import PythonRuntime

    return runtime.loaded if isinstance(runtime, PythonRuntime) else None
