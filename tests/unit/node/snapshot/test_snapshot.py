"""Snapshots: from databases and from running nodes, and every way in which a file may be bad."""

from dataclasses import replace
from hashlib import blake2b

import pytest
import trio
import zstandard
from click.testing import CliRunner

from genesis.build import genesis_header
from node.cli import main
from node.snapshot import file as snapshots
from node.snapshot.file import (
    MAGIC,
    About,
    BadSnapshot,
    read_about,
    read_snapshot,
    write_snapshot,
)
from node.whole_state import Entry, WholeState
from primitives.types import Hash
from runtime.version import SPEC_VERSION, VERSION
from storage.database import Database
from storage.leveldb import LevelKv
from tests.support.blocks import ROOTS, add_block, begin_chain
from tests.support.plain_trie import plain_root
from tests.support.rpc_node import RpcNode, genesis_state, serving

GENESIS = Hash(b"g" * 32)
TOP = {b":code": bytes(1000), b"key": b"", b"k" * 100: b"v" * 33, b"\xff": b"last"}
CHILDREN = {b"": {b"": b"1"}, b"one": {b"key": b"", b"k" * 100: b"v" * 33}, b"two": {b"k": b"v"}}


def whole(top, children=None, version=1):
    """A state with the roots of its child tries, by an independent trie."""
    children = children or {}
    roots = {ROOTS + name: plain_root(entries, version) for name, entries in children.items()}
    return WholeState(top | roots, children)


WHOLE = whole(TOP, CHILDREN)


def entries_of(state):
    for key, value in sorted(state.top.items()):
        yield Entry(key, value)
        name = key.removeprefix(ROOTS)
        if name != key:
            yield from (Entry(*pair, name) for pair in sorted(state.children[name].items()))


def about_of(state, version=1):
    root = Hash(plain_root(state.top, version))
    header = replace(genesis_header(state.top), state_root=root)
    return About("test", GENESIS, header, "node-subtensor", 185)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.snap"


@pytest.fixture
def written(path):
    count = write_snapshot(path, about_of(WHOLE), entries_of(WHOLE))
    assert count == len(TOP) + 3 + 4
    return path


@pytest.mark.parametrize("version", [0, 1])
def test_round_trip(path, version):
    state = whole(TOP, CHILDREN, version)
    about = about_of(state, version)
    write_snapshot(path, about, entries_of(state))
    assert read_snapshot(path)[:2] == (about, state)
    assert read_about(path) == about


def test_same_state_same_bytes(written, tmp_path):
    again = tmp_path / "again"
    write_snapshot(again, about_of(WHOLE), entries_of(WHOLE))
    assert again.read_bytes() == written.read_bytes()


def test_header_is_plain_text(written):
    assert b'"chain": "test"' in written.read_bytes()
    assert b'"spec_version": 185' in written.read_bytes()


def test_every_truncation_is_noticed(written, tmp_path):
    whole, cut = written.read_bytes(), tmp_path / "cut"
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        with pytest.raises(BadSnapshot, match=r"cut off|no snapshot"):
            read_snapshot(cut)


