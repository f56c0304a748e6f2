"""RPC of a node that began with the state after a later block than genesis."""

from primitives.hashing import twox_128
from tests.support.forge import restored_database
from tests.support.rpc_node import RpcNode, connected

NUMBER = "0x" + (twox_128(b"System") + twox_128(b"Number")).hex()


def hexed(data):
    return "0x" + data.hex()


async def restored():
    """A database that began with block 2, and the hashes of the chain up to there."""
    node = RpcNode()
    blocks = [node.client.genesis_hash, *[(await node.make_block()).hash for _ in range(2)]]
    return restored_database(node.client, blocks[2]), [hexed(block) for block in blocks]


async def test_what_is_not_there_is_null():
    database, (genesis, first, base) = await restored()
    async with connected(database=database) as (node, client):
        best = hexed((await node.make_block()).hash)
        heights = await client.result("chain_getBlockHash", [0, 1, 2, 3, 4])
        assert heights == [genesis, None, base, best, None]
        assert await client.result("chain_getHeader", first) is None
        assert (await client.result("chain_getHeader", base))["number"] == "0x2"
        for block in (first, base):
            assert await client.result("chain_getBlock", block) is None
        assert (await client.result("chain_getBlock"))["block"]["header"]["parentHash"] == base
        assert await client.result("chain_getFinalizedHead") == base


async def test_states_that_are_not_there_are_refused_in_words_that_clients_know():
    database, (genesis, first, base) = await restored()
    async with connected(database=database) as (node, client):
        best = hexed((await node.make_block()).hash)
        assert await client.result("state_getStorage", NUMBER, base) == "0x02000000"
        assert await client.result("state_getStorage", NUMBER, best) == "0x03000000"
        absent = await client.error("state_getStorage", NUMBER, first)
        assert absent["message"] == (
            f"Client error: UnknownBlock: Header was not found in the database: {first}"
        )
        given_up = await client.error("state_getStorage", NUMBER, genesis)
        assert given_up["message"] == (
            f"Client error: UnknownBlock: State already discarded for {genesis}"
        )
        history = await client.result("state_queryStorage", [NUMBER], base)
        assert [entry["block"] for entry in history] == [base, best]
        gap = await client.error("state_queryStorage", [NUMBER], genesis)
        assert gap["code"] == 4001
        assert gap["message"].endswith("a block between them is not known")
