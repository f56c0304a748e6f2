"""Extrinsics as parameters: bytes behind their own compact length."""

from node.rpc.errors import ErrorCode, RpcError
from primitives.scale.errors import ScaleError
from primitives.scale.raw import expect_end, take_sized


def check_extrinsic(extrinsic: bytes) -> None:
    """Raise ScaleError unless the length at the front is that of the rest."""
    _, end = take_sized(extrinsic, 0)
    expect_end(extrinsic, end, "extrinsic")


def opaque(extrinsic: bytes, refusal: str) -> bytes:
    """An extrinsic that a runtime API takes; RpcError with the method's own text if it is none."""
    try:
        check_extrinsic(extrinsic)
    except ScaleError as error:
        raise RpcError(ErrorCode.UNDECODABLE_EXTRINSIC, refusal, str(error)) from None
    return extrinsic