def test_flipped_bytes_are_noticed_wherever_they_change_anything(written, tmp_path):
    whole, flipped, unnoticed = written.read_bytes(), tmp_path / "flipped", []
    for at in range(len(whole)):
        flipped.write_bytes(whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
        try:
            assert read_snapshot(flipped)[:2] == (about_of(WHOLE), WHOLE)
            unnoticed.append(at)
        except BadSnapshot:
            continue
    assert unnoticed == [whole.index(zstandard.FRAME_HEADER) + 5], "the size of zstd's window"


def test_bytes_behind_the_end_are_noticed(written):
    written.write_bytes(written.read_bytes() + b"more")
    with pytest.raises(BadSnapshot, match="behind its end"):
        read_snapshot(written)


def test_other_files_are_none(tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"\0asm and more")
    with pytest.raises(BadSnapshot, match="the file is no snapshot"):
        read_snapshot(other)
    for version in (b"\1", b"\3"):
        other.write_bytes(MAGIC[:-1] + version)
        with pytest.raises(BadSnapshot, match="a format that this program does not know"):
            read_snapshot(other)


def test_wrong_checksum(written):
    raw = written.read_bytes()
    frame = raw.index(zstandard.FRAME_HEADER)
    content = zstandard.ZstdDecompressor().decompressobj().decompress(raw[frame:])
    text = raw[len(MAGIC) + 4 : frame]
    assert content[-32:] == blake2b(text + content[:-32], digest_size=32).digest()
    wrong = zstandard.ZstdCompressor().compress(content[:-1] + bytes((content[-1] ^ 1,)))
    written.write_bytes(raw[:frame] + wrong)
    with pytest.raises(BadSnapshot, match="its checksum is another"):
        read_snapshot(written)


def test_state_of_another_header(path):
    write_snapshot(path, about_of(WHOLE), entries_of(whole(TOP | {b"key": b"else"}, CHILDREN)))
    with pytest.raises(BadSnapshot, match=r"has not the root .* that the header of block 0 says"):
        read_snapshot(path)


@pytest.mark.parametrize(
    "one",
    [{}, {b"key": b"else"}, CHILDREN[b"one"] | {b"more": b""}],
    ids=["empty", "other", "more"],
)
def test_child_trie_with_another_root(path, one):
    broken = WholeState(WHOLE.top, CHILDREN | {b"one": one})
    write_snapshot(path, about_of(WHOLE), entries_of(broken))
    with pytest.raises(BadSnapshot, match="child trie 0x6f6e65 has not the root that the state"):
        read_snapshot(path)


def test_child_entry_behind_no_root(path):
    write_snapshot(path, about_of(WHOLE), [Entry(b"key", b"value"), Entry(b"k", b"v", b"two")])
    with pytest.raises(BadSnapshot, match="an entry is of no child trie"):
        read_snapshot(path)


def test_nothing_is_left_of_a_failed_attempt(path):
    def entries():
        yield Entry(b"key", b"value")
        raise BadSnapshot("no more")

    with pytest.raises(BadSnapshot, match="no more"):
        write_snapshot(path, about_of(WHOLE), entries())
    assert list(path.parent.iterdir()) == []


def invoke(*arguments):
    return CliRunner().invoke(main, ["snapshot", "create", *map(str, arguments)])


def test_from_a_stopped_nodes_database(tmp_path, path):
    kv = LevelKv(tmp_path / "chains" / "dev" / "db")
    state = whole(genesis_state(), CHILDREN)
    header = begin_chain(Database.open(kv), genesis_state(), CHILDREN)
    kv.close()
    result = invoke("--base-path", tmp_path, "-o", path)
    assert result.exit_code == 0
    count = len(genesis_state()) + 3 + 4
    assert f"{count} keys of dev after block 0, node-subtensor {SPEC_VERSION}" in result.output
    about = About("dev", header.hash(), header, VERSION.spec_name, SPEC_VERSION)
    assert read_snapshot(path)[:2] == (about, state)
    for number in (5, 2**32, 99999999999999999999):
        missing = invoke("--base-path", tmp_path, "--at", number, "-o", path)
        problem = f"Error: the best chain has no block {number}: the best is 0\n"
        assert (missing.exit_code, missing.output) == (2, problem)


def test_a_state_that_is_pruned_is_named_by_its_number(tmp_path, path):
    kv = LevelKv(tmp_path / "chains" / "dev" / "db")
    database = Database.open(kv, pruning=1)
    genesis = begin_chain(database, genesis_state())
    database.finalize(add_block(database, genesis, {b"more": b"1"}).hash())
    kv.close()
    result = invoke("--base-path", tmp_path, "--at", 0, "-o", path)
    assert result.exit_code == 2
    assert result.output == (
        "Error: the state of block 0 is not kept; choose a later block, or the database of a node "
        f"with --pruning archive (0x{genesis.hash().hex()})\n"
    )


async def test_from_a_running_node(monkeypatch, path):
    monkeypatch.setattr("node.replay.remote.PAGE", 7)
    children = CHILDREN | {b"long": {b"%d" % at: b"v" for at in range(20)}}
    node = RpcNode(children=children)
    genesis = node.client.genesis_hash
    async with serving(node) as port:
        await node.make_block()
        url = f"ws://127.0.0.1:{port}"
        best = await trio.to_thread.run_sync(invoke, "--url", url, "-o", path)
        about = read_about(path)
        assert (best.exit_code, about.header.number, about.genesis) == (0, 1, genesis)
        old = await trio.to_thread.run_sync(
            invoke, "--url", url, "--at", "0x" + genesis.hex(), "-o", path
        )
        none = await trio.to_thread.run_sync(
            invoke, "--url", url, "--at", "0x" + bytes(32).hex(), "-o", path
        )
        plain = await trio.to_thread.run_sync(
            invoke, "--url", f"http://127.0.0.1:{port}", "-o", path.with_name("plain")
        )
        nowhere = await trio.to_thread.run_sync(invoke, "--url", url, "-o", path / "absent")
    assert old.exit_code == 0
    assert read_snapshot(path)[1] == whole(genesis_state(), children)
    assert none.exit_code == 2
    assert "the node has no block" in none.output
    assert plain.exit_code == 0
    assert nowhere.exit_code == 2
    assert nowhere.output.startswith(f"Error: {path / 'absent'}")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "one of --base-path and --url says where the chain is"),
        (("--url", "ws://127.0.0.1:1", "--at", "7"), "is the hash of a block"),
        (("--url", "ws://127.0.0.1:1"), "ws://127.0.0.1:1: no connection: "),
        (("--base-path", ".", "--at", "0x"), "is the number of a block"),
        (("--base-path", ".", "--at", "1" * 5000), "is the number of a block"),
    ],
)
def test_bad_input(path, arguments, reason):
    result = invoke(*arguments, "-o", path)
    assert result.exit_code == 2
    assert reason in result.output


def test_claim_that_the_header_denies(path):
    about = about_of(WHOLE)
    write_snapshot(path, about, entries_of(WHOLE))
    root = about.header.state_root.hex().encode()
    raw = path.read_bytes()
    other = Hash(bytes(32)).hex().encode()
    path.write_bytes(raw.replace(b"0x" + root, b"0x" + other, 1))
    with pytest.raises(BadSnapshot, match="its header another"):
        snapshots.read_about(path)
