"""What the wire must know of each kind of message, and the decorator that declares one."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeVar

from p2p.wire.limits import KIB
from p2p.wire.shape import Shape, record_shape

EXTENSION_KINDS: Final = 128
EXTENSION_CAP: Final = 64 * KIB
"""Read in whole before it is thrown away."""


class Lane(IntEnum):
    """Outbound queues: a lower one is always emptied first."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


@dataclass(frozen=True, slots=True)
class AnswerKind:
    """How the answer of a query travels, and how long it may get in all."""

    cap: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Kind:
    """What the wire must know of one kind before its bytes are read."""

    number: int
    cap: int
    lane: Lane
    shape: Shape
    answer: AnswerKind | None


KINDS: Final[dict[int, Kind]] = {}
"""By number. Filled by the declarations in `p2p.wire.messages`."""
KIND_OF: Final[dict[type, Kind]] = {}
"""By type."""

M = TypeVar("M")


def message(
    number: int, *, cap: int, lane: Lane, answer: type | None = None, answer_cap: int = 0
) -> Callable[[type[M]], type[M]]:
    """Register a frozen dataclass as a message; with an answer it is a query."""

    def register(cls: type[M]) -> type[M]:
        shape = record_shape(cls)
        answer_kind = AnswerKind(answer_cap, record_shape(answer)) if answer else None
        KINDS[number] = KIND_OF[cls] = Kind(number, cap, lane, shape, answer_kind)
        return cls

    return register
