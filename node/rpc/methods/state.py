"""`state_*`: storage, runtime calls and metadata, at any block whose state is kept."""

from itertools import islice

from node.rpc.context import RpcContext
from node.rpc.declare import Methods
from node.rpc.errors import ErrorCode, RpcError
from node.rpc.messages import Json
from node.rpc.paging import keys_after
from node.rpc.params import BlockHash, Bytes, Count, Keys, Text
from node.rpc.shapes import changes_json, hexed, hexed_or_null, version_json
from primitives.hashing import blake2_256
from primitives.scale.types import decode
from primitives.types import Hash
from storage.overlay import StateView

MAX_PAGE = 1_000
"""Keys in one page, as in Substrate."""

methods = Methods()


@methods.method("state_call", "state_callAt")
async def call(rpc: RpcContext, name: Text, data: Bytes, hash_: BlockHash | None = None) -> Json:
    """The answer of a runtime API in SCALE. What the call writes is dropped."""
    return hexed(await rpc.call(hash_, name, data))


@methods.method("state_getMetadata")
async def get_metadata(rpc: RpcContext, hash_: BlockHash | None = None) -> Json:
    """The description of the runtime in the format that every client reads, V14."""
    answer = await rpc.call(hash_, "Metadata_metadata", b"")
    return hexed(decode(bytes, answer))


@methods.method("state_getRuntimeVersion", "chain_getRuntimeVersion")
async def get_runtime_version(rpc: RpcContext, hash_: BlockHash | None = None) -> Json:
    """Which rules the state after a block stands under."""
    return version_json(await rpc.read(hash_, rpc.chain.runtime_version))


@methods.method("state_getStorage", "state_getStorageAt")
def get_storage(rpc: RpcContext, key: Bytes, hash_: BlockHash | None = None) -> Json:
    """The value under a key; null if there is none."""
    return hexed_or_null(_value(rpc, key, hash_))


@methods.method("state_getStorageHash", "state_getStorageHashAt")
def get_storage_hash(rpc: RpcContext, key: Bytes, hash_: BlockHash | None = None) -> Json:
    """The blake2-256 hash of the value under a key; null if there is none."""
    value = _value(rpc, key, hash_)
    return None if value is None else hexed(blake2_256(value))


@methods.method("state_getStorageSize", "state_getStorageSizeAt")
async def get_storage_size(rpc: RpcContext, key: Bytes, hash_: BlockHash | None = None) -> Json:
    """How many bytes a value has, or all values under a prefix; null if there are none."""

    def measure(state: StateView) -> int | None:
        value = state.get(key)
        if value is not None:
            return len(value)
        values = [state.get(below) or b"" for below in state.keys(key)]
        return sum(map(len, values)) or None

    block = rpc.at(hash_)
    with rpc.refusing(block):
        state = rpc.chain.state(block)
        return await rpc.chain.read_in_thread(lambda: measure(state))


@methods.method("state_getKeysPaged", "state_getKeysPagedAt")
async def get_keys_paged(
    rpc: RpcContext,
    prefix: Bytes | None,
    count: Count,
    start_key: Bytes | None = None,
    hash_: BlockHash | None = None,
) -> Json:
    """A page of the keys under a prefix, ascending, strictly after `startKey`."""
    if count > MAX_PAGE:
        raise RpcError(
            ErrorCode.COUNT_TOO_LARGE,
            f"count exceeds maximum value. value: {count}, max: {MAX_PAGE}",
        )
    block = rpc.at(hash_)
    with rpc.refusing(block):
        keys = keys_after(rpc.chain.state(block), prefix or b"", start_key)
        return await rpc.chain.read_in_thread(lambda: [hexed(key) for key in islice(keys, count)])


@methods.method("state_getKeys")
async def get_keys(rpc: RpcContext, prefix: Bytes, hash_: BlockHash | None = None) -> Json:
    """Every key under a prefix, ascending."""
    block = rpc.at(hash_)
    with rpc.refusing(block):
        state = rpc.chain.state(block)
        return await rpc.chain.read_in_thread(lambda: [hexed(key) for key in state.keys(prefix)])


@methods.method("state_getPairs", unsafe=True)
async def get_pairs(rpc: RpcContext, prefix: Bytes, hash_: BlockHash | None = None) -> Json:
    """Every key under a prefix with its value, ascending."""
    block = rpc.at(hash_)
    with rpc.refusing(block):
        state = rpc.chain.state(block)
        return await rpc.chain.read_in_thread(
            lambda: [[hexed(key), hexed_or_null(state.get(key))] for key in state.keys(prefix)]
        )


@methods.method("state_queryStorageAt")
async def query_storage_at(rpc: RpcContext, keys: Keys, hash_: BlockHash | None = None) -> Json:
    """What several keys hold: one entry per key, in their order."""
    block = rpc.at(hash_)
    with rpc.refusing(block):
        state = rpc.chain.state(block)
        values = await rpc.chain.read_in_thread(lambda: [state.get(key) for key in keys])
    return [changes_json(block, zip(keys, values, strict=True))]


@methods.method("state_queryStorage", unsafe=True)
async def query_storage(
    rpc: RpcContext, keys: Keys, from_block: BlockHash, to_block: BlockHash | None = None
) -> Json:
    """What several keys hold after the first block of a range, then what each block changed."""
    last = rpc.at(to_block)

    def query() -> list[Json]:
        entries: list[Json] = []
        known: dict[bytes, bytes | None] = {}
        for block in _blocks_between(rpc, from_block, last):
            state = rpc.chain.state(block)
            values = {key: state.get(key) for key in keys}
            changed = [(key, now) for key, now in values.items() if known.get(key, b"?") != now]
            if changed:
                entries.append(changes_json(block, changed))
            known = values
        return entries

    with rpc.refusing(last):
        return await rpc.chain.read_in_thread(query)


@methods.method("state_getReadProof")
async def get_read_proof(rpc: RpcContext, keys: Keys, hash_: BlockHash | None = None) -> Json:
    """The trie nodes that prove what these keys hold."""
    block = rpc.at(hash_)
    with rpc.refusing(block):
        proof = await rpc.chain.read_in_thread(lambda: rpc.chain.read_proof(block, keys))
    return {"at": hexed(block), "proof": [hexed(node) for node in proof]}


def _value(rpc: RpcContext, key: bytes, hash_: Hash | None) -> bytes | None:
    block = rpc.at(hash_)
    with rpc.refusing(block):
        return rpc.chain.state(block).get(key)


def _blocks_between(rpc: RpcContext, first: Hash, last: Hash) -> list[Hash]:
    """The blocks from one down to another, in ascending order."""
    start, end = rpc.chain.header(first), rpc.chain.header(last)
    if start is None or end is None:
        raise _no_range(first, last, "a block is not known")
    blocks = [last]
    while end is not None and end.number > start.number:
        blocks.append(end.parent_hash)
        end = rpc.chain.header(end.parent_hash)
    if end is None:
        raise _no_range(first, last, "a block between them is not known")
    if blocks[-1] != first:
        raise _no_range(first, last, "the first block is no ancestor of the last")
    return blocks[::-1]


def _no_range(first: Hash, last: Hash, why: str) -> RpcError:
    return RpcError(
        ErrorCode.BLOCK_RANGE,
        f"Cannot resolve a block range ['0x{first.hex()}' ... '0x{last.hex()}']. {why}",
    )
