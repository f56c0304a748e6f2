"""State roots in memory: the real ones, and stand-ins for those who never compare them."""

from collections.abc import Mapping
from typing import Protocol

from node.replay.trace import Changes
from primitives.hashing import blake2_256
from primitives.scale.types import encode
from primitives.types import Hash
from storage.trie.backend import MappedSource, Nodes
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Trie, TrieUpdate


class Roots(Protocol):
    """Names for a state that moves on."""

    @property
    def root(self) -> Hash:
        """That of the state as it is."""

    def after(self, changes: Mapping[bytes, bytes | None]) -> TrieUpdate:
        """That of the state with these changes, which are not made for that."""

    def adopt(self, changes: Changes) -> None:
        """Move on."""


class TrieRoots:
    """Roots as chains have them. They take a whole trie."""

    def __init__(self, values: Mapping[bytes, bytes]) -> None:
        self._nodes: dict[bytes, bytes] = {}
        self._values: dict[bytes, bytes] = {}
        self._trie = Trie(Nodes(MappedSource(self._nodes, self._values)))
        self.root = Hash(EMPTY_ROOT)
        self.root = self.after(values).root

    def after(self, changes: Mapping[bytes, bytes | None]) -> TrieUpdate:
        """The trie with these changes, whose nodes are kept."""
        update = self._trie.apply(self.root, changes)
        self._nodes.update(update.nodes)
        self._values.update(update.values)
        return update

    def adopt(self, changes: Changes) -> None:
        """Move on."""
        self.root = self.after(changes).root


class StandInRoots:
    """A hash of all changes so far: as good as a root where headers never leave this machine.

    The trie of a state of some hundred thousand keys takes longer than everything that a dry run
    does with them.
    """

    def __init__(self, _values: Mapping[bytes, bytes]) -> None:
        self.root = Hash(EMPTY_ROOT)

    def after(self, changes: Mapping[bytes, bytes | None]) -> TrieUpdate:
        """The hash with these changes in it."""
        told = encode(list[tuple[bytes, bytes | None]], sorted(changes.items()))
        return TrieUpdate(Hash(blake2_256(self.root + told)))

    def adopt(self, changes: Changes) -> None:
        """Move on."""
        self.root = self.after(changes).root
