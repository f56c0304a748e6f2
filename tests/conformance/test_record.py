"""Recorded traces of a chain of ours replay, from its database and from its RPC."""

import json
from functools import partial

import pytest
from click.testing import CliRunner

from consensus.aura import pre_digest
from genesis.build import build_state, genesis_header
from genesis.presets import preset
from node.cli import main
from node.executor.executor import Executor
from node.executor.python import embedded_call
from node.executor.runtimes import Runtimes
from node.proposer import Task, propose
from node.replay.errors import RecordError
from node.replay.files import read_trace
from node.replay.machine import Replay
from node.replay.record import StoredChain, find_database, record
from node.runtime_apis import inherent_data
from primitives.block import Digest, Seal
from primitives.types import BlockNumber, Moment, Slot
from storage.columns import Head
from storage.database import Database
from storage.leveldb import LevelKv

FIRST_SLOT = 140_000_000
BLOCKS = 6


def grow(database):
    """Begin the `dev` chain and put sealed blocks on it."""
    state = build_state(preset("dev"), embedded_call)
    database.commit_genesis(genesis_header(state), state)
    executor = Executor(Runtimes())
    for slot in range(FIRST_SLOT, FIRST_SLOT + BLOCKS):
        parent: Head = database.blocks.best
        view = database.states.at(parent.hash)
        executor.stand_on(view, partial(database.states.root_after, parent.hash))
        digest = Digest((pre_digest(Slot(slot)),))
        facts = inherent_data(Moment(slot * 12_000), Slot(slot))
        made = propose(executor, Task(parent, digest, facts, 60.0), ())
        header = made.block.header.with_digest_item(Seal(b"aura", bytes(64)))
        database.commit_block(
            header, made.block.extrinsics, made.update, made.changes, is_best=True
        )
    return database


@pytest.fixture(scope="module")
def base_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("base")
    kv = LevelKv(path / "chains" / "dev" / "db")
    grow(Database.open(kv))
    kv.close()
    return path


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_whole_chain_is_recorded_and_replays(base_path, tmp_path):
    output = tmp_path / "mine.json.gz"
    result = invoke("record", "--base-path", base_path, "-o", output)
    assert (result.exit_code, result.output) == (0, f"{output}: {BLOCKS} blocks from 1\n")
    trace = read_trace(output)
    assert trace.name == "mine"
    assert [block.outcomes for block in trace.blocks] == [["Timestamp.set: ok"]] * 6
    assert Replay(trace).run().blocks == BLOCKS
    assert invoke("replay", output).exit_code == 0


def test_range_begins_with_the_state_before_it(base_path, tmp_path):
    output = tmp_path / "range.json"
    result = invoke("record", "--base-path", base_path, "--from", 3, "--to", 5, "-o", output)
    assert result.output == f"{output}: 3 blocks from 3\n"
    assert json.loads(output.read_text())["genesis_hash"] == (read_trace(output).genesis_hash.hex())
    assert Replay(read_trace(output)).run().blocks == 3


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--from", 9), "there are no blocks from 9 to 6"),
        (("--from", 4, "--to", 3), "there are no blocks from 4 to 3"),
        (("--to", 7), "the best chain has no block 7"),
        (("--url", "ws://127.0.0.1:1"), "one of --base-path and --url says where the chain is"),
    ],
)
def test_what_cannot_be_recorded(base_path, tmp_path, arguments, reason):
    result = invoke("record", "--base-path", base_path, *arguments, "-o", tmp_path / "no.json")
    assert result.exit_code == 2
    assert reason in result.output
    assert not (tmp_path / "no.json").exists()


def test_nobody_answers(tmp_path):
    result = invoke("record", "--url", "ws://127.0.0.1:1", "-o", tmp_path / "no.json")
    assert result.exit_code == 2
    assert "ws://127.0.0.1:1: no connection: " in result.output


def test_database_is_found_or_named(base_path, tmp_path):
    assert find_database(base_path).name == "db"
    with pytest.raises(RecordError, match="there is no database under"):
        find_database(tmp_path)


def test_block_that_lies_is_not_recorded(base_path):
    kv = LevelKv(find_database(base_path))
    try:
        chain = StoredChain(Database.open(kv))
        honest = chain.block

        def lie(number):
            block = honest(number)
            return block if number < 2 else honest(BlockNumber(1))

        chain.block = lie
        with pytest.raises(RecordError, match="block 1 cannot be executed: Slot must increase"):
            record(chain, "lie", BlockNumber(1), BlockNumber(2))
    finally:
        kv.close()
