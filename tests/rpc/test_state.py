"""`state_*` over a real state: storage, keys, proofs, runtime calls, subscriptions."""

import pytest

from genesis.dev_keys import dev_key
from node.rpc.policy import RpcConfig, UnsafeMethods
from primitives.hashing import blake2_128, blake2_256, twox_128
from runtime.version import SPEC_VERSION
from storage.kv import WriteBatch
from storage.trie.proof import verify_proof
from tests.support.rpc_node import connected, genesis_state, transfer
from tests.support.vectors import unhex

SYSTEM = twox_128(b"System")
ACCOUNTS = SYSTEM + twox_128(b"Account")
NUMBER = SYSTEM + twox_128(b"Number")
UNKNOWN = "0x" + "ee" * 32
SAFE = RpcConfig(port=0, methods=UnsafeMethods.SAFE)


def hexed(data):
    return "0x" + data.hex()


def account_key(name):
    account = dev_key(name).account
    return ACCOUNTS + blake2_128(account) + account


def keys_under(prefix):
    return [hexed(key) for key in sorted(genesis_state()) if key.startswith(prefix)]


async def test_storage_at_any_block():
    async with connected() as (node, client):
        genesis = hexed(node.client.genesis_hash)
        block = hexed((await node.make_block()).hash)
        await node.make_block()
        key = hexed(NUMBER)
        assert await client.result("state_getStorage", key) == "0x02000000"
        assert await client.result("state_getStorageAt", key[2:], None) == "0x02000000"
        assert await client.result("state_getStorage", key, block) == "0x01000000"
        assert await client.result("state_getStorageHash", key, block) == hexed(
            blake2_256(b"\1\0\0\0")
        )
        assert await client.result("state_getStorageSize", key, block) == 4
        assert await client.result("state_getStorage", key, genesis) is None
        assert await client.result("state_getStorageHash", "0x00") is None
        assert await client.result("state_getStorageSize", "0x00") is None
        total = sum(len(genesis_state()[unhex(found)]) for found in keys_under(ACCOUNTS))
        assert await client.result("state_getStorageSize", hexed(ACCOUNTS), genesis) == total


async def test_keys_by_pages_make_the_whole_once():
    async with connected() as (node, client):
        genesis = hexed(node.client.genesis_hash)
        await node.make_block()
        everything = keys_under(ACCOUNTS)
        prefix = hexed(ACCOUNTS)
        for first in (None, prefix):
            found, start = [], first
            while page := await client.result("state_getKeysPaged", prefix, 5, start, genesis):
                assert len(page) <= 5
                found += page
                start = page[-1]
            assert found == everything
        assert await client.result("state_getKeys", prefix, genesis) == everything
        assert await client.result("state_getKeysPagedAt", prefix, 0) == []
        assert await client.result("state_getKeysPaged", hexed(NUMBER), 5) == [hexed(NUMBER)]
        assert len(await client.result("state_getKeysPaged", None, 3)) == 3
        assert await client.result("state_getKeysPaged", prefix, 9, "0xff" * 1) == []


async def test_pages_have_a_thousand_keys_at_most():
    async with connected() as (_, client):
        assert len(await client.result("state_getKeysPaged", "0x", 1_000)) > 20
        assert await client.error("state_getKeysPaged", "0x", 1_001) == {
            "code": 4002,
            "message": "count exceeds maximum value. value: 1001, max: 1000",
        }


async def test_several_keys_are_answered_in_their_order_with_null_and_twice():
    async with connected() as (node, client):
        block = hexed((await node.make_block()).hash)
        number, missing = hexed(NUMBER), "0x00"
        assert await client.result("state_queryStorageAt", [missing, number, missing]) == [
            {
                "block": block,
                "changes": [[missing, None], [number, "0x01000000"], [missing, None]],
            }
        ]


async def test_the_history_of_keys_over_blocks():
    async with connected() as (node, client):
        blocks = [hexed((await node.make_block()).hash) for _ in range(3)]
        code, number = hexed(b":code"), hexed(NUMBER)
        history = await client.result("state_queryStorage", [code, number], blocks[0])
        assert [entry["block"] for entry in history] == blocks
        assert [len(entry["changes"]) for entry in history] == [2, 1, 1]
        assert history[2]["changes"] == [[number, "0x03000000"]]
        short = await client.result("state_queryStorage", [code], blocks[0], blocks[1])
        assert [entry["block"] for entry in short] == blocks[:1]
        error = await client.error("state_queryStorage", [code], blocks[1], blocks[0])
        assert error["code"] == 4001
        assert error["message"].startswith(f"Cannot resolve a block range ['{blocks[1]}' ... ")
        assert (await client.error("state_queryStorage", [code], UNKNOWN))["code"] == 4001


async def test_proofs_prove_what_keys_hold():
    async with connected() as (node, client):
        block = await node.make_block()
        answer = await client.result("state_getReadProof", [hexed(NUMBER), "0x00"])
        assert answer["at"] == hexed(block.hash)
        proof = [unhex(part) for part in answer["proof"]]
        assert verify_proof(block.header.state_root, proof, [NUMBER, b"\0"]) == {
            NUMBER: b"\1\0\0\0",
            b"\0": None,
        }


async def test_all_pairs_are_for_trusted_clients_only():
    async with connected() as (node, client):
        genesis = hexed(node.client.genesis_hash)
        pairs = await client.result("state_getPairs", "0x", genesis)
        assert {unhex(key): unhex(value) for key, value in pairs} == genesis_state()
    async with connected(SAFE) as (_, client):
        for method in ("state_getPairs", "state_queryStorage", "system_peers", "author_rotateKeys"):
            assert await client.error(method, "0x") == {
                "code": -32601,
                "message": "RPC call is unsafe to be called externally",
            }


