"""Scheduler: setting, cancelling, running and retrying tasks."""

import pytest

from primitives.hashing import blake2_256
from primitives.scale.containers import Err, Ok
from primitives.types import U8, U32, BlockNumber, Bytes32, Hash
from runtime.framework.calls import CALL_CODEC
from runtime.framework.errors import Exhausted, FailureBadOrigin, FailureExhausted
from runtime.framework.origin import BySystem, Signed
from runtime.framework.weights import Weight
from runtime.pallets import scheduler_tasks as tasks
from runtime.pallets import scheduler_weights as weights
from runtime.pallets.bounded_call import InlineCall, LegacyCall
from runtime.pallets.preimage import IsRequested
from runtime.pallets.scheduler_tasks import RetryConfig, Scheduled
from tests.support.governed import ALICE, ROOT, admin, governed, remark

NAME = Bytes32(b"name".ljust(32, b"\0"))
LONG_DATA = bytes(200)
LONG_HASH = Hash(blake2_256(b"\0\0" + b"\x21\x03" + LONG_DATA))
EMPTY_ROUND = weights.SERVICE_AGENDAS + weights.service_agenda(0)
WEIGHTLESS = Weight(0, 0)
EXHAUSTED = Err(FailureExhausted())


@pytest.fixture
def world():
    with governed() as made:
        yield made


def schedule(world, call=None, *, when=5, name=None, periodic=None, priority=0):
    arguments = {
        "when": BlockNumber(when),
        "maybe_periodic": periodic,
        "priority": U8(priority),
        "call": remark() if call is None else call,
    }
    if name is None:
        return world.call("Scheduler", "schedule", ROOT, **arguments)
    return world.call("Scheduler", "schedule_named", ROOT, id_=name, **arguments)


def run(world, block):
    """Start a block, and answer the weight of its tasks."""
    world.now(block)
    world.recorded.encoded.clear()
    return world.scheduler.on_initialize(BlockNumber(block))


def agenda(world, block=5):
    return world.scheduler.agenda.get(BlockNumber(block))


def task(made, **changes):
    fields = {
        "maybe_id": None,
        "priority": U8(0),
        "call": InlineCall(CALL_CODEC.encode(made)),
        "maybe_periodic": None,
        "origin": ROOT.caller,
    }
    return Scheduled(**fields | changes)


TASK_CALLS = [
    ("schedule", {"when": 5, "maybe_periodic": None, "priority": 0, "call": remark}),
    ("cancel", {"when": 5, "index": 0}),
    (
        "schedule_named",
        {"id_": NAME, "when": 5, "maybe_periodic": None, "priority": 0, "call": remark},
    ),
    ("cancel_named", {"id_": NAME}),
    ("schedule_after", {"after": 5, "maybe_periodic": None, "priority": 0, "call": remark}),
    (
        "schedule_named_after",
        {"id_": NAME, "after": 5, "maybe_periodic": None, "priority": 0, "call": remark},
    ),
    ("set_retry", {"task": (5, 0), "retries": 1, "period": 1}),
    ("set_retry_named", {"id_": NAME, "retries": 1, "period": 1}),
    ("cancel_retry", {"task": (5, 0)}),
    ("cancel_retry_named", {"id_": NAME}),
]


@pytest.mark.parametrize(("name", "arguments"), TASK_CALLS)
def test_every_call_is_for_root(world, name, arguments):
    made = {key: value() if callable(value) else value for key, value in arguments.items()}
    world.refuses_all_but_root("Scheduler", name, **made)


@pytest.mark.parametrize(("name", "arguments"), TASK_CALLS)
def test_calls_on_tasks_refuse_what_is_not_there(world, name, arguments):
    if name.startswith("schedule"):
        return
    world.refuses(tasks.NotFound, "Scheduler", name, ROOT, **arguments)


def test_schedule_puts_tasks_on_the_agenda_in_turn(world):
    schedule(world)
    assert world.told(world.scheduler, tasks.TaskScheduled(BlockNumber(5), U32(0)))
    schedule(world, priority=7, periodic=(BlockNumber(3), U32(4)))
    assert agenda(world) == [
        task(remark()),
        task(remark(), priority=U8(7), maybe_periodic=(BlockNumber(3), U32(3))),
    ]


@pytest.mark.parametrize("periodic", [(3, 1), (3, 0), (0, 9)])
def test_period_without_a_second_run_is_none(world, periodic):
    schedule(world, periodic=periodic)
    assert agenda(world) == [task(remark())]


