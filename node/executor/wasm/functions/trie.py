"""Roots of tries over values that the runtime hands in."""
# ruff: noqa: ARG001 - these tries have nothing to do with the state

from collections.abc import Mapping
from typing import Final

from node.executor.wasm.functions.values import known_version, read_byte_strings
from node.executor.wasm.interface import Bytes32, HostFunctions, RuntimeCall, Span, Word
from primitives.hashing import keccak_256
from primitives.scale.compact import encode_compact
from storage.trie.nibbles import DIGITS, common_length, path_of
from storage.trie.node import EMPTY_ENCODED, HASH_LENGTH, NO_CHILD, Node, encode_node
from storage.trie.root import trie_root

FUNCTIONS = HostFunctions()

_INLINE_LIMIT: Final = 32
"""Under state version 1, a value longer than its hash is replaced by it."""


@FUNCTIONS.define("ext_trie_blake2_256_root_version_1")
def blake2_256_root(call: RuntimeCall, pairs: Span) -> Bytes32:
    return trie_root(_pairs(pairs), 0)


@FUNCTIONS.define("ext_trie_blake2_256_root_version_2")
def blake2_256_root_of_version(call: RuntimeCall, pairs: Span, version: Word) -> Bytes32:
    return trie_root(_pairs(pairs), known_version(version))


@FUNCTIONS.define("ext_trie_blake2_256_ordered_root_version_1")
def blake2_256_ordered_root(call: RuntimeCall, values: Span) -> Bytes32:
    return call.host.ordered_root(read_byte_strings(values), 0)


@FUNCTIONS.define("ext_trie_blake2_256_ordered_root_version_2")
def blake2_256_ordered_root_of_version(call: RuntimeCall, values: Span, version: Word) -> Bytes32:
    return call.host.ordered_root(read_byte_strings(values), known_version(version))


@FUNCTIONS.define("ext_trie_keccak_256_root_version_1")
def keccak_256_root(call: RuntimeCall, pairs: Span) -> Bytes32:
    return keccak_root(_pairs(pairs), 0)


@FUNCTIONS.define("ext_trie_keccak_256_root_version_2")
def keccak_256_root_of_version(call: RuntimeCall, pairs: Span, version: Word) -> Bytes32:
    return keccak_root(_pairs(pairs), known_version(version))


@FUNCTIONS.define("ext_trie_keccak_256_ordered_root_version_1")
def keccak_256_ordered_root(call: RuntimeCall, values: Span) -> Bytes32:
    return keccak_root(_in_order(values), 0)


@FUNCTIONS.define("ext_trie_keccak_256_ordered_root_version_2")
def keccak_256_ordered_root_of_version(call: RuntimeCall, values: Span, version: Word) -> Bytes32:
    return keccak_root(_in_order(values), known_version(version))


def keccak_root(pairs: Mapping[bytes, bytes], version: int) -> bytes:
    """The root of a trie whose nodes are named by Keccak-256, as bridges to Ethereum want it."""
    if not pairs:
        return keccak_256(EMPTY_ENCODED)
    return keccak_256(_encode(sorted((path_of(key), pairs[key]) for key in pairs), 0, version))


def _encode(items: list[tuple[str, bytes]], at: int, version: int) -> bytes:
    """The node above these paths, which agree on the first `at` digits."""
    first, last = items[0][0], items[-1][0]
    end = at + common_length(first[at:], last, at)
    value = items[0][1] if len(first) == end else None
    hashed = value is not None and version == 1 and len(value) > _INLINE_LIMIT
    if hashed and value is not None:
        value = keccak_256(value)
    children = None
    if len(items) > 1:
        below = {digit: [item for item in items if item[0][end:][:1] == digit] for digit in DIGITS}
        children = [_reference(below[digit], end + 1, version) for digit in DIGITS]
    return encode_node(Node(first[at:end], value, hashed, children))


def _reference(items: list[tuple[str, bytes]], at: int, version: int) -> bytes:
    if not items:
        return NO_CHILD
    encoded = _encode(items, at, version)
    return encoded if len(encoded) < HASH_LENGTH else keccak_256(encoded)


def _pairs(encoded: bytes) -> dict[bytes, bytes]:
    flat = read_byte_strings(encoded, per_item=2)
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _in_order(encoded: bytes) -> dict[bytes, bytes]:
    return {encode_compact(at): value for at, value in enumerate(read_byte_strings(encoded))}
