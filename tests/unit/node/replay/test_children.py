"""Traces of chains with child tries: recorded, written, replayed, and told apart."""

import json

import pytest

from node.executor.runtimes import Runtimes
from node.replay.difference import Difference, Kind
from node.replay.errors import TraceError
from node.replay.files import parse_trace, read_trace, write_trace
from node.replay.machine import Replay
from node.replay.record import StoredChain, record
from primitives.types import BlockNumber
from tests.support.blocks import ROOTS
from tests.support.child_chain import CLEAR, CODE, KILL, ChildChain
from tests.support.plain_trie import plain_root


async def recorded(first=1):
    """Three blocks: child tries are made, changed, and one of them is gone."""
    chain = ChildChain()
    parent = chain.genesis
    for writes in (
        [(b"c", b"k", b"v"), (b"d", b"k", b"v")],
        [(b"c", b"l", b"w"), (b"c", b"k", CLEAR), (b"d", b"k", b"v")],
        [(b"d", b"k", KILL), (b"c", b"k", b"x")],
    ):
        parent = (await chain.author(parent, *writes)).header
    return record(StoredChain(chain.database), "children", BlockNumber(first), None)


def replay_of(trace):
    return Replay(trace, Runtimes().of(CODE).over)


async def test_a_trace_says_what_really_changed_in_child_tries():
    trace = await recorded()
    assert [block.children for block in trace.blocks] == [
        {b"c": {b"k": b"v"}, b"d": {b"k": b"v"}},
        {b"c": {b"l": b"w", b"k": None}},
        {b"d": {b"k": None}, b"c": {b"k": b"x"}},
    ]
    roots = [block.diff for block in trace.blocks]
    kv, lw = (plain_root({key: value}) for key, value in ((b"k", b"v"), (b"l", b"w")))
    assert roots[:2] == [{ROOTS + b"c": kv, ROOTS + b"d": kv}, {ROOTS + b"c": lw}]
    assert roots[2] == {ROOTS + b"d": None, ROOTS + b"c": plain_root({b"l": b"w", b"k": b"x"})}


@pytest.mark.parametrize("first", [1, 3])
async def test_traces_read_back_the_same_and_replay(first, tmp_path):
    trace = await recorded(first)
    write_trace(trace, tmp_path / "trace.json.gz")
    assert read_trace(tmp_path / "trace.json.gz") == trace
    assert (trace.children == {}) is (first == 1)
    assert replay_of(trace).run().blocks == 4 - first


async def test_a_replay_goes_on_behind_a_skipped_block():
    trace = await recorded()
    replay = replay_of(trace)
    replay.begin()
    replay.skip(trace.blocks[0])
    replay.step(trace.blocks[1])
    replay.step(trace.blocks[2])
    assert replay.totals.blocks == 2


async def test_a_child_trie_that_differs_is_a_difference_of_its_root():
    trace = await recorded()
    key, root = ROOTS + b"c", plain_root({b"k": b"other"})
    trace.blocks[0].diff[key] = root
    with pytest.raises(Difference) as caught:
        replay_of(trace).run()
    difference = caught.value
    assert (difference.kind, difference.block) == (Kind.STORAGE, 1)
    [found] = difference.keys
    assert (found.key, found.expected) == (key, "0x" + root.hex())
    assert found.got == "0x" + plain_root({b"k": b"v"}).hex()


async def test_child_tries_are_read_strictly(tmp_path):
    write_trace(await recorded(), tmp_path / "trace.json")
    text = (tmp_path / "trace.json").read_text()
    for children, reason in (
        ([], "x.children: an object is wanted, not list '[]'"),
        ({"0g": {}}, "x.children: no hex: '0g'"),
        ({"00": None}, "x.children.00: storage is wanted, not null"),
        ({"00": {"00": None}}, "x.children.00: a value is null"),
        ({"00": {"00": "0"}}, "x.children.00.00: no hex: '0'"),
    ):
        document = json.loads(text) | {"children": children}
        with pytest.raises(TraceError) as caught:
            parse_trace(json.dumps(document).encode(), "x")
        assert caught.value.reason == reason
