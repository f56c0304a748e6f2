"""Roots of tries that nobody keeps: a genesis state, the extrinsics of a block."""

from collections.abc import Iterable, Mapping

from primitives.scale.compact import encode_compact
from primitives.types import Hash
from storage.trie.backend import MappedSource, Nodes
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Trie


def trie_root(pairs: Mapping[bytes, bytes], version: int = 1) -> Hash:
    """The root of the trie that holds exactly these keys and values."""
    return Trie(Nodes(MappedSource({}, {}))).apply(EMPTY_ROOT, pairs, version).root


def ordered_root(values: Iterable[bytes], version: int = 1) -> Hash:
    """The root of the trie that maps the compact encoding of each position to its value."""
    return trie_root({encode_compact(at): value for at, value in enumerate(values)}, version)
