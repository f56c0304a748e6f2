"""`taonode try-runtime`: where states come from, what it prints, and what it cannot use."""

import json
import threading
from dataclasses import replace
from itertools import starmap

import pytest
import trio
from click.testing import CliRunner
from websockets.sync.server import serve

from node.cli import main
from node.executor.archive.build import archive_of, installed_archive
from node.snapshot.file import write_snapshot
from node.whole_state import Entry
from runtime.version import SPEC_VERSION
from storage.database import Database
from storage.leveldb import LevelKv
from storage.trie.root import trie_root
from tests.support.blocks import ROOTS
from tests.support.dry_runs import NEXT, code
from tests.support.followed_chain import make_followed_chain
from tests.support.plain_trie import plain_root
from tests.support.rpc_node import RpcNode, serving
from tests.support.runtime_sources import changed, with_spec_version


@pytest.fixture(scope="module")
def files(tmp_path_factory, about, state):
    path = tmp_path_factory.mktemp("files")
    write_snapshot(path / "state", about, starmap(Entry, sorted(state.items())))
    (path / "next").write_bytes(code(NEXT))
    (path / "same").write_bytes(installed_archive())
    (path / "words").write_bytes(b"some words")
    return path


@pytest.fixture(scope="module")
def base(files):
    """The base path of a node that has made three blocks."""
    kv = LevelKv(files / "base" / "chains" / "dev" / "db")
    trio.run(make_followed_chain, kv)
    kv.close()
    return files / "base"


@pytest.fixture
def invoke(files):
    def invoke(*arguments, runtime="next"):
        flags = ["--runtime", files / runtime, *arguments]
        return CliRunner().invoke(main, ["try-runtime", *map(str, flags)])

    return invoke


def checks(result):
    return {check["name"]: check for check in json.loads(result.output)["checks"]}


def test_report_for_people(files, invoke):
    told = invoke("--state", files / "state", "--scale", "3")
    assert told.exit_code == 0
    assert told.output.endswith("The upgrade is sound.\n")
    lines = told.output.splitlines()
    assert lines[1] == f"runtime  node-subtensor {SPEC_VERSION} -> node-subtensor {NEXT}"
    assert {"passed   order", "passed   idempotency", "passed   weight at 3 x"} <= set(lines)
    assert "The same if the state were 3 times as large:" in lines


def test_report_for_programs(files, invoke):
    machine = invoke("--state", files / "state", "--json", runtime="same")
    assert machine.exit_code == 1
    document = json.loads(machine.output)
    assert document["passed"] is False
    assert document["runtime"]["spec_version"] == SPEC_VERSION
    failed = [check["name"] for check in document["checks"] if check["verdict"] == "failed"]
    assert failed == ["spec version"]


class TestStoppedNode:
    def test_blocks_that_followed_are_replayed(self, base, invoke):
        result = invoke("--base-path", base, "--at", "0", "--blocks", "2", "--json")
        assert result.exit_code == 0
        assert json.loads(result.output)["replayed"] == {
            "blocks": 2,
            "extrinsics": 6,
            "changed": {},
        }
        assert "2 replayed blocks" in checks(result)

    def test_so_many_as_there_are(self, base, invoke):
        result = invoke("--base-path", base, "--at", "1", "--blocks", "9", "--json")
        assert checks(result)["2 replayed blocks"]["notes"][:2] == [
            "the chain has no more than that, where 9 were asked for",
            "block 3 changes the code of the chain, so the replay ends before it",
        ]

    @pytest.mark.parametrize("flags", [("--at", "0", "--empty"), ("--at", "2", "--empty")])
    def test_empty_ones_if_asked_for(self, base, invoke, flags):
        result = invoke("--base-path", base, *flags, "--blocks", "2", "--json")
        assert result.exit_code == 0
        assert checks(result)["2 empty blocks"]["verdict"] == "passed"
        assert json.loads(result.output)["replayed"] is None

    def test_empty_ones_after_the_best(self, base, invoke, monkeypatch):
        """What comes while the state is being read does not count."""
        monkeypatch.delattr("node.snapshot.source.Source.following")
        result = invoke("--base-path", base, "--blocks", "1", "--json")
        assert "1 empty block" in checks(result)

    @pytest.mark.parametrize("number", [4, 2**32, 99999999999999999999])
    def test_block_that_is_not_there(self, base, invoke, number):
        result = invoke("--base-path", base, "--at", number)
        problem = f"Error: the best chain has no block {number}: the best is 3\n"
        assert (result.exit_code, result.output) == (2, problem)


async def test_running_node(invoke):
    """Blocks that stand on a block are replayed; a block of a fork has none."""
    node = RpcNode()
    genesis = node.client.best()
    async with serving(node) as port:
        await node.make_block()
        await node.make_block()
        fork = await node.make_block(on=genesis)
        url = f"ws://127.0.0.1:{port}"

        async def ask(*flags):
            flags = ("--url", url, *flags, "--blocks", "5", "--json")
            return checks(await trio.to_thread.run_sync(lambda: invoke(*flags)))

        followed = await ask("--at", "0x" + genesis.hash.hex())
        alone = await ask("--at", "0x" + fork.hash.hex())
        best = await ask()
    assert followed["2 replayed blocks"]["verdict"] == "passed"
    assert alone["5 empty blocks"]["verdict"] == "passed"
    assert best["5 empty blocks"]["verdict"] == "passed"


