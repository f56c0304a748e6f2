"""Default child tries: tries of their own, whose roots are values of the top trie.

    top trie   … ":child_storage:default:" name ── root of the child trie ── its entries

So one state root stands for all of them. A child trie without entries has no root there.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from primitives.types import Hash
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Changes, Trie, TrieUpdate

CHILD_ROOTS: Final = b":child_storage:default:"
"""Begins the key of each root; the name of the child trie ends it."""
RESERVED: Final = b":child_storage:"
"""Begins the keys that no runtime changes itself. Substrate keeps room for more kinds of tries."""

ChildChanges = Mapping[bytes, Changes]
"""Changes within child tries, by the name of the trie."""
NO_CHILDREN: Final[Mapping[bytes, dict[bytes, bytes]]] = MappingProxyType({})


def root_key(name: bytes) -> bytes:
    """Where the top trie holds the root of a child trie."""
    return CHILD_ROOTS + name


def child_at(key: bytes) -> bytes | None:
    """The name of the child trie whose root stands under a key; None if the key is another."""
    return key[len(CHILD_ROOTS) :] if key.startswith(CHILD_ROOTS) else None


def child_root(trie: Trie, root: bytes, name: bytes) -> Hash:
    """The root of a child trie within the state that has this root."""
    found = trie.get(root, root_key(name))
    return EMPTY_ROOT if found is None else Hash(found)


def apply_with_children(
    trie: Trie, root: bytes, changes: Changes, children: ChildChanges, version: int = 1
) -> TrieUpdate:
    """The state with changes in the top trie and in child tries, whose roots go into the top."""
    if not children:
        return trie.apply(root, changes, version)
    made = {
        root_key(name): trie.apply(child_root(trie, root, name), entries, version)
        for name, entries in children.items()
    }
    roots: dict[bytes, bytes | None] = {
        key: None if one.root == EMPTY_ROOT else one.root for key, one in made.items()
    }
    update = trie.apply(root, {**changes, **roots}, version)
    for one in made.values():
        update.nodes |= one.nodes
        update.values |= one.values
    update.child_roots = roots
    return update