def test_blocks_must_be_to_come(world):
    world.now(9)
    arguments = {"maybe_periodic": None, "priority": U8(0), "call": remark()}
    late = tasks.TargetBlockNumberInPast
    world.refuses(late, "Scheduler", "schedule", ROOT, when=BlockNumber(9), **arguments)
    world.call("Scheduler", "schedule_after", ROOT, after=BlockNumber(0), **arguments)
    assert world.told(world.scheduler, tasks.TaskScheduled(BlockNumber(10), U32(0)))
    last = BlockNumber(2**32 - 1)
    named = arguments | {"id_": NAME}
    world.call("Scheduler", "schedule_named_after", ROOT, after=last, **named)
    assert world.scheduler.lookup.get(NAME) == (last, 0)


def test_name_is_given_once(world):
    schedule(world, name=NAME)
    assert world.scheduler.lookup.get(NAME) == (5, 0)
    again = {
        "id_": NAME,
        "when": BlockNumber(1),
        "maybe_periodic": None,
        "priority": U8(0),
        "call": remark(),
    }
    world.refuses(tasks.FailedToSchedule, "Scheduler", "schedule_named", ROOT, **again)


def test_full_agenda_fills_its_holes_first(world):
    for _ in range(50):
        schedule(world)
    full = {"when": BlockNumber(5), "maybe_periodic": None, "priority": U8(0), "call": remark()}
    world.refuses(Exhausted, "Scheduler", "schedule", ROOT, **full)
    world.call("Scheduler", "cancel", ROOT, when=BlockNumber(5), index=U32(7))
    schedule(world, priority=9)
    assert world.told(world.scheduler, tasks.TaskScheduled(BlockNumber(5), U32(7)))
    assert agenda(world)[7] == task(remark(), priority=U8(9))


def test_cancel_leaves_a_hole_and_trims_the_end(world):
    for name in (None, NAME, None):
        schedule(world, name=name)
    world.call("Scheduler", "set_retry", ROOT, task=(5, 1), retries=U8(1), period=BlockNumber(1))
    world.call("Scheduler", "cancel", ROOT, when=BlockNumber(5), index=U32(1))
    assert world.told(world.scheduler, tasks.Canceled(BlockNumber(5), U32(1)))
    assert agenda(world) == [task(remark()), None, task(remark())]
    assert world.scheduler.lookup.get(NAME) is None
    assert world.scheduler.retries.get((5, 1)) is None
    world.call("Scheduler", "cancel", ROOT, when=BlockNumber(5), index=U32(2))
    assert agenda(world) == [task(remark())]
    world.call("Scheduler", "cancel", ROOT, when=BlockNumber(5), index=U32(0))
    assert not world.scheduler.agenda.contains(BlockNumber(5))


def test_cancel_named_forgets_name_retry_and_preimage(world):
    schedule(world, remark(LONG_DATA), name=NAME)
    retry = {"retries": U8(1), "period": BlockNumber(1)}
    world.call("Scheduler", "set_retry_named", ROOT, id_=NAME, **retry)
    world.call("Scheduler", "cancel_named", ROOT, id_=NAME)
    assert world.told(world.scheduler, tasks.Canceled(BlockNumber(5), U32(0)))
    assert world.scheduler.lookup.get(NAME) is None
    assert world.scheduler.retries.get((5, 0)) is None
    assert not world.scheduler.agenda.contains(BlockNumber(5))
    assert world.preimage.request_status_for.get(LONG_HASH).count == 1


def test_cancel_named_of_a_hole_clears_the_name(world):
    schedule(world)
    world.scheduler.lookup.insert(NAME, (BlockNumber(5), U32(3)))
    world.call("Scheduler", "cancel_named", ROOT, id_=NAME)
    assert world.told(world.scheduler, tasks.Canceled(BlockNumber(5), U32(3)))
    assert agenda(world) == [task(remark())]
    assert world.scheduler.lookup.get(NAME) is None


def test_retries_are_set_and_cancelled(world):
    schedule(world)
    schedule(world, name=NAME)
    terms = {"retries": U8(3), "period": BlockNumber(2)}
    world.call("Scheduler", "set_retry", ROOT, task=(5, 0), **terms)
    assert world.told(world.scheduler, tasks.RetrySet((5, 0), None, BlockNumber(2), U8(3)))
    world.call("Scheduler", "set_retry_named", ROOT, id_=NAME, **terms)
    assert world.told(world.scheduler, tasks.RetrySet((5, 1), NAME, BlockNumber(2), U8(3)))
    expected = RetryConfig(U8(3), U8(3), BlockNumber(2))
    assert dict(world.scheduler.retries.items()) == {(5, 0): expected, (5, 1): expected}
    world.call("Scheduler", "cancel_retry", ROOT, task=(5, 0))
    assert world.told(world.scheduler, tasks.RetryCancelled((5, 0), None))
    world.call("Scheduler", "cancel_retry_named", ROOT, id_=NAME)
    assert world.told(world.scheduler, tasks.RetryCancelled((5, 1), NAME))
    assert world.scheduler.retries.keys() == []


