"""What clients are told instead of a result, in the codes and words of Substrate's JSON-RPC."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final

from primitives.errors import ChainError, Rejected

_LOG: Final = logging.getLogger(__name__)


class ErrorCode(IntEnum):
    """Numbers of errors. Clients compare them."""

    PARSE = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL = -32603
    TOO_MANY_SUBSCRIPTIONS = -32006
    OVERSIZED_RESPONSE = -32008
    OVERSIZED_BATCH = -32010
    OVERSIZED_BATCH_RESPONSE = -32011
    RUNTIME_FAILED = 1
    UNDECODABLE_EXTRINSIC = 2
    BAD_FORMAT = 1001
    VERIFICATION = 1002
    AUTHOR = 1040
    BLOCK_RANGE = 4001
    COUNT_TOO_LARGE = 4002
    CLIENT = 4003
    SUBSCRIPTION_LAGS = 5000
    """This node's own: a subscriber did not read fast enough."""


class CannotListen(ChainError):
    """The server did not get its port; says which, and what to do."""


class RpcError(Rejected):
    """An error object on its way to the client."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = int(code)
        self.data = data

    def to_json(self) -> dict[str, Any]:
        """The error object; `data` only if there is any."""
        error = {"code": self.code, "message": self.reason}
        return error if self.data is None else error | {"data": self.data}


def parse_error() -> RpcError:
    return RpcError(ErrorCode.PARSE, "Parse error")


def invalid_request(detail: str | None = None) -> RpcError:
    return RpcError(ErrorCode.INVALID_REQUEST, "Invalid request", detail)


def method_not_found() -> RpcError:
    return RpcError(ErrorCode.METHOD_NOT_FOUND, "Method not found")


def unsafe_call() -> RpcError:
    return RpcError(ErrorCode.METHOD_NOT_FOUND, "RPC call is unsafe to be called externally")


def invalid_params(detail: str) -> RpcError:
    return RpcError(ErrorCode.INVALID_PARAMS, "Invalid params", detail)


def internal_error() -> RpcError:
    return RpcError(ErrorCode.INTERNAL, "Internal error")


def too_many_subscriptions(limit: int) -> RpcError:
    return RpcError(
        ErrorCode.TOO_MANY_SUBSCRIPTIONS,
        "Too many subscriptions on the connection",
        f"Exceeded max limit of {limit}",
    )


def oversized_response(limit: int) -> RpcError:
    return RpcError(
        ErrorCode.OVERSIZED_RESPONSE, "Response is too big", f"Exceeded max limit of {limit}"
    )


def oversized_batch(limit: int) -> RpcError:
    return RpcError(
        ErrorCode.OVERSIZED_BATCH,
        "The batch request was too large",
        f"Exceeded max limit of {limit}",
    )


def oversized_batch_response(limit: int) -> RpcError:
    return RpcError(
        ErrorCode.OVERSIZED_BATCH_RESPONSE,
        "The batch response was too large",
        f"Exceeded max limit of {limit}",
    )


def subscription_lags() -> RpcError:
    return RpcError(
        ErrorCode.SUBSCRIPTION_LAGS, "Subscription ended: notifications were not read fast enough"
    )


def client_error(reason: str) -> RpcError:
    """What goes wrong between a question about a state and its answer."""
    return RpcError(ErrorCode.CLIENT, f"Client error: {reason}")


@contextmanager
def bugs_as_internal_errors(method: str) -> Iterator[None]:
    """Keep a bug in one method from ending the node: the client learns that there is one."""
    try:
        yield
    except RpcError:
        raise
    except Exception as bug:
        _LOG.exception("RPC method failed method=%s", method)
        raise internal_error() from bug
