"""Roots of tries that nobody keeps: a genesis state, the extrinsics of a block."""

from collections.abc import Iterable, Mapping
from typing import Final

from primitives.scale.compact import encode_compact
from primitives.types import Hash
from storage.trie.backend import MappedSource, Nodes
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Trie, TrieUpdate

_VERSIONS: Final = (1, 0)
"""The layouts of the state trie, the usual one first."""


def trie_root(pairs: Mapping[bytes, bytes], version: int = 1) -> Hash:
    """The root of the trie that holds exactly these keys and values."""
    return _build(pairs, version).root


def trie_with_root(root: Hash, pairs: Mapping[bytes, bytes]) -> TrieUpdate | None:
    """The trie that holds exactly these keys and values, in the layout in which it has this root.

    None if it has it in no layout.
    """
    for version in _VERSIONS:
        trie = _build(pairs, version)
        if trie.root == root:
            return trie
    return None


def ordered_root(values: Iterable[bytes], version: int = 1) -> Hash:
    """The root of the trie that maps the compact encoding of each position to its value."""
    return trie_root({encode_compact(at): value for at, value in enumerate(values)}, version)


def _build(pairs: Mapping[bytes, bytes], version: int) -> TrieUpdate:
    return Trie(Nodes(MappedSource({}, {}))).apply(EMPTY_ROOT, pairs, version)
