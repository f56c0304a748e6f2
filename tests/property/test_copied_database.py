"""A copy of a database and the original part ways, whatever is written to either."""

import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from storage.kv import WriteBatch
from storage.leveldb import LevelKv, copy_database

KEYS = st.lists(st.sampled_from([b"\x00", b"a", b"b", b"\xff"]), max_size=4).map(b"".join)
CHANGES = st.dictionaries(KEYS, st.none() | st.binary(max_size=3), max_size=6)


def write(path, changes):
    kv = LevelKv(path)
    kv.write(WriteBatch(changes))
    kv._db.compact_range()  # into new sorted files, in place of those that a copy shares
    kv.close()


def content(path):
    kv = LevelKv(path)
    found = dict(kv.iterate())
    kv.close()
    return found


def applied(changes, to):
    return {key: value for key, value in {**to, **changes}.items() if value is not None}


@given(CHANGES, CHANGES, CHANGES)
def test_original_and_copy_part_ways(common, one, other):
    with tempfile.TemporaryDirectory() as folder:
        original, copy = Path(folder, "original"), Path(folder, "kept/copy")
        write(original, common)
        copy_database(original, copy)
        shared = applied(common, {})
        write(original, one)
        assert content(copy) == shared
        write(copy, other)
        assert content(original) == applied(one, shared)
        assert content(copy) == applied(other, shared)


def test_what_is_sorted_is_shared_and_not_copied(tmp_path):
    write(tmp_path / "original", {b"key": b"value"})
    copy_database(tmp_path / "original", tmp_path / "copy")
    (file,) = (tmp_path / "copy").glob("*.ldb")
    assert (tmp_path / "original" / file.name).samefile(file)


def test_a_database_in_use_is_not_copied(tmp_path):
    """Given a database that this process has open, another process cannot copy it."""
    kv = LevelKv(tmp_path / "original")
    code = (
        "import sys, pathlib; from storage.leveldb import *; from storage.errors import *\n"
        "try: copy_database(*map(pathlib.Path, sys.argv[1:]))\n"
        "except DatabaseError as error: print(error)"
    )
    places = (str(tmp_path / "original"), str(tmp_path / "copy"))
    other = subprocess.run(
        [sys.executable, "-c", code, *places], capture_output=True, text=True, check=True
    )
    kv.close()
    assert other.stdout.startswith(f"the database at {places[0]} is in use; stop the node")
    assert not (tmp_path / "copy").exists()
