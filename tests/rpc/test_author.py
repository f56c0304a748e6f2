"""`author_*`: extrinsics through a real pool into real blocks, and keys."""

import pytest

from genesis.dev_keys import dev_key
from node.txpool.status import Place
from primitives import ss58
from primitives.hashing import blake2_256
from primitives.scale.raw import sized
from primitives.scheme import Scheme
from tests.support.rpc_client import websocket
from tests.support.rpc_node import RpcNode, connected, serving, transfer
from tests.support.vectors import unhex

ALICE = ss58.encode(dev_key("Alice").account)


def hexed(data):
    return "0x" + data.hex()


async def test_an_extrinsic_waits_and_counts_until_it_is_in_a_block():
    async with connected() as (node, client):
        extrinsic = transfer(node.client)
        for method in ("account_nextIndex", "system_accountNextIndex"):
            assert await client.result(method, ALICE) == 0
        answer = await client.result("author_submitExtrinsic", extrinsic.hex())
        assert answer == hexed(blake2_256(extrinsic))
        assert await client.result("author_pendingExtrinsics") == [hexed(extrinsic)]
        assert await client.result("account_nextIndex", ALICE) == 1
        await node.make_block()
        assert await client.result("account_nextIndex", ALICE) == 1


async def statuses(client, subscription, count):
    found = []
    for _ in range(count):
        message = await client.hear()
        assert message["method"] == "author_extrinsicUpdate"
        assert message["params"]["subscription"] == subscription
        found.append(message["params"]["result"])
    return found


async def test_watching_from_ready_to_in_block():
    async with connected() as (node, client):
        watch = "author_submitAndWatchExtrinsic"
        subscription = await client.result(watch, hexed(transfer(node.client)))
        assert await statuses(client, subscription, 1) == ["ready"]
        block = (await node.make_block()).hash
        assert await statuses(client, subscription, 1) == [{"inBlock": hexed(block)}]
        assert await client.result("author_unwatchExtrinsic", subscription) is True
        assert await client.result("author_unwatchExtrinsic", subscription) is False


async def test_watching_one_that_waits_for_another():
    async with connected() as (node, client):
        watch = "author_submitAndWatchExtrinsic"
        later = await client.result(watch, hexed(transfer(node.client, nonce=1)))
        assert await statuses(client, later, 1) == ["future"]
        await client.result("author_submitExtrinsic", hexed(transfer(node.client, nonce=0)))
        assert await statuses(client, later, 1) == ["ready"]


@pytest.mark.parametrize("method", ["author_submitExtrinsic", "author_submitAndWatchExtrinsic"])
async def test_refusals_are_ordinary_errors_with_the_reason(method):
    async with connected() as (node, client):
        extrinsic = transfer(node.client)
        forged = bytearray(extrinsic)
        forged[40] ^= 1
        poor = transfer(node.client, sender="Alice/nobody")
        invalid = {"code": 1010, "message": "Invalid Transaction"}
        assert await client.error(method, forged.hex()) == invalid | {
            "data": "Transaction has a bad signature"
        }
        assert await client.error(method, forged.hex()) == {
            "code": 1012,
            "message": "Transaction is temporarily banned",
        }
        assert await client.error(method, poor.hex()) == invalid | {
            "data": "Inability to pay some fees (e.g. account balance too low)"
        }
        await client.result("author_submitExtrinsic", hexed(extrinsic))
        again = await client.error(method, hexed(extrinsic))
        assert (again["code"], again["message"]) == (1013, "Transaction Already Imported")
        rival = await client.error(method, hexed(transfer(node.client, value=2)))
        assert rival["code"] == 1014
        assert rival["message"].startswith("Priority is too low: (")
        await node.make_block()
        stale = transfer(node.client, value=3)
        assert await client.error(method, hexed(stale)) == invalid | {
            "data": "Transaction is outdated"
        }


@pytest.mark.parametrize("method", ["author_submitExtrinsic", "author_submitAndWatchExtrinsic"])
async def test_bytes_that_are_no_extrinsic(method):
    async with connected() as (_, client):
        for data in ("", "0x", "0xff", "0x0400ff", hexed(b"\x84" * 9)):
            error = await client.error(method, data)
            assert error["code"] == 1001, data
            assert error["message"].startswith("Extrinsic has invalid format: ")
        for data in (b"", b"\x00", b"\x84\x00", b"\x04\xff\xff"):
            error = await client.error(method, hexed(sized(data)))
            assert error["code"] == 1002, data
            assert error["message"].startswith("Verification Error: ")
        assert (await client.error(method))["data"] == "extrinsic: missing"


async def test_a_watcher_who_leaves_is_forgotten():
    async with connected() as (node, client):
        port = client.stream.socket.getpeername()[1]
        async with websocket(port) as other:
            await other.result(
                "author_submitAndWatchExtrinsic", hexed(transfer(node.client, nonce=0))
            )
        await node.make_block()
        assert await client.result("system_name") == "taonode"


async def test_a_terminal_status_ends_the_subscription():
    async with connected() as (node, client):
        extrinsic = transfer(node.client)
        subscription = await client.result("author_submitAndWatchExtrinsic", hexed(extrinsic))
        node.pool._watchers.tell(blake2_256(extrinsic), Place.DROPPED)
        assert await statuses(client, subscription, 2) == ["ready", "dropped"]
        assert await client.result("author_unwatchExtrinsic", subscription) is False


async def test_keys_are_made_stored_and_found(tmp_path):
    node = RpcNode(keys=tmp_path)
    async with serving(node) as port, websocket(port) as client:
        public = hexed(dev_key("Bob").public)
        assert await client.result("author_hasKey", public, "aura") is False
        assert await client.result("author_insertKey", "aura", "//Bob", public) is None
        assert await client.result("author_hasKey", public, "aura") is True
        assert await client.result("author_hasKey", public, "babe") is False
        made = await client.result("author_rotateKeys")
        assert len(unhex(made)) == 64
        assert await client.result("author_hasSessionKeys", made) is True
        assert await client.result("author_hasSessionKeys", made[:66] + "00" * 32) is False
        voter = dev_key("Bob", Scheme.ED25519).public
        for method, params, code in (
            ("author_hasSessionKeys", ["0x00"], -32602),
            ("author_hasKey", [public, "aur"], -32602),
            ("author_hasKey", [public, "ärä!"], -32602),
            ("author_hasKey", [public, "nope"], 1040),
            ("author_insertKey", ["gran", "//Bob", hexed(voter[:31])], 1040),
        ):
            assert (await client.error(method, *params))["code"] == code


async def test_a_node_without_key_files_stores_none():
    async with connected() as (_, client):
        assert await client.error("author_rotateKeys") == {
            "code": 1040,
            "message": "this node keeps no keys on disk",
        }
