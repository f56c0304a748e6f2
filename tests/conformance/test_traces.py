"""Every recorded chain gives the same results, storage, roots and answers on its release."""

from functools import partial
from pathlib import Path

import pytest

from node.replay.files import read_trace
from node.replay.machine import EXECUTE, Replay, Totals
from node.replay.stage import EmbeddedRuntime, Stage, release
from primitives.block import Block, Header

TRACES = sorted((Path(__file__).parent / "traces").glob("*.json.gz"))


def names(path):
    return path.name.removesuffix(".json.gz")


def test_no_trace_is_missing():
    assert len(TRACES) == 31


@pytest.mark.parametrize("path", TRACES, ids=names)
def test_trace_replays(path):
    trace = read_trace(path)
    assert Replay(trace).run() == Totals(
        blocks=len(trace.blocks),
        extrinsics=sum(len(block.extrinsics) for block in trace.blocks),
        refused=sum(len(block.refused) for block in trace.blocks),
        answers=len(trace.api_calls),
        dead_ends=len(trace.dead_ends),
        bad_blocks=len(trace.bad_blocks),
    )


@pytest.mark.parametrize("name", ["core-bad-blocks", "core-fees", "net-senate", "net-weights"])
def test_blocks_execute_as_a_whole(name):
    """The way of an importer: one call that panics unless everything is as the header says."""
    trace = read_trace(Path(__file__).parent / "traces" / f"{name}.json.gz")
    stage = Stage(trace.genesis, partial(EmbeddedRuntime, loaded=release(trace)))
    for block in trace.blocks:
        whole = Block(Header.decode(block.header), block.extrinsics)
        assert stage.call(EXECUTE, whole.encode()) == b""
        stage.settle()
        assert stage.root == block.state_root
