"""`chain_*` over a real chain: headers, blocks, heads, and who hears of them."""

from node.client import Finalized
from primitives.block import Digest, Header
from primitives.hashing import blake2_256
from primitives.types import Hash
from tests.support.rpc_node import connected, transfer
from tests.support.vectors import unhex

UNKNOWN = "0x" + "ee" * 32


def hexed(data):
    return "0x" + data.hex()


def encoded(header):
    """What a client hashes: the SCALE header made of the JSON one."""
    number = int(header["number"], 16)
    assert header["number"] == hex(number)
    bare = Header(
        Hash(unhex(header["parentHash"])),
        number,
        Hash(unhex(header["stateRoot"])),
        Hash(unhex(header["extrinsicsRoot"])),
    ).encode()
    logs = [unhex(log) for log in header["digest"]["logs"]]
    assert bare[-1:] == Digest().encode()
    return bare[:-1] + bytes((len(logs) << 2,)) + b"".join(logs)


async def test_hashes_by_height():
    async with connected() as (node, client):
        genesis = hexed(node.client.genesis_hash)
        first = hexed((await node.make_block()).hash)
        best = hexed((await node.make_block()).hash)
        for params in ([], [None], [2], ["0x2"], ["0x02"], ["2"]):
            assert await client.result("chain_getBlockHash", *params) == best
        assert await client.result("chain_getHead") == best
        assert await client.result("chain_getBlockHash", 0) == genesis
        assert await client.result("chain_getBlockHash", 99) is None
        assert await client.result("chain_getBlockHash", [0, "0x1", 99]) == [genesis, first, None]
        assert await client.result("chain_getFinalizedHead") == genesis
        assert await client.result("chain_getFinalisedHead") == genesis


async def test_clients_compute_the_hash_from_the_header():
    async with connected() as (node, client):
        block = (await node.make_block()).hash
        for number, params in ((1, []), (1, [None]), (1, [hexed(block)]), (0, [None])):
            if number == 0:
                params = [hexed(node.client.genesis_hash)]
            header = await client.result("chain_getHeader", *params)
            expected = node.client.block_hash(number)
            assert blake2_256(encoded(header)) == expected
        assert header["parentHash"] == "0x" + "00" * 32
        assert await client.result("chain_getHeader", UNKNOWN) is None


async def test_blocks_carry_their_extrinsics():
    async with connected() as (node, client):
        extrinsic = transfer(node.client)
        await client.result("author_submitExtrinsic", hexed(extrinsic))
        block = (await node.make_block()).hash
        found = await client.result("chain_getBlock", hexed(block))
        assert found == await client.result("chain_getBlock")
        assert found["justifications"] is None
        assert found["block"]["header"] == await client.result("chain_getHeader")
        inherent, included = found["block"]["extrinsics"]
        assert [inherent, included] == [hexed(data) for data in node.client.body(block)]
        assert unhex(included) == extrinsic
        assert await client.result("chain_getBlock", UNKNOWN) is None


async def heads(client, event, subscription, count):
    numbers = []
    for _ in range(count):
        message = await client.hear()
        assert (message["jsonrpc"], message["method"]) == ("2.0", event)
        assert message["params"]["subscription"] == subscription
        numbers.append(int(message["params"]["result"]["number"], 16))
    return numbers


async def test_new_heads_begin_with_the_present_one_and_leave_out_forks():
    async with connected() as (node, client):
        genesis = node.client.best()
        await node.make_block()
        best = await client.result("chain_subscribeNewHeads")
        await node.make_block()
        await node.make_block(on=genesis)
        await node.make_block()
        assert await heads(client, "chain_newHead", best, 3) == [1, 2, 3]
        assert await client.result("chain_unsubscribeNewHeads", best) is True
        assert await client.result("chain_unsubscribeNewHeads", best) is False
        await node.make_block()
        assert await client.result("system_name") == "taonode"
        assert client.messages == []


async def test_all_heads_have_the_forks_too():
    async with connected() as (node, client):
        genesis = node.client.best()
        every = await client.result("chain_subscribeAllHeads")
        await node.make_block()
        await node.make_block(on=genesis)
        await node.make_block()
        assert await heads(client, "chain_allHead", every, 4) == [0, 1, 1, 2]
        assert await client.result("chain_unsubscribeAllHeads", every) is True


async def test_finalized_heads_begin_with_the_present_one_and_come_each():
    async with connected() as (node, client):
        final = await client.result("chain_subscribeFinalizedHeads")
        assert await heads(client, "chain_finalizedHead", final, 1) == [0]
        hashes = [(await node.make_block()).hash for _ in range(3)]
        node.client._publish(Finalized(hashes))
        assert await heads(client, "chain_finalizedHead", final, 3) == [1, 2, 3]
        assert await client.result("chain_unsubscribeFinalizedHeads", final) is True


async def test_the_id_comes_before_the_first_notification_in_batches_too():
    async with connected() as (_, client):
        names = ["chain_subscribeNewHead", "subscribe_newHead", "chain_subscribeFinalisedHeads"]
        batch = [
            {"jsonrpc": "2.0", "id": number, "method": name} for number, name in enumerate(names)
        ]
        replies = await client.ask(batch)
        subscriptions = [reply["result"] for reply in replies]
        assert all(len(one) == 16 and one.isalnum() for one in subscriptions)
        heard = [(await client.hear())["params"]["subscription"] for _ in names]
        assert sorted(heard) == sorted(subscriptions)


async def test_unsubscribing_takes_the_right_kind_of_id():
    async with connected() as (_, client):
        best = await client.result("chain_subscribeNewHeads")
        assert await client.result("chain_unsubscribeAllHeads", best) is False
        assert await client.result("chain_unsubscribeNewHead", "nonsense") is False
        for wrong in ([], [7], [None]):
            error = await client.error("chain_unsubscribeNewHeads", *wrong)
            assert error == {
                "code": -32602,
                "message": "Invalid params",
                "data": "subscription: expected a string",
            }
        assert await client.result("unsubscribe_newHead", best) is True