async def test_runtime_calls_drop_what_they_write():
    async with connected() as (node, client):
        block = hexed((await node.make_block()).hash)
        alice = dev_key("Alice").account.hex()
        for params in ([alice], ["0x" + alice, None], [alice, block]):
            method = "AccountNonceApi_account_nonce"
            assert await client.result("state_call", method, *params) == "0x00000000"
        assert await client.result("state_callAt", "Metadata_metadata_versions", "") == (
            "0x080e0000000f000000"
        )
        extrinsic = hexed(transfer(node.client))
        assert await client.result("state_call", "BlockBuilder_apply_extrinsic", extrinsic) == (
            "0x0000"
        )
        assert await client.result("state_call", "AccountNonceApi_account_nonce", alice) == (
            "0x00000000"
        )


async def test_what_runtime_calls_may_not_do():
    async with connected() as (_, client):
        error = await client.error("state_call", "Metadata_metadata_at_versions", "0x")
        assert error == {
            "code": 4003,
            "message": "Client error: Execution failed: Other: "
            "Exported method Metadata_metadata_at_versions is not found",
        }
        error = await client.error("state_call", "AccountNonceApi_account_nonce", "0x00")
        assert error["code"] == 4003
        assert error["message"].startswith(
            "Client error: Execution failed: Execution aborted due to panic: Bad input data"
        )


async def test_metadata_is_bare_v14_and_the_version_tells_v15_is_there():
    async with connected() as (node, client):
        block = hexed((await node.make_block()).hash)
        metadata = await client.result("state_getMetadata", block)
        assert metadata.startswith("0x6d6574610e")
        answer = await client.result("state_call", "Metadata_metadata_at_version", "0f000000")
        assert answer[:4] == "0x01"
        assert answer[12:22] == "6d6574610f"
        version = await client.result("state_getRuntimeVersion", block)
        assert version == await client.result("chain_getRuntimeVersion")
        assert (version["specName"], version["specVersion"]) == ("node-subtensor", SPEC_VERSION)
        assert ["0x37e397fc7c91f5e4", 2] in version["apis"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("state_getStorage", ["0x00"]),
        ("state_getStorageHash", ["0x00"]),
        ("state_getStorageSize", ["0x00"]),
        ("state_getKeysPaged", ["0x", 1, None]),
        ("state_getKeys", ["0x00"]),
        ("state_getPairs", ["0x00"]),
        ("state_queryStorageAt", [["0x00"]]),
        ("state_getReadProof", [["0x00"]]),
        ("state_call", ["Core_version", ""]),
        ("state_getMetadata", []),
        ("state_getRuntimeVersion", []),
    ],
)
async def test_states_of_unknown_blocks(method, params):
    async with connected() as (_, client):
        assert await client.error(method, *params, UNKNOWN) == {
            "code": 4003,
            "message": "Client error: UnknownBlock: "
            f"Header was not found in the database: {UNKNOWN}",
        }


async def test_a_state_that_is_pruned_says_so():
    async with connected() as (node, client):
        block = await node.make_block()
        await node.make_block()
        batch = WriteBatch()
        node.database.states.release(batch, [block.hash])
        node.database._kv.write(batch)
        error = await client.error("state_getStorage", "0x00", hexed(block.hash))
        assert error == {
            "code": 4003,
            "message": f"Client error: UnknownBlock: State already discarded for "
            f"{hexed(block.hash)}",
        }


async def test_storage_subscriptions_tell_all_keys_once_and_then_changes():
    async with connected() as (node, client):
        best = await client.result("chain_getHead")
        bob, number = hexed(account_key("Bob")), hexed(NUMBER)
        subscription = await client.result("state_subscribeStorage", [bob, number, "0x00"])
        first = await client.hear()
        assert first["method"] == "state_storage"
        assert first["params"]["subscription"] == subscription
        assert first["params"]["result"]["block"] == best
        assert [key for key, _ in first["params"]["result"]["changes"]] == [bob, number, "0x00"]

        await node.make_block()
        second = (await client.hear())["params"]["result"]
        assert second["changes"] == [[number, "0x01000000"]]
        await client.result("author_submitExtrinsic", hexed(transfer(node.client)))
        await node.make_block()
        third = (await client.hear())["params"]["result"]
        assert [key for key, _ in third["changes"]] == [bob, number]
        assert third["block"] == await client.result("chain_getHead")
        assert await client.result("state_unsubscribeStorage", subscription) is True


@pytest.mark.parametrize("params", [[], [None], [[]]])
async def test_nobody_watches_the_whole_state(params):
    async with connected() as (_, client):
        error = await client.error("state_subscribeStorage", *params)
        assert error["code"] == -32602
        assert error["data"].startswith("keys: name at least one")


async def test_version_subscriptions_speak_at_once_and_then_only_of_changes():
    async with connected() as (node, client):
        subscription = await client.result("state_subscribeRuntimeVersion")
        first = await client.hear()
        assert first["method"] == "state_runtimeVersion"
        assert first["params"] == {
            "subscription": subscription,
            "result": await client.result("state_getRuntimeVersion"),
        }
        await node.make_block()
        assert await client.result("chain_unsubscribeRuntimeVersion", subscription) is True
        assert client.messages == []
