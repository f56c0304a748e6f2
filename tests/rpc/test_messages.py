"""Messages that are no JSON-RPC, and those that are just about."""

import json

import pytest

from node.rpc.errors import invalid_params
from node.rpc.messages import (
    Malformed,
    Request,
    error_text,
    failure_text,
    notification_text,
    read_message,
    result_text,
)

PARSE = {"code": -32700, "message": "Parse error"}
LIMIT = 3


def read_one(data):
    message = read_message(data if isinstance(data, bytes) else json.dumps(data).encode(), LIMIT)
    assert not message.is_batch
    [request] = message.requests
    return request


def request(**fields):
    return {"jsonrpc": "2.0", "id": 1, "method": "m", "params": []} | fields


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        '{"jsonrpc":"2.0"}'.encode("utf-16"),
        b'{"id":NaN}',
        b'{"id":1} {"id":2}',
        b"[" * 100_000,
        b'{"jsonrpc":"2.0","method":"m","id":' + b"9" * 10_000 + b"}",
    ],
    ids=lambda data: data[:16].decode("latin-1"),
)
def test_what_is_no_json_is_a_parse_error_without_id(data):
    malformed = read_one(data)
    assert (malformed.id, malformed.error.to_json()) == (None, PARSE)


@pytest.mark.parametrize(
    ("content", "id_", "detail"),
    [
        (17, None, "a request is an object"),
        ("text", None, "a request is an object"),
        (None, None, "a request is an object"),
        (request(id=[1]), None, "id: expected a string, an integer or null"),
        (request(id=True), None, "id: expected a string, an integer or null"),
        (request(id=1.5), None, "id: expected a string, an integer or null"),
        (request(jsonrpc="1.0"), 1, 'jsonrpc: expected "2.0"'),
        ({"id": "a", "method": "m"}, "a", 'jsonrpc: expected "2.0"'),
        (request(method=7), 1, "method: expected a string"),
        ([], None, "the batch is empty"),
    ],
)
def test_what_is_no_request_is_refused_with_its_id_if_it_has_one(content, id_, detail):
    malformed = read_one(content)
    assert malformed.id == id_
    assert malformed.error.to_json() == {
        "code": -32600,
        "message": "Invalid request",
        "data": detail,
    }


def test_named_parameters_are_refused():
    malformed = read_one(request(params={"hash": None}))
    assert malformed.error.to_json()["code"] == -32602


@pytest.mark.parametrize("params", [{"params": []}, {"params": None}, {}])
def test_parameters_may_be_missing(params):
    content = {"jsonrpc": "2.0", "id": 0, "method": "m"} | params
    assert read_one(content) == Request("m", [], 0, is_notification=False)


def test_without_an_id_it_is_a_notification_and_null_is_an_id():
    assert read_one({"jsonrpc": "2.0", "method": "m"}).is_notification
    assert not read_one(request(id=None)).is_notification


def test_batches_keep_their_order_and_each_malformed_part_its_place():
    message = read_message(json.dumps([request(), 17, request(id="x")]).encode(), LIMIT)
    assert message.is_batch
    assert [type(one) for one in message.requests] == [Request, Malformed, Request]


def test_oversize_batches_are_refused_as_a_whole():
    malformed = read_one([request()] * (LIMIT + 1))
    assert malformed.error.to_json() == {
        "code": -32010,
        "message": "The batch request was too large",
        "data": "Exceeded max limit of 3",
    }


def test_answers_have_result_or_error_never_both():
    assert json.loads(result_text("ä", None)) == {"jsonrpc": "2.0", "id": "ä", "result": None}
    assert json.loads(error_text(0, invalid_params("x"))) == {
        "jsonrpc": "2.0",
        "id": 0,
        "error": {"code": -32602, "message": "Invalid params", "data": "x"},
    }


def test_notifications_have_no_id():
    assert json.loads(notification_text("chain_newHead", "S", 1)) == {
        "jsonrpc": "2.0",
        "method": "chain_newHead",
        "params": {"subscription": "S", "result": 1},
    }
    assert set(json.loads(failure_text("e", "S", invalid_params("x")))["params"]) == {
        "subscription",
        "error",
    }
