"""`childstate_*`: the entries of child tries, at any block whose state is kept.

A client names a child trie by the key of its root in the top trie.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from node.rpc.context import RpcContext
from node.rpc.declare import Methods
from node.rpc.errors import client_error
from node.rpc.messages import Json
from node.rpc.paging import keys_after
from node.rpc.params import BlockHash, Bytes, Count, Keys
from node.rpc.shapes import hexed, hexed_or_null
from primitives.hashing import blake2_256
from primitives.types import Hash
from storage.overlay import StateView
from storage.trie.children import child_at

methods = Methods()


@methods.method("childstate_getStorage")
def get_storage(
    rpc: RpcContext, child_storage_key: Bytes, key: Bytes, hash_: BlockHash | None = None
) -> Json:
    """The value under a key of a child trie; null if there is none."""
    return hexed_or_null(_value(rpc, child_storage_key, key, hash_))


@methods.method("childstate_getStorageHash")
def get_storage_hash(
    rpc: RpcContext, child_storage_key: Bytes, key: Bytes, hash_: BlockHash | None = None
) -> Json:
    """The blake2-256 hash of the value under a key of a child trie; null if there is none."""
    value = _value(rpc, child_storage_key, key, hash_)
    return None if value is None else hexed(blake2_256(value))


@methods.method("childstate_getStorageSize")
def get_storage_size(
    rpc: RpcContext, child_storage_key: Bytes, key: Bytes, hash_: BlockHash | None = None
) -> Json:
    """How many bytes the value under a key of a child trie has; null if there is none."""
    value = _value(rpc, child_storage_key, key, hash_)
    return None if value is None else len(value)


@methods.method("childstate_getStorageEntries")
async def get_storage_entries(
    rpc: RpcContext, child_storage_key: Bytes, keys: Keys, hash_: BlockHash | None = None
) -> Json:
    """What several keys of a child trie hold, in their order."""
    with _child(rpc, child_storage_key, hash_) as child:
        return await rpc.chain.read_in_thread(
            lambda: [hexed_or_null(child.get(key)) for key in keys]
        )


@methods.method("childstate_getKeys")
async def get_keys(
    rpc: RpcContext, child_storage_key: Bytes, prefix: Bytes, hash_: BlockHash | None = None
) -> Json:
    """Every key of a child trie under a prefix, ascending."""
    with _child(rpc, child_storage_key, hash_) as child:
        return await rpc.chain.read_in_thread(lambda: [hexed(key) for key in child.keys(prefix)])


@methods.method("childstate_getKeysPaged", "childstate_getKeysPagedAt")
async def get_keys_paged(
    rpc: RpcContext,
    child_storage_key: Bytes,
    prefix: Bytes | None,
    count: Count,
    start_key: Bytes | None = None,
    hash_: BlockHash | None = None,
) -> Json:
    """A page of a child trie's keys under a prefix, ascending, strictly after `startKey`."""
    with _child(rpc, child_storage_key, hash_) as child:
        keys = keys_after(child, prefix or b"", start_key)
        return await rpc.chain.read_in_thread(lambda: [hexed(key) for key in islice(keys, count)])


@methods.method("state_getChildReadProof")
async def get_read_proof(
    rpc: RpcContext, child_storage_key: Bytes, keys: Keys, hash_: BlockHash | None = None
) -> Json:
    """The trie nodes that prove what these keys of a child trie hold."""
    name, block = _name(child_storage_key), rpc.at(hash_)
    with rpc.refusing(block):
        proof = await rpc.chain.read_in_thread(
            lambda: rpc.chain.read_child_proof(block, name, keys)
        )
    return {"at": hexed(block), "proof": [hexed(node) for node in proof]}


def _value(rpc: RpcContext, root_key: bytes, key: bytes, hash_: Hash | None) -> bytes | None:
    with _child(rpc, root_key, hash_) as child:
        return child.get(key)


@contextmanager
def _child(rpc: RpcContext, root_key: bytes, hash_: Hash | None) -> Iterator[StateView]:
    """A child trie after a block; nothing is in it if there is none of this name."""
    name, block = _name(root_key), rpc.at(hash_)
    with rpc.refusing(block):
        yield rpc.chain.state(block).child(name)


def _name(root_key: bytes) -> bytes:
    name = child_at(root_key)
    if name is None:
        raise client_error("Invalid child storage key")
    return name
