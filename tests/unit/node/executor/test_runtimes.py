"""The one door: the code in the state decides which kind of runtime answers."""

import errno
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
import zstandard

from genesis.spec import CODE_KEY
from node.executor.archive.build import archive_of, installed_archive
from node.executor.code import COMPRESSED_MAGIC
from node.executor.errors import MethodNotFound, UnknownCode
from node.executor.executor import Executor
from node.executor.policy import OnchainCode
from node.executor.runtimes import KEPT, Runtimes
from primitives.scale.types import encode
from runtime.pallets.system_types import RuntimeVersion
from runtime.version import VERSION
from storage.errors import DatabaseError, StateDiscarded
from tests.support.host import DictView, MemoryHost
from tests.support.node import PATIENCE
from tests.support.runtime_sources import TINY
from tests.support.wasm import ECHO, NOTHING, custom, method, module


def wasm():
    return module(ECHO) + custom("runtime_version", encode(RuntimeVersion, VERSION))


def packed(code):
    return COMPRESSED_MAGIC + zstandard.ZstdCompressor().compress(code)


def move(executor, code):
    executor.stand_on(DictView({CODE_KEY: code}), MemoryHost()._grow)


def test_one_executor_goes_through_states_of_every_kind():
    executor = Executor(Runtimes())
    version = encode(RuntimeVersion, VERSION)
    for _ in range(2):
        move(executor, wasm())
        assert executor.call("echo", b"hello") == b"hello"
        move(executor, installed_archive())
        assert executor.call("Core_version", b"") == version
        with pytest.raises(MethodNotFound):
            executor.call("echo", b"hello")
        move(executor, packed(wasm()))
        assert executor.call("echo", b"again") == b"again"
        move(executor, archive_of(TINY))
        assert executor.call("Count", b"")


@pytest.mark.parametrize("form", [wasm, lambda: packed(wasm()), installed_archive])
def test_every_kind_of_code_tells_its_version(form):
    assert Runtimes().version_of(form()) == encode(RuntimeVersion, VERSION)


def test_the_policy_on_python_does_not_touch_the_version_nor_wasm():
    """All nodes of a chain must answer the version question alike."""
    runtimes = Runtimes(OnchainCode.REFUSE)
    foreign = archive_of(TINY)
    assert runtimes.version_of(foreign) == Runtimes().version_of(foreign) is not None
    with pytest.raises(UnknownCode, match="--onchain-code refuse"):
        runtimes.of(foreign)
    assert runtimes.of(wasm())


def test_wasm_that_does_not_run_is_named():
    with pytest.raises(UnknownCode, match=r"is a WebAssembly runtime .* does not compile"):
        Runtimes().of(module(ECHO) + b"\1\0")


def test_a_runtime_is_made_ready_once_while_it_is_in_use():
    runtimes = Runtimes()
    first = runtimes.of(wasm())
    assert runtimes.of(bytes(bytearray(wasm()))) is first
    for number in range(KEPT):
        runtimes.of(module(method(f"m{number}", NOTHING)))
    assert len(runtimes._kept) == KEPT
    assert runtimes.of(wasm()) is not None


def test_compiled_code_is_kept_where_the_operator_wants_it(tmp_path):
    Runtimes(compiled=tmp_path / "compiled").of(wasm())
    assert [path.suffix for path in (tmp_path / "compiled").iterdir()] == [".cwasm"]


def other_compiled_code(compiled):
    """Compiled code that Wasmtime takes, but of another runtime."""
    Runtimes(compiled=compiled).of(module(method("other", NOTHING)))
    (file,) = compiled.iterdir()
    return file.read_bytes()[32:]


@pytest.mark.parametrize("damage", ["other code", "a byte", "cut off", "empty"])
def test_damaged_compiled_code_is_compiled_anew(tmp_path, damage):
    Runtimes(compiled=tmp_path / "compiled").of(wasm())
    (file,) = (tmp_path / "compiled").iterdir()
    content = file.read_bytes()
    file.write_bytes(
        {
            "other code": content[:32] + other_compiled_code(tmp_path / "other"),
            "a byte": content[:-1] + bytes((content[-1] ^ 1,)),
            "cut off": content[: len(content) // 2],
            "empty": b"",
        }[damage]
    )
    runtime = Runtimes(compiled=tmp_path / "compiled").of(wasm())
    assert runtime.over(MemoryHost()).call("echo", b"hello") == b"hello"
    assert [path.read_bytes() for path in (tmp_path / "compiled").iterdir()] == [content]


def test_compiled_code_is_read_again(tmp_path, monkeypatch):
    Runtimes(compiled=tmp_path).of(wasm())
    monkeypatch.setattr("node.executor.wasm.module._compile", None)
    runtime = Runtimes(compiled=tmp_path).of(wasm())
    assert runtime.over(MemoryHost()).call("echo", b"hello") == b"hello"


def test_compiled_code_that_cannot_be_kept_leaves_nothing(tmp_path, monkeypatch):
    def fail(path, target):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "replace", fail)
    assert Runtimes(compiled=tmp_path).of(wasm())
    assert list(tmp_path.iterdir()) == []


def test_a_node_starts_without_wasmtime():
    question = "import sys, node.cli; print('wasmtime' in sys.modules, 'zstandard' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout == "False False\n"


class FailingHost(MemoryHost):
    """A host whose state goes while a runtime reads it."""

    def __init__(self, failure):
        super().__init__()
        self.failure = failure

    def get(self, key):
        raise self.failure


@pytest.mark.parametrize("failure", [StateDiscarded("gone"), DatabaseError("the disk is full")])
def test_what_goes_wrong_in_the_node_is_no_panic_of_a_python_runtime(failure):
    with pytest.raises(type(failure)) as caught:
        Runtimes().of(installed_archive()).over(FailingHost(failure)).call(
            "AuraApi_authorities", b""
        )
    assert caught.value is failure


def test_a_runtime_that_is_ready_is_there_while_another_is_made(monkeypatch):
    runtimes, load, found = Runtimes(), Runtimes._load, []
    ready = runtimes.of(installed_archive())

    def interrupted(self, code):
        thread = Thread(target=lambda: found.append(runtimes.of(installed_archive())), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        return load(self, code)

    monkeypatch.setattr(Runtimes, "_load", interrupted)
    runtimes.of(wasm())
    assert found == [ready]
