"""Servicing agendas: what the scheduler does at the start of every block."""

from dataclasses import replace
from enum import Enum
from typing import Protocol

from primitives.arith import saturating_add_u32
from primitives.scale.containers import Err
from primitives.types import U8, U32, BlockNumber
from runtime.framework.calls import RuntimeCall
from runtime.framework.errors import DispatchError, DispatchResult
from runtime.framework.events import Event
from runtime.framework.origin import Origin, OriginCaller
from runtime.framework.pallet import PalletContext
from runtime.framework.storage import StorageMap, StorageValue
from runtime.framework.weights import Weight
from runtime.pallets import scheduler_tasks as tasks
from runtime.pallets import scheduler_weights as weights
from runtime.pallets.nested import attempt
from runtime.pallets.preimage import Preimage
from runtime.pallets.scheduler_tasks import (
    MAX_SCHEDULED_PER_BLOCK,
    Agenda,
    RetryConfig,
    Scheduled,
    TaskAddress,
    TaskName,
)
from runtime.pallets.scheduler_weights import WeightMeter


class SchedulerState(Protocol):
    """The parts of the pallet that servicing works on."""

    ctx: PalletContext
    preimages: Preimage
    incomplete_since: StorageValue[BlockNumber | None]
    agenda: StorageMap[BlockNumber, Agenda]
    retries: StorageMap[TaskAddress, RetryConfig | None]
    lookup: StorageMap[TaskName, TaskAddress | None]

    def deposit(self, event: Event) -> None: ...
    def place_task(self, when: BlockNumber, task: Scheduled) -> TaskAddress: ...


class Serviced(Enum):
    """What became of a task whose turn it was."""

    DONE = "its call was made"
    DROPPED = "its call cannot be had, now or ever"
    POSTPONED = "too little weight is left for its call"


class Servicing:
    """One block's round through the agendas that are due."""

    def __init__(self, pallet: SchedulerState, now: BlockNumber, limit: Weight) -> None:
        self._pallet = pallet
        self._now = now
        self._executed = 0
        self.meter = WeightMeter(limit)

    def service_agendas(self) -> None:
        """Work off the agendas up to this block's, from the oldest that is not done with."""
        if not self.meter.try_consume(weights.SERVICE_AGENDAS):
            return
        full_agenda = weights.service_agenda(MAX_SCHEDULED_PER_BLOCK)
        since = self._pallet.incomplete_since.take()
        when = self._now if since is None else since
        incomplete_since = self._now + 1

        while when <= self._now and self.meter.can_consume(full_agenda):
            if not self._service_agenda(when):
                incomplete_since = min(incomplete_since, when)
            when = BlockNumber(when + 1)

        incomplete_since = min(incomplete_since, when)
        if incomplete_since <= self._now:
            self._pallet.incomplete_since.put(BlockNumber(incomplete_since))

    def _service_agenda(self, when: BlockNumber) -> bool:
        """Work off one agenda in order of priority; answers whether nothing was postponed."""
        agenda = self._pallet.agenda.get(when)
        due = [(index, task) for index, task in enumerate(agenda) if task is not None]
        due.sort(key=lambda entry: entry[1].priority)
        self.meter.try_consume(weights.service_agenda(len(due)))

        outcomes = {Serviced.DONE: 0, Serviced.DROPPED: 0, Serviced.POSTPONED: 0}
        for index, task in due:
            # A task that meets the limit here is lost: it has left the agenda already.
            agenda[index] = None
            if not self.meter.can_consume(_pick_up_weight(task, task.call.lookup_length)):
                outcomes[Serviced.POSTPONED] += 1
                break
            outcome = self._service_task((when, U32(index)), task)
            outcomes[outcome] += 1
            if outcome is Serviced.DONE:
                self._executed += 1
            else:
                agenda[index] = task

        if outcomes[Serviced.POSTPONED] or outcomes[Serviced.DROPPED]:
            self._pallet.agenda.insert(when, agenda)
        else:
            self._pallet.agenda.remove(when)
        return not outcomes[Serviced.POSTPONED]

    def _service_task(self, address: TaskAddress, task: Scheduled) -> Serviced:
        """Make a task's call, and see to its next run and, if it failed, to another try."""
        pallet, name = self._pallet, task.maybe_id
        if name is not None:
            pallet.lookup.remove(name)
        try:
            call, preimage_length = pallet.preimages.peek(task.call)
        except DispatchError:
            pallet.deposit(tasks.CallUnavailable(address, name))
            pallet.preimages.drop(task.call)
            self.meter.try_consume(_pick_up_weight(task, task.call.lookup_length))
            return Serviced.DROPPED

        self.meter.try_consume(_pick_up_weight(task, preimage_length))
        result = self._execute(task.origin, call)
        if result is None:
            if self._executed > 0:
                return Serviced.POSTPONED
            pallet.preimages.drop(task.call)
            pallet.deposit(tasks.PermanentlyOverweight(address, name))
            return Serviced.DROPPED

        retry = pallet.retries.take(address)
        pallet.deposit(tasks.Dispatched(address, name, result))
        if retry is not None and isinstance(result, Err):
            self._schedule_retry(address, task, retry)
        if task.maybe_periodic is None:
            pallet.preimages.drop(task.call)
        else:
            self._schedule_next_run(address, task, retry)
        return Serviced.DONE

    def _execute(self, origin: OriginCaller, call: RuntimeCall) -> DispatchResult | None:
        """Make a call if the weight it announces is left; None if not."""
        base, announced = weights.execute_dispatch(origin), self._pallet.ctx.info_of(call).weight
        if not self.meter.can_consume(base + announced):
            return None
        outcome = attempt(self._pallet.ctx.dispatch, call, Origin.of(origin))
        used = outcome.post.actual_weight
        self.meter.try_consume(base)
        self.meter.try_consume(announced if used is None else used)
        return outcome.result

    def _schedule_next_run(
        self, address: TaskAddress, task: Scheduled, retry: RetryConfig | None
    ) -> None:
        pallet = self._pallet
        period, runs = task.maybe_periodic or (0, 0)
        following = (BlockNumber(period), U32(runs - 1)) if runs > 1 else None
        wake = BlockNumber(saturating_add_u32(self._now, period))
        try:
            new_address = pallet.place_task(wake, replace(task, maybe_periodic=following))
        except DispatchError:
            pallet.preimages.drop(task.call)
            pallet.deposit(tasks.PeriodicFailed(address, task.maybe_id))
            return
        if retry is not None:
            pallet.retries.insert(new_address, retry)

    def _schedule_retry(self, address: TaskAddress, task: Scheduled, retry: RetryConfig) -> None:
        """Put a failed task on a later agenda, without its name and period."""
        pallet = self._pallet
        if not self.meter.try_consume(weights.schedule_retry(MAX_SCHEDULED_PER_BLOCK)):
            pallet.deposit(tasks.RetryFailed(address, task.maybe_id))
            return
        if retry.remaining == 0:
            return
        wake = BlockNumber(saturating_add_u32(self._now, retry.period))
        again = replace(task, maybe_id=None, maybe_periodic=None)
        try:
            new_address = pallet.place_task(wake, again)
        except DispatchError:
            pallet.preimages.drop(task.call)
            pallet.deposit(tasks.RetryFailed(address, None))
            return
        pallet.retries.insert(new_address, replace(retry, remaining=U8(retry.remaining - 1)))


def _pick_up_weight(task: Scheduled, preimage_length: int | None) -> Weight:
    return weights.service_task(
        preimage_length,
        named=task.maybe_id is not None,
        periodic=task.maybe_periodic is not None,
    )
