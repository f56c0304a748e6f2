"""The recorded chains replay on the runtime that made them, through the Wasm executor."""

from pathlib import Path

import pytest

from genesis.spec import CODE_KEY
from node.replay.files import read_trace
from node.replay.machine import EXECUTE, Replay
from node.replay.stage import Stage
from primitives.block import Block, Header
from tests.support.specs import CODE_185, runtimes, state_with_code

TRACES = sorted((Path(__file__).parents[1] / "conformance" / "traces").glob("*.json.gz"))


@pytest.fixture(scope="module")
def runtime():
    return runtimes().of(state_with_code(CODE_185)[CODE_KEY])


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_trace_replays(path, runtime):
    trace = read_trace(path)
    assert Replay(trace, runtime.over).run().blocks == len(trace.blocks)


@pytest.mark.parametrize("name", ["core-fees", "net-weights"])
def test_blocks_execute_as_a_whole(name, runtime):
    trace = read_trace(TRACES[0].parent / f"{name}.json.gz")
    stage = Stage(trace.genesis, runtime.over)
    for block in trace.blocks:
        whole = Block(Header.decode(block.header), block.extrinsics)
        assert stage.call(EXECUTE, whole.encode()) == b""
        changes = stage.settle()
        assert block.diff in (None, changes)
