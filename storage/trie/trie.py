"""The state trie: reading by path, and changing many keys in one descent.

A trie is named by its root hash and never changes; applying changes makes the nodes of another
one beside it. Changes are sorted by path and go down together, so a node on the way of several
changes is read once and written once, whatever their number: k changes touch O(k log n) nodes.
The same descent builds a trie from nothing, inserts, overwrites and deletes:

    split     a change leaves inside a node's partial path: the part before becomes a branch
    descend   the changes behind each digit go to the child behind that digit
    join      a branch left without value and with one child merges with that child
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from primitives.hashing import blake2_256
from primitives.types import Hash
from storage.trie.backend import Nodes
from storage.trie.nibbles import DIGITS, common_length, key_at, path_of
from storage.trie.node import (
    EMPTY_ROOT,
    HASH_LENGTH,
    NO_CHILD,
    NO_CHILDREN,
    Node,
    encode_node,
)

INLINE_LIMIT: Final = 32
"""Under state version 1, a value longer than its hash is replaced by it."""

Changes = Mapping[bytes, bytes | None]
"""New values by key; None removes the key."""


@dataclass(slots=True)
class TrieUpdate:
    """A new trie, as the nodes that it does not share with the old one."""

    root: Hash
    nodes: dict[bytes, bytes] = field(default_factory=dict)
    """Encoded nodes by hash."""
    values: dict[bytes, bytes] = field(default_factory=dict)
    """Long values by hash."""
    child_roots: dict[bytes, bytes | None] = field(default_factory=dict)
    """What changes in child tries made of their roots, by the keys of these in the top trie."""


class Trie:
    """Every trie whose nodes one source has."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes

    def get(self, root: bytes, key: bytes) -> bytes | None:
        """The value under a key, or None."""
        nodes, path, at = self.nodes, path_of(key), 0
        node = nodes.root(root)
        while node is not None:
            if not path.startswith(node.partial, at):
                return None
            at += len(node.partial)
            if at == len(path):
                return nodes.value_of(node)
            reference = node.children[int(path[at], 16)] if node.children else NO_CHILD
            if not reference:
                return None
            node = nodes.node(reference)
            at += 1
        return None

    def keys(self, root: bytes, prefix: bytes = b"", start: bytes = b"") -> Iterator[bytes]:
        """The keys under a prefix, ascending, from `start` (included) on."""
        for path, _ in self._walk(root, path_of(prefix), path_of(max(prefix, start))):
            yield key_at(path)

    def items(self, root: bytes, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """The keys under a prefix with their values, ascending."""
        for path, node in self._walk(root, path_of(prefix), path_of(prefix)):
            value = self.nodes.value_of(node)
            if value is not None:
                yield key_at(path), value

    def _walk(self, root: bytes, prefix: str, start: str) -> Iterator[tuple[str, Node]]:
        """Nodes with a value and the paths to them; `start` lies under or behind `prefix`."""
        top = self.nodes.root(root)
        pending: list[tuple[str, Node | bytes]] = [] if top is None else [("", top)]
        while pending:
            path, node = pending.pop()
            if path < start[: len(path)]:
                continue
            if isinstance(node, bytes):
                node = self.nodes.node(node)
            path += node.partial
            if not path.startswith(prefix[: len(path)]):
                if path > prefix:
                    return
                continue
            if node.value is not None and path >= start:
                yield path, node
            if node.children:
                pending += [
                    (path + digit, child)
                    for digit, child in zip(reversed(DIGITS), reversed(node.children), strict=True)
                    if child
                ]

    def apply(self, root: bytes, changes: Changes, version: int = 1) -> TrieUpdate:
        """The trie with some keys set or removed; new values take the form of `version`."""
        if not changes:
            return TrieUpdate(Hash(root))
        descent = _Descent(self.nodes, changes, version)
        old = self.nodes.root(root)
        new = descent.update(old, 0, len(changes), 0)
        update = descent.made
        if new is None:
            update.root = EMPTY_ROOT
        elif new is old:
            update.root = Hash(root)
        else:
            encoded = encode_node(new)
            update.root = Hash(blake2_256(encoded))
            update.nodes[update.root] = encoded
            self.nodes.remember(update.root, new)
        return update


class _Descent:
    """One application of sorted changes."""

    def __init__(self, nodes: Nodes, changes: Changes, version: int) -> None:
        self.made = TrieUpdate(EMPTY_ROOT)
        self._nodes = nodes
        self._hash_long_values = version >= 1
        keys = sorted(changes)
        self._paths = [path_of(key) for key in keys]
        self._values = [changes[key] for key in keys]

    def update(self, node: Node | None, low: int, high: int, depth: int) -> Node | None:
        """The subtree at `depth` after changes `low` to `high`, all of which pass through it.

        Returns the node itself if they change nothing, None if they leave nothing.
        """
        paths = self._paths
        first, last = paths[low], paths[high - 1]
        stem = first[depth:] if node is None else node.partial
        shared = min(common_length(stem, first, depth), common_length(stem, last, depth))

        fresh: dict[int, Node | None] = {}
        value, hashed, children = None, False, NO_CHILDREN
        if node is not None and shared == len(stem):
            value, hashed, children = node.value, node.hashed, node.children or NO_CHILDREN
        elif node is not None:
            tail = Node(stem[shared + 1 :], node.value, node.hashed, node.children)
            fresh[int(stem[shared], 16)] = tail

        at = depth + shared
        is_changed = bool(fresh)
        if len(first) == at:
            before = value, hashed
            value, hashed = self._new_value(low)
            is_changed = is_changed or (value, hashed) != before
            low += 1
        while low < high:
            digit = paths[low][at]
            end = low + 1
            while end < high and paths[end][at] == digit:
                end += 1
            index = int(digit, 16)
            child = self._child(index, fresh, children)
            new = self.update(child, low, end, at + 1)
            if new is not child:
                fresh[index] = new
                is_changed = True
            low = end
        if node is not None and not is_changed:
            return node
        return self._join(stem[:shared], (value, hashed), children, fresh)

    def _new_value(self, index: int) -> tuple[bytes | None, bool]:
        value = self._values[index]
        if value is None or len(value) <= INLINE_LIMIT or not self._hash_long_values:
            return value, False
        hash_ = blake2_256(value)
        self.made.values[hash_] = value
        return hash_, True

    def _child(
        self, index: int, fresh: Mapping[int, Node | None], children: list[bytes]
    ) -> Node | None:
        if index in fresh:
            return fresh[index]
        return self._nodes.node(children[index]) if children[index] else None

    def _join(
        self,
        partial: str,
        value: tuple[bytes | None, bool],
        children: list[bytes],
        fresh: Mapping[int, Node | None],
    ) -> Node | None:
        """A node over children some of which are new, in the one shape that such a node has."""
        alive = [
            index
            for index in range(16)
            if (fresh[index] is not None if index in fresh else children[index])
        ]
        if not alive:
            return None if value[0] is None else Node(partial, *value, None)
        if len(alive) == 1 and value[0] is None:
            child = self._child(alive[0], fresh, children)
            assert child is not None
            return Node(
                partial + DIGITS[alive[0]] + child.partial,
                child.value,
                child.hashed,
                child.children,
            )
        references = children.copy()
        for index, child in fresh.items():
            references[index] = NO_CHILD if child is None else self._link(child)
        return Node(partial, *value, references)

    def _link(self, node: Node) -> bytes:
        """Finish a node: the reference under which its parent will know it."""
        encoded = encode_node(node)
        if len(encoded) < HASH_LENGTH:
            return encoded
        hash_ = blake2_256(encoded)
        self.made.nodes[hash_] = encoded
        self._nodes.remember(hash_, node)
        return hash_
