"""Host functions over the state after one block: what a runtime runs on."""

from collections.abc import Callable
from typing import NoReturn, Protocol

from primitives.crypto import verify_account
from primitives.host import Host
from primitives.scheme import Scheme
from runtime.framework.errors import panic
from storage.overlay import Overlay, StateView
from storage.state_overlay import StateOverlay
from storage.trie.children import ChildChanges, root_key
from storage.trie.node import EMPTY_ROOT
from storage.trie.root import ordered_root
from storage.trie.trie import Changes, TrieUpdate


class RootAfter(Protocol):
    """What makes the tries of a state out of changes to the state below."""

    def __call__(
        self, changes: Changes, children: ChildChanges, version: int = 1
    ) -> TrieUpdate: ...


class StateHost(Host, Protocol):
    """What runtimes of any kind are bound to: Wasm ones also ask for child tries."""

    def child(self, name: bytes) -> Overlay:
        """The storage of a child trie."""

    def child_root(self, name: bytes, version: int) -> bytes:
        """Root of a child trie with all changes so far."""


CodeVersion = Callable[[bytes], bytes | None]
"""The SCALE RuntimeVersion of a code blob, None if it is no runtime."""
LogLine = Callable[[int, str, str], None]
GenerateKey = Callable[[int, bytes, str | None], bytes]
"""Makes and keeps a key of a scheme and a key type, from a secret URI if there is one."""


def no_keystore(scheme: int, key_type: bytes, seed: str | None) -> NoReturn:  # noqa: ARG001
    """Stands where the node lends the runtime no keystore."""
    panic(f"no keystore here to generate a key of type {key_type.decode()} in")


def host_over(view: StateView) -> "ExecutionHost":
    """A host for those who only read a state."""
    return ExecutionHost(view, _no_trie, lambda _: None, lambda *_: None)


def _no_trie(
    changes: Changes,
    children: ChildChanges,
    version: int = 1,  # noqa: ARG001 - whatever it is
) -> NoReturn:
    panic(f"the root of {len(changes) + len(children)} changes to a state that is only read")


class ExecutionHost(StateOverlay):
    """Storage, roots, signatures and logging for one runtime instance.

    `rebase` puts it over another state; runtimes bound to it stay valid.
    """

    def __init__(
        self,
        view: StateView,
        root_after: RootAfter,
        version_of: CodeVersion,
        log: LogLine,
        generate_key: GenerateKey = no_keystore,
    ) -> None:
        super().__init__(view)
        self._root_after = root_after
        self._version_of = version_of
        self.log = log
        self.generate_key = generate_key
        self.update: TrieUpdate | None = None
        """The trie of the last state root that was asked for."""

    def rebase(self, view: StateView, root_after: RootAfter) -> None:
        """Forget all changes and stand on another state."""
        self.reset(view)
        self._root_after = root_after
        self.update = None

    @property
    def depth(self) -> int:
        """How many storage transactions are open."""
        return len(self._marks)

    def unwind(self, depth: int) -> None:
        """Undo every transaction that was opened since there were so many."""
        while self.depth > depth:
            self.rollback()

    def state_root(self) -> bytes:
        """Root of the state with all changes so far."""
        self.update = self._root_after(self.changes(), self.child_changes())
        return self.update.root

    def child_root(self, name: bytes, version: int) -> bytes:
        """Root of a child trie with all changes so far. From now on the top trie shows it."""
        key, changes = root_key(name), self.child(name).changes()
        if not changes:
            return self.get(key) or EMPTY_ROOT
        root = self._root_after({}, {name: changes}, version).child_roots[key]
        self._change(key, root)
        return root or EMPTY_ROOT

    def ordered_root(self, values: list[bytes], version: int) -> bytes:
        """Root of the trie that maps compact(i) to values[i]."""
        return ordered_root(values, version)

    def verify(self, scheme: int, signature: bytes, message: bytes, public: bytes) -> bool:
        """Check a MultiSignature against an account."""
        return verify_account(Scheme(scheme), signature, message, public)

    def runtime_version(self, code: bytes) -> bytes | None:
        """The version of a code blob."""
        return self._version_of(code)