class TestBadInput:
    """Status 2, and an error that says what is wrong with which input."""

    @pytest.mark.parametrize(
        ("flags", "reason"),
        [
            ((), "one of --state, --url and --base-path says where the state is"),
            (("--state", "{}/state", "--url", "ws://127.0.0.1:1"), "one of --state, --url and"),
            (("--state", "{}/state", "--at", "1"), "a snapshot has one block"),
            (("--state", "{}/state", "--empty"), "--empty is about the blocks of --blocks N"),
            (("--state", "{}/words"), "{}/words: the file is no snapshot"),
            (("--state", "{}/next"), "{}/next: the file is no snapshot"),
            (("--url", "ws://127.0.0.1:1"), "ws://127.0.0.1:1: no connection: "),
            (("--url", "nowhere"), "nowhere: no address of a node"),
            (("--base-path", "{}"), "is no database under {}"),
        ],
    )
    def test_where_the_state_should_be(self, tmp_path, files, invoke, flags, reason):
        for name in ("state", "words", "next"):
            (tmp_path / name).write_bytes((files / name).read_bytes())
        result = invoke(*(flag.format(tmp_path) for flag in flags))
        assert result.exit_code == 2
        assert reason.format(tmp_path) in result.output

    def test_damaged_snapshot(self, tmp_path, files, invoke):
        whole = (files / "state").read_bytes()
        (tmp_path / "cut").write_bytes(whole[:-20])
        result = invoke("--state", tmp_path / "cut")
        assert (result.exit_code, result.output) == (
            2,
            f"Error: {tmp_path / 'cut'}: the snapshot is cut off\n",
        )

    def test_state_without_code(self, tmp_path, about, state, invoke):
        values = {key: value for key, value in state.items() if key != b":code"}
        bare = replace(about, header=replace(about.header, state_root=trie_root(values)))
        write_snapshot(tmp_path / "bare", bare, starmap(Entry, sorted(values.items())))
        result = invoke("--state", tmp_path / "bare")
        assert result.exit_code == 2
        assert f"{tmp_path / 'bare'}: the state has no :code" in result.output

    def test_node_that_says_nothing(self, invoke, monkeypatch):
        monkeypatch.setattr("node.replay.remote.PATIENCE_SECONDS", 0.01)
        with serve(lambda connection: list(connection), "127.0.0.1", 0) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
            result = invoke("--url", url)
            server.shutdown()
            thread.join()
        problem = f"Error: {url}: no answer to system_chain in 0.01 seconds\n"
        assert (result.exit_code, result.output) == (2, problem)

    def test_database_in_use(self, tmp_path, about, state, invoke):
        kv = LevelKv(tmp_path / "chains" / "dev" / "db")
        Database.open(kv).commit_genesis(about.header, state)
        result = invoke("--base-path", tmp_path)
        kv.close()
        assert result.exit_code == 2
        assert str(tmp_path / "chains" / "dev" / "db") in result.output


def test_child_tries_are_part_of_the_state(tmp_path, about, state, invoke):
    child = {b"key": b"value", b"long": bytes(40)}
    top = state | {ROOTS + b"c": plain_root(child)}
    header = replace(about.header, state_root=plain_root(top))
    entries = [*starmap(Entry, top.items()), *(Entry(*pair, b"c") for pair in child.items())]
    write_snapshot(tmp_path / "state", replace(about, header=header), entries)
    result = invoke("--state", tmp_path / "state", "--blocks", "1", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output)["state"]["keys"] == len(top) + len(child)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"some words", "the code is unknown"),
        (b"", "the code is absent"),
        (b"\0asm\1\0\0\0", "no Substrate runtime"),
        (installed_archive()[:-100], "cut off"),
    ],
)
def test_runtimes_that_do_not_run_are_a_verdict(tmp_path, files, invoke, content, reason):
    (tmp_path / "file").write_bytes(content)
    result = invoke("--state", files / "state", "--json", runtime=tmp_path / "file")
    assert result.exit_code == 1
    (check,) = checks(result).values()
    (problem,) = check["problems"]
    assert check["name"] == "runtime"
    assert problem.startswith(f"{tmp_path / 'file'}: ")
    assert reason in problem


def test_runtime_of_another_chain(tmp_path, files, invoke):
    sources = changed(
        with_spec_version(NEXT), "runtime/version.py", {'"node-subtensor"': '"other-chain"'}
    )
    (tmp_path / "other").write_bytes(archive_of(sources))
    result = invoke("--state", files / "state", "--json", runtime=tmp_path / "other")
    assert result.exit_code == 1
    assert checks(result)["spec version"]["problems"] == [
        "it is the runtime of another chain: its spec name is other-chain, that of this chain "
        "node-subtensor"
    ]
