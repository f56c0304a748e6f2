"""What the database refuses, and what it says then."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from primitives.errors import InvariantBroken, Rejected
from primitives.types import Hash
from storage import columns
from storage.database import Database
from storage.errors import DatabaseError, StateDiscarded, UnknownBlock
from storage.kv import WriteBatch
from storage.leveldb import LevelKv
from storage.memory import MemoryKv
from storage.trie.proof import verify_proof
from tests.support.blocks import add_block, begin_chain


@pytest.fixture
def database():
    return Database.open(MemoryKv())


@pytest.fixture
def on_disk(tmp_path):
    """A directory with a database of 20 blocks in it, closed."""
    kv = LevelKv(tmp_path / "db")
    database = Database.open(kv)
    parent = begin_chain(database, {b"key": b"value"})
    for at in range(20):
        parent = add_block(database, parent, {b"key%d" % at: b"v" * 400})
    database.close()
    return tmp_path / "db"


def kv_with_schema(version):
    kv = MemoryKv()
    kv.write(WriteBatch({columns.SCHEMA.key: version, columns.PRUNING.key: b"\0"}))
    return kv


@pytest.mark.parametrize(
    ("kv", "message"),
    [
        (
            kv_with_schema(b"\x03"),
            "the database at /data/db has format 3, this node writes 2; use a newer node, or "
            "remove it with `taonode purge-chain` and sync again",
        ),
        (
            kv_with_schema(b"\x00"),
            "the database at /data/db has the old format 0, this node writes 2; use an older "
            "node, or remove it with `taonode purge-chain` and sync again",
        ),
        (
            kv_with_schema(b"\xc1"),
            "what lies at /data/db is no taonode database, or damaged; "
            "remove it with `taonode purge-chain` and sync again",
        ),
    ],
    ids=["newer", "older", "garbled"],
)
def test_other_format_is_refused(kv, message):
    with pytest.raises(DatabaseError, match=f"^{re.escape(message)}$"):
        Database.open(kv, name="/data/db")


def test_a_database_from_before_there_were_child_tries_is_taken_over():
    kv = MemoryKv()
    genesis = begin_chain(Database.open(kv), {b"key": b"value"})
    kv.write(WriteBatch({columns.SCHEMA.key: b"\x01"}))
    assert Database.open(kv).states.at(genesis.hash()).get(b"key") == b"value"
    assert columns.SCHEMA.get(kv) == columns.SCHEMA_VERSION


def test_foreign_database_is_refused():
    kv = MemoryKv()
    kv.write(WriteBatch({b"ethereum": b"1"}))
    with pytest.raises(DatabaseError, match="no taonode database"):
        Database.open(kv)


def test_archive_cannot_become_pruned_nor_the_other_way_round():
    archive, pruned = MemoryKv(), MemoryKv()
    Database.open(archive)
    Database.open(pruned, pruning=8)
    Database.open(pruned, pruning=9)
    with pytest.raises(DatabaseError, match="is an archive and cannot become pruned"):
        Database.open(archive, pruning=8)
    with pytest.raises(DatabaseError, match="is pruned and cannot become an archive"):
        Database.open(pruned)


def test_database_without_its_best_header_is_refused(database):
    kv = MemoryKv()
    database = Database.open(kv)
    genesis = begin_chain(database, {b"key": b"value"})
    kv.write(WriteBatch({columns.HEADERS.prefix + genesis.hash(): None}))
    with pytest.raises(DatabaseError, match="has lost its best block"):
        Database.open(kv)


@pytest.mark.parametrize("pattern", ["MANIFEST-*", "CURRENT", "*.log"])
def test_damaged_file_is_refused_with_path_and_advice(on_disk, pattern):
    (file,) = on_disk.glob(pattern)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = b"\xee" * min(64, len(content) - middle)
    file.write_bytes(content)
    message = (
        f"^the database at {re.escape(str(on_disk))} is damaged [(][^b].*`taonode purge-chain`"
    )
    with pytest.raises(DatabaseError, match=message):
        Database.open(LevelKv(on_disk), name=str(on_disk))


def test_missing_file_is_refused(on_disk):
    (on_disk / "CURRENT").unlink()
    with pytest.raises(DatabaseError, match=r"is damaged .*CURRENT is missing"):
        LevelKv(on_disk)


@pytest.mark.parametrize("kept", ["*.log", "*.ldb", "MANIFEST-0*"])
def test_one_file_of_a_database_is_enough_to_refuse_a_new_one(on_disk, kept):
    LevelKv(on_disk).close()  # moves what was written ahead to a table
    (file,) = on_disk.glob(kept)
    for other in on_disk.iterdir():
        if other != file:
            other.unlink()
    with pytest.raises(DatabaseError, match=r"is damaged .*CURRENT is missing.*purge-chain"):
        LevelKv(on_disk)
    assert file.exists()


def test_a_first_start_that_was_stopped_begins_again(tmp_path):
    LevelKv(tmp_path).close()
    for file in tmp_path.iterdir():
        if file.name not in ("LOCK", "LOG"):
            file.unlink()
    (tmp_path / "MANIFEST-000001").write_bytes(b"\x56\xf9\xb8\xf8\x1c\0\1")
    (tmp_path / "000001.dbtmp").write_bytes(b"MANI")
    kv = LevelKv(tmp_path)
    kv.write(WriteBatch({b"key": b"value"}))
    kv.close()
    assert LevelKv(tmp_path).get(b"key") == b"value"


@pytest.mark.parametrize("part", [0, 0.5])
def test_a_table_that_is_cut_off_is_damage(on_disk, part):
    LevelKv(on_disk).close()
    (table,) = on_disk.glob("*.ldb")
    with table.open("r+b") as file:
        file.truncate(int(table.stat().st_size * part))
    kv = LevelKv(on_disk)
    with pytest.raises(DatabaseError, match=r"is damaged .*[.]ldb.*purge-chain"):
        list(kv.iterate())
    kv.close()


def test_database_in_use_is_refused(on_disk):
    """Given a database that this process has open, another process cannot open it."""
    kv = LevelKv(on_disk)
    code = (
        "import sys, pathlib; from storage.leveldb import LevelKv; from storage.errors import *\n"
        "try: LevelKv(pathlib.Path(sys.argv[1]))\n"
        "except DatabaseError as error: print(error)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, str(on_disk)], capture_output=True, text=True, check=True
    )
    kv.close()
    assert other.stdout.startswith(f"the database at {on_disk} is in use")
    assert other.stdout.endswith(
        "stop the other node that uses it, or choose another --base-path\n"
    )


def test_path_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "db").write_text("not a directory")
    with pytest.raises(DatabaseError, match=r"cannot be used .*directory's permissions"):
        LevelKv(tmp_path / "db")


def test_lying_state_root_is_not_stored(database):
    genesis = begin_chain(database, {b"key": b"value"})
    changes = {b"key": b"other"}
    update = database.states.root_after(genesis.hash(), changes)
    header = replace(genesis, parent_hash=genesis.hash(), number=1)
    with pytest.raises(InvariantBroken, match="block 1 names the state root"):
        database.commit_block(header, [], update, changes, is_best=True)
    assert database.blocks.header(header.hash()) is None


def test_block_is_stored_once_and_after_its_parent(database):
    genesis = begin_chain(database, {})
    add_block(database, genesis, {b"a": b"1"})
    with pytest.raises(Rejected, match="is stored already"):
        add_block(database, genesis, {b"a": b"1"})
    update = database.states.root_after(genesis.hash(), {})
    stranger = replace(genesis, parent_hash=Hash(b"?" * 32), number=1)
    with pytest.raises(UnknownBlock, match="is not known"):
        database.commit_block(stranger, [], update, {}, is_best=False)
    gap = replace(genesis, parent_hash=genesis.hash(), number=2)
    with pytest.raises(Rejected, match="block 2 cannot follow block 0"):
        database.commit_block(gap, [], update, {}, is_best=False)


def test_only_the_best_chain_above_the_finalized_block_can_be_finalized(database):
    genesis = begin_chain(database, {})
    first = add_block(database, genesis, {b"a": b"1"})
    fork = add_block(database, genesis, {b"a": b"2"}, is_best=False)
    with pytest.raises(Rejected, match="is not on the best chain"):
        database.finalize(fork.hash())
    database.finalize(first.hash(), (b"FRNK", b"proof"))
    database.finalize(first.hash(), (b"FRNK", b"better proof"))
    assert database.blocks.justifications(first.hash()) == [(b"FRNK", b"better proof")]
    with pytest.raises(Rejected, match="is below the finalized one"):
        database.finalize(genesis.hash())
    with pytest.raises(Rejected, match="leaves the chain below the finalized block"):
        add_block(database, fork, {b"a": b"3"}, is_best=False)


def test_body_and_header_come_back(database):
    genesis = begin_chain(database, {})
    block = add_block(database, genesis, {b"a": b"1"}, body=[b"\x04x", b"\x08xy"])
    assert database.blocks.header(block.hash()) == block
    assert database.blocks.body(block.hash()) == [b"\x04x", b"\x08xy"]


def test_state_of_an_unknown_block_is_refused(database):
    with pytest.raises(StateDiscarded, match=f"the state of block 0x{bytes(32).hex()} is not"):
        database.states.at(Hash(bytes(32)))


def test_read_proof_of_an_old_block(database):
    genesis = begin_chain(database, {b"a": b"1", b"b": b"2" * 50})
    add_block(database, genesis, {b"a": b"3"})
    proof = database.states.read_proof(genesis.hash(), [b"a", b"b", b"c"])
    shown = verify_proof(genesis.state_root, proof, [b"a", b"b", b"c"])
    assert shown == {b"a": b"1", b"b": b"2" * 50, b"c": None}


def test_pruned_view_says_so(database):
    database = Database.open(MemoryKv(), pruning=1)
    genesis = begin_chain(database, {b"%d" % at: b"v" * 33 for at in range(40)})
    view = database.states.at(genesis.hash())
    block = add_block(database, genesis, {b"%d" % at: b"w" * 33 for at in range(40)})
    assert view.get(b"7") == b"v" * 33
    database.finalize(block.hash())
    reopened = database.states.at(block.hash())
    assert reopened.get(b"7") == b"w" * 33
    with pytest.raises(StateDiscarded, match="is no longer kept"):
        view.get(b"7")
