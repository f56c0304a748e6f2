"""The stage: one runtime over a state in memory, which its blocks move on."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from node.executor.archive.loader import load_release
from node.executor.archive.shipped import spec_versions
from node.executor.errors import MethodNotFound, RuntimePanic
from node.executor.host import ExecutionHost, StateHost
from node.executor.loaded import LoadedRuntime
from node.replay.errors import TraceError
from node.replay.roots import MakeRoots, TrieRoots
from node.replay.trace import Changes, Trace
from node.whole_state import WholeState
from primitives.crypto import KeyPair
from primitives.errors import ChainError
from primitives.host import Host
from primitives.scheme import Scheme
from primitives.types import Hash
from runtime.framework.errors import Panic, panic
from storage.trie.children import NO_CHILDREN, ChildChanges

log = logging.getLogger("replay")


class RuntimeFailed(ChainError):
    """The runtime ended as no runtime should: a bug of ours and no panic of the chain's rules."""


class Executor(Protocol):
    """A runtime bound to a host."""

    def call(self, method: str, args: bytes) -> bytes:
        """Ask one thing; RuntimePanic where the runtime gives up."""


BindRuntime = Callable[[StateHost], Executor]
"""Makes a runtime of some kind over a host."""


class EmbeddedRuntime:
    """A Python runtime, whatever stands under `:code`: traces have a placeholder there."""

    def __init__(self, host: Host, loaded: LoadedRuntime) -> None:
        self._loaded = loaded
        self._runtime = loaded.over(host)

    def call(self, method: str, args: bytes) -> bytes:
        """Ask one thing."""
        if method not in self._loaded.methods:
            raise MethodNotFound(f"the runtime has no method {method}")
        try:
            return self._loaded.call(self._runtime, method, args)
        except (Panic, self._loaded.panic) as panic:
            raise RuntimePanic(str(panic)) from panic
        except Exception as error:
            log.debug("runtime failed method=%s", method, exc_info=True)
            raise RuntimeFailed(f"{type(error).__name__}: {error}") from error


def release(trace: Trace) -> LoadedRuntime:
    """The release of the runtime that a trace was recorded from.

    Raises:
        TraceError: there is none of this version here.
    """
    if trace.spec_version not in spec_versions():
        known = ", ".join(map(str, spec_versions()))
        raise TraceError(
            f"{trace.name} is of spec {trace.spec_version}, and the releases here are {known}; "
            "name a file with its runtime by --runtime"
        )
    return load_release(trace.spec_version)


class MemoryState:
    """A whole state in a dict, with its keys in order; one more for each child trie."""

    def __init__(
        self,
        values: Mapping[bytes, bytes],
        children: Mapping[bytes, Mapping[bytes, bytes]] = NO_CHILDREN,
    ) -> None:
        """The roots of the child tries are among the values."""
        self.values = dict(values)
        self._order = sorted(self.values)
        self._children = {name: MemoryState(entries) for name, entries in children.items()}

    def get(self, key: bytes) -> bytes | None:
        """The value under a key."""
        return self.values.get(key)

    def next_key(self, after: bytes) -> bytes | None:
        """The smallest key greater than `after`."""
        at = bisect_right(self._order, after)
        return self._order[at] if at < len(self._order) else None

    def keys(self, prefix: bytes) -> list[bytes]:
        """Every key that starts with a prefix."""
        first = last = bisect_left(self._order, prefix)
        while last < len(self._order) and self._order[last].startswith(prefix):
            last += 1
        return self._order[first:last]

    def child(self, name: bytes) -> "MemoryState":
        """The entries of a child trie."""
        return self._children.setdefault(name, MemoryState({}))

    def whole(self) -> WholeState:
        """All of it, to be read only."""
        children = {name: child.values for name, child in self._children.items() if child.values}
        return WholeState(self.values, children)

    def apply(
        self, changes: Mapping[bytes, bytes | None], children: ChildChanges = NO_CHILDREN
    ) -> None:
        """Move on. Keys are put in order once, however many there are that come and go."""
        for name, entries in children.items():
            self.child(name).apply(entries)
        gone = {key for key, value in changes.items() if value is None and key in self.values}
        if gone:
            self._order = [key for key in self._order if key not in gone]
        for key in gone:
            del self.values[key]
        kept = {key: value for key, value in changes.items() if value is not None}
        fresh = [key for key in kept if key not in self.values]
        self.values |= kept
        if fresh:
            self._order += fresh
            self._order.sort()


class Stage:
    """A state, its roots, and a runtime that changes both block by block."""

    def __init__(
        self,
        genesis: Mapping[bytes, bytes],
        bind: BindRuntime,
        children: Mapping[bytes, Mapping[bytes, bytes]] = NO_CHILDREN,
        roots: MakeRoots = TrieRoots,
        host: type[ExecutionHost] = ExecutionHost,
    ) -> None:
        self.state = MemoryState(genesis, children)
        self._roots = roots(self.state.values, children)
        self._host = host(self.state, self._roots.after, _no_version, _say_nothing, _key_of_seed)
        self._executor = bind(self._host)

    @property
    def root(self) -> Hash:
        """That of the state below."""
        return self._roots.root

    def call(self, method: str, args: bytes = b"") -> bytes:
        """Ask the runtime; what it writes stays."""
        return self._executor.call(method, args)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo at the end whatever the body made the runtime write."""
        depth = self._host.depth
        self._host.begin()
        try:
            yield
        finally:
            self._host.unwind(depth)

    def get(self, key: bytes) -> bytes | None:
        """A value as the runtime sees it now."""
        return self._host.get(key)

    def changes(self) -> Changes:
        """What differs from the state below, the roots of child tries included."""
        written, children = self._host.changes(), self._host.child_changes()
        if children:
            written |= self._roots.after({}, children).child_roots
        return _differing(self.state, written)

    def child_changes(self) -> dict[bytes, Changes]:
        """What differs within child tries, by their names."""
        written = self._host.child_changes()
        changes = {name: _differing(self.state.child(name), written[name]) for name in written}
        return {name: entries for name, entries in changes.items() if entries}

    def settle(self) -> Changes:
        """Make what differs part of the state, and answer it but for what is in child tries."""
        changes = self.changes()
        self.adopt(changes, self.child_changes())
        return changes

    def adopt(self, changes: Changes, children: ChildChanges = NO_CHILDREN) -> None:
        """Make these changes part of the state, whatever the runtime wrote."""
        self._roots.adopt(changes, children)
        self.state.apply(changes, children)
        self.forget()

    def forget(self) -> None:
        """Drop what differs."""
        self._host.rebase(self.state, self._roots.after)


def _differing(below: MemoryState, written: Changes) -> Changes:
    return {key: value for key, value in written.items() if below.get(key) != value}


def _no_version(code: bytes) -> bytes | None:  # noqa: ARG001
    """No code is a runtime here, so that code upgrades are refused as where the trace was made."""
    return None


def _key_of_seed(scheme: int, key_type: bytes, seed: str | None) -> bytes:
    """Keys come of seeds alone, so that a replay gives the same ones again."""
    if seed is None:
        panic(f"no randomness here for a new key of type {key_type.decode()}")
    return KeyPair.from_uri(seed, Scheme(scheme)).public


def _say_nothing(level: int, target: str, message: str) -> None:
    """Whoever replays wants differences, and no log."""
