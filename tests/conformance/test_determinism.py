"""Processes that order sets and dicts of strings differently agree on every state root."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRACE = Path(__file__).parent / "traces" / "fuzz-2.json.gz"
BLOCKS = 200


def start(hash_seed):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.state_roots", str(TRACE), str(BLOCKS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_state_roots_do_not_depend_on_the_hash_seed():
    processes = [start(hash_seed) for hash_seed in (1, 4_294_967_295)]
    outputs = [process.communicate()[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(outputs[0]) == BLOCKS
    assert outputs[0] == outputs[1]
