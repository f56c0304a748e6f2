"""The executor: a host that moves from state to state, and over it the runtime of each state."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from genesis.host import NothingBefore
from genesis.spec import CODE_KEY
from node.executor.errors import RuntimePanic
from node.executor.host import ExecutionHost, RootAfter
from node.executor.runtimes import Bound, Runtimes
from storage.overlay import StateView
from storage.trie.children import ChildChanges
from storage.trie.trie import Changes, TrieUpdate

_LEVELS: Final = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)
"""Of the host's log function, from 1 on. What is beyond is traced as debug."""


class Executor:
    """Runs whatever runtime the state under it holds. One thread uses it at a time."""

    def __init__(self, runtimes: Runtimes) -> None:
        self._runtimes = runtimes
        self._host = ExecutionHost(NothingBefore(), _no_trie, runtimes.version_of, _write_log)
        self._code: bytes | None = None
        self._runtime: Bound = _Nowhere()
        self._accepted: bytes | None = None
        """The code that the next block may run on: that of the state, or what a block brought."""

    def stand_on(self, view: StateView, root_after: RootAfter) -> None:
        """Forget all changes, and continue on another state; UnknownCode if it is not for us."""
        code = view.get(CODE_KEY)
        if code is None or code != self._code:
            self._runtime = self._runtimes.of(code).over(self._host)
            self._code = code
        self._accepted = code
        self._host.rebase(view, root_after)

    def call(self, method: str, args: bytes) -> bytes:
        """Ask the runtime. What it writes stays until `stand_on`, or a layer undoes it."""
        return self._runtime.call(method, args)

    @contextmanager
    def layer(self) -> Iterator["Layer"]:
        """A storage transaction: undone unless the body asks to keep it, and when it raises."""
        depth, layer = self._host.depth, Layer()
        self._host.begin()
        try:
            yield layer
        except BaseException:
            self._host.unwind(depth)
            raise
        if layer.is_kept:
            self._host.commit()
        else:
            self._host.rollback()

    def accept_code(self) -> None:
        """Let the chain's code stand as it is by now, whoever may run it."""
        self._accepted = self._host.get(CODE_KEY)

    def ensure_runs_new_code(self) -> None:
        """If what was called has changed the chain's code, make the new runtime ready.

        Raises:
            UnknownCode: this node does not run it.
        """
        if self._host.is_changed(CODE_KEY):
            code = self._host.get(CODE_KEY)
            if code is not self._accepted:
                self._runtimes.of(code)
                self._accepted = code

    def outcome(self) -> tuple[TrieUpdate, Changes]:
        """What the block just executed makes of the state, as tries and as changes to the top."""
        update = self._host.update
        if update is None:
            raise RuntimePanic("the runtime finished a block without asking for its state root")
        return update, self._host.changes() | update.child_roots


class Layer:
    """Says what becomes of a storage transaction when its body ends."""

    is_kept = False

    def keep(self) -> None:
        """Let the changes stay."""
        self.is_kept = True


class _Nowhere:
    """Stands for the runtime until there is a state."""

    def call(self, method: str, args: bytes) -> bytes:  # noqa: ARG002
        raise RuntimePanic(f"{method} was asked of no state")


def _no_trie(
    changes: Changes,
    children: ChildChanges,
    version: int = 1,  # noqa: ARG001 - whatever it is
) -> NoReturn:
    raise RuntimePanic(f"{len(changes) + len(children)} changes are on no state")


def _write_log(level: int, target: str, message: str) -> None:
    python_level = _LEVELS[level - 1] if 1 <= level <= len(_LEVELS) else logging.DEBUG
    logging.getLogger(f"runtime.{target}").log(python_level, "%s", message)
