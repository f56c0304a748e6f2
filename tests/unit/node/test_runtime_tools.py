"""`taonode runtime`: what it prints, what it refuses, and what it says of two runtimes."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import zstandard
from click.testing import CliRunner

from genesis.host import GenesisHost
from node.executor.archive.build import archive_of, installed_archive
from node.executor.archive.shipped import archive_of_spec, spec_versions
from node.executor.code import COMPRESSED_MAGIC
from node.runtime_tools.command import runtime
from node.runtime_tools.compare import Change, Verb, compare
from node.runtime_tools.metadata import UnreadableMetadata, read_metadata
from node.runtime_tools.remote import NoAnswer, fetch_metadata
from node.runtime_tools.surface import Surface
from primitives.hashing import blake2_256
from primitives.scale.types import decode, encode
from runtime import api
from runtime.pallets.system_types import RuntimeVersion
from runtime.runtime import Runtime
from runtime.version import SPEC_VERSION, VERSION
from tests.support import wasm
from tests.support.runtime_sources import TINY, changed, installed_sources
from tests.support.stranger import stranger


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
        assert "runtime/extra.py:1: ZeroDivisionError" in run("check", tmp_path).output
        (tmp_path / "runtime/extra.py").write_text("X = 1\n")
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
        assert "A new transaction_version is needed: by 1 of 1 changes" in result.output

    def test_inspect_against_the_release_before_sees_that_it_has_risen(self, tmp_path):
        for version in spec_versions()[-2:]:
            (tmp_path / str(version)).write_bytes(archive_of_spec(version))
        before, after = (tmp_path / str(version) for version in spec_versions()[-2:])
        told = run("inspect", after, "--against", before).output.splitlines()[-1]
        assert told.startswith("The transaction_version rises from 1 to 2, as it must: by 2 of ")
        back = json.loads(run("inspect", before, "--against", after, "--json").output)["against"]
        assert back["transaction_versions"] == [2, 1]
        assert run("inspect", before, "--against", after).output.count("version is needed") == 1


ANSWERS_AT = 100_000
"""Above what the allocator uses in these tests."""
KNOWN_IMPORT = ("ext_logging_max_level_version_1", "(result i32)")


@pytest.fixture(scope="module")
def blob(raw):
    """Makes blobs that describe themselves as the installed runtime does."""

    def blob(*imports):
        answer = encode(bytes, raw)
        text = "".join(f"\\{byte:02x}" for byte in answer)
        body = f"(i64.const {wasm.span(ANSWERS_AT, len(answer))})"
        code = wasm.module(
            wasm.method("Metadata_metadata", body),
            imports=[KNOWN_IMPORT, *((name, "(result i32)") for name in imports)],
            data=[(ANSWERS_AT, text)],
            memory="8",
        )
        version = replace(VERSION, spec_version=7, transaction_version=3)
        return code + wasm.custom("runtime_version", encode(RuntimeVersion, version))

    return blob


class TestWasm:
    def test_inspect_says_what_it_needs(self, tmp_path, blob):
        code = blob("ext_none_version_1")
        packed = COMPRESSED_MAGIC + zstandard.ZstdCompressor().compress(code)
        (tmp_path / "packed").write_bytes(packed)
        assert run("inspect", tmp_path / "packed").output.splitlines() == [
            "spec                 node-subtensor 7",
            "transaction version  3",
            f"hash                 0x{blake2_256(packed).hex()}",
            f"size                 {len(packed)} bytes, unpacked {len(code)}",
            "host functions       2, 1 of which this node lacks",
            "  ext_logging_max_level_version_1",
            "  ext_none_version_1 (this node lacks it)",
        ]

    def test_inspect_for_programs(self, tmp_path, blob):
        code = blob("ext_none_version_1")
        (tmp_path / "blob").write_bytes(code)
        assert json.loads(run("inspect", tmp_path / "blob", "--json").output) == {
            "kind": "wasm",
            "spec_name": "node-subtensor",
            "spec_version": 7,
            "transaction_version": 3,
            "hash": f"0x{blake2_256(code).hex()}",
            "size": len(code),
            "unpacked_size": len(code),
            "imports": ["ext_logging_max_level_version_1", "ext_none_version_1"],
            "missing": ["ext_none_version_1"],
            "against": None,
        }

    def test_inspect_compares_kinds_and_nodes(self, tmp_path, blob, node):
        (tmp_path / "blob").write_bytes(blob())
        sources = changed(
            installed_sources(), "runtime/pallets/registry.py", {"@call(index=1,": "@call(index=7,"}
        )
        (tmp_path / "moved").write_bytes(archive_of(sources))
        for other in (node, tmp_path / "blob"):
            result = run("inspect", tmp_path / "blob", "--against", other)
            assert result.output.endswith(f"Against {other}:\n  nothing differs\n")
        for ours, theirs, moved in (
            ("blob", "moved", "17.7 -> 17.1"),
            ("moved", "blob", "1 -> 17.7"),
        ):
            result = run("inspect", tmp_path / ours, "--against", tmp_path / theirs, "--json")
            told = json.loads(result.output)["against"]
            assert told["runtime"] == str(tmp_path / theirs)
            assert told["needs_transaction_version"]
            (change,) = told["changes"]
            assert (change["kind"], change["name"], change["verb"]) == (
                "call",
                "Registry.clear_identity",
                "moved",
            )
            before, after = moved.split(" -> ")
            assert f"{before}(" in change["before"]
            assert change["after"].startswith(f"{after}(")

    def test_check_names_what_it_lacks(self, tmp_path, blob):
        path = tmp_path / "blob"
        path.write_bytes(blob())
        assert run("check", path).output == "sound\n"
        path.write_bytes(blob("ext_benchmarking_wipe_db_version_1"))
        assert run("check", path).output == "sound\n", "no block calls it"
        path.write_bytes(blob("ext_none_version_1", "ext_benchmarking_wipe_db_version_1"))
        result = run("check", path)
        assert (result.exit_code, result.output.splitlines()) == (
            1,
            ["it needs ext_none_version_1, which this node lacks", "Error: 1 fault"],
        )

    def test_check_makes_it_ready(self, tmp_path, blob):
        path = tmp_path / "blob"
        path.write_bytes(blob("ext_misc_print_hex_version_1"))
        result = run("check", path)
        assert result.exit_code == 1
        assert f"Error: {path}: " in result.output
        assert "the code imports ext_misc_print_hex_version_1 as" in result.output


class TestErrors:
    """Each names the file, or the node, of which it speaks."""

    @pytest.mark.parametrize("verb", ["check", "inspect"])
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "neither a Python runtime archive nor WebAssembly"),
            (b"words", "neither a Python runtime archive nor WebAssembly"),
            (b"\0asm\1\0\0\0", "does not say which version"),
            (b"\0asm\1\0\0\0\1", "cut off"),
            (COMPRESSED_MAGIC, "begins with nothing"),
            (b"\0taopy\0\1", "cut off"),
        ],
    )
    def test_other_files(self, tmp_path, verb, content, reason):
        path = tmp_path / "file"
        path.write_bytes(content)
        result = run(verb, path)
        assert result.exit_code == 1
        assert result.output.startswith(f"Error: {path}: ")
        assert reason in result.output

    def test_what_it_is_compared_with(self, tmp_path, node):
        (tmp_path / "own").write_bytes(installed_archive())
        (tmp_path / "words").write_bytes(b"words")
        for other in (tmp_path / "words", node + "other", "ws://127.0.0.1:1", tmp_path / "none"):
            result = run("inspect", tmp_path / "own", "--against", other)
            assert result.exit_code == 1
            assert result.output.startswith(f"Error: {other}: ")
        assert result.output == (
            f"Error: {other}: no such file; give a runtime's, or a node as ws://127.0.0.1:9944\n"
        )

    def test_what_cannot_be_read_needs_no_room(self, tmp_path):
        (tmp_path / "own").write_bytes(installed_archive())
        result = run("inspect", tmp_path / "own", "--against", tmp_path)
        assert result.exit_code == 1
        assert result.output.startswith(f"Error: {tmp_path}: Is a directory; it must be the file")

    def test_a_directory_without_sources_is_named_once(self, tmp_path):
        result = run("check", tmp_path)
        assert result.output == f"Error: {tmp_path}: there is no directory `runtime` here\n"


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

    @pytest.mark.parametrize(
        ("reply", "reason"),
        [
            (b"SSH-2.0-OpenSSH_9.6\r\n", "BadStatusLine: SSH-2.0-OpenSSH_9.6"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "IncompleteRead: "),
            (b"HTTP/1.1 200 OK\r\n\r\n<html>", "no JSON: "),
            (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 200_000, "no JSON: "),
        ],
    )
    def test_a_server_that_is_no_node(self, tmp_path, reply, reason):
        (tmp_path / "own").write_bytes(installed_archive())
        with stranger(reply) as port:
            url = f"http://127.0.0.1:{port}"
            result = run("inspect", tmp_path / "own", "--against", url)
        problem = (
            f"Error: {url}: no metadata: it does not answer as a Substrate node does ({reason}"
        )
        assert result.exit_code == 1
        assert result.output.startswith(problem)
        assert result.output.count("\n") == 1

    @pytest.mark.parametrize(
        "url",
        ["ws://127.0.0.1:abc", "ws://127.0.0.1:1/a b", "ws://[::1", "ws://127.0.0.1:1/\u00e4"],
    )
    def test_an_address_that_is_none(self, tmp_path, url):
        (tmp_path / "own").write_bytes(installed_archive())
        result = run("inspect", tmp_path / "own", "--against", url)
        assert result.exit_code == 1
        assert result.output.startswith(f"Error: {url}: no address of a node (")
        assert result.output.endswith("; it is like ws://127.0.0.1:9944\n")


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

    def test_types_that_are_in_no_call_break_nothing(self):
        old, new = (surface_with(types={"T": f"enum {{{name} = 0()}}"}) for name in "AB")
        (change,) = compare(old, new)
        assert (change.verb, change.breaks_signers) == (Verb.CHANGED, False)

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

    @pytest.mark.parametrize(
        ("before", "after", "shown"),
        [
            (f"{'x' * 300}one", f"{'x' * 300}two", f"…{'x' * 40}one -> …{'x' * 40}two"),
            ("x" * 300, "x" * 301, f"…{'x' * 40} -> …{'x' * 41}"),
            ("one", f"two{'x' * 300}", f"one -> two{'x' * 157}…"),
            (f"{'x' * 100}one", f"{'x' * 100}two", f"{'x' * 100}one -> {'x' * 100}two"),
            (
                f"{'x' * 300}one{'y' * 300}",
                f"{'x' * 300}two{'y' * 300}",
                f"…{'x' * 40}one{'y' * 117}… -> …{'x' * 40}two{'y' * 117}…",
            ),
        ],
    )
    def test_of_long_texts_the_difference_is_shown(self, before, after, shown):
        old, new = (surface_with(constants={"P.x": text}) for text in (before, after))
        (change,) = compare(old, new)
        assert str(change) == f"changed constant P.x: {shown}"

    def test_equal_runtimes_do_not_differ(self, surface):
        assert compare(surface, surface) == []
