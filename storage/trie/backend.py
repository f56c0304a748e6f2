"""Where tries find their nodes: sources of encoded nodes, and a cache of decoded ones."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from primitives.hashing import blake2_256
from storage.errors import MissingNode
from storage.trie.node import EMPTY_ROOT, HASH_LENGTH, Node, decode_node

GENERATION: Final = 8_192
"""Decoded nodes per generation of the cache; two generations weigh about ten megabytes."""


class NodeSource(Protocol):
    """Nodes and long values by hash.

    The two are asked for apart, because anyone can store a value that spells a node.
    """

    def node(self, hash_: bytes) -> bytes | None:
        """The encoded node with this hash, or None."""

    def value(self, hash_: bytes) -> bytes | None:
        """The value with this hash, or None."""


class MappedSource:
    """Nodes and values in dicts: a trie under construction, or a proof."""

    def __init__(self, nodes: Mapping[bytes, bytes], values: Mapping[bytes, bytes]) -> None:
        self.node = nodes.get
        self.value = values.get

    @classmethod
    def of(cls, entries: Iterable[bytes]) -> "MappedSource":
        """A source that finds each entry by its hash, be it a node or a value."""
        by_hash = {blake2_256(entry): entry for entry in entries}
        return cls(by_hash, by_hash)


class Nodes:
    """Decoded nodes of one source. Nodes never change, so the cache is never wrong.

    Two generations stand for "recently used" without bookkeeping on each hit: a full young one
    becomes the old one, and what is used again moves back to the young one. All steps are single
    dict operations, so readers in other threads need no lock.
    """

    def __init__(self, source: NodeSource, generation: int = GENERATION) -> None:
        self._source = source
        self._generation = generation
        self._young: dict[bytes, Node] = {}
        self._old: dict[bytes, Node] = {}

    def root(self, root: bytes) -> Node | None:
        """The top node of a trie; None if it is empty."""
        return None if root == EMPTY_ROOT else self.node(root)

    def node(self, reference: bytes) -> Node:
        """The node behind a parent's reference to it."""
        if len(reference) < HASH_LENGTH:
            return self._decode(reference)
        node = self._young.get(reference)
        if node is not None:
            return node
        node = self._old.get(reference)
        if node is None:
            encoded = self._source.node(reference)
            if encoded is None:
                raise MissingNode(f"trie node {reference.hex()} is missing")
            node = self._decode(encoded)
        self.remember(reference, node)
        return node

    def remember(self, hash_: bytes, node: Node) -> None:
        """Keep a node that was just made."""
        if len(self._young) >= self._generation:
            self._old, self._young = self._young, {}
        self._young[hash_] = node

    def value_of(self, node: Node) -> bytes | None:
        """The value at a node, fetched if the node holds only its hash."""
        if not node.hashed or node.value is None:
            return node.value
        value = self._source.value(node.value)
        if value is None:
            raise MissingNode(f"trie value {node.value.hex()} is missing")
        return value

    def _decode(self, encoded: bytes) -> Node:
        node = decode_node(encoded)
        if node is None:
            raise MissingNode("a reference to the empty trie")
        return node
