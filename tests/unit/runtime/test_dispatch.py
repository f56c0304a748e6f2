"""Calls and events: how they are encoded, and what dispatch keeps and undoes."""

import pytest

from primitives.scale.errors import ScaleError
from primitives.scale.types import decode
from runtime.framework.calls import CALL_CODEC, MAX_CALL_DEPTH, RuntimeCall, make_call
from runtime.framework.errors import BadOrigin, CallFiltered, Panic
from runtime.framework.origin import Origin
from runtime.framework.weights import DispatchClass, Pays, PostInfo, Weight
from tests.support.toy import Broken, Moved, Painted, toy_pallet

ALICE = bytes([1]) * 32
WRAP = b"\x28\x04"
SET_TOTAL = b"\x28\x00" + b"\x14"


@pytest.fixture
def toy():
    with toy_pallet() as pallet:
        yield pallet


def dispatch(toy, name, origin=None, **arguments):
    return toy.ctx.dispatch(make_call("Toy", name, **arguments), origin or Origin.signed(ALICE))


def test_a_call_is_its_indices_and_arguments(toy):
    call = make_call("Toy", "set_total", total=5)
    assert toy.ctx.encode_call(call) == SET_TOTAL
    assert decode(RuntimeCall, SET_TOTAL) == call
    assert (call.pallet, call.name, call.arg("total")) == ("Toy", "set_total", 5)
    assert call.is_of("Toy")
    assert call.is_of("Toy", "move", "set_total")
    assert not call.is_of("Toy", "move")


@pytest.mark.parametrize("data", [b"", b"\x28", b"\x29\x00", b"\x28\x63\x00", b"\x28\x01\x01"])
def test_what_is_no_call_does_not_decode(toy, data):
    with pytest.raises(ScaleError):
        decode(RuntimeCall, data)


def test_calls_nest_so_deep_and_no_deeper(toy):
    deepest = WRAP * (MAX_CALL_DEPTH - 1) + SET_TOTAL
    assert CALL_CODEC.decode(deepest, 0)[1] == len(deepest)
    with pytest.raises(ScaleError, match=f"more than {MAX_CALL_DEPTH} calls"):
        CALL_CODEC.decode(WRAP + deepest, 0)
    assert CALL_CODEC.decode(deepest, 0)[1] == len(deepest)


def test_a_call_that_succeeds_is_kept(toy):
    assert dispatch(toy, "set_total", total=5) == PostInfo()
    assert dispatch(toy, "move", steps=3) == PostInfo(Weight(1))
    assert toy.total.get() == 5
    assert toy.ctx.runtime.events.all() == b"\x04\x28\x01" + ALICE + b"\x0c"


def test_a_call_that_fails_leaves_no_trace_and_says_whose_error_it_is(toy):
    with pytest.raises(Broken) as caught:
        dispatch(toy, "write_and_fail")
    assert toy.total.get() == 7
    assert toy.ctx.runtime.events.all() is None
    assert (caught.value.failure.error.index, caught.value.failure.error.error) == (
        40,
        b"\x03\0\0\0",
    )


def test_a_panic_leaves_no_open_layer(toy):
    toy.ctx.host.begin()
    with pytest.raises(Panic, match="the toy fell"):
        dispatch(toy, "write_and_panic")
    assert toy.total.get() == 7
    toy.ctx.host.rollback()


def test_an_inner_failure_is_the_outer_ones(toy):
    with pytest.raises(Broken):
        dispatch(toy, "wrap", inner=make_call("Toy", "write_and_fail"))
    assert toy.total.get() == 7


def nothing(_):
    return False


def test_a_filter_stops_calls_of_all_but_root():
    with toy_pallet(index=0) as toy:
        call = make_call("Toy", "set_total", total=5)
        bound = Origin.signed(ALICE).with_filter(nothing)
        with pytest.raises(CallFiltered):
            toy.ctx.dispatch(call, bound)
        with pytest.raises(BadOrigin):
            toy.ctx.dispatch(call, Origin.root().with_filter(nothing))
        assert toy.total.get() == 7
        toy.ctx.dispatch_bypass_filter(call, bound)
        assert toy.total.get() == 5


def test_a_call_announces_its_price(toy):
    info = toy.ctx.info_of(make_call("Toy", "move", steps=8))
    assert (info.weight, info.class_, info.pays_fee) == (
        Weight(20),
        DispatchClass.NORMAL,
        Pays.NO,
    )


def test_events_are_their_index_and_fields():
    assert Moved(ALICE, 3).encode() == b"\x01" + ALICE + b"\x0c"
    assert Painted(9, "red").encode() == b"\x02\x09\x0cred"


def test_events_describe_their_fields():
    assert [(f.name, f.type_name) for f in Painted.fields()] == [("index", "u8"), ("colour", "str")]
    assert [(f.name, f.type_name) for f in Moved.fields()] == [(None, "AccountId"), (None, "u32")]
