"""Restoring: what is refused, what a failure leaves, and that nothing is missing or too much."""

from dataclasses import replace
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner

from genesis.presets import preset
from genesis.spec import RawGenesis
from node.cli import main
from node.client import Client
from node.commands.options import choose_spec
from node.config import StorageConfig
from node.executor.archive.shipped import spec_versions
from node.genesis_block import genesis_of
from node.open_chain import open_chain
from node.replay.files import read_trace
from node.replay.machine import Replay
from node.replay.record import find_database
from node.snapshot.file import BadSnapshot, read_snapshot, write_snapshot
from node.snapshot.restore import CannotRestore, restore
from node.whole_state import Entry
from primitives.types import Hash
from storage import columns
from storage.columns import Head
from storage.database import ARCHIVE, Database
from storage.errors import DatabaseError
from storage.leveldb import UNFINISHED, LevelKv
from storage.memory import MemoryKv
from storage.trie.root import trie_root
from tests.support.forge import Forge, new_client, restored_database
from tests.support.rpc_node import RpcNode, serving
from tests.support.snapshots import write_snapshot_of

SPEC = preset("dev")
STATE_COLUMNS = (
    columns.STATES,
    columns.MIRROR,
    columns.NODES,
    columns.VALUES,
    columns.CHILD_INDEX,
    columns.REFERENCES,
)


def with_child_tries():
    """The same beginning, with two child tries that share some nodes."""
    entries = {b"key%d" % at: b"value" * at for at in range(20)}
    children = {b"one": entries, b"two": entries | {b"key0": b"other"}}
    return replace(SPEC, genesis=RawGenesis(genesis_of(SPEC).state, children))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "chains" / "dev" / "db"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "chain.snap"


async def snapshot_of_block_two(file, spec=SPEC):
    """A chain of three blocks, and a snapshot of the second."""
    forge = Forge(spec)
    blocks = await forge.chain(forge.genesis, [0, 1, 2])
    write_snapshot_of(forge.client, blocks[1].header.hash(), file)
    return forge, blocks


def contents(place):
    """Every key and value of a database on disk."""
    kv = LevelKv(place)
    try:
        return dict(kv.iterate())
    finally:
        kv.close()


def of_states(kv):
    """What a database keeps of states."""
    return {key: kv[key] for key in kv if key[:1] in [column.prefix for column in STATE_COLUMNS]}


@pytest.mark.parametrize("spec", [SPEC, with_child_tries()], ids=["plain", "child tries"])
async def test_the_state_is_kept_as_if_the_node_had_come_here_by_itself(file, place, spec):
    """Given a pruned node that keeps just the state of block 2. Then a restored one has the same,
    mirror, nodes, values and counts."""
    _, blocks = await snapshot_of_block_two(file, spec)
    kv = MemoryKv()
    database = Database.open(kv, pruning=1)
    state, header, children = genesis_of(spec)
    database.commit_genesis(header, state, children)
    client = Client(database)
    for block in blocks[:2]:
        await client.import_block(block)
    await client.finalize(blocks[1].header.hash())
    about = restore(file, spec, place, 1)
    assert about.header == blocks[1].header
    assert of_states(contents(place)) == of_states(dict(kv.iterate()))


async def test_an_archive_has_the_nodes_of_one_state(file, place):
    forge, blocks = await snapshot_of_block_two(file)
    restore(file, SPEC, place, ARCHIVE)
    made = contents(place)
    archive = dict(forge.client._database._kv.iterate())
    nodes = {key for key in made if key[:1] in b"tv"}
    assert {key: made[key] for key in nodes} == {key: archive[key] for key in nodes}
    mirror = {key[1:]: value for key, value in made.items() if key[:1] == b"s"}
    assert trie_root(mirror) == blocks[1].header.state_root


async def test_a_restored_chain_opens_and_goes_on(file, place):
    forge, blocks = await snapshot_of_block_two(file)
    restore(file, SPEC, place, ARCHIVE)
    with open_chain(SPEC, StorageConfig(place.parent)) as database:
        client = Client(database)
        client.ensure_can_go_on()
        head = Head(blocks[1].header.hash(), 2)
        assert client.best() == client.finalized() == client.base == head
        assert client.genesis_hash == forge.client.genesis_hash
        event = await client.import_block(blocks[2])
        assert event.is_new_best
        fork = await forge.make(blocks[1].header, 5)
        await client.import_block(fork)
        await client.import_block(await forge.make(fork.header, 6))
        assert client.body(client.block_hash(3)) == fork.extrinsics
    with open_chain(SPEC, StorageConfig(place.parent)) as database:
        assert Client(database).best().number == 4


