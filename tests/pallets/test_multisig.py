"""Multisig: operations from the first approval to the call."""

import pytest

from primitives.hashing import blake2_256
from primitives.scale.containers import Err, Ok
from primitives.types import U16, U32, AccountId, Balance, BlockNumber
from runtime.framework.calls import make_call
from runtime.framework.errors import BadOrigin, Exhausted, FailureBadOrigin
from runtime.framework.weights import PostInfo, Weight
from runtime.pallets import multisig
from runtime.pallets.balances_types import InsufficientBalance
from runtime.pallets.multisig import Operation, Timepoint, multi_account
from tests.support.governed import (
    ALICE,
    BOB,
    CHARLIE,
    DAVE,
    EVE,
    LESS,
    ROOT,
    UNIT,
    admin,
    governed,
    remark,
    transfer,
)

OTHERS = {ALICE: [BOB, CHARLIE], BOB: [ALICE, CHARLIE], CHARLIE: [ALICE, BOB]}
ACCOUNT = multi_account([ALICE, BOB, CHARLIE], 2)
DEPOSIT = Balance(132_000_000 + 2 * 32_000_000)
ENOUGH = Weight(10**12, 10**6)
BEGINNING = Timepoint(BlockNumber(1), U32(0))


@pytest.fixture
def world():
    with governed() as made:
        yield made


def hash_of(world, call):
    return blake2_256(world.multisig.ctx.encode_call(call))


def length(world, call):
    return len(world.multisig.ctx.encode_call(call))


def arguments(who, timepoint=None, threshold=2):
    return {
        "threshold": U16(threshold),
        "other_signatories": OTHERS[who],
        "maybe_timepoint": timepoint,
        "max_weight": ENOUGH,
    }


def approve_call(world, who, call, timepoint=None, threshold=2):
    return world.call(
        "Multisig", "as_multi", who, call=call, **arguments(who, timepoint, threshold)
    )


def approve_hash(world, who, call, timepoint=None, threshold=2):
    terms = arguments(who, timepoint, threshold)
    return world.call("Multisig", "approve_as_multi", who, call_hash=hash_of(world, call), **terms)


def operation(world, call, account=ACCOUNT):
    return world.multisig.multisigs.get(account, hash_of(world, call))


def test_account_is_the_hash_of_the_sorted_set_and_the_threshold():
    expected = blake2_256(b"modlpy/utilisuba" + b"\x0c" + ALICE + BOB + CHARLIE + b"\x02\0")
    assert expected == ACCOUNT


def test_one_approval_of_one_makes_the_call_at_once(world):
    account = multi_account([ALICE, BOB, CHARLIE], 1)
    world.dispatch(transfer(account, 10**6), ALICE)
    call = transfer(EVE, 1000)
    terms = {"other_signatories": OTHERS[BOB], "call": call}
    assert world.call("Multisig", "as_multi_threshold_1", BOB, **terms) == PostInfo()
    assert world.balances.free_balance(EVE) == 1000
    assert world.told(world.multisig)

    less = terms | {"call": admin("takes_less")}
    own = multisig.threshold_1_weight(length(world, less["call"]))
    assert world.call("Multisig", "as_multi_threshold_1", BOB, **less) == PostInfo(own + LESS)
    failing = terms | {"call": admin("fails_for_less")}
    error = world.refuses(Exhausted, "Multisig", "as_multi_threshold_1", BOB, **failing)
    assert error.post == PostInfo(own + LESS)
    failing = terms | {"call": admin("fails")}
    error = world.refuses(Exhausted, "Multisig", "as_multi_threshold_1", BOB, **failing)
    assert error.post == PostInfo()


SETS = [
    (multisig.TooFewSignatories, []),
    (multisig.TooManySignatories, [AccountId(n.to_bytes(32, "big")) for n in range(1, 101)]),
    (multisig.SignatoriesOutOfOrder, [DAVE, CHARLIE]),
    (multisig.SignatoriesOutOfOrder, [CHARLIE, CHARLIE]),
    (multisig.SenderInSignatories, [ALICE, BOB]),
]


