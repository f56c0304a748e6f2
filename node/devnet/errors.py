"""What may go wrong with a devnet or on it, told so that a person can act on it."""

from typing import Any

from primitives.errors import ChainError


class DevnetError(ChainError):
    """The devnet, or something asked of it, failed."""


class ConnectionLost(DevnetError):
    """A node went away while it was being asked."""


class RpcError(DevnetError):
    """A node's answer was an error."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        detail = f": {data}" if data is not None else ""
        super().__init__(f"{code}: {message}{detail}")
        self.code = code


class ExtrinsicLost(DevnetError):
    """The pool let go of an extrinsic that it had taken in."""


class CallFailed(DevnetError):
    """An extrinsic is in a block, and its call failed there."""

    def __init__(self, call: str, error: str) -> None:
        super().__init__(f"{call} failed: {error}")
        self.error = error
        """The pallet's error by name, as `SubtensorModule.NoValidatorPermit`."""


class UnknownBlock(DevnetError):
    """A node lacks a block that it should have."""

    def __init__(self, block: bytes) -> None:
        super().__init__(f"the node does not know block 0x{block.hex()}")


class NodeDied(DevnetError):
    """A node ended that should not have."""


def reasons_of(error: BaseException) -> list[str]:
    """Every devnet error in a group, in words."""
    if isinstance(error, BaseExceptionGroup):
        return [reason for inner in error.exceptions for reason in reasons_of(inner)]
    return [str(error)]