@pytest.mark.parametrize("pruning", [ARCHIVE, 3])
async def test_block_zero_begins_a_new_chain(file, place, tmp_path, pruning):
    spec = with_child_tries()
    client = new_client(spec)
    write_snapshot_of(client, client.genesis_hash, file)
    restore(file, spec, place, pruning)
    fresh = tmp_path / "fresh"
    with open_chain(spec, StorageConfig(fresh, pruning)):
        pass
    assert contents(place) == contents(fresh / "db")


def flipped(file):
    raw = file.read_bytes()
    file.write_bytes(raw[:-40] + bytes((raw[-40] ^ 1,)) + raw[-39:])


def cut(file):
    file.write_bytes(file.read_bytes()[:-100])


def with_another_state(file):
    about, state, _ = read_snapshot(file)
    rewrite(file, about, state.top | {b"more": b"money"})


def with_another_zero(file):
    about, state, _ = read_snapshot(file)
    header = replace(about.header, number=0)
    rewrite(file, replace(about, header=header), state.top)


def rewrite(file, about, state):
    write_snapshot(file, about, (Entry(*pair) for pair in sorted(state.items())))


@pytest.mark.parametrize(
    ("damage", "error", "words"),
    [
        (flipped, BadSnapshot, "the snapshot is damaged"),
        (cut, BadSnapshot, "the snapshot is cut off"),
        (with_another_state, BadSnapshot, "the state has not the root"),
        (with_another_zero, CannotRestore, "which is not the genesis that it names"),
    ],
)
async def test_damaged_files_are_refused(file, place, damage, error, words):
    await snapshot_of_block_two(file)
    damage(file)
    with pytest.raises(error, match=words):
        restore(file, SPEC, place, ARCHIVE)
    assert not place.parent.exists()


async def test_unwanted_blocks_are_refused(file, place):
    _, blocks = await snapshot_of_block_two(file)
    block = blocks[1].header.hash()
    other = Hash(b"o" * 32)
    for spec, expected, words in (
        (preset("local"), None, "the snapshot is of the chain with the genesis 0x.* (Development)"),
        (SPEC, other, f"is of block 2, 0x{block.hex()}, and not of the expected 0x{other.hex()}"),
        (replace(SPEC, bad_blocks=(block,)), None, "lists it under badBlocks"),
        (replace(SPEC, fork_blocks=((2, other),)), None, "names another block 2 under forkBlocks"),
    ):
        with pytest.raises(CannotRestore, match=words.replace("(", r"\(").replace(")", r"\)")):
            restore(file, spec, place, ARCHIVE, expected)
    assert not place.parent.exists()
    restore(file, SPEC, place, ARCHIVE, block)


async def test_a_chain_that_is_there_stays(file, place):
    await snapshot_of_block_two(file)
    with open_chain(SPEC, StorageConfig(place.parent)):
        pass
    before = contents(place)
    with pytest.raises(CannotRestore, match=r"there is a chain at .* already; .*purge-chain"):
        restore(file, SPEC, place, ARCHIVE)
    assert contents(place) == before


@pytest.mark.parametrize("nth", [1, 2])
async def test_a_write_that_fails_leaves_nothing(file, place, monkeypatch, nth):
    await snapshot_of_block_two(file)
    writes = []
    write = LevelKv.write

    def fail(kv, batch, *, sync=False):
        writes.append(batch)
        if len(writes) == nth:
            raise DatabaseError("the disk is full")
        write(kv, batch, sync=sync)

    with monkeypatch.context() as patch:
        patch.setattr(LevelKv, "write", fail)
        with pytest.raises(DatabaseError, match="the disk is full"):
            restore(file, SPEC, place, ARCHIVE)
    assert list(place.parent.iterdir()) == []
    restore(file, SPEC, place, ARCHIVE)


async def test_a_chain_begun_meanwhile_is_not_replaced(file, place, monkeypatch):
    """Given a node that starts while a snapshot is restored. Then the node's chain stays."""
    await snapshot_of_block_two(file)
    rename = Path.rename

    def late(path, target):
        with open_chain(SPEC, StorageConfig(place.parent)):
            pass
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(OSError):
        restore(file, SPEC, place, ARCHIVE)
    assert [path.name for path in place.parent.iterdir()] == ["db"]
    with open_chain(SPEC, StorageConfig(place.parent)) as database:
        assert database.blocks.best.number == 0


