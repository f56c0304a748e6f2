"""What a runtime may use while it builds a genesis: empty storage, and nothing of a block."""
# ruff: noqa: ARG002 - an empty state gives the same answer to every question

from typing import NoReturn

from primitives.errors import InvariantBroken
from storage.state_overlay import StateOverlay
from storage.trie.trie import Changes


class NothingBefore:
    """The state before the first one."""

    def get(self, key: bytes) -> bytes | None:
        return None

    def next_key(self, after: bytes) -> bytes | None:
        return None

    def keys(self, prefix: bytes) -> list[bytes]:
        return []

    def child(self, name: bytes) -> "NothingBefore":
        return self


class GenesisHost(StateOverlay):
    """Storage for a chain without blocks. There is nothing to sign, to hash or to log yet."""

    def __init__(self) -> None:
        super().__init__(NothingBefore())

    def state(self) -> dict[bytes, bytes]:
        """Answer what was written, without what was removed again."""
        return _present(self.changes())

    def children(self) -> dict[bytes, dict[bytes, bytes]]:
        """Answer what was written to child tries, by their names."""
        written = {name: _present(changes) for name, changes in self.child_changes().items()}
        return {name: entries for name, entries in written.items() if entries}

    def state_root(self) -> NoReturn:
        raise InvariantBroken("the runtime asked for a state root while building its genesis")

    def child_root(self, name: bytes, version: int) -> NoReturn:
        raise InvariantBroken("the runtime asked for a child's root while building its genesis")

    def ordered_root(self, values: list[bytes], version: int) -> NoReturn:
        raise InvariantBroken("the runtime asked for a trie root while building its genesis")

    def verify(self, scheme: int, signature: bytes, message: bytes, public: bytes) -> NoReturn:
        raise InvariantBroken("the runtime verified a signature while building its genesis")

    def generate_key(self, scheme: int, key_type: bytes, seed: str | None) -> NoReturn:
        raise InvariantBroken("the runtime generated a key while building its genesis")

    def runtime_version(self, code: bytes) -> NoReturn:
        raise InvariantBroken("the runtime asked for a code version while building its genesis")

    def log(self, level: int, target: str, message: str) -> None:
        """Say nothing: whoever builds a genesis sees its whole result."""


def _present(changes: Changes) -> dict[bytes, bytes]:
    return {key: value for key, value in changes.items() if value is not None}
