"""LevelDB and its in-memory twin answer the same."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from storage.kv import WriteBatch
from storage.leveldb import LevelKv
from storage.memory import MemoryKv

KEYS = st.lists(st.sampled_from([b"\x00", b"a", b"b", b"\xff"]), max_size=4).map(b"".join)
BATCHES = st.lists(st.dictionaries(KEYS, st.none() | st.binary(max_size=3), max_size=6), max_size=5)


@given(BATCHES, KEYS, KEYS)
def test_twins_agree_after_every_batch_and_after_reopening(batches, prefix, start):
    with tempfile.TemporaryDirectory() as folder:
        disk, memory = LevelKv(Path(folder)), MemoryKv()
        for changes in batches:
            for kv in (disk, memory):
                kv.write(WriteBatch(changes))
            assert answers(disk, prefix, start) == answers(memory, prefix, start)
        disk.close()
        disk = LevelKv(Path(folder))
        assert answers(disk, prefix, start) == answers(memory, prefix, start)
        disk.close()


def answers(kv, prefix, start):
    return (
        kv.get(prefix),
        list(kv.iterate()),
        list(kv.iterate(prefix)),
        list(kv.iterate(prefix, start=start)),
        list(kv.keys(prefix, start=start)),
    )
