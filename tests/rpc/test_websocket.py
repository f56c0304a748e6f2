"""WebSocket connections over real sockets: requests, batches, limits, bad input."""

import json
import socket

import pytest
from websockets.frames import Frame, Opcode

from node.rpc.dispatch import Dispatcher
from node.rpc.errors import CannotListen
from node.rpc.policy import Limits, RpcConfig
from node.rpc.server import run_rpc
from tests.support.rpc_client import tcp, websocket
from tests.support.rpc_node import RpcNode, connected, serving

SMALL = RpcConfig(
    port=0,
    limits=Limits(request_size=2_000, response_size=3_000, batch=3, connections=1, subscriptions=2),
)


def request(number, method, *params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


async def is_alive(client):
    return await client.result("system_name") == "taonode"


async def test_ids_are_echoed_as_they_came():
    async with connected() as (_, client):
        for number in (0, 7, -1, "aB1", "", None, 2**70):
            reply = await client.ask(request(number, "system_chain"))
            assert reply == {"jsonrpc": "2.0", "id": number, "result": "Development"}


async def test_pipelined_requests_in_one_segment_are_answered_in_order():
    async with connected() as (_, client):
        for number in range(50):
            client.protocol.send_text(json.dumps(request(number, "chain_getHead")).encode())
        await client.flush()
        assert [(await client.hear())["id"] for _ in range(50)] == list(range(50))


async def test_frames_may_come_one_byte_at_a_time():
    async with connected() as (_, client):
        frame = Frame(Opcode.TEXT, json.dumps(request(1, "system_name")).encode())
        for byte in frame.serialize(mask=True):
            await client.send(bytes((byte,)))
        assert (await client.hear())["result"] == "taonode"


async def test_messages_may_come_in_fragments_with_pings_between():
    async with connected() as (_, client):
        text = json.dumps(request(1, "system_name")).encode()
        client.protocol.send_text(text[:10], fin=False)
        client.protocol.send_ping(b"are you there")
        client.protocol.send_continuation(text[10:], fin=True)
        await client.flush()
        assert (await client.hear())["result"] == "taonode"
        assert Frame(Opcode.PONG, b"are you there") in client.frames


async def test_a_quick_request_overtakes_a_slow_one():
    async with connected() as (_, client):
        for number, method in enumerate(("state_getMetadata", "system_name")):
            client.protocol.send_text(json.dumps(request(number, method)).encode())
        await client.flush()
        assert [(await client.hear())["id"] for _ in range(2)] == [1, 0]


async def test_batches_are_answered_in_order_without_the_notifications():
    async with connected() as (_, client):
        notification = {"jsonrpc": "2.0", "method": "system_name"}
        batch = [request("a", "system_name"), notification, 5, request(3, "state_call", "x")]
        replies = await client.ask(batch)
        assert [reply["id"] for reply in replies] == ["a", None, 3]
        assert [reply.get("error", {}).get("code") for reply in replies] == [None, -32600, -32602]


async def test_notifications_are_not_answered():
    async with connected() as (_, client):
        await client.say({"jsonrpc": "2.0", "method": "system_name"})
        await client.say({"jsonrpc": "2.0", "method": "no_such_method"})
        await client.say({"jsonrpc": "2.0", "method": "chain_subscribeNewHeads"})
        await client.say([{"jsonrpc": "2.0", "method": "system_name"}])
        assert await is_alive(client)
        assert client.messages == []


async def test_unknown_methods():
    async with connected() as (_, client):
        for name in ("no_such_method", "", "rpc_methods ", "__init__"):
            assert await client.error(name) == {"code": -32601, "message": "Method not found"}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xff", b"[1,", b"{}{}"])
async def test_malformed_json_is_answered_and_the_connection_goes_on(data):
    async with connected() as (_, client):
        reply = await client.ask(data)
        error = {"code": -32700, "message": "Parse error"}
        assert reply == {"jsonrpc": "2.0", "id": None, "error": error}
        assert await is_alive(client)


async def test_an_oversize_batch_is_refused_whole():
    async with connected(SMALL) as (_, client):
        reply = await client.ask([request(n, "system_name") for n in range(4)])
        assert (reply["id"], reply["error"]["code"]) == (None, -32010)
        assert await is_alive(client)


async def test_an_oversize_message_closes_the_connection_with_1009():
    async with connected(SMALL) as (_, client):
        await client.say(b" " * 2_001)
        assert await client.end() == 1009


async def test_an_oversize_answer_is_an_error_instead():
    async with connected(SMALL) as (_, client):
        assert await client.error("state_getMetadata") == {
            "code": -32008,
            "message": "Response is too big",
            "data": "Exceeded max limit of 3000",
        }


async def test_an_oversize_answer_to_a_batch_is_one_error():
    async with connected(SMALL) as (node, client):
        opening = request(0, "chain_subscribeNewHeads")
        long = request(1, "rpc_methods")
        reply = await client.ask([opening, long, long])
        assert (reply["id"], reply["error"]["code"]) == (None, -32011)
        await node.make_block()
        assert await is_alive(client)
        assert client.messages == []  # the subscription nobody knows of says nothing


async def test_too_many_subscriptions():
    async with connected(SMALL) as (_, client):
        subscribe = "chain_subscribeNewHeads"
        first, _ = [await client.result(subscribe) for _ in range(2)]
        assert (await client.error(subscribe))["code"] == -32006
        assert await client.result("chain_unsubscribeNewHeads", first) is True
        assert isinstance(await client.result(subscribe), str)


async def test_too_many_connections_are_turned_away_until_one_leaves():
    async with serving(RpcNode(), SMALL) as port:
        async with websocket(port) as client:
            async with tcp(port) as second:
                assert (await second.receive_some(1_000)).startswith(b"HTTP/1.1 429 ")
            assert await is_alive(client)
            client.protocol.send_close()
            await client.flush()
            assert await client.end() == 1005
        while True:  # until the server has noticed
            async with websocket(port) as client:
                if client.response.status_code == 101:
                    assert await is_alive(client)
                    break


async def test_a_client_that_says_nothing_is_let_go(autojump_clock):
    limits = Limits(head_seconds=5, idle_seconds=10, missed_pings=3)
    async with serving(RpcNode(), RpcConfig(port=0, limits=limits)) as port:
        async with tcp(port) as silent:
            assert await silent.receive_some(1) == b""
        async with websocket(port) as client:
            client.protocol.receive_data = lambda data: None  # does not answer pings
            assert await client.stream.receive_some(10) == Frame(Opcode.PING, b"").serialize(
                mask=False
            )


async def test_a_client_that_vanishes_in_the_middle_harms_nobody():
    async with connected() as (node, client):
        port = client.stream.socket.getpeername()[1]
        for rest in (b"", b"\x81\xfe", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le"):
            async with tcp(port) as other:
                await other.send_all(rest)
        async with websocket(port) as other:
            await other.say(request(1, "state_getMetadata"))
            await other.say(request(2, "chain_subscribeNewHeads"))
        await node.make_block()
        assert await is_alive(client)


async def test_a_port_in_use_is_one_clear_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"RPC cannot listen on 127.0.0.1:{port}: "):
            await run_rpc(RpcNode().context, RpcConfig(port=port))


async def test_a_fault_in_one_connection_does_not_end_the_node(monkeypatch):
    """Given a request that the server was not made for. Then others are still answered."""
    answer = Dispatcher.answer

    async def faulty(self, message, subscriptions):
        if "system_chain" in str(message):
            raise ZeroDivisionError
        return await answer(self, message, subscriptions)

    monkeypatch.setattr(Dispatcher, "answer", faulty)
    async with serving(RpcNode()) as port:
        async with websocket(port) as client:
            client.protocol.send_text(json.dumps(request(1, "system_chain")).encode())
            await client.flush()
            while await client.receive():
                pass
        async with websocket(port) as client:
            assert await is_alive(client)
