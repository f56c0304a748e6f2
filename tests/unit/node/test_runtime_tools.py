"""`taonode runtime`: what it prints, what it refuses, and what it says of two runtimes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from genesis.host import GenesisHost
from node.executor.archive.build import archive_of, installed_archive
from node.runtime_tools.command import runtime
from node.runtime_tools.compare import Change, Verb, compare
from node.runtime_tools.metadata import UnreadableMetadata, read_metadata
from node.runtime_tools.remote import NoAnswer, fetch_metadata
from node.runtime_tools.surface import Surface
from primitives.hashing import blake2_256
from primitives.scale.types import decode
from runtime import api
from runtime.runtime import Runtime
from runtime.version import SPEC_VERSION
from tests.support.runtime_sources import TINY, changed, installed_sources


def run(*arguments):
    return CliRunner().invoke(runtime, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def raw():
    return decode(bytes, api.call(Runtime(GenesisHost()), "Metadata_metadata", b""))


@pytest.fixture(scope="module")
def surface(raw):
    return Surface.of(read_metadata(raw))


@pytest.fixture(scope="module")
def node(raw):
    """A node that answers one question."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = {"/": {"result": f"0x{raw.hex()}"}}.get(self.path, {"error": {"code": -32601}})
            assert question["method"] == "state_getMetadata"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"jsonrpc": "2.0", "id": 1, **body}).encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"ws://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


class TestCommands:
    def test_build_writes_the_installed_runtime_by_default(self, tmp_path):
        result = run("build", "-o", tmp_path / "out")
        assert result.exit_code == 0, result.output
        code = (tmp_path / "out").read_bytes()
        assert (
            f"node-subtensor {SPEC_VERSION}, {len(code)} bytes, 0x{blake2_256(code).hex()}"
            in result.output
        )

    def test_inspect_says_what_it_is(self, tmp_path):
        code = archive_of(TINY)
        (tmp_path / "tiny").write_bytes(code)
        result = run("inspect", tmp_path / "tiny")
        assert result.output.splitlines() == [
            "spec                 tiny 7",
            "transaction version  1",
            f"hash                 0x{blake2_256(code).hex()}",
            f"size                 {len(code)} bytes, 5 files",
            "entry                runtime.api, host API 1",
            "imports              ",
        ]

    def test_check_lists_every_fault(self, tmp_path):
        for path, source in {**TINY, "runtime/extra.py": b"import os\nX = 1 / 2\n"}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(source)
        result = run("check", tmp_path)
        assert (result.exit_code, result.output.splitlines()) == (
            1,
            [
                "runtime/extra.py:1: import of os is not allowed",
                "runtime/extra.py:2: true division",
                "Error: 2 faults",
            ],
        )
        (tmp_path / "runtime/extra.py").write_text("X = 1 // 0\n")
        assert run("check", tmp_path).output == "sound\n"
        (tmp_path / "runtime/api.py").write_text("X = 1 // 0\n")
        assert "runtime/api.py:1: ZeroDivisionError" in run("check", tmp_path).output

    def test_check_of_an_archive(self, tmp_path):
        (tmp_path / "tiny").write_bytes(archive_of(TINY))
        assert run("check", tmp_path / "tiny").output == "sound\n"
        (tmp_path / "cut").write_bytes(archive_of(TINY)[:-9])
        result = run("check", tmp_path / "cut")
        assert (result.exit_code, "cut off" in result.output) == (1, True)

    def test_inspect_against_a_node_that_runs_the_same(self, tmp_path, node):
        (tmp_path / "own").write_bytes(installed_archive())
        result = run("inspect", tmp_path / "own", "--against", node)
        assert result.exit_code == 0, result.output
        assert result.output.endswith(f"Against {node}:\n  nothing differs\n")

    def test_inspect_against_an_archive_asks_for_a_new_transaction_version(self, tmp_path):
        sources = changed(
            installed_sources(), "runtime/pallets/registry.py", {"@call(index=1,": "@call(index=7,"}
        )
        (tmp_path / "own").write_bytes(installed_archive())
        (tmp_path / "moved").write_bytes(archive_of(sources))
        result = run("inspect", tmp_path / "moved", "--against", tmp_path / "own")
        assert "  moved call Registry.clear_identity: 17.1(" in result.output
        assert "A new transaction_version is needed: 1 of 1 changes" in result.output


