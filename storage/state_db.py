"""The states after blocks: a flat mirror of the best one, tries for all that are kept."""

from collections.abc import Iterable

from primitives.types import Hash
from storage import columns
from storage.errors import MissingNode, StateDiscarded
from storage.kv import KeyValue, WriteBatch
from storage.overlay import StateView
from storage.pruning import Keeper
from storage.trie.backend import Nodes
from storage.trie.children import NO_CHILDREN, ChildChanges, apply_with_children, root_key
from storage.trie.difference import difference
from storage.trie.node import EMPTY_ROOT
from storage.trie.proof import read_child_proof, read_proof
from storage.trie.trie import Changes, Trie, TrieUpdate


class StateDb:
    """Reads any kept state, and prepares the next one."""

    def __init__(self, kv: KeyValue, keeper: Keeper, mirrored: Hash | None) -> None:
        self._kv = kv
        self._keeper = keeper
        self._source = _StoredNodes(kv)
        self._trie = Trie(Nodes(self._source))
        self.mirrored = mirrored
        """The block whose state the mirror shows; None while a batch moves it."""

    def is_kept(self, block: Hash) -> bool:
        return columns.STATES.get(self._kv, block) is not None

    def at(self, block: Hash) -> StateView:
        """The state after a block. The view stays right when the best block changes."""
        trie_view = _TrieView(self._trie, block, self._root_of(block))
        return _MirrorView(self, self._kv, trie_view) if block == self.mirrored else trie_view

    def root_after(
        self,
        parent: Hash,
        changes: Changes,
        children: ChildChanges = NO_CHILDREN,
        version: int = 1,
    ) -> TrieUpdate:
        """The tries of a block that makes these changes to its parent's state."""
        return apply_with_children(self._trie, self._root_of(parent), changes, children, version)

    def read_proof(self, block: Hash, keys: Iterable[bytes]) -> list[bytes]:
        """The nodes that prove what these keys hold after a block."""
        root = self._root_of(block)
        try:
            return read_proof(self._source, root, keys)
        except MissingNode as error:
            raise _no_longer_kept(block) from error

    def read_child_proof(self, block: Hash, name: bytes, keys: Iterable[bytes]) -> list[bytes]:
        """The nodes that prove what these keys of a child trie hold after a block."""
        root = self._root_of(block)
        try:
            return read_child_proof(self._source, root, name, keys)
        except MissingNode as error:
            raise _no_longer_kept(block) from error

    def keep(self, batch: WriteBatch, block: Hash, update: TrieUpdate) -> None:
        """Store the state after a block."""
        columns.STATES.put(batch, block, update.root)
        self._keeper.keep(batch, update)

    def release(self, batch: WriteBatch, blocks: Iterable[Hash]) -> None:
        """Give up the states after these blocks, as far as they are kept."""
        roots = []
        for block in blocks:
            root = columns.STATES.get(self._kv, block)
            if root is not None:
                columns.STATES.delete(batch, block)
                roots.append(root)
        self._keeper.release(batch, roots)

    def changes_between(self, old: Hash, new: Hash) -> dict[bytes, bytes | None]:
        """What leads from the state after one block to the state after another."""
        return dict(difference(self._trie.nodes, self._root_of(old), self._root_of(new)))

    def _root_of(self, block: Hash) -> Hash:
        root = columns.STATES.get(self._kv, block)
        if root is None:
            raise StateDiscarded(f"the state of block 0x{block.hex()} is not kept")
        return root


def _no_longer_kept(block: Hash) -> StateDiscarded:
    """It was there when somebody began to read it."""
    return StateDiscarded(f"the state of block 0x{block.hex()} is no longer kept")


def mirror(batch: WriteBatch, changes: Changes) -> None:
    """Move the mirror by these changes."""
    prefix = columns.MIRROR.prefix
    for key, value in changes.items():
        batch.changes[prefix + key] = value


class _StoredNodes:
    """The trie columns as a source of nodes."""

    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv

    def node(self, hash_: bytes) -> bytes | None:
        return columns.NODES.get(self._kv, Hash(hash_))

    def value(self, hash_: bytes) -> bytes | None:
        return columns.VALUES.get(self._kv, Hash(hash_))


class _TrieView:
    """A state read by walking its trie."""

    def __init__(self, trie: Trie, block: Hash, root: Hash) -> None:
        self._trie = trie
        self.block = block
        self._root = root

    def get(self, key: bytes) -> bytes | None:
        try:
            return self._trie.get(self._root, key)
        except MissingNode as error:
            raise _no_longer_kept(self.block) from error

    def next_key(self, after: bytes) -> bytes | None:
        try:
            return next(self._trie.keys(self._root, start=after + b"\0"), None)
        except MissingNode as error:
            raise _no_longer_kept(self.block) from error

    def keys(self, prefix: bytes) -> list[bytes]:
        try:
            return list(self._trie.keys(self._root, prefix))
        except MissingNode as error:
            raise _no_longer_kept(self.block) from error

    def child(self, name: bytes) -> "_TrieView":
        return self.child_under(self.get(root_key(name)))

    def child_under(self, root: bytes | None) -> "_TrieView":
        """The view of a child trie by what the top trie holds as its root."""
        return _TrieView(self._trie, self.block, EMPTY_ROOT if root is None else Hash(root))


class _MirrorView:
    """The best state read flat, for as long as it is the best one.

    Reads are optimistic. The mirror is marked as moving before a batch changes it, so an answer
    counts if the mirror still shows this block after the read; else the trie answers.
    """

    def __init__(self, states: StateDb, kv: KeyValue, history: _TrieView) -> None:
        self._states = states
        self._kv = kv
        self._history = history
        self._block = history.block

    def get(self, key: bytes) -> bytes | None:
        value = self._kv.get(_MIRROR + key)
        return value if self._states.mirrored == self._block else self._history.get(key)

    def next_key(self, after: bytes) -> bytes | None:
        found = next(self._kv.keys(_MIRROR, start=_MIRROR + after + b"\0"), None)
        if self._states.mirrored != self._block:
            return self._history.next_key(after)
        return None if found is None else found[len(_MIRROR) :]

    def keys(self, prefix: bytes) -> list[bytes]:
        found = [key[len(_MIRROR) :] for key in self._kv.keys(_MIRROR + prefix)]
        return found if self._states.mirrored == self._block else self._history.keys(prefix)

    def child(self, name: bytes) -> _TrieView:
        """Child tries have no mirror: only their roots are in it."""
        return self._history.child_under(self.get(root_key(name)))


_MIRROR = columns.MIRROR.prefix