@pytest.mark.parametrize(("error", "others"), SETS)
def test_sets_that_make_no_sense_are_refused(world, error, others):
    terms = arguments(ALICE) | {"other_signatories": others}
    call, call_hash = remark(), hash_of(world, remark())
    only = {"other_signatories": others, "call": call}
    world.refuses(error, "Multisig", "as_multi_threshold_1", BOB, **only)
    world.refuses(error, "Multisig", "as_multi", BOB, call=call, **terms)
    world.refuses(error, "Multisig", "approve_as_multi", BOB, call_hash=call_hash, **terms)
    cancel = {
        "threshold": U16(2),
        "other_signatories": others,
        "timepoint": BEGINNING,
        "call_hash": call_hash,
    }
    world.refuses(error, "Multisig", "cancel_as_multi", BOB, **cancel)
    low = cancel | {"threshold": U16(1)}
    world.refuses(multisig.MinimumThreshold, "Multisig", "cancel_as_multi", BOB, **low)
    world.refuses(BadOrigin, "Multisig", "cancel_as_multi", ROOT, **cancel)


def test_threshold_must_be_two_or_more(world):
    low = arguments(ALICE, threshold=1)
    error = multisig.MinimumThreshold
    world.refuses(error, "Multisig", "as_multi", ALICE, call=remark(), **low)
    world.refuses(
        error, "Multisig", "approve_as_multi", ALICE, call_hash=hash_of(world, remark()), **low
    )


@pytest.mark.parametrize("begin", [approve_call, approve_hash])
def test_first_approval_reserves_the_deposit(world, begin):
    call = transfer(EVE, 1000)
    post = begin(world, ALICE, call)
    encoded = length(world, call) if begin is approve_call else 0
    assert post == PostInfo(multisig.create_weight(2, encoded))
    assert world.told(world.multisig, multisig.NewMultisig(ALICE, ACCOUNT, hash_of(world, call)))
    assert operation(world, call) == Operation(BEGINNING, DEPOSIT, ALICE, [ALICE])
    assert world.balances.reserved_balance(ALICE) == DEPOSIT


def test_last_approval_makes_the_call_and_returns_the_deposit(world):
    world.dispatch(transfer(ACCOUNT, 10**6), ALICE)
    call = transfer(EVE, 1000)
    approve_hash(world, CHARLIE, call)
    world.now(2)
    assert approve_call(world, BOB, call, BEGINNING) == PostInfo()
    executed = multisig.MultisigExecuted(BOB, BEGINNING, ACCOUNT, hash_of(world, call), Ok(None))
    assert world.told(world.multisig, executed)
    assert operation(world, call) is None
    assert world.balances.reserved_balance(CHARLIE) == 0
    assert world.balances.free_balance(EVE) == 1000


def test_failure_of_the_call_is_told_and_its_weight_reported(world):
    call = admin("fails_for_less")
    approve_call(world, ALICE, call)
    post = approve_call(world, BOB, call, BEGINNING)
    assert post == PostInfo(multisig.complete_weight(2, length(world, call)) + LESS)
    refused = make_call("AdminUtils", "operational", padding=[])
    approve_call(world, ALICE, refused)
    approve_call(world, BOB, refused, BEGINNING)
    executed = multisig.MultisigExecuted(
        BOB, BEGINNING, ACCOUNT, hash_of(world, refused), Err(FailureBadOrigin())
    )
    assert world.told(world.multisig, executed)


