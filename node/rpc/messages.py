"""JSON-RPC 2.0 messages: read with suspicion, written compactly."""

import json
from dataclasses import dataclass
from json.encoder import JSONEncoder
from typing import Any, Final, NoReturn

from node.rpc.errors import (
    RpcError,
    invalid_params,
    invalid_request,
    oversized_batch,
    parse_error,
)

Json = Any
RequestId = str | int | None


@dataclass(frozen=True, slots=True)
class Request:
    """A call; a notification if nobody waits for an answer."""

    method: str
    params: list[Json]
    id: RequestId
    is_notification: bool


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that stood where a request should be."""

    id: RequestId
    error: RpcError


@dataclass(frozen=True, slots=True)
class Message:
    """What came in one frame or one body: a request, or a batch of them."""

    requests: list[Request | Malformed]
    is_batch: bool


def read_message(data: bytes | bytearray, max_batch: int) -> Message:
    """Read a frame or body. Whatever cannot be read becomes a `Malformed` that says why."""
    try:
        content = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _unreadable(parse_error())
    if not isinstance(content, list):
        return Message([_read_request(content)], is_batch=False)
    if not content:
        return _unreadable(invalid_request("the batch is empty"))
    if len(content) > max_batch:
        return _unreadable(oversized_batch(max_batch))
    return Message([_read_request(one) for one in content], is_batch=True)


def _unreadable(error: RpcError) -> Message:
    return Message([Malformed(None, error)], is_batch=False)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _read_request(content: Json) -> Request | Malformed:
    if not isinstance(content, dict):
        return Malformed(None, invalid_request("a request is an object"))
    id_ = content.get("id")
    if isinstance(id_, bool) or not isinstance(id_, str | int | None):
        return Malformed(None, invalid_request("id: expected a string, an integer or null"))
    if content.get("jsonrpc") != "2.0":
        return Malformed(id_, invalid_request('jsonrpc: expected "2.0"'))
    method = content.get("method")
    if not isinstance(method, str):
        return Malformed(id_, invalid_request("method: expected a string"))
    params = content.get("params")
    if not isinstance(params, list | None):
        return Malformed(id_, invalid_params("params: expected an array"))
    return Request(method, params or [], id_, is_notification="id" not in content)


_ENCODER: Final = JSONEncoder(separators=(",", ":"), check_circular=False)
"""Made once: `json.dumps` with separators makes a new encoder each time."""


def result_text(id_: RequestId, result: Json) -> str:
    """An answer. `result` is there even if it is null, and `error` never beside it."""
    return _ENCODER.encode({"jsonrpc": "2.0", "id": id_, "result": result})


def error_text(id_: RequestId, error: RpcError) -> str:
    return _ENCODER.encode({"jsonrpc": "2.0", "id": id_, "error": error.to_json()})


def notification_text(event: str, subscription: str, result: Json) -> str:
    params = {"subscription": subscription, "result": result}
    return _ENCODER.encode({"jsonrpc": "2.0", "method": event, "params": params})


def failure_text(event: str, subscription: str, error: RpcError) -> str:
    """The last word of a subscription that ends before its time."""
    params = {"subscription": subscription, "error": error.to_json()}
    return _ENCODER.encode({"jsonrpc": "2.0", "method": event, "params": params})
