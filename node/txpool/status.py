"""What becomes of an extrinsic in the pool, as watchers are told."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, assert_never

from primitives.types import Hash


class Place(Enum):
    """Statuses that say all by their name."""

    FUTURE = "future"
    """It waits for another extrinsic, usually for the nonce before its own."""
    READY = "ready"
    """It may go into the next block."""
    DROPPED = "dropped"
    """The pool was full, and this one had the lowest priority."""
    INVALID = "invalid"
    """It was valid once, and is no longer."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """It was sent to these peers."""

    peers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InBlock:
    """It is in a block of the best chain."""

    block: Hash


@dataclass(frozen=True, slots=True)
class Retracted:
    """The block it was in left the best chain."""

    block: Hash


@dataclass(frozen=True, slots=True)
class FinalityTimeout:
    """The block it is in has long been best, and is not final yet: nobody watches any longer."""

    block: Hash


@dataclass(frozen=True, slots=True)
class Finalized:
    """The block it is in is final."""

    block: Hash


@dataclass(frozen=True, slots=True)
class Usurped:
    """An extrinsic of higher priority took its place."""

    by: Hash


Status = Place | Broadcast | InBlock | Retracted | FinalityTimeout | Finalized | Usurped


def is_terminal(status: Status) -> bool:
    """Whether nothing more can be said of the extrinsic."""
    match status:
        case Place.DROPPED | Place.INVALID | FinalityTimeout() | Finalized() | Usurped():
            return True
        case Place() | Broadcast() | InBlock() | Retracted():
            return False
        case _:
            assert_never(status)


def status_json(status: Status) -> Any:
    """The status as `author_extrinsicUpdate` carries it."""
    match status:
        case Place():
            return status.value
        case Broadcast(peers):
            return {"broadcast": list(peers)}
        case InBlock(block):
            return {"inBlock": _hex(block)}
        case Retracted(block):
            return {"retracted": _hex(block)}
        case FinalityTimeout(block):
            return {"finalityTimeout": _hex(block)}
        case Finalized(block):
            return {"finalized": _hex(block)}
        case Usurped(by):
            return {"usurped": _hex(by)}
        case _:
            assert_never(status)


def _hex(value: Hash) -> str:
    return "0x" + value.hex()
