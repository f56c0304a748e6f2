"""Archives run as the chain's runtime does, apart from each other and with less of Python."""

import inspect
import subprocess
import sys
import traceback

import pytest

from genesis.build import EMBEDDED_CODE, build_state
from genesis.host import GenesisHost
from genesis.presets import preset
from genesis.spec import CODE_KEY
from node.executor.archive.build import archive_of, installed_archive
from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.format import MAGIC, MANIFEST, unpack
from node.executor.archive.loader import code_version, load_archive
from node.executor.archive.namespace import load_sources
from node.executor.archive.stored_zip import write_zip
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.executor.executor import Executor
from node.executor.loaded import INSTALLED
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from primitives.hashing import twox_128
from primitives.scale.types import decode, encode
from runtime.framework.errors import Panic
from runtime.pallets.system_types import RuntimeVersion
from runtime.version import SPEC_VERSION
from tests.support.host import DictView, MemoryHost
from tests.support.runtime_sources import TINY, tiny_with, with_spec_version

LAST_UPGRADE = twox_128(b"System") + twox_128(b"LastRuntimeUpgrade")


@pytest.fixture(scope="module")
def newer():
    """The installed runtime as spec 999: the same rules under another number."""
    return archive_of(with_spec_version(999))


def tiny_number(version):
    return {
        **TINY,
        "runtime/api.py": TINY["runtime/api.py"].replace(
            b"'\\x07\\0\\0\\0'", f"'\\x{version:02x}\\0\\0\\0'".encode()
        ),
    }


def tiny_archive(version):
    return archive_of(tiny_number(version))


def ask(loaded, method, args=b"", host=None):
    return loaded.call(loaded.over(host or GenesisHost()), method, args)


class TestLoading:
    def test_the_installed_archive_runs_as_the_installed_package(self):
        assert load_archive(installed_archive()) is INSTALLED

    def test_an_archive_is_loaded_once(self, newer):
        assert load_archive(newer) is load_archive(bytes(bytearray(newer)))

    def test_version_comes_from_the_code(self, newer):
        version = code_version(newer)
        assert version.spec_version == 999
        assert decode(RuntimeVersion, Runtimes().version_of(newer)) == version
        assert Runtimes().version_of(EMBEDDED_CODE) == encode(RuntimeVersion, INSTALLED.version)

    @pytest.mark.parametrize("code", [b"", b"\0asm\1\0\0\0", MAGIC, b"anything"])
    def test_other_code_has_no_version(self, code):
        assert code_version(code) is None
        assert Runtimes().version_of(code) is None

    def test_code_that_breaks_rules_has_no_version(self):
        """So the chain refuses it before it takes effect."""
        sources, _ = tiny_with("runtime/extra.py", "import os")
        manifest = unpack(archive_of(TINY)).manifest
        files = {**sources, MANIFEST: manifest.encode()}
        assert code_version(MAGIC + write_zip(files, len(MAGIC))) is None

    def test_manifest_must_say_the_truth(self):
        truth = unpack(tiny_archive(8))
        lie = truth.manifest.encode().replace(b'"spec_version": 8', b'"spec_version": 9')
        code = MAGIC + write_zip({MANIFEST: lie, **truth.sources}, len(MAGIC))
        with pytest.raises(ArchiveRefused, match="another version than its manifest"):
            load_archive(code)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("X = {}['missing']", "KeyError: 'missing'"),
            ("from runtime.framework.errors import Nothing", "ImportError: cannot import name"),
            ("X = getattr(object, '__sub' + 'classes__', open_)", "NameError: name 'open_'"),
            ("raise Panic('no')", "Panic: no"),
            ("del call", "AttributeError: module"),
        ],
    )
    def test_a_module_that_fails_is_refused_with_its_line(self, line, reason):
        sources, number = tiny_with("runtime/api.py", line)
        modules = set(sys.modules)
        with pytest.raises(ArchiveRefused) as refused:
            load_sources(sources)
        assert reason in str(refused.value)
        if "del" not in line:
            assert str(refused.value).startswith(f"runtime/api.py:{number}: ")
        assert set(sys.modules) == modules

    def test_a_version_that_cannot_be_read_is_refused(self):
        sources, _ = tiny_with("runtime/api.py", "VERSION = b'7'")
        with pytest.raises(ArchiveRefused, match="no version that can be read"):
            archive_of(sources)

    def test_without_an_entry_it_is_refused(self):
        sources = {path: text for path, text in TINY.items() if path != "runtime/api.py"}
        with pytest.raises(ArchiveRefused, match=r"runtime\.api is not in the archive"):
            load_sources(sources)


