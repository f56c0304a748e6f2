"""State roots in memory: the real ones, and stand-ins for those who never compare them."""

from collections.abc import Callable, Mapping
from typing import Protocol

from node.replay.trace import Changes
from primitives.hashing import blake2_256
from primitives.scale.types import encode
from primitives.types import Hash
from storage.trie.backend import MappedSource, Nodes
from storage.trie.children import NO_CHILDREN, ChildChanges, apply_with_children
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Trie, TrieUpdate


class Roots(Protocol):
    """Names for a state that moves on."""

    @property
    def root(self) -> Hash:
        """That of the state as it is."""

    def after(
        self,
        changes: Mapping[bytes, bytes | None],
        children: ChildChanges = NO_CHILDREN,
        version: int = 1,
    ) -> TrieUpdate:
        """That of the state with these changes, which are not made for that."""

    def adopt(self, changes: Changes, children: ChildChanges = NO_CHILDREN) -> None:
        """Move on."""


MakeRoots = Callable[[Mapping[bytes, bytes], ChildChanges], Roots]
"""From a state: its top trie and its child tries, whose roots are among the values of the top."""


class TrieRoots:
    """Roots as chains have them. They take a whole trie."""

    def __init__(self, values: Mapping[bytes, bytes], children: ChildChanges = NO_CHILDREN) -> None:
        self._nodes: dict[bytes, bytes] = {}
        self._values: dict[bytes, bytes] = {}
        self._trie = Trie(Nodes(MappedSource(self._nodes, self._values)))
        self.root = Hash(EMPTY_ROOT)
        self.adopt(values, children)

    def after(
        self,
        changes: Mapping[bytes, bytes | None],
        children: ChildChanges = NO_CHILDREN,
        version: int = 1,
    ) -> TrieUpdate:
        """The tries with these changes, whose nodes are kept."""
        update = apply_with_children(self._trie, self.root, changes, children, version)
        self._nodes.update(update.nodes)
        self._values.update(update.values)
        return update

    def adopt(
        self, changes: Mapping[bytes, bytes | None], children: ChildChanges = NO_CHILDREN
    ) -> None:
        """Move on."""
        self.root = self.after(changes, children).root


class StandInRoots:
    """A hash of all changes so far: as good as a root where headers never leave this machine.

    The trie of a state of some hundred thousand keys takes longer than everything that a dry run
    does with them. Roots of child tries are real: they are values of the state.
    """

    def __init__(
        self, _values: Mapping[bytes, bytes], children: ChildChanges = NO_CHILDREN
    ) -> None:
        self.root = Hash(EMPTY_ROOT)
        self._children = TrieRoots({}, children)

    def after(
        self,
        changes: Mapping[bytes, bytes | None],
        children: ChildChanges = NO_CHILDREN,
        version: int = 1,
    ) -> TrieUpdate:
        """The hash with these changes in it."""
        below = self._children.after({}, children, version)
        told = encode(list[tuple[bytes, bytes | None]], sorted(changes.items()))
        root = Hash(blake2_256(self.root + below.root + told))
        return TrieUpdate(root, child_roots=below.child_roots)

    def adopt(self, changes: Changes, children: ChildChanges = NO_CHILDREN) -> None:
        """Move on."""
        self.root = self.after(changes, children).root
        self._children.adopt({}, children)
