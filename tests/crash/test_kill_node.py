"""A whole node process, killed at many moments: it opens at a block boundary, and goes on."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.block_tree import load_tree
from storage import columns
from storage.database import Database
from storage.leveldb import LevelKv
from storage.trie.root import trie_root

ROOT = Path(__file__).parents[2]
SPEED = "600"
"""A slot lasts 20 ms, so a kill falls into authoring, execution or a write as chance has it."""


def start(base_path):
    """An authoring node on free ports, with its log in a pipe."""
    arguments = ["--dev", "--base-path", base_path, "--port", "0", "--rpc-port", "0"]
    return subprocess.Popen(
        [sys.executable, "-m", "node", *arguments, "--speed", SPEED],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def imported(process, count):
    """Wait for so many imported blocks, and answer the number of the last."""
    number = None
    for line in process.stderr:
        if "Imported #" in line:
            number = int(line.split("Imported #")[1].split()[0])
            count -= 1
            if count == 0:
                break
    return number


def check_whole(path):
    """Everything in the database fits together; answer the height."""
    kv = LevelKv(path)
    try:
        database = Database.open(kv)
        blocks, best = database.blocks, database.blocks.best
        header = blocks.expect_header(best.hash)
        prefix = columns.MIRROR.prefix
        state = {key[len(prefix) :]: value for key, value in kv.iterate(prefix)}
        assert trie_root(state, 1) == header.state_root
        parent = blocks.genesis
        for number in range(1, best.number + 1):
            block = blocks.canonical(number)
            assert blocks.expect_header(block).parent_hash == parent
            assert blocks.body(block)
            assert database.states.is_kept(block)
            parent = block
        assert load_tree(blocks).best.hash == best.hash
        return best.number
    finally:
        kv.close()


@pytest.mark.slow
def test_a_killed_node_goes_on_from_a_whole_block(tmp_path):
    reached = 0
    for count in (1, 2, 5, 13):
        with start(tmp_path) as process:
            said = imported(process, count)
            process.send_signal(signal.SIGKILL)
            process.wait()
        height = check_whole(tmp_path / "chains" / "dev" / "db")
        assert height >= said > reached
        reached = height


@pytest.mark.slow
def test_a_node_told_to_stop_ends_in_order(tmp_path):
    with start(tmp_path) as process:
        imported(process, 3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr.read().rstrip().endswith("Stopped")
    assert check_whole(tmp_path / "chains" / "dev" / "db") >= 3
