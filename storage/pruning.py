"""Which trie nodes stay on disk: all of them, or those that a kept state refers to.

When pruning, each node and each long value has a count: one for every stored node that refers to
it, and one for every kept state that has it as root. Tries share what is equal, so a new trie adds
references to old nodes, and a state that is given up takes only what no other one needs. A stored
node's children are always stored; that is why a node seen again needs no further descent.

That a value is the root of a child trie can be seen from its key alone, and equal nodes may stand
at several places. So the nodes below the prefix of such keys, the index, are stored a second time:
as nodes of the index, which refer to one another and to the roots. Each kept state has the topmost
one of its index beside its root.

    state ─┬─ root ── node ── node ─┐ the same bytes under two keys, with two counts
           └──────────────── index node ── root of a child trie ── node
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from primitives.errors import InvariantBroken
from primitives.types import Hash
from storage import columns
from storage.kv import KeyValue, WriteBatch
from storage.trie.children import CHILD_ROOTS
from storage.trie.nibbles import path_of
from storage.trie.node import EMPTY_ROOT, HASH_LENGTH, Node, decode_node
from storage.trie.trie import TrieUpdate


class Keeper(Protocol):
    """Adds a block's new nodes to a batch, and removes what nobody needs any more."""

    def keep(self, batch: WriteBatch, update: TrieUpdate) -> None:
        """Store a new state."""

    def release(self, batch: WriteBatch, roots: list[Hash]) -> None:
        """Give up the states with these roots."""


class Archive:
    """Keeps every state for ever."""

    def keep(self, batch: WriteBatch, update: TrieUpdate) -> None:
        for hash_, node in update.nodes.items():
            columns.NODES.put(batch, Hash(hash_), node)
        for hash_, value in update.values.items():
            columns.VALUES.put(batch, Hash(hash_), value)

    def release(self, batch: WriteBatch, roots: list[Hash]) -> None:
        """An archive gives up nothing."""


class Counted:
    """Keeps what is referred to."""

    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv

    def keep(self, batch: WriteBatch, update: TrieUpdate) -> None:
        made = {_NODE + hash_: node for hash_, node in update.nodes.items()}
        made |= {columns.VALUES.prefix + hash_: value for hash_, value in update.values.items()}
        counts = _Counts(self._kv)
        pending = _keys_of_state(update.root, lambda key: made.get(key) or self._kv.get(key))
        while pending:
            key = pending.pop()
            if counts.change(key, by=1) == 1:
                content = made[_as_plain_node(key)]
                batch.put(key, content)
                pending += _references(key, content)
        counts.write(batch)

    def release(self, batch: WriteBatch, roots: list[Hash]) -> None:
        counts = _Counts(self._kv)
        pending = [key for root in roots for key in _keys_of_state(root, self._kv.get)]
        while pending:
            key = pending.pop()
            if counts.change(key, by=-1) == 0:
                content = self._kv.get(key)
                if content is None:
                    raise InvariantBroken(f"pruning looked for {key.hex()}, which is not stored")
                batch.delete(key)
                pending += _references(key, content)
        counts.write(batch)


class _Counts:
    """The counts that one batch changes."""

    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv
        self._before: dict[bytes, int] = {}
        self._now: dict[bytes, int] = {}

    def change(self, key: bytes, *, by: int) -> int:
        if key not in self._now:
            self._now[key] = self._before[key] = self._stored(key)
        self._now[key] += by
        return self._now[key]

    def write(self, batch: WriteBatch) -> None:
        for key, count in self._now.items():
            if count > 1:
                columns.REFERENCES.put(batch, key, count)
            elif self._before[key] > 1:
                columns.REFERENCES.delete(batch, key)

    def _stored(self, key: bytes) -> int:
        count = columns.REFERENCES.get(self._kv, key)
        if count is None:
            return 0 if self._kv.get(key) is None else 1
        return count


def _keys_of_state(root: Hash, read: Callable[[bytes], bytes | None]) -> list[bytes]:
    """The keys of what a state refers to itself: its root, and the top of its index."""
    if root == EMPTY_ROOT:
        return []
    keys = [_NODE + root]
    at, path = root, path_of(CHILD_ROOTS)
    while True:
        content = read(_NODE + at)
        node = None if content is None else decode_node(content)
        if node is None:
            raise InvariantBroken(f"pruning looked for the node {at.hex()}, which is not stored")
        if node.partial.startswith(path):
            return [*keys, _INDEX + at]
        if node.children is None or not path.startswith(node.partial):
            return keys
        path = path[len(node.partial) :]
        child = node.children[int(path[0], 16)]
        if len(child) < HASH_LENGTH:  # A node that leads to a root is no shorter than one.
            return keys
        at, path = Hash(child), path[1:]


def _as_plain_node(key: bytes) -> bytes:
    return _NODE + key[len(_INDEX) :] if key.startswith(_INDEX) else key


def _references(key: bytes, content: bytes) -> Iterator[bytes]:
    """The keys of what a stored node refers to, also from within children it holds inline."""
    if key.startswith(columns.VALUES.prefix):
        return
    if key.startswith(_INDEX):
        yield from _references_of_index(content)
        return
    pending: list[Node | None] = [decode_node(content)]
    while pending:
        node = pending.pop()
        if node is None:
            continue
        if node.hashed and node.value is not None:
            yield columns.VALUES.prefix + node.value
        for child in node.children or ():
            if len(child) == HASH_LENGTH:
                yield _NODE + child
            elif child:
                pending.append(decode_node(child))


def _references_of_index(content: bytes) -> Iterator[bytes]:
    """Where all values are roots, which are as long as hashes, no child is held inline."""
    node = decode_node(content)
    if node is None:
        return
    if node.value is not None:
        yield _NODE + node.value
    for child in node.children or ():
        if child:
            yield _INDEX + child


_NODE = columns.NODES.prefix
_INDEX = columns.CHILD_INDEX.prefix
