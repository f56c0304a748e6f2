"""A node that dies at any moment comes back at a block boundary."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage.columns import MIRROR, NODES, VALUES
from storage.database import Database
from storage.leveldb import LevelKv
from storage.trie.backend import Nodes
from storage.trie.root import trie_root
from storage.trie.trie import Trie
from tests.support.blocks import ROOTS

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("pruning", [0, 3], ids=["archive", "pruned"])
def test_database_opens_at_a_block_boundary_after_kill(tmp_path, pruning):
    """Given a process that writes blocks, forks and finality without a pause, when it is killed
    twice, then each time the best block is one it had written, with all that belongs to it."""
    for last_seen in (17, 60):
        number = write_blocks_until(tmp_path, pruning, last_seen)
        kv = LevelKv(tmp_path)
        database = Database.open(kv, pruning=pruning, name=str(tmp_path))
        assert database.blocks.best.number >= number
        check_all_belongs_together(database, kv)
        database.close()


def write_blocks_until(path, pruning, last):
    command = [sys.executable, "-m", "tests.support.block_writer", str(path), str(pruning)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        number = 0
        while number < last:
            number = int(child.stdout.readline())
        child.kill()
    return number


def check_all_belongs_together(database, kv):
    best = database.blocks.best
    header = database.blocks.header(best.hash)
    flat = {key[1:]: value for key, value in kv.iterate(MIRROR.prefix)}
    assert trie_root(flat) == header.state_root
    trie = Trie(Nodes(Stored(kv)))
    assert dict(trie.items(header.state_root)) == flat
    roots = {key: value for key, value in flat.items() if key.startswith(ROOTS)}
    children = {key: dict(trie.items(root)) for key, root in roots.items()}
    assert {key: trie_root(entries) for key, entries in children.items()} == roots
    # Each block adds an entry to one of the two; a restart may go on from a fork.
    grown = [children.get(ROOTS + name, {}) for name in (b"grows", b"fork")]
    assert sum(map(len, grown)) == best.number
    for number in range(best.number, 0, -1):
        assert database.blocks.canonical(number) == header.hash()
        assert database.blocks.body(header.hash()) == []
        header = database.blocks.header(header.parent_hash)
    assert header.hash() == database.blocks.genesis == database.blocks.canonical(0)


class Stored:
    """The trie columns, read without any cache."""

    def __init__(self, kv):
        self.node = lambda hash_: kv.get(NODES.prefix + hash_)
        self.value = lambda hash_: kv.get(VALUES.prefix + hash_)