def test_block_without_tasks_weighs_two_look_ups(world):
    assert run(world, 3) == EMPTY_ROUND
    assert not world.scheduler.agenda.contains(BlockNumber(3))


def test_tasks_run_by_priority_in_their_origin(world):
    schedule(world, priority=2)
    schedule(world, admin("fails"), priority=1, name=NAME)
    signed = task(remark(b"x"), origin=BySystem(Signed(ALICE)))
    world.scheduler.place_task(BlockNumber(5), signed)
    used = run(world, 5)
    assert world.told(
        world.scheduler,
        tasks.Dispatched((5, 2), None, Ok(None)),
        tasks.Dispatched((5, 1), NAME, EXHAUSTED),
        tasks.Dispatched((5, 0), None, Ok(None)),
    )
    assert agenda(world) == []
    assert world.scheduler.lookup.get(NAME) is None
    calls = [remark(), admin("fails"), remark(b"x")]
    expected = weights.SERVICE_AGENDAS + weights.service_agenda(3)
    for one in calls:
        expected += world.runtime.info_of(one).weight
    expected += weights.service_task(None, named=False, periodic=False).mul(2)
    expected += weights.service_task(None, named=True, periodic=False)
    expected += weights.execute_dispatch(ROOT.caller).mul(2)
    expected += weights.execute_dispatch(signed.origin)
    assert used == expected


def test_reported_weight_counts_even_above_the_announced(world):
    signed = BySystem(Signed(ALICE))
    world.scheduler.place_task(BlockNumber(5), task(admin("takes_more"), origin=signed))
    base = weights.SERVICE_AGENDAS + weights.service_agenda(1)
    base += weights.service_task(None, named=False, periodic=False)
    base += weights.execute_dispatch(signed)
    assert run(world, 5) == base + Weight(10_000, 100)


def test_periodic_task_comes_back_until_its_runs_are_used_up(world):
    schedule(world, name=NAME, periodic=(BlockNumber(3), U32(3)))
    run(world, 5)
    assert agenda(world, 8) == [
        task(remark(), maybe_id=NAME, maybe_periodic=(BlockNumber(3), U32(1)))
    ]
    assert world.scheduler.lookup.get(NAME) == (8, 0)
    run(world, 8)
    assert agenda(world, 11) == [task(remark(), maybe_id=NAME)]
    run(world, 11)
    assert world.scheduler.agenda.keys() == []


def test_next_run_without_a_place_is_dropped(world):
    schedule(world, remark(LONG_DATA), periodic=(BlockNumber(1), U32(2)))
    for _ in range(50):
        world.scheduler.place_task(BlockNumber(6), task(remark()))
    run(world, 5)
    assert world.told(
        world.scheduler,
        tasks.Dispatched((5, 0), None, Ok(None)),
        tasks.PeriodicFailed((5, 0), None),
    )
    assert world.preimage.request_status_for.get(LONG_HASH).count == 1


def test_failed_task_is_tried_again_as_often_as_set(world):
    schedule(world, admin("fails"), name=NAME)
    terms = {"retries": U8(1), "period": BlockNumber(2)}
    world.call("Scheduler", "set_retry_named", ROOT, id_=NAME, **terms)
    run(world, 5)
    assert world.told(
        world.scheduler,
        tasks.Dispatched((5, 0), NAME, EXHAUSTED),
        tasks.TaskScheduled(BlockNumber(7), U32(0)),
    )
    assert agenda(world, 7) == [task(admin("fails"))]
    assert world.scheduler.retries.get((7, 0)) == RetryConfig(U8(1), U8(0), BlockNumber(2))
    run(world, 7)
    assert world.told(world.scheduler, tasks.Dispatched((7, 0), None, EXHAUSTED))
    assert world.scheduler.agenda.keys() == []
    assert world.scheduler.retries.keys() == []


def test_retry_without_a_place_fails(world):
    schedule(world, admin("fails"), name=NAME)
    terms = {"retries": U8(1), "period": BlockNumber(1)}
    world.call("Scheduler", "set_retry_named", ROOT, id_=NAME, **terms)
    for _ in range(50):
        world.scheduler.place_task(BlockNumber(6), task(remark()))
    run(world, 5)
    failed = tasks.RetryFailed((5, 0), None)
    assert world.events_of(world.scheduler)[-1] == bytes((15,)) + failed.encode()


