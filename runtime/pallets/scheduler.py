"""Scheduler: calls that root sets for a later block, once or again and again."""

from collections.abc import Iterator
from typing import Final

from primitives.arith import saturating_add_u32
from primitives.hashing import blake2_128_concat, twox_64_concat
from primitives.types import U8, U32, BlockNumber
from runtime.framework.calls import RuntimeCall, call
from runtime.framework.errors import Exhausted, ensure
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, OriginCaller, ensure_root
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageMap, StorageValue, storage_map, storage_value
from runtime.framework.weights import Weight
from runtime.pallets import scheduler_tasks as tasks
from runtime.pallets import scheduler_weights as weights
from runtime.pallets.preimage import Preimage
from runtime.pallets.scheduler_service import Servicing
from runtime.pallets.scheduler_tasks import (
    MAX_SCHEDULED_PER_BLOCK,
    Agenda,
    Period,
    RetryConfig,
    Scheduled,
    TaskAddress,
    TaskName,
)
from runtime.pallets.system import System

SCHEDULE: Final = weights.schedule(MAX_SCHEDULED_PER_BLOCK)
SCHEDULE_NAMED: Final = weights.schedule_named(MAX_SCHEDULED_PER_BLOCK)
CANCEL: Final = weights.cancel(MAX_SCHEDULED_PER_BLOCK)
CANCEL_NAMED: Final = weights.cancel_named(MAX_SCHEDULED_PER_BLOCK)