def test_approvals_are_sorted_and_counted_once(world):
    call = remark()
    account = multi_account([ALICE, BOB, CHARLIE], 3)
    approve_hash(world, CHARLIE, call, threshold=3)
    post = approve_call(world, ALICE, call, BEGINNING, threshold=3)
    assert post == PostInfo(multisig.approve_weight(2, length(world, call)))
    told = multisig.MultisigApproval(ALICE, BEGINNING, account, hash_of(world, call))
    assert world.told(world.multisig, told)
    assert operation(world, call, account).approvals == [ALICE, CHARLIE]
    for who in (ALICE, CHARLIE):
        again = arguments(who, BEGINNING, 3)
        error = multisig.AlreadyApproved
        world.refuses(error, "Multisig", "as_multi", who, call=call, **again)
        by_hash = again | {"call_hash": hash_of(world, call)}
        world.refuses(error, "Multisig", "approve_as_multi", who, **by_hash)


def test_enough_approvals_by_hash_wait_for_the_call(world):
    call = remark()
    approve_hash(world, ALICE, call)
    post = approve_hash(world, BOB, call, BEGINNING)
    assert post == PostInfo(multisig.approve_weight(2, 0))
    third = arguments(CHARLIE, BEGINNING) | {"call_hash": hash_of(world, call)}
    world.refuses(multisig.AlreadyApproved, "Multisig", "approve_as_multi", CHARLIE, **third)
    approve_call(world, ALICE, call, BEGINNING)
    assert operation(world, call) is None


def test_beginning_must_be_named_just_when_there_is_one(world):
    early = arguments(ALICE, BEGINNING)
    world.refuses(
        multisig.UnexpectedTimepoint, "Multisig", "as_multi", ALICE, call=remark(), **early
    )
    approve_call(world, ALICE, remark())
    unnamed = arguments(BOB)
    world.refuses(multisig.NoTimepoint, "Multisig", "as_multi", BOB, call=remark(), **unnamed)
    other = arguments(BOB, Timepoint(BlockNumber(1), U32(1)))
    world.refuses(multisig.WrongTimepoint, "Multisig", "as_multi", BOB, call=remark(), **other)


def test_call_must_not_weigh_more_than_was_said(world):
    call = admin("takes_less")
    approve_call(world, ALICE, call)
    terms = arguments(BOB, BEGINNING) | {"max_weight": Weight(5_000, 49)}
    world.refuses(multisig.MaxWeightTooLow, "Multisig", "as_multi", BOB, call=call, **terms)
    exact = terms | {"max_weight": Weight(5_000, 50)}
    world.call("Multisig", "as_multi", BOB, call=call, **exact)


def test_deposit_must_be_there(world):
    world.dispatch(transfer(EVE, UNIT - DEPOSIT + 1000), ALICE)
    terms = arguments(ALICE)
    world.refuses(InsufficientBalance, "Multisig", "as_multi", ALICE, call=remark(), **terms)


def test_who_began_may_cancel(world):
    approve_call(world, BOB, remark())
    cancel = {
        "threshold": U16(2),
        "other_signatories": OTHERS[BOB],
        "timepoint": BEGINNING,
        "call_hash": hash_of(world, remark()),
    }
    other_call = cancel | {"call_hash": bytes(32)}
    world.refuses(multisig.NotFound, "Multisig", "cancel_as_multi", BOB, **other_call)
    elsewhere = cancel | {"timepoint": Timepoint(BlockNumber(2), U32(0))}
    world.refuses(multisig.WrongTimepoint, "Multisig", "cancel_as_multi", BOB, **elsewhere)
    by_alice = cancel | {"other_signatories": OTHERS[ALICE]}
    world.refuses(multisig.NotOwner, "Multisig", "cancel_as_multi", ALICE, **by_alice)
    world.call("Multisig", "cancel_as_multi", BOB, **cancel)
    cancelled = multisig.MultisigCancelled(BOB, BEGINNING, ACCOUNT, hash_of(world, remark()))
    assert world.told(world.multisig, cancelled)
    assert operation(world, remark()) is None
    assert world.balances.reserved_balance(BOB) == 0
