"""Read proofs: the nodes that a reader needs to look up some keys, and nothing else.

Made by letting a reader walk and noting what it asked for; checked by letting a reader walk with
nothing but the proof.
"""

from collections.abc import Iterable

from storage.errors import MissingNode, ProofError, TrieError
from storage.trie.backend import MappedSource, Nodes, NodeSource
from storage.trie.children import child_root
from storage.trie.trie import Trie


class _Recorder:
    """A source that keeps what was read from another one."""

    def __init__(self, source: NodeSource) -> None:
        self._source = source
        self._seen: dict[bytes, bytes] = {}

    def node(self, hash_: bytes) -> bytes | None:
        return self._note(hash_, self._source.node(hash_))

    def value(self, hash_: bytes) -> bytes | None:
        return self._note(hash_, self._source.value(hash_))

    def in_order(self) -> list[bytes]:
        """What was read, in the order of hashes."""
        return [self._seen[hash_] for hash_ in sorted(self._seen)]

    def _note(self, hash_: bytes, found: bytes | None) -> bytes | None:
        if found is not None:
            self._seen[hash_] = found
        return found


def read_proof(source: NodeSource, root: bytes, keys: Iterable[bytes]) -> list[bytes]:
    """Everything on the way to these keys, present or not, in the order of hashes."""
    recorder = _Recorder(source)
    trie = Trie(Nodes(recorder))
    for key in keys:
        trie.get(root, key)
    return recorder.in_order()


def read_child_proof(
    source: NodeSource, root: bytes, name: bytes, keys: Iterable[bytes]
) -> list[bytes]:
    """Everything on the way to these keys of a child trie, and to its root in the top trie."""
    recorder = _Recorder(source)
    trie = Trie(Nodes(recorder))
    for key in keys:
        trie.get(child_root(trie, root, name), key)
    return recorder.in_order()


def verify_proof(
    root: bytes, proof: Iterable[bytes], keys: Iterable[bytes]
) -> dict[bytes, bytes | None]:
    """What a trie with this root holds under each key; ProofError if the proof does not say."""
    trie = Trie(Nodes(MappedSource.of(proof)))
    values: dict[bytes, bytes | None] = {}
    for key in keys:
        try:
            values[key] = trie.get(root, key)
        except MissingNode as error:
            raise ProofError(f"the proof says nothing about key {key.hex()}") from error
        except TrieError as error:
            raise ProofError(f"the proof holds a broken node: {error.reason}") from error
    return values