def test_retry_config_follows_a_periodic_task(world):
    schedule(world, periodic=(BlockNumber(3), U32(2)))
    terms = {"retries": U8(4), "period": BlockNumber(2)}
    world.call("Scheduler", "set_retry", ROOT, task=(5, 0), **terms)
    run(world, 5)
    expected = RetryConfig(U8(4), U8(4), BlockNumber(2))
    assert dict(world.scheduler.retries.items()) == {(8, 0): expected}


def test_long_call_waits_as_a_preimage(world):
    schedule(world, remark(LONG_DATA))
    assert world.preimage.request_status_for.get(LONG_HASH) == IsRequested(None, U32(2), U32(204))
    used = run(world, 5)
    expected = weights.SERVICE_AGENDAS + weights.service_agenda(1)
    expected += weights.service_task(204, named=False, periodic=False)
    expected += (
        weights.execute_dispatch(ROOT.caller) + world.runtime.info_of(remark(LONG_DATA)).weight
    )
    assert used == expected
    assert world.preimage.request_status_for.get(LONG_HASH) == IsRequested(None, U32(1), U32(204))


def test_task_whose_call_is_not_there_keeps_its_place(world):
    missing = task(remark(), call=LegacyCall(Hash(bytes(32))), maybe_id=NAME)
    world.scheduler.place_task(BlockNumber(5), missing)
    used = run(world, 5)
    assert world.told(world.scheduler, tasks.CallUnavailable((5, 0), NAME))
    assert agenda(world) == [missing]
    assert world.scheduler.lookup.get(NAME) is None
    assert world.scheduler.incomplete_since.get() is None
    expected = weights.SERVICE_AGENDAS + weights.service_agenda(1)
    assert used == expected + weights.service_task(1_000_000, named=True, periodic=False)


def test_task_heavier_than_a_block_keeps_its_place(world):
    call = admin("heavy")
    world.scheduler.maximum_weight = Weight(2 * 10**12, 2**63)
    schedule(world, call)
    run(world, 5)
    assert world.told(world.scheduler, tasks.PermanentlyOverweight((5, 0), None))
    assert agenda(world) == [task(call)]
    assert world.scheduler.incomplete_since.get() is None


def test_task_that_does_not_fit_any_more_waits_for_the_next_block(world):
    schedule(world, priority=0)
    schedule(world, admin("heavy"), priority=1, name=NAME)
    schedule(world, admin("heavy"), priority=2)
    run(world, 5)
    heavy = tasks.Dispatched((5, 1), NAME, Ok(None))
    assert world.told(world.scheduler, tasks.Dispatched((5, 0), None, Ok(None)), heavy)
    assert agenda(world) == [None, None, task(admin("heavy"), priority=U8(2))]
    assert world.scheduler.incomplete_since.get() == 5
    schedule(world, when=6)
    run(world, 6)
    assert world.told(
        world.scheduler,
        tasks.Dispatched((5, 2), None, Ok(None)),
        tasks.Dispatched((6, 0), None, Ok(None)),
    )
    assert world.scheduler.incomplete_since.get() is None
    assert world.scheduler.agenda.keys() == []


def test_task_that_cannot_even_be_picked_up_is_lost(world):
    """It has left its place before its weight is looked at, as in the reference."""
    world.scheduler.place_task(BlockNumber(5), task(remark(), call=LegacyCall(LONG_HASH)))
    schedule(world, priority=1)
    world.scheduler.maximum_weight = weights.SERVICE_AGENDAS + weights.service_agenda(50)
    run(world, 5)
    assert world.told(world.scheduler)
    assert agenda(world) == [None, task(remark(), priority=U8(1))]
    assert world.scheduler.incomplete_since.get() == 5


def test_too_little_weight_for_anything_does_nothing(world):
    schedule(world)
    world.scheduler.maximum_weight = weights.SERVICE_AGENDAS - Weight(1, 0)
    assert run(world, 5) == WEIGHTLESS
    world.scheduler.maximum_weight = weights.SERVICE_AGENDAS
    assert run(world, 6) == weights.SERVICE_AGENDAS
    assert world.scheduler.incomplete_since.get() == 6


def test_failure_of_a_scheduled_call_is_told(world):
    world.scheduler.place_task(
        BlockNumber(5), task(admin("takes_less"), origin=BySystem(Signed(ALICE)))
    )
    schedule(world, admin("takes_less"))
    run(world, 5)
    assert world.told(
        world.scheduler,
        tasks.Dispatched((5, 0), None, Ok(None)),
        tasks.Dispatched((5, 1), None, Err(FailureBadOrigin())),
    )
