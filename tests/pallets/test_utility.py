"""Utility: batches, derived accounts and other origins, with the weights they report."""

import pytest

from primitives.hashing import blake2_256
from primitives.scale.containers import Err, Ok
from primitives.types import U16, U32
from runtime.framework.calls import make_call
from runtime.framework.errors import (
    BadOrigin,
    CallFiltered,
    Exhausted,
    FailureBadOrigin,
    FailureExhausted,
    FailureToken,
    Token,
)
from runtime.framework.origin import BySystem, Origin, Signed
from runtime.framework.weights import PostInfo, Weight
from runtime.pallets import utility
from runtime.pallets.utility import TooManyCalls
from tests.support.governed import (
    ALICE,
    BOB,
    EVE,
    FULL,
    LESS,
    NOBODY,
    ROOT,
    UNIT,
    admin,
    governed,
    remark,
    transfer,
)

DONE = utility.ItemCompleted()


@pytest.fixture
def world():
    with governed() as made:
        yield made


@pytest.mark.parametrize("name", ["batch", "batch_all", "force_batch"])
def test_batches_refuse_nobody_and_more_calls_than_the_limit(world, name):
    world.refuses(BadOrigin, "Utility", name, NOBODY, calls=[])
    many = [remark()] * 10_923
    world.refuses(TooManyCalls, "Utility", name, ALICE, calls=many)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("batch", utility.batch_weight(2)),
        ("batch_all", utility.batch_all_weight(2)),
        ("force_batch", utility.batch_weight(2)),
    ],
)
def test_batch_of_successes_reports_what_its_calls_took(world, name, own):
    post = world.call("Utility", name, ALICE, calls=[admin("takes_less"), admin("takes_more")])
    assert post == PostInfo(own + LESS + FULL)
    assert world.told(world.utility, DONE, DONE, utility.BatchCompleted())


def test_batch_stops_at_a_failure_and_keeps_what_came_before(world):
    calls = [transfer(EVE, 1000), admin("fails_for_less"), transfer(EVE, 1000)]
    post = world.call("Utility", "batch", ALICE, calls=calls)
    spent = world.runtime.info_of(calls[0]).weight
    assert post == PostInfo(utility.batch_weight(2) + spent + LESS)
    assert world.balances.free_balance(EVE) == 1000
    interrupted = utility.BatchInterrupted(U32(1), FailureExhausted())
    assert world.told(world.utility, DONE, interrupted)


def test_batch_all_undoes_everything_when_one_call_fails(world):
    calls = [transfer(EVE, 1000), admin("fails")]
    error = world.refuses(Exhausted, "Utility", "batch_all", ALICE, calls=calls)
    spent = world.runtime.info_of(calls[0]).weight
    assert error.post == PostInfo(utility.batch_all_weight(2) + spent + FULL)


def test_batch_all_inside_batch_all_is_filtered_except_for_root(world):
    inner = make_call("Utility", "batch_all", calls=[remark()])
    error = world.refuses(CallFiltered, "Utility", "batch_all", ALICE, calls=[inner])
    assert error.failure.error.index == 0
    world.call("Utility", "batch_all", ROOT, calls=[inner])
    nested = make_call("Utility", "batch", calls=[inner])
    world.call("Utility", "batch_all", ALICE, calls=[nested])
    assert world.events_of(world.utility)[0][1] == utility.BatchInterrupted.index


def test_force_batch_goes_on_after_failures(world):
    calls = [admin("fails"), transfer(EVE, 1000)]
    world.call("Utility", "force_batch", ALICE, calls=calls)
    failed = utility.ItemFailed(FailureExhausted())
    assert world.told(world.utility, failed, DONE, utility.BatchCompletedWithErrors())
    assert world.balances.free_balance(EVE) == 1000


def test_derivative_account_is_the_hash_of_owner_and_index(world):
    derived = utility.derivative_account(ALICE, U16(258))
    assert derived == blake2_256(b"modlpy/utilisuba" + ALICE + b"\x02\x01")
    world.dispatch(transfer(derived, UNIT // 2), ALICE)

    payment = transfer(EVE, 1000)
    post = world.call("Utility", "as_derivative", ALICE, index=U16(258), call=payment)
    spent = world.runtime.info_of(payment).weight
    assert post == PostInfo(Weight(130_268_000, 0) + spent)
    assert world.balances.free_balance(EVE) == 1000


def test_as_derivative_keeps_filters_and_reports_weight_of_a_failure(world):
    world.refuses(BadOrigin, "Utility", "as_derivative", ROOT, index=U16(0), call=remark())
    failing = make_call("Utility", "as_derivative", index=U16(0), call=admin("fails_for_less"))
    with pytest.raises(Exhausted) as caught:
        world.dispatch(failing, ALICE)
    assert caught.value.post == PostInfo(Weight(130_268_000, 0) + LESS)
    muted = Origin.signed(ALICE).with_filter(lambda inner: not inner.is_of("System"))
    world.refuses(CallFiltered, "Utility", "as_derivative", muted, index=U16(0), call=remark())


def test_dispatch_as_acts_in_any_origin_for_root(world):
    bob = BySystem(Signed(BOB))
    world.refuses_all_but_root("Utility", "dispatch_as", as_origin=bob, call=remark())
    post = world.call("Utility", "dispatch_as", ROOT, as_origin=bob, call=transfer(EVE, 1000))
    assert post == PostInfo()
    assert world.told(world.utility, utility.DispatchedAs(Ok(None)))
    assert world.balances.free_balance(EVE) == 1000

    world.call("Utility", "dispatch_as", ROOT, as_origin=NOBODY.caller, call=transfer(EVE, 1))
    assert world.told(world.utility, utility.DispatchedAs(Err(FailureBadOrigin())))


def test_with_weight_passes_a_failure_on_without_its_weight(world):
    weight = Weight(10**9, 10**4)
    world.refuses_all_but_root("Utility", "with_weight", call=remark(), weight=weight)
    assert world.call("Utility", "with_weight", ROOT, call=remark(), weight=weight) == PostInfo()
    error = world.refuses(
        BadOrigin, "Utility", "with_weight", ROOT, call=admin("fails_for_less"), weight=weight
    )
    assert error.post == PostInfo()


def test_overdrawn_payment_is_told_with_its_reason(world):
    world.call("Utility", "force_batch", ALICE, calls=[transfer(BOB, 2 * UNIT)])
    failed = utility.ItemFailed(FailureToken(Token.FUNDS_UNAVAILABLE))
    assert world.told(world.utility, failed, utility.BatchCompletedWithErrors())