class TestNamespace:
    def test_two_archives_share_no_state(self):
        first, second = load_archive(tiny_archive(20)), load_archive(tiny_archive(21))
        counts = [ask(first, "Count")[0] for _ in range(3)]
        assert counts == [counts[0], counts[0] + 1, counts[0] + 2]
        assert ask(second, "Count")[0] == counts[0]

    def test_real_tables_are_not_shared(self, newer):
        loaded = load_archive(newer)
        ours, theirs = INSTALLED.over(GenesisHost()), loaded.over(GenesisHost())
        assert type(ours).__module__ == "runtime.runtime"
        assert type(theirs).__module__.startswith("runtime_")
        assert type(theirs).__module__.endswith(".runtime.runtime")
        assert not isinstance(theirs, type(ours))
        assert {type(p) for p in ours.in_order}.isdisjoint(type(p) for p in theirs.in_order)
        assert not issubclass(loaded.panic, INSTALLED.panic)

    def test_builtins_are_fewer_within(self, newer):
        functions = vars(inspect.getmodule(load_archive(newer).call))["__builtins__"]
        assert functions["len"] is len
        assert not functions.keys() & {"open", "eval", "exec", "compile", "print", "float", "id"}
        with pytest.raises(ImportError, match="import of os is not allowed"):
            functions["__import__"]("os")

    def test_libraries_show_only_what_is_listed(self):
        sources, _ = tiny_with("runtime/api.py", "import inspect\nLIBRARY = inspect")
        module = inspect.getmodule(load_sources(sources).call)
        assert {name for name in vars(module.LIBRARY) if not name.startswith("_")} == {
            *("Parameter", "Signature", "cleandoc", "getmodule", "getsource", "signature")
        }

    def test_libraries_import_what_they_need_when_first_used(self):
        """In a process of its own: numpy imports some of its parts once, for its first user."""
        sources, _ = tiny_with(
            "runtime/api.py", "from numpy import asarray\nTOTAL = int(asarray([1, 2]).sum())"
        )
        program = (
            "import inspect, sys\n"
            "from node.executor.archive.namespace import load_sources\n"
            "loaded = load_sources(eval(sys.stdin.read()))\n"
            "print(inspect.getmodule(loaded.call).TOTAL)\n"
        )
        answer = subprocess.run(
            [sys.executable, "-c", program],
            input=repr(sources),
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout == "3\n"

    def test_tracebacks_show_lines_of_the_archive(self):
        loaded = load_archive(tiny_archive(22))
        with pytest.raises(KeyError) as failed:
            ask(loaded, "Bug")
        last = traceback.extract_tb(failed.tb)[-1]
        assert last.line == "raise KeyError('oops')"
        assert last.filename.endswith(">/runtime/api.py")

    def test_metadata_is_the_same_word_for_word(self, newer):
        """Type hints, dataclasses and the docstrings of attributes work as in the package."""
        assert ask(load_archive(newer), "Metadata_metadata").replace(
            (999).to_bytes(4, "little"), SPEC_VERSION.to_bytes(4, "little")
        ) == ask(INSTALLED, "Metadata_metadata")


class TestGenesis:
    def test_an_archive_builds_the_state_that_it_begins_with(self, newer):
        ours, theirs = (
            build_state(preset("dev", code), Runtimes().entry(code))
            for code in (installed_archive(), newer)
        )
        assert {key for key in ours if ours[key] != theirs[key]} == {CODE_KEY, LAST_UPGRADE}
        assert theirs[CODE_KEY] == newer

    def test_a_panic_of_the_archive_is_a_panic_like_any_other(self):
        with pytest.raises(Panic, match="on request"):
            Runtimes().entry(tiny_archive(24))("Panic", b"", GenesisHost())


class TestExecutor:
    def executor(self, code, policy=OnchainCode.ANY):
        executor = Executor(Runtimes(policy))
        executor.stand_on(DictView({CODE_KEY: code}), MemoryHost()._grow)
        return executor

    def spec_version(self, executor):
        return decode(RuntimeVersion, executor.call("Core_version", b"")).spec_version

    def test_each_state_is_run_by_its_own_code(self, newer):
        executor = self.executor(newer)
        assert self.spec_version(executor) == 999
        executor.stand_on(DictView({CODE_KEY: installed_archive()}), MemoryHost()._grow)
        assert self.spec_version(executor) == SPEC_VERSION
        executor.stand_on(DictView({CODE_KEY: EMBEDDED_CODE}), MemoryHost()._grow)
        assert self.spec_version(executor) == SPEC_VERSION
        executor.stand_on(DictView({CODE_KEY: newer}), MemoryHost()._grow)
        assert self.spec_version(executor) == 999

    def test_panics_bugs_and_unknown_methods_are_told_apart(self):
        executor = self.executor(tiny_archive(23))
        with pytest.raises(RuntimePanic, match="on request"):
            executor.call("Panic", b"")
        with pytest.raises(RuntimePanic, match="KeyError: 'oops'"):
            executor.call("Bug", b"")
        with pytest.raises(MethodNotFound):
            executor.call("Core_execute_block", b"")

    def test_code_that_is_refused_leaves_the_executor_where_it_was(self, newer):
        executor = self.executor(newer)
        with pytest.raises(UnknownCode, match="unknown"):
            executor.stand_on(DictView({CODE_KEY: b"?"}), MemoryHost()._grow)
        assert self.spec_version(executor) == 999

    @pytest.mark.parametrize("policy", [OnchainCode.KNOWN, OnchainCode.REFUSE])
    def test_policy_keeps_foreign_code_out_and_says_what_to_do(self, newer, policy):
        with pytest.raises(UnknownCode, match=f"--onchain-code {policy.value}.*Install the rel"):
            self.executor(newer, policy)

    @pytest.mark.parametrize("policy", OnchainCode)
    def test_every_policy_runs_the_installed_runtime(self, policy):
        assert self.spec_version(self.executor(installed_archive(), policy)) == SPEC_VERSION


class TestStrangeErrors:
    """Whatever an archive raises or offers, the node goes on."""

    @pytest.mark.parametrize(
        ("lines", "reason"),
        [
            ("class E(BaseException):\n    pass\nraise E('boo')", "E: boo"),
            (
                "class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E",
                ": E",
            ),
            ("raise ValueError('a\\n\\x1b' + chr(0xd800))", r"ValueError: a\n\x1b\ud800"),
            ("METHODS = None", "TypeError"),
            ("METHODS = (1,)", "METHODS must hold names"),
        ],
    )
    def test_at_load_it_is_refused_and_leaves_nothing(self, lines, reason):
        sources, _ = tiny_with("runtime/api.py", lines)
        modules = set(sys.modules)
        with pytest.raises(ArchiveRefused) as refused:
            load_sources(sources)
        assert reason in str(refused.value)
        assert str(refused.value).isprintable()
        assert set(sys.modules) == modules

    def test_a_panic_that_is_no_exception_is_refused(self):
        sources, _ = tiny_with("runtime/framework/errors.py", "class Panic:\n    pass")
        with pytest.raises(ArchiveRefused, match="Panic must be a class of exceptions"):
            load_sources(sources)

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("raise BaseException('late')", "BaseException: late"),
            ("return 'text'", "Count answered no bytes"),
        ],
    )
    def test_at_a_call_it_is_a_panic(self, body, reason):
        lines = (
            "_call = call\ndef call(runtime, method, arguments):\n"
            f"    if method == 'Count':\n        {body}\n"
            "    return _call(runtime, method, arguments)"
        )
        runtime = Runtimes().of(archive_of(tiny_with("runtime/api.py", lines)[0]))
        with pytest.raises(RuntimePanic, match=reason):
            runtime.over(GenesisHost()).call("Count", b"")

    def test_a_runtime_that_does_not_start_is_none(self):
        lines = (
            "_init = Runtime.__init__\ndef init(self, host):\n"
            "    if host.get(b'x') is not None:\n        raise BaseException('no')\n"
            "    _init(self, host)\nRuntime.__init__ = init"
        )
        runtime = Runtimes().of(archive_of(tiny_with("runtime/runtime.py", lines)[0]))
        host = GenesisHost()
        host.put(b"x", b"y")
        with pytest.raises(UnknownCode, match="does not start: BaseException: no"):
            runtime.over(host)

    @pytest.mark.parametrize("own", [KeyboardInterrupt, SystemExit])
    def test_what_stops_the_node_is_not_held_up(self, own):
        class Stopping(GenesisHost):
            def get(self, key):
                raise own

        lines = (
            "_call = call\ndef call(runtime, method, arguments):\n"
            "    if method == 'Count':\n        runtime.host.get(b'x')\n"
            "    return _call(runtime, method, arguments)"
        )
        runtime = Runtimes().of(archive_of(tiny_with("runtime/api.py", lines)[0]))
        with pytest.raises(own):
            runtime.over(Stopping()).call("Count", b"")


