"""HTTP connections over real sockets: POST only, kept alive, with CORS."""

import json

import pytest

from node.rpc.policy import Limits, Origins, RpcConfig
from tests.support.rpc_client import http, tcp
from tests.support.rpc_node import RpcNode, serving

ASK = {"jsonrpc": "2.0", "id": 1, "method": "system_name"}
ANSWER = {"jsonrpc": "2.0", "id": 1, "result": "taonode"}


async def test_requests_share_a_connection():
    async with serving(RpcNode()) as port, http(port) as client:
        for _ in range(3):
            status, headers, body = await client.exchange(body=ASK)
            assert (status, headers["content-type"]) == (200, "application/json")
            assert json.loads(body) == ANSWER


async def test_requests_may_come_at_once_and_in_pieces():
    text = json.dumps(ASK).encode()
    head = (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=utf-8\r\n"
        b"Content-Length: %d\r\n\r\n" % len(text)
    )
    async with serving(RpcNode()) as port, http(port) as client:
        stream = client.stream
        for byte in head + text:
            await stream.send_all(bytes((byte,)))
        await stream.send_all((head + text) * 2)
        answers = b""
        while answers.count(b'"taonode"') < 3:
            answers += await stream.receive_some(1 << 16)
        assert answers.count(b"HTTP/1.1 200 ") == 3


async def test_chunked_bodies():
    text = json.dumps(ASK).encode()
    async with serving(RpcNode()) as port, tcp(port) as stream:
        await stream.send_all(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
            + b"".join(b"1\r\n%c\r\n" % byte for byte in text)
            + b"0\r\n\r\n"
        )
        assert json.loads((await stream.receive_some(1_000)).partition(b"\r\n\r\n")[2]) == ANSWER


async def test_clients_that_ask_before_sending_the_body_are_told_to_go_on():
    text = json.dumps(ASK).encode()
    async with serving(RpcNode()) as port, tcp(port) as stream:
        await stream.send_all(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(text)
        )
        assert (await stream.receive_some(1_000)).startswith(b"HTTP/1.1 100 ")
        await stream.send_all(text)
        assert (await stream.receive_some(1_000)).startswith(b"HTTP/1.1 200 ")


async def test_errors_of_json_rpc_are_answers_of_http():
    async with serving(RpcNode()) as port, http(port) as client:
        status, _, body = await client.exchange(body=b"{")
        assert (status, json.loads(body)["error"]["code"]) == (200, -32700)
        status, _, body = await client.exchange(body=ASK | {"method": "nothing"})
        assert (status, json.loads(body)["error"]["code"]) == (200, -32601)
        status, _, body = await client.exchange(body=[ASK, 1])
        assert [len(reply) for reply in json.loads(body)] == [3, 3]


@pytest.mark.parametrize(
    ("method", "params"),
    [("chain_subscribeNewHeads", []), ("chain_unsubscribeNewHeads", ["x"])],
)
async def test_there_are_no_subscriptions(method, params):
    async with serving(RpcNode()) as port, http(port) as client:
        body = (await client.exchange(body=ASK | {"method": method, "params": params}))[2]
        assert json.loads(body)["error"] == {"code": -32601, "message": "Method not found"}


async def test_a_notification_has_no_content():
    async with serving(RpcNode()) as port, http(port) as client:
        notification = {"jsonrpc": "2.0", "method": "system_name"}
        assert (await client.exchange(body=notification))[::2] == (204, b"")
        assert (await client.exchange(body=ASK))[0] == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_other_methods_are_not_allowed(method):
    async with serving(RpcNode()) as port, http(port) as client:
        status, headers, _ = await client.exchange(method)
        assert (status, headers["allow"]) == (405, "POST, OPTIONS")
        if method == "GET":  # the connection was kept
            assert (await client.exchange(body=ASK))[0] == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_bodies_that_need_no_leave_of_the_browser_are_not_read(kind):
    async with serving(RpcNode()) as port, http(port) as client:
        assert (await client.exchange(body=ASK, content_type=kind))[0] == 415


async def test_oversize_bodies_are_refused_announced_or_not():
    config = RpcConfig(port=0, limits=Limits(request_size=1_000))
    async with serving(RpcNode(), config) as port:
        async with http(port) as client:
            assert (await client.exchange(body=b" " * 200_000))[0] == 413
        async with tcp(port) as stream:
            await stream.send_all(
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n" + (b"200\r\n" + b" " * 512 + b"\r\n") * 2
            )
            assert (await stream.receive_some(1_000)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (b"GARBAGE\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000, 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n", 415),
        (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", 426),
    ],
)
async def test_garbage_gets_one_refusal_and_the_end_of_the_connection(said, status):
    async with serving(RpcNode()) as port:
        async with tcp(port) as stream:
            await stream.send_all(said)
            answer = b""
            while data := await stream.receive_some(1_000):
                answer += data
            assert answer.startswith(b"HTTP/1.1 %d " % status)
        async with http(port) as client:
            assert (await client.exchange(body=ASK))[0] == 200


async def test_pages_learn_whether_they_may_ask():
    async with serving(RpcNode()) as port, http(port) as client:
        page = "http://localhost:8080"
        status, headers, _ = await client.exchange("OPTIONS", origin=page)
        assert (status, headers["access-control-allow-methods"]) == (204, "POST")
        assert headers["access-control-allow-headers"] == "content-type"
        assert headers["access-control-allow-origin"] == page
        status, headers, body = await client.exchange(body=ASK, origin=page)
        assert (status, headers["access-control-allow-origin"]) == (200, page)
        assert json.loads(body) == ANSWER
        status, headers, body = await client.exchange(body=ASK, origin="https://evil.example")
        assert status == 403
        assert "access-control-allow-origin" not in headers
        assert b"taonode" not in body


async def test_all_pages_may_ask_if_so_configured():
    config = RpcConfig(port=0, origins=Origins.parse("all"))
    async with serving(RpcNode(), config) as port, http(port) as client:
        status, headers, _ = await client.exchange(body=ASK, origin="https://evil.example")
        assert (status, headers["access-control-allow-origin"]) == (200, "https://evil.example")


async def test_slow_bodies_and_idle_connections_end(autojump_clock):
    async with serving(RpcNode()) as port:
        async with tcp(port) as stream:
            await stream.send_all(
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 10\r\n\r\n{"
            )
            assert (await stream.receive_some(1_000)).startswith(b"HTTP/1.1 408 ")
        async with http(port) as client:
            assert (await client.exchange(body=ASK))[0] == 200
            assert await client.stream.receive_some(1) == b""
