"""`taonode export-blocks` and `import-blocks`: from disk to disk, through files and pipes."""

import errno
from functools import partial

import pytest
import trio
from click.testing import CliRunner

from node.block_file import export as exporting
from node.block_file.reader import read_blocks
from node.cli import main
from node.commands.options import choose_spec
from node.config import ClockConfig, StorageConfig
from node.open_chain import open_chain
from node.snapshot.restore import restore
from storage import columns
from storage.database import ARCHIVE
from storage.leveldb import LevelKv
from tests.support.forge import Forge, new_client
from tests.support.node import standing_clock
from tests.support.snapshots import write_snapshot_of

BLOCKS = 6


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(ClockConfig, "start", lambda _: standing_clock(BLOCKS))


async def chain(path):
    """The database of a stopped node of the `dev` chain with some blocks, and those."""
    spec = choose_spec("dev")
    forge = Forge(spec)
    blocks = await forge.chain(forge.genesis, range(BLOCKS))
    kv = LevelKv(database_of(path))
    client = new_client(spec, kv)
    for block in blocks:
        await client.import_block(block)
    kv.close()
    return forge, blocks


def database_of(path):
    return path / "chains" / "dev" / "db"


async def run(*arguments, **settings):
    """In a thread, as commands have event loops of their own."""
    words = [str(argument) for argument in arguments]
    return await trio.to_thread.run_sync(partial(CliRunner().invoke, main, words, **settings))


async def export(path, *arguments):
    return await run("export-blocks", *arguments, "--chain", "dev", "--base-path", path)


async def load(path, *arguments, **settings):
    return await run("import-blocks", *arguments, "--dev", "--base-path", path, **settings)


def contents(path):
    """Every key and value of a database on disk, but for what is final."""
    kv = LevelKv(database_of(path))
    try:
        return {key: value for key, value in kv.iterate() if key != columns.FINALIZED.key}
    finally:
        kv.close()


@pytest.mark.parametrize("form", ["--binary", "--json"])
async def test_what_is_exported_imports_to_the_same_database(tmp_path, form):
    await chain(tmp_path / "a")
    file = tmp_path / "dev.blocks"
    made = await export(tmp_path / "a", file, form)
    assert (made.exit_code, made.stderr) == (0, f"Exporting blocks from #1 to #{BLOCKS}\n")
    taken = await load(tmp_path / "b", file)
    assert (taken.exit_code, taken.stderr) == (0, f"Imported {BLOCKS} blocks. Best: #{BLOCKS}\n")
    assert contents(tmp_path / "b") == contents(tmp_path / "a")
    again = await load(tmp_path / "b", file, "--binary")
    assert again.stderr == f"Imported 0 blocks, {BLOCKS} were known. Best: #{BLOCKS}\n"


@pytest.mark.parametrize("form", ["--binary", "--json"])
async def test_pipes_do_as_well_as_files(tmp_path, form):
    await chain(tmp_path / "a")
    file = tmp_path / "dev.blocks"
    await export(tmp_path / "a", file, form)
    piped = (await export(tmp_path / "a", form)).stdout_bytes
    assert piped == file.read_bytes()
    taken = await load(tmp_path / "b", input=piped)
    assert (taken.exit_code, taken.stderr) == (0, f"Imported {BLOCKS} blocks. Best: #{BLOCKS}\n")


async def test_a_part_of_a_chain(tmp_path):
    _, blocks = await chain(tmp_path)
    file = tmp_path / "part"
    assert (await export(tmp_path, file, "--from", 0, "--to", 2)).exit_code == 0
    with file.open("rb") as opened:
        found = read_blocks(opened)
        assert found.count == 3
        assert [signed.block for signed in found.blocks][1:] == blocks[:2]


async def test_an_export_that_fails_leaves_the_file_of_before(tmp_path, monkeypatch):
    def fail(*arguments, **settings):
        raise OSError(errno.ENOSPC, "No space left on device")

    await chain(tmp_path / "a")
    (tmp_path / "out").mkdir()
    file = tmp_path / "out" / "blocks"
    file.write_bytes(b"old")
    monkeypatch.setattr("node.block_file.command.export_blocks", fail)
    failed = await export(tmp_path / "a", file)
    assert failed.exit_code == 1
    assert f"Error: {file}: No space left on device; choose" in failed.stderr
    assert [(path, path.read_bytes()) for path in file.parent.iterdir()] == [(file, b"old")]


async def test_it_says_now_and_then_how_far_it_is(tmp_path, monkeypatch):
    await chain(tmp_path)
    monkeypatch.setattr(exporting, "MILESTONE", 2)
    made = await export(tmp_path, tmp_path / "file")
    assert made.stderr == f"Exporting blocks from #1 to #{BLOCKS}\n#2\n#4\n#6\n"