class TestEveryModule:
    """All of an archive comes to life at once, or nothing of it."""

    @pytest.mark.parametrize("caught", [False, True])
    def test_one_that_fails_refuses_the_archive(self, caught):
        sources = {**TINY, "runtime/lazy.py": b"X = 1\nraise ValueError('boo')\n"}
        if caught:
            sources["runtime/api.py"] += (
                b"try:\n    import runtime.lazy\nexcept ValueError:\n    pass\n"
            )
        modules = set(sys.modules)
        with pytest.raises(ArchiveRefused, match=r"^runtime/lazy\.py:2: ValueError: boo$"):
            load_sources(sources)
        assert set(sys.modules) == modules

    def test_one_that_nobody_imports_is_there(self):
        loaded = load_sources({**TINY, "runtime/lazy.py": b"X = 41\n"})
        sources = inspect.getmodule(loaded.call).__name__.removesuffix("runtime.api")
        assert sys.modules[f"{sources}runtime.lazy"].X == 41

    def test_a_chain_of_imports_is_short(self):
        chain = {
            f"runtime/z{n:02}.py": f"from runtime.z{n + 1:02} import X\n".encode()
            for n in range(50)
        }
        with pytest.raises(ArchiveRefused, match="more than 50 imports within each other"):
            load_sources({**TINY, **chain, "runtime/z50.py": b"X = 1\n"})
        del chain["runtime/z00.py"]
        assert load_sources({**TINY, **chain, "runtime/z50.py": b"X = 1\n"})

    def test_a_lack_of_memory_is_no_lasting_answer(self, monkeypatch):
        code, answers = tiny_archive(40), []

        def load(code):
            answers.append(None)
            try:
                raise MemoryError if len(answers) == 1 else RecursionError
            except (MemoryError, RecursionError) as error:
                raise ArchiveRefused("", "no room") from error

        with monkeypatch.context() as patch:
            patch.setattr("node.executor.archive.loader.load_archive", load)
            assert code_version(code) is None
            assert code_version(code) is None
        assert len(answers) == 2
        assert code_version(code).spec_name == "tiny"

    def test_json_makes_no_floats(self):
        sources, _ = tiny_with("runtime/api.py", "from json import loads\nX = loads('[1.5]')")
        with pytest.raises(ArchiveRefused, match=r"1\.5 is no integer"):
            load_sources(sources)