async def test_what_a_killed_attempt_left_is_seen_by_nobody(file, place):
    await snapshot_of_block_two(file)
    left = place.with_name(place.name + UNFINISHED)
    Database.open(LevelKv(left)).close()
    with open_chain(SPEC, StorageConfig(place.parent)) as database:
        assert database.blocks.best.number == 0
    assert find_database(place.parent) == place
    elsewhere = place.with_name("other")
    left.rename(elsewhere.with_name(elsewhere.name + UNFINISHED))
    restore(file, SPEC, elsewhere, ARCHIVE)
    assert sorted(path.name for path in place.parent.iterdir()) == ["db", "other"]


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


async def stopped_node(base_path):
    """The database of a stopped node of the `dev` chain with four blocks, and those."""
    forge = Forge(choose_spec("dev"))
    blocks = await forge.chain(forge.genesis, range(4))
    kv = LevelKv(base_path / "chains" / "dev" / "db")
    client = new_client(choose_spec("dev"), kv)
    for block in blocks:
        await client.import_block(block)
    kv.close()
    return blocks


async def test_the_command_and_what_reads_a_database_afterwards(tmp_path, file):
    block = (await stopped_node(tmp_path / "whole"))[1].header.hash().hex()
    base_path, again = tmp_path / "restored", tmp_path / "again.snap"
    run("snapshot", "create", "--base-path", tmp_path / "whole", "--at", 2, "-o", file)
    flags = ("--chain", "dev", "--base-path", base_path)
    made = run("snapshot", "restore", file, *flags, "--expect", f"0x{block}")
    assert (made.exit_code, made.output) == (
        0,
        f"{base_path}/chains/dev/db: dev from block 2 on, "
        f"node-subtensor {spec_versions()[-1]}\nblock 0x{block}\n",
    )
    run("snapshot", "create", "--base-path", base_path, "-o", again)
    assert again.read_bytes() == file.read_bytes()

    began = "is not here: this database began with a snapshot of block 2; later ones are\n"
    absent = run("snapshot", "create", "--base-path", base_path, "--at", 1, "-o", again)
    assert (absent.exit_code, absent.output) == (2, f"Error: block 1 {began}")
    trace = tmp_path / "trace.json"
    record = run("record", "--base-path", base_path, "--from", 2, "-o", trace)
    assert (record.exit_code, record.output) == (2, f"Error: block 1 {began}")


async def test_blocks_above_the_base_are_recorded(tmp_path, file):
    blocks = await stopped_node(tmp_path / "whole")
    run("snapshot", "create", "--base-path", tmp_path / "whole", "--at", 2, "-o", file)
    run("snapshot", "restore", file, "--chain", "dev", "--base-path", tmp_path)
    with open_chain(choose_spec("dev"), StorageConfig(tmp_path / "chains" / "dev")) as database:
        for block in blocks[2:]:
            await Client(database).import_block(block)
    trace = tmp_path / "trace.json"
    base_path = tmp_path / "chains"
    assert run("record", "--base-path", base_path, "--from", 3, "-o", trace).exit_code == 0
    assert Replay(read_trace(trace)).run().blocks == 2


async def test_a_running_node_that_has_only_its_base(tmp_path, file):
    """Given a node just restored at block 2. Then its state can be kept, and no blocks recorded."""
    whole = RpcNode()
    for _ in range(2):
        await whole.make_block()
    base = whole.client.best().hash
    about = write_snapshot_of(whole.client, base, tmp_path / "expected.snap")
    node = RpcNode(database=restored_database(whole.client, base))
    async with serving(node) as port:
        place = f"ws://127.0.0.1:{port}"
        url = ("--url", place, "-o", file)
        made = await trio.to_thread.run_sync(run, "snapshot", "create", *url)
        assert (made.exit_code, read_snapshot(file)[0].header) == (0, about.header)
        for first, problem in (
            (2, "the node's best chain has no block 1"),
            (3, "there are no blocks from 3 to 2; the best block is 2"),
        ):
            record = await trio.to_thread.run_sync(run, "record", "--from", first, *url)
            assert (record.exit_code, record.output) == (2, f"Error: {place}: {problem}\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--chain", "local"), "the snapshot is of the chain with the genesis"),
        (("--chain", "nowhere"), "nowhere is neither a file nor one of: dev, local"),
        (("--chain", "dev", "--expect", "0x12"), "--expect is the hash of a block: 0x and 64"),
        (("--chain", "dev", "--expect", "0x" + "12" * 32), "not of the expected 0x1212"),
        (("--chain", "dev", "--pruning", "all"), "must be archive or a number of states"),
    ],
)
async def test_bad_input(tmp_path, file, arguments, reason):
    forge = Forge(choose_spec("dev"))
    write_snapshot_of(forge.client, forge.genesis.hash(), file)
    result = run("snapshot", "restore", file, "--base-path", tmp_path, *arguments)
    assert result.exit_code == 2
    assert reason in result.output
    assert list(tmp_path.iterdir()) == [file]