async def test_an_import_that_was_stopped_goes_on(tmp_path):
    """Given a file that was cut off in the middle of a block. Then what was whole is in."""
    await chain(tmp_path / "a")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    await export(tmp_path / "a", whole)
    await export(tmp_path / "a", cut, "--to", 3)
    cut.write_bytes(whole.read_bytes()[: cut.stat().st_size + 50])
    stopped = await load(tmp_path / "b", cut)
    assert stopped.exit_code == 1
    told, error = stopped.stderr.splitlines()
    assert told == "Imported 3 blocks. Best: #3"
    assert error.startswith(
        f"Error: the file is cut off or damaged: its block 4 of {BLOCKS} cannot be read ("
    )
    assert (await load(tmp_path / "b", whole)).stderr == (
        f"Imported {BLOCKS - 3} blocks, 3 were known. Best: #{BLOCKS}\n"
    )
    assert contents(tmp_path / "b") == contents(tmp_path / "a")


async def test_a_damaged_file_ends_at_the_damage(tmp_path):
    await chain(tmp_path / "a")
    file = tmp_path / "blocks"
    await export(tmp_path / "a", file, "--to", 3)
    at = file.stat().st_size - 20
    await export(tmp_path / "a", file)
    raw = file.read_bytes()
    file.write_bytes(raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :])
    result = await load(tmp_path / "b", file)
    assert result.exit_code == 1
    told, error = result.stderr.splitlines()
    assert told == "Imported 2 blocks. Best: #2"
    assert error.startswith("Error: block 3 (0x")


async def test_a_chain_that_began_with_a_snapshot(tmp_path):
    forge, blocks = await chain(tmp_path / "a")
    snapshot, file = tmp_path / "chain.snap", tmp_path / "blocks"
    write_snapshot_of(forge.client, blocks[2].header.hash(), snapshot)
    restore(snapshot, choose_spec("dev"), database_of(tmp_path / "b"), ARCHIVE)
    await export(tmp_path / "a", file)
    taken = await load(tmp_path / "b", file)
    assert taken.stderr == f"Imported 3 blocks, 3 were known. Best: #{BLOCKS}\n"
    refused = await export(tmp_path / "b", tmp_path / "none")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: block 1 is not here: this database began with a snapshot of block 3; blocks can be "
        "had from 4 on\n",
    )
    again = tmp_path / "again"
    assert (await export(tmp_path / "b", again, "--from", 4)).exit_code == 0
    assert again.read_bytes()[8:] == file.read_bytes()[-len(again.read_bytes()[8:]) :]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--from", 4, "--to", 3), "there are no blocks from 4 to 3"),
        (("--to", BLOCKS + 1), f"there is no block {BLOCKS + 1}: the best is {BLOCKS}"),
        (("--from", BLOCKS + 1), f"there are no blocks from {BLOCKS + 1} to {BLOCKS}"),
    ],
)
async def test_ranges_that_cannot_be_exported(tmp_path, arguments, reason):
    await chain(tmp_path)
    result = await export(tmp_path, tmp_path / "none", *arguments)
    assert (result.exit_code, result.stderr) == (1, f"Error: {reason}\n")
    assert not (tmp_path / "none").exists()


async def test_nothing_is_left_of_a_failed_export(tmp_path, monkeypatch):
    await chain(tmp_path)

    def fail(*_, **__):
        raise OSError(28, "No space left on device", str(tmp_path / "file"))

    monkeypatch.setattr(exporting.SignedBlock, "encode", fail)
    result = await export(tmp_path, tmp_path / "file")
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert not (tmp_path / "file").exists()


async def test_no_chain_and_another_chain(tmp_path):
    missing = await export(tmp_path, tmp_path / "none")
    assert (missing.exit_code, missing.stderr) == (
        1,
        f"Error: there is no chain at {database_of(tmp_path)}; name its place with --base-path\n",
    )
    assert not database_of(tmp_path).exists()
    with open_chain(choose_spec("local"), StorageConfig(database_of(tmp_path).parent)):
        pass
    for result in (await export(tmp_path, tmp_path / "none"), await load(tmp_path, input=bytes(8))):
        assert result.exit_code == 1
        assert "holds another chain" in result.stderr


async def test_what_is_no_file_of_blocks_begins_no_chain(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"something else")
    result = await load(tmp_path, file)
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: this is no file of blocks: neither a count of blocks nor JSON begins it\n",
    )
    assert list(tmp_path.iterdir()) == [file]
