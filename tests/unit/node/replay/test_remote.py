"""A chain over RPC where what answers is no node, or where there is nothing that answers."""

import json
import threading
from contextlib import contextmanager

import pytest
from websockets.sync.server import serve

from node.replay.errors import RecordError
from node.replay.remote import remote_chain
from primitives.types import Hash
from tests.support.stranger import stranger

BLOCK = Hash(bytes(32))
HEADER = {
    "parentHash": "0x" + bytes(32).hex(),
    "number": "0x0",
    "stateRoot": "0x" + bytes(32).hex(),
    "extrinsicsRoot": "0x" + bytes(32).hex(),
    "digest": {"logs": []},
}


@contextmanager
def answering(reply):
    """The URL of a server of WebSockets that says one thing to every question."""

    def handle(connection):
        for _ in connection:
            if reply is None:
                return
            connection.send(reply)

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


QUESTIONS = {
    "chain_getHeader": lambda chain: chain.best(),
    "chain_getBlockHash": lambda chain: chain.hash_at(0),
    "system_chain": lambda chain: chain.name(),
    "state_getKeysPaged": lambda chain: list(chain.entries(BLOCK)),
    "state_getStorage": lambda chain: chain.value(BLOCK, b"key"),
}


@pytest.mark.parametrize("method", QUESTIONS)
@pytest.mark.parametrize(
    "reply",
    [
        "hello\nworld",
        "[" * 200_000,
        b"\xff",
        "null",
        "[]",
        "{}",
        '{"result": 5}',
        '{"result": {"number": null}}',
        '{"error": "no"}',
    ],
    ids=lambda reply: str(reply[:20]),
)
def test_an_answer_that_is_no_nodes_names_the_method(method, reply):
    with (
        answering(reply) as url,
        pytest.raises(RecordError) as caught,
        remote_chain(url) as chain,
    ):
        QUESTIONS[method](chain)
    assert str(caught.value).startswith(f"{url}: not a Substrate node's answer to {method}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_header_of_another_block():
    with (
        answering(json.dumps({"result": HEADER})) as url,
        pytest.raises(RecordError, match="a header with another hash"),
        remote_chain(url) as chain,
    ):
        chain.header(BLOCK)


def test_a_server_that_hangs_up():
    with (
        answering(None) as url,
        pytest.raises(RecordError, match=f"{url}: the connection ends at system_chain: "),
        remote_chain(url) as chain,
    ):
        chain.name()


@pytest.mark.parametrize("reply", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n\r\nhello"])
def test_a_server_without_websockets(reply):
    with stranger(reply) as port:
        url = f"ws://127.0.0.1:{port}"
        words = f"^{url}: it does not answer as a Substrate node does, with a WebSocket: .+$"
        with pytest.raises(RecordError, match=words), remote_chain(url):
            pass


@pytest.mark.parametrize("url", ["nowhere", "ws://", "ws://127.0.0.1:abc", "ws://[::1", "ftp://x"])
def test_an_address_that_is_none(url):
    with pytest.raises(RecordError) as caught, remote_chain(url):
        pass
    assert str(caught.value).startswith(f"{url}: no address of a node (")


def test_plain_addresses_mean_the_same_port():
    with answering('{"result": "dev"}') as url:
        with remote_chain(url.replace("ws:", "http:")) as chain:
            assert chain.name() == "dev"
        with pytest.raises(RecordError, match="no connection"), remote_chain("https://127.0.0.1:1"):
            pass


def test_what_goes_wrong_elsewhere_is_not_the_nodes_fault():
    with (
        answering("{}") as url,
        pytest.raises(FileNotFoundError, match="elsewhere"),
        remote_chain(url),
    ):
        raise FileNotFoundError("elsewhere")
