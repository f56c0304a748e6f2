"""Clients that do not read: bounded cost, one clear error, and nobody else waits for them."""

from contextlib import asynccontextmanager

import trio
import trio.testing

from node.client import SUBSCRIPTION_BUFFER, BlockImported
from node.rpc.errors import ErrorCode
from node.rpc.policy import Limits, RpcConfig
from node.rpc.server import FAREWELL_SECONDS, RpcServer
from tests.support.rpc_client import WsClient
from tests.support.rpc_node import RpcNode

TIGHT = RpcConfig(limits=Limits(unsent_size=1_000, pending_calls=2, send_seconds=30))


ASK = {"jsonrpc": "2.0", "id": 1, "method": "rpc_methods"}
"""The answer is larger than what may be unsent."""


@asynccontextmanager
async def two_clients():
    """Two clients whose server can send only as much as they read; events tell when it gave up."""
    node = RpcNode()
    server = RpcServer(node.context, TIGHT, ["127.0.0.1"])

    async def serve(stream, ended):
        await server.serve(stream)
        ended.set()

    async with trio.open_nursery() as nursery:
        clients = []
        for _ in range(2):
            near, far = trio.testing.lockstep_stream_pair()
            client = WsClient(near, {})
            client.ended = trio.Event()
            nursery.start_soon(serve, far, client.ended)
            await client.shake_hands()
            clients.append(client)
        yield node, *clients
        nursery.cancel_scope.cancel()


async def publish(node, count):
    """Say again and again that the best block is new, and let everybody take it in."""
    head = node.client.best()
    header = node.client.header(head.hash)
    for _ in range(count):
        node.client._publish(BlockImported(head.hash, header, True, [], [head.hash], False))
        await trio.testing.wait_all_tasks_blocked()


async def test_a_slow_subscriber_is_dropped_with_an_error_and_a_quick_one_is_not():
    async with two_clients() as (node, slow, quick):
        subscription = await slow.result("chain_subscribeNewHeads")
        other = await quick.result("chain_subscribeNewHeads")
        count = SUBSCRIPTION_BUFFER + 50
        heard = 0
        async with trio.open_nursery() as nursery:
            nursery.start_soon(publish, node, count)
            while heard < count + 1:
                message = await quick.hear()
                assert message["params"]["subscription"] == other
                assert "result" in message["params"]
                heard += 1

        last = None
        while last is None:
            params = (await slow.hear())["params"]
            assert params["subscription"] == subscription
            last = params.get("error")
        assert last == {
            "code": ErrorCode.SUBSCRIPTION_LAGS,
            "message": "Subscription ended: notifications were not read fast enough",
        }
        assert await slow.result("chain_unsubscribeNewHeads", subscription) is False
        assert isinstance(await slow.result("chain_subscribeNewHeads"), str)


async def test_requests_of_a_client_that_does_not_read_are_not_read_either(autojump_clock):
    async with two_clients() as (_, slow, quick):
        await slow.say(ASK)
        with trio.move_on_after(5) as stuck:
            await slow.say(ASK)
        assert stuck.cancelled_caught
        assert await quick.result("system_name") == "taonode"


async def test_a_client_that_takes_nothing_is_given_up_after_a_while(autojump_clock):
    async with two_clients() as (_, slow, quick):
        await slow.say(ASK)
        with trio.fail_after(TIGHT.limits.send_seconds + FAREWELL_SECONDS + 1):
            await slow.ended.wait()
        assert await quick.result("system_name") == "taonode"