class Scheduler(Pallet):
    """Every call is for root only, and root outranks the origin of any task."""

    rust_module = "pallet_scheduler::pallet"
    events = tasks.EVENTS
    errors = tasks.ERRORS
    storage_version = 4

    maximum_weight: Constant[Weight] = constant(
        Weight(3_200_000_000_000, 14_757_395_258_967_641_292)
    )
    """Most that the tasks of one block may take: four fifths of the block."""
    max_scheduled_per_block: Constant[U32] = constant(U32(MAX_SCHEDULED_PER_BLOCK))
    """Most tasks on one block's agenda."""

    incomplete_since: StorageValue[BlockNumber | None] = storage_value()
    """The oldest block whose agenda is not done with."""
    agenda: StorageMap[BlockNumber, Agenda] = storage_map(twox_64_concat, default=[])
    """The tasks of a block, in the order they were set."""
    retries: StorageMap[TaskAddress, RetryConfig | None] = storage_map(blake2_128_concat)
    """How to go on if a task fails."""
    lookup: StorageMap[TaskName, TaskAddress | None] = storage_map(twox_64_concat)
    """Where a named task stands."""

    def __init__(self, ctx: PalletContext, *, system: System, preimages: Preimage) -> None:
        super().__init__(ctx)
        self._system = system
        self.preimages = preimages

    def on_initialize(self, now: BlockNumber) -> Weight:
        """Make the calls that are due."""
        servicing = Servicing(self, now, self.maximum_weight)
        servicing.service_agendas()
        return servicing.meter.consumed

    @invariant()
    def names_lead_to_tasks(self) -> Iterator[str]:
        """The name of a task to come leads to it.

        Not of one whose block has come: a task that could not be made loses its name but keeps its
        place, and one that met the limit of its block loses its place but keeps its name.
        """
        now = self._system.block_number()
        for name, address in self.lookup.items():
            if address is not None and address[0] > now:
                task = self._find(address)
                if task is None or task.maybe_id != name:
                    yield f"{name.hex()} leads to block {address[0]}, place {address[1]}, in vain"

    @invariant()
    def retries_are_of_tasks(self) -> Iterator[str]:
        """How to go on is known of tasks only; again as far as their block is to come."""
        now = self._system.block_number()
        for when, index in self.retries.keys():  # noqa: SIM118
            if when > now and self._find((when, index)) is None:
                yield f"no task to retry in block {when}, place {index}"

    @invariant(waived_by=("Preimage.unnote_preimage", "Preimage.unrequest_preimage"))
    def calls_are_kept(self) -> Iterator[str]:
        """The preimage of a call to come is asked for; root can take that back."""
        now = self._system.block_number()
        for when, agenda in self.agenda.items():
            for task in agenda if when > now else ():
                wanted = task.call.lookup_hash if task is not None else None
                if wanted is not None and not self.preimages.is_requested(wanted):
                    yield f"a call of block {when} is not asked for"

    @call(index=0, weight=SCHEDULE)
    def schedule(
        self,
        origin: Origin,
        when: BlockNumber,
        maybe_periodic: Period | None,
        priority: U8,
        call: RuntimeCall,
    ) -> None:
        """Set a call for a block to come."""
        self._schedule(origin, None, when, maybe_periodic, priority, call)

    @call(index=1, weight=CANCEL)
    def cancel(self, origin: Origin, when: BlockNumber, index: U32) -> None:
        """Take a task off its agenda."""
        ensure_root(origin)
        task = self._task_at((when, index))

        self._vacate((when, index))
        self.preimages.drop(task.call)
        if task.maybe_id is not None:
            self.lookup.remove(task.maybe_id)
        self.retries.remove((when, index))
        self._trim_agenda(when)

        self.deposit(tasks.Canceled(when, index))

    @call(index=2, weight=SCHEDULE_NAMED)
    def schedule_named(
        self,
        origin: Origin,
        id_: TaskName,
        when: BlockNumber,
        maybe_periodic: Period | None,
        priority: U8,
        call: RuntimeCall,
    ) -> None:
        """Set a call for a block to come, under a name."""
        self._schedule(origin, id_, when, maybe_periodic, priority, call)

    @call(index=3, weight=CANCEL_NAMED)
    def cancel_named(self, origin: Origin, id_: TaskName) -> None:
        """Take a named task off its agenda."""
        ensure_root(origin)
        when, index = self._address_of(id_)

        agenda = self.agenda.get(when)
        task = agenda[index] if index < len(agenda) else None
        if task is not None:
            self.retries.remove((when, index))
            self.preimages.drop(task.call)
            self._vacate((when, index))
        self.lookup.remove(id_)
        self._trim_agenda(when)

        self.deposit(tasks.Canceled(when, index))

    @call(index=4, weight=SCHEDULE)
    def schedule_after(
        self,
        origin: Origin,
        after: BlockNumber,
        maybe_periodic: Period | None,
        priority: U8,
        call: RuntimeCall,
    ) -> None:
        """Set a call for when so many blocks have passed."""
        self._schedule(origin, None, self._block_after(after), maybe_periodic, priority, call)

    @call(index=5, weight=SCHEDULE_NAMED)
    def schedule_named_after(
        self,
        origin: Origin,
        id_: TaskName,
        after: BlockNumber,
        maybe_periodic: Period | None,
        priority: U8,
        call: RuntimeCall,
    ) -> None:
        """Set a call for when so many blocks have passed, under a name."""
        self._schedule(origin, id_, self._block_after(after), maybe_periodic, priority, call)

    @call(index=6, weight=weights.SET_RETRY)
    def set_retry(
        self, origin: Origin, task: TaskAddress, retries: U8, period: BlockNumber
    ) -> None:
        """Have a task tried again, should it fail: so often, so many blocks apart."""
        ensure_root(origin)
        self._task_at(task)
        self.retries.insert(task, RetryConfig(retries, retries, period))
        self.deposit(tasks.RetrySet(task, None, period, retries))

    @call(index=7, weight=weights.SET_RETRY_NAMED)
    def set_retry_named(
        self, origin: Origin, id_: TaskName, retries: U8, period: BlockNumber
    ) -> None:
        """Have a named task tried again, should it fail: so often, so many blocks apart."""
        ensure_root(origin)
        address = self._address_of(id_)
        self._task_at(address)
        self.retries.insert(address, RetryConfig(retries, retries, period))
        self.deposit(tasks.RetrySet(address, id_, period, retries))

    @call(index=8, weight=weights.SET_RETRY)
    def cancel_retry(self, origin: Origin, task: TaskAddress) -> None:
        """Have a task not tried again."""
        ensure_root(origin)
        self._task_at(task)
        self.retries.remove(task)
        self.deposit(tasks.RetryCancelled(task, None))

    @call(index=9, weight=weights.SET_RETRY_NAMED)
    def cancel_retry_named(self, origin: Origin, id_: TaskName) -> None:
        """Have a named task not tried again."""
        ensure_root(origin)
        address = self._address_of(id_)
        self._task_at(address)
        self.retries.remove(address)
        self.deposit(tasks.RetryCancelled(address, id_))

    def place_task(self, when: BlockNumber, task: Scheduled) -> TaskAddress:
        """Put a task on an agenda, at its end or, when that is full, in a hole.

        Raises:
            Exhausted: every place is taken.
        """
        agenda = self.agenda.get(when)
        if len(agenda) < MAX_SCHEDULED_PER_BLOCK:
            index = len(agenda)
            agenda.append(task)
        else:
            ensure(None in agenda, Exhausted)
            index = agenda.index(None)
            agenda[index] = task
        self.agenda.insert(when, agenda)
        address = (when, U32(index))
        if task.maybe_id is not None:
            self.lookup.insert(task.maybe_id, address)
        self.deposit(tasks.TaskScheduled(*address))
        return address

    def _schedule(
        self,
        origin: Origin,
        name: TaskName | None,
        when: BlockNumber,
        periodic: Period | None,
        priority: U8,
        later: RuntimeCall,
    ) -> None:
        ensure_root(origin)
        bounded = self.preimages.bound(later)
        ensure(name is None or not self.lookup.contains(name), tasks.FailedToSchedule)
        ensure(when > self._system.block_number(), tasks.TargetBlockNumberInPast)

        caller: OriginCaller = origin.caller
        self.place_task(when, Scheduled(name, priority, bounded, _runs_left(periodic), caller))
        if bounded.lookup_hash is not None:
            self.preimages.request(bounded.lookup_hash)

    def _block_after(self, blocks: BlockNumber) -> BlockNumber:
        """This block's tasks are done with already, so the count begins with the next."""
        now = self._system.block_number()
        return BlockNumber(saturating_add_u32(saturating_add_u32(now, blocks), 1))

    def _address_of(self, name: TaskName) -> TaskAddress:
        address = self.lookup.get(name)
        if address is None:
            raise tasks.NotFound
        return address

    def _task_at(self, address: TaskAddress) -> Scheduled:
        task = self._find(address)
        if task is None:
            raise tasks.NotFound
        return task

    def _find(self, address: TaskAddress) -> Scheduled | None:
        when, index = address
        agenda = self.agenda.get(when)
        return agenda[index] if index < len(agenda) else None

    def _vacate(self, address: TaskAddress) -> None:
        when, index = address
        agenda = self.agenda.get(when)
        agenda[index] = None
        self.agenda.insert(when, agenda)

    def _trim_agenda(self, when: BlockNumber) -> None:
        """Cut the holes off an agenda's end; an agenda of holes only goes."""
        agenda = self.agenda.get(when)
        while agenda and agenda[-1] is None:
            agenda.pop()
        if agenda:
            self.agenda.insert(when, agenda)
        else:
            self.agenda.remove(when)


def _runs_left(periodic: Period | None) -> Period | None:
    """The runs after the first; None unless there are any and they are blocks apart."""
    if periodic is None:
        return None
    period, runs = periodic
    return (period, U32(runs - 1)) if runs > 1 and period > 0 else None
