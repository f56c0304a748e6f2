"""Tasks of the scheduler: how they are stored, and the events and errors around them."""

from typing import Annotated, Final

from primitives.scale.containers import Bounded
from primitives.scale.records import scale_struct
from primitives.types import U8, U32, AccountId, BlockNumber, Bytes32
from runtime.framework.errors import DispatchResult, PalletError
from runtime.framework.events import Event
from runtime.framework.origin import OriginCaller
from runtime.pallets.bounded_call import BoundedCall

MAX_SCHEDULED_PER_BLOCK: Final = 50
"""Tasks that one block's agenda holds."""

TaskName = Bytes32
"""What a named task is found by."""
TaskAddress = tuple[BlockNumber, U32]
"""Block of an agenda, and place in it."""
Period = tuple[BlockNumber, U32]
"""Blocks between two runs, and how many runs are to come."""


@scale_struct(
    "pallet_scheduler::Scheduled",
    parameters=(
        ("Name", TaskName),
        ("Call", BoundedCall),
        ("BlockNumber", BlockNumber),
        ("PalletsOrigin", OriginCaller),
        ("AccountId", AccountId),
    ),
)
class Scheduled:
    """A task: what call to make, in whose name, how urgent, and whether again."""

    maybe_id: TaskName | None
    priority: U8
    call: BoundedCall
    maybe_periodic: Period | None
    origin: OriginCaller


Agenda = Annotated[list[Scheduled | None], Bounded(MAX_SCHEDULED_PER_BLOCK)]
"""The tasks of a block; what is done or cancelled leaves a hole."""


@scale_struct("pallet_scheduler::RetryConfig", parameters=(("Period", BlockNumber),))
class RetryConfig:
    """How often a failing task is tried again, and after how many blocks."""

    total_retries: U8
    remaining: U8
    period: BlockNumber


class TaskScheduled(Event, index=0, name="Scheduled"):
    """A task was put on an agenda."""

    when: BlockNumber
    index_: U32


class Canceled(Event, index=1):
    """A task was taken off its agenda."""

    when: BlockNumber
    index_: U32


class Dispatched(Event, index=2):
    """A task's call was made, with this result."""

    task: TaskAddress
    id_: TaskName | None
    result: DispatchResult


class RetrySet(Event, index=3):
    """A task will be tried again should it fail."""

    task: TaskAddress
    id_: TaskName | None
    period: BlockNumber
    retries: U8


class RetryCancelled(Event, index=4):
    """A task will not be tried again."""

    task: TaskAddress
    id_: TaskName | None


class CallUnavailable(Event, index=5):
    """A task's call is not there or makes no sense; the task keeps its place for ever."""

    task: TaskAddress
    id_: TaskName | None


class PeriodicFailed(Event, index=6):
    """A task's next run found no place."""

    task: TaskAddress
    id_: TaskName | None


class RetryFailed(Event, index=7):
    """A failed task found no place or no weight to be tried again."""

    task: TaskAddress
    id_: TaskName | None


class PermanentlyOverweight(Event, index=8):
    """A task weighs more than any block allows; it keeps its place for ever."""

    task: TaskAddress
    id_: TaskName | None


class FailedToSchedule(PalletError, index=0):
    """The name is taken."""


class NotFound(PalletError, index=1):
    """No such task."""


class TargetBlockNumberInPast(PalletError, index=2):
    """The block is not to come."""


class RescheduleNoChange(PalletError, index=3):
    """Unused: the task is on that agenda already."""


class Named(PalletError, index=4):
    """Unused: the task can be reached by its name only."""


EVENTS: Final[tuple[type[Event], ...]] = (
    TaskScheduled,
    Canceled,
    Dispatched,
    RetrySet,
    RetryCancelled,
    CallUnavailable,
    PeriodicFailed,
    RetryFailed,
    PermanentlyOverweight,
)
ERRORS: Final[tuple[type[PalletError], ...]] = (
    FailedToSchedule,
    NotFound,
    TargetBlockNumberInPast,
    RescheduleNoChange,
    Named,
)
