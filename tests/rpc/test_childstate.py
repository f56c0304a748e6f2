"""`childstate_*` over a real state, and proofs of what child tries hold."""

import pytest

from primitives.hashing import blake2_256
from storage.kv import WriteBatch
from storage.trie.proof import verify_proof
from tests.support.blocks import ROOTS
from tests.support.plain_trie import plain_root
from tests.support.rpc_node import connected
from tests.support.vectors import unhex

ENTRIES = {b"": b"", b"a": b"1", b"ab": b"x" * 40, b"b": b"2"} | {
    b"c%d" % n: b"v" for n in range(9)
}
CHILDREN = {b"one": ENTRIES, b"two": {b"a": b"other"}}
UNKNOWN = "0x" + "ee" * 32


def hexed(data):
    return "0x" + data.hex()


ONE, TWO, NONE = (hexed(ROOTS + name) for name in (b"one", b"two", b"none"))


def connected_to_children():
    return connected(children=CHILDREN)


async def test_values_at_any_block():
    async with connected_to_children() as (node, client):
        genesis = hexed(node.client.genesis_hash)
        await node.make_block()
        for block in ([], [genesis], [None]):
            for key, value in ENTRIES.items():
                asked = (ONE, hexed(key), *block)
                assert await client.result("childstate_getStorage", *asked) == hexed(value)
                assert await client.result("childstate_getStorageSize", *asked) == len(value)
                digest = hexed(blake2_256(value))
                assert await client.result("childstate_getStorageHash", *asked) == digest
        assert await client.result("childstate_getStorage", TWO, "0x61") == hexed(b"other")


@pytest.mark.parametrize("child", [ONE, NONE])
async def test_what_is_not_there_is_null(child):
    """A prefix is no key: the sizes of child entries are not added up."""
    async with connected_to_children() as (_, client):
        for name in ("", "Hash", "Size"):
            assert await client.result(f"childstate_getStorage{name}", child, "0x63") is None


async def test_several_entries_come_in_the_order_of_the_keys():
    async with connected_to_children() as (_, client):
        keys = ["0x62", "0xff", "0x61"]
        answer = await client.result("childstate_getStorageEntries", ONE, keys)
        assert answer == [hexed(b"2"), None, hexed(b"1")]
        assert await client.result("childstate_getStorageEntries", NONE, keys) == [None] * 3


async def test_keys_under_a_prefix():
    async with connected_to_children() as (_, client):
        everything = [hexed(key) for key in sorted(ENTRIES)]
        assert await client.result("childstate_getKeys", ONE, "0x") == everything
        assert await client.result("childstate_getKeys", ONE, "0x61") == ["0x61", "0x6162"]
        assert await client.result("childstate_getKeys", NONE, "0x") == []


async def test_keys_by_pages_make_the_whole_once():
    async with connected_to_children() as (node, client):
        genesis = hexed(node.client.genesis_hash)
        await node.make_block()
        found, start = [], None
        while page := await client.result("childstate_getKeysPaged", ONE, "0x", 4, start, genesis):
            found += page
            start = page[-1]
        assert found == [hexed(key) for key in sorted(ENTRIES)]
        page = await client.result("childstate_getKeysPagedAt", ONE, None, 2, "0x")
        assert page == ["0x61", "0x6162"]


async def test_roots_are_keys_of_the_top():
    async with connected_to_children() as (_, client):
        prefix = hexed(b":child_storage:")
        assert await client.result("state_getKeys", prefix) == [ONE, TWO]
        assert await client.result("state_getKeysPaged", prefix, 9) == [ONE, TWO]
        assert await client.result("state_getStorage", ONE) == hexed(plain_root(ENTRIES))


async def test_proofs_lead_over_the_root_to_the_entry():
    async with connected_to_children() as (node, client):
        block = await node.make_block()
        keys = [b"ab", b"absent"]
        answer = await client.result("state_getChildReadProof", ONE, [hexed(key) for key in keys])
        assert answer["at"] == hexed(block.hash)
        proof = [unhex(part) for part in answer["proof"]]
        root = verify_proof(block.header.state_root, proof, [ROOTS + b"one"])[ROOTS + b"one"]
        assert verify_proof(root, proof, keys) == {b"ab": b"x" * 40, b"absent": None}


async def test_a_proof_says_that_there_is_no_such_child_trie():
    async with connected_to_children() as (node, client):
        answer = await client.result("state_getChildReadProof", NONE, ["0x61"])
        proof = [unhex(part) for part in answer["proof"]]
        root = node.client.header(node.client.genesis_hash).state_root
        assert verify_proof(root, proof, [ROOTS + b"none"]) == {ROOTS + b"none": None}


METHODS = [
    ("childstate_getStorage", ["0x61"]),
    ("childstate_getStorageHash", ["0x61"]),
    ("childstate_getStorageSize", ["0x61"]),
    ("childstate_getStorageEntries", [["0x61"]]),
    ("childstate_getKeys", ["0x"]),
    ("childstate_getKeysPaged", ["0x", 1, None]),
    ("state_getChildReadProof", [["0x61"]]),
]


@pytest.mark.parametrize(("method", "params"), METHODS)
async def test_other_keys_name_no_child_trie(method, params):
    async with connected_to_children() as (_, client):
        for key in ("0x", hexed(b"one"), hexed(b":child_storage:default")):
            assert await client.error(method, key, *params) == {
                "code": 4003,
                "message": "Client error: Invalid child storage key",
            }


@pytest.mark.parametrize(("method", "params"), METHODS)
async def test_states_of_unknown_blocks(method, params):
    async with connected_to_children() as (_, client):
        assert await client.error(method, ONE, *params, UNKNOWN) == {
            "code": 4003,
            "message": "Client error: UnknownBlock: "
            f"Header was not found in the database: {UNKNOWN}",
        }


@pytest.mark.parametrize(("method", "params"), METHODS)
async def test_a_state_that_is_pruned_says_so(method, params):
    async with connected_to_children() as (node, client):
        block = await node.make_block()
        await node.make_block()
        batch = WriteBatch()
        node.database.states.release(batch, [block.hash])
        node.database._kv.write(batch)
        assert await client.error(method, ONE, *params, hexed(block.hash)) == {
            "code": 4003,
            "message": "Client error: UnknownBlock: State already discarded for "
            f"{hexed(block.hash)}",
        }
