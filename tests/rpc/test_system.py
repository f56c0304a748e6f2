"""`system_*`, `payment_*` and `rpc_methods`: the node, and what things cost."""

import pytest

from genesis.dev_keys import dev_key
from node.rpc.context import PeerInfo
from node.rpc.policy import RpcConfig, UnsafeMethods
from primitives import ss58
from primitives.types import BlockNumber, Hash
from storage.columns import Head
from tests.support.rpc_node import connected, transfer

UNKNOWN = "0x" + "ee" * 32
PEER = PeerInfo("12D3KooWPeer", "Authority", Head(Hash(b"\xab" * 32), BlockNumber(9)))


def hexed(data):
    return "0x" + data.hex()


async def test_names_of_node_and_chain():
    async with connected() as (node, client):
        assert await client.result("system_name") == "taonode"
        assert await client.result("system_version") == "0.1.0"
        assert await client.result("system_chain") == "Development"
        assert await client.result("system_chainType") == "Development"
        assert await client.result("system_properties") == {
            "ss58Format": 42,
            "tokenDecimals": 9,
            "tokenSymbol": "TAO",
        }
        assert await client.result("system_localPeerId") == node.network.peer_id
        assert await client.result("system_localListenAddresses") == node.network.addresses()
        assert await client.result("system_nodeRoles") == ["Authority"]


async def test_the_node_among_its_peers():
    async with connected() as (node, client):
        assert await client.result("system_health") == {
            "peers": 0,
            "isSyncing": False,
            "shouldHavePeers": True,
        }
        node.network.connected.append(PEER)
        await node.make_block()
        assert (await client.result("system_health"))["peers"] == 1
        assert await client.result("system_peers") == [
            {
                "peerId": "12D3KooWPeer",
                "roles": "AUTHORITY",
                "bestHash": "0x" + "ab" * 32,
                "bestNumber": 9,
            }
        ]
        assert await client.result("system_syncState") == {
            "startingBlock": 0,
            "currentBlock": 1,
            "highestBlock": 9,
        }


async def test_rpc_methods_lists_every_name_in_order():
    async with connected() as (_, client):
        names = (await client.result("rpc_methods"))["methods"]
        assert names == sorted(set(names))
        for name in ("account_nextIndex", "chain_getHead", "author_unwatchExtrinsic"):
            assert name in names


@pytest.mark.parametrize("method", ["system_dryRun", "system_dryRunAt"])
async def test_dry_runs_change_nothing(method):
    async with connected() as (node, client):
        block = hexed((await node.make_block()).hash)
        extrinsic = hexed(transfer(node.client))
        for _ in range(2):
            assert await client.result(method, extrinsic) == "0x0000"
            assert await client.result(method, extrinsic, block) == "0x0000"
        stale = hexed(transfer(node.client, nonce=1))
        assert await client.result(method, stale) == "0x010002"
        error = await client.error(method, "0xff")
        assert (error["code"], error["message"]) == (2, "Unable to dry run extrinsic.")
        error = await client.error(method, "0x0400")
        assert (error["code"], error["message"]) == (1, "Unable to dry run extrinsic.")
    async with connected(RpcConfig(port=0, methods=UnsafeMethods.SAFE)) as (_, client):
        assert (await client.error(method, extrinsic))["code"] == -32601


async def test_nonces_are_asked_by_address():
    async with connected() as (_, client):
        stranger = ss58.encode(b"\x07" * 32)
        assert await client.result("system_accountNextIndex", stranger) == 0
        assert await client.result("system_accountNextIndex", stranger, UNKNOWN) == 0
        error = await client.error("account_nextIndex", hexed(dev_key("Alice").account))
        assert error["code"] == -32602
        assert error["data"].startswith("account: ")


async def test_fees_of_extrinsics_with_any_signature():
    async with connected() as (node, client):
        block = hexed((await node.make_block()).hash)
        extrinsic = bytearray(transfer(node.client))
        extrinsic[36:100] = bytes(64)
        fee = await client.result("payment_queryInfo", hexed(extrinsic))
        assert fee == await client.result("payment_queryInfo", extrinsic.hex(), block)
        assert set(fee) == {"weight", "class", "partialFee"}
        assert set(fee["weight"]) == {"ref_time", "proof_size"}
        assert fee["class"] == "normal"
        details = (await client.result("payment_queryFeeDetails", hexed(extrinsic)))["inclusionFee"]
        assert set(details) == {"baseFee", "lenFee", "adjustedWeightFee"}
        assert sum(int(part, 16) for part in details.values()) == int(fee["partialFee"])


async def test_an_inherent_pays_no_fee():
    async with connected() as (node, client):
        block = (await node.make_block()).hash
        [inherent] = node.client.body(block)
        fee = await client.result("payment_queryInfo", hexed(inherent))
        assert (fee["class"], fee["partialFee"]) == ("mandatory", "0")
        details = await client.result("payment_queryFeeDetails", hexed(inherent))
        assert details == {"inclusionFee": None}


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("payment_queryInfo", "Unable to query dispatch info."),
        ("payment_queryFeeDetails", "Unable to query fee details."),
    ],
)
async def test_what_has_no_fee(method, text):
    async with connected() as (_, client):
        for data, code in (("0xff", 2), ("0x0400", 1)):
            error = await client.error(method, data)
            assert (error["code"], error["message"]) == (code, text)
            assert error["data"]
        error = await client.error(method, "0x0400", UNKNOWN)
        assert error["data"] == (f"UnknownBlock: Header was not found in the database: {UNKNOWN}")