class TestMetadata:
    def test_surface_shows_each_thing_in_a_line(self, surface):
        assert surface.calls["Balances.transfer_keep_alive"] == (
            "5.3(dest: sp_runtime::multiaddress::MultiAddress<sp_core::crypto::AccountId32, ()>, "
            "value: Compact<u64>)"
        )
        assert surface.storage["SubtensorModule.Tempo"] == "identity of u16 -> u16, default 0x6300"
        assert surface.constants["Balances.ExistentialDeposit"] == "u64 = 0xf401000000000000"
        assert surface.types["sp_core::crypto::AccountId32"] == "struct([u8; 32])"
        assert surface.extensions["CheckGenesis"].endswith("signs primitive_types::H256")

    @pytest.mark.parametrize("data", [b"", b"meta\x0f", b"meta\x0e", b"meta\x0e\x04\0"])
    def test_other_bytes_are_refused(self, data):
        with pytest.raises(UnreadableMetadata):
            read_metadata(data)

    def test_a_node_without_an_answer(self, node):
        with pytest.raises(NoAnswer, match="-32601"):
            fetch_metadata(node + "other")
        with pytest.raises(NoAnswer, match="Connection refused"):
            fetch_metadata("http://127.0.0.1:1")


NOTHING = Surface({}, {}, {}, {}, {}, {}, {}, frozenset())


def surface_with(**parts):
    parts["in_calls"] = frozenset(parts.get("in_calls", ()))
    return Surface(**{**{name: getattr(NOTHING, name) for name in NOTHING.__slots__}, **parts})


class TestCompare:
    @pytest.mark.parametrize(
        ("before", "after", "verb", "breaks"),
        [
            (None, "1.2(a: u8)", Verb.ADDED, False),
            ("1.2(a: u8)", None, Verb.REMOVED, True),
            ("1.2(a: u8)", "1.3(a: u8)", Verb.MOVED, True),
            ("1.2(a: u8)", "1.2(a: u16)", Verb.CHANGED, True),
        ],
    )
    def test_calls(self, before, after, verb, breaks):
        old = surface_with(calls={"P.c": before} if before else {})
        new = surface_with(calls={"P.c": after} if after else {})
        assert compare(old, new) == [Change("call", "P.c", verb, before, after, breaks)]

    @pytest.mark.parametrize(
        ("after", "in_calls", "breaks"),
        [
            ("enum {A = 0(), B = 1()}", ["T"], False),
            ("enum {B = 0()}", ["T"], True),
            ("enum {B = 0()}", [], False),
        ],
    )
    def test_types(self, after, in_calls, breaks):
        old = surface_with(types={"T": "enum {A = 0()}"}, in_calls=in_calls)
        new = surface_with(types={"T": after}, in_calls=in_calls)
        (change,) = compare(old, new)
        assert (change.verb, change.breaks_signers) == (Verb.CHANGED, breaks)

    @pytest.mark.parametrize(
        ("part", "kind", "breaks"),
        [
            ("extensions", "signed extension", True),
            ("storage", "storage item", False),
            ("events", "event", False),
            ("errors", "error", False),
            ("constants", "constant", False),
        ],
    )
    def test_everything_else(self, part, kind, breaks):
        (change,) = compare(NOTHING, surface_with(**{part: {"P.x": "text"}}))
        assert change == Change(kind, "P.x", Verb.ADDED, None, "text", breaks)
        assert str(change) == f"added {kind} P.x: text"

    def test_long_texts_are_shown_short(self):
        (change,) = compare(NOTHING, surface_with(constants={"P.x": "0x" + "00" * 999}))
        assert len(str(change)) < 200

    def test_equal_runtimes_do_not_differ(self, surface):
        assert compare(surface, surface) == []
