"""Calling Wasm runtimes: answers, panics, limits, and nothing left over between calls."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import wasmtime

from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.executor.wasm import instance, module
from node.executor.wasm.runtime import KEPT, WasmRuntime, WasmRuntimes
from primitives.errors import InvariantBroken
from primitives.scale.compact import encode_compact
from primitives.scale.raw import sized
from runtime.framework.errors import Panic
from storage.errors import DatabaseError, StateDiscarded
from tests.support.host import MemoryHost
from tests.support.wasm import ECHO, NOTHING, method, runtime, span
from tests.support.wasm import module as wasm

LOG = ("ext_logging_log_version_1", "(param i32 i64 i64)")
START = ("ext_storage_start_transaction_version_1", "")
SET = ("ext_storage_set_version_1", "(param i64 i64)")
MALLOC = ("ext_allocator_malloc_version_1", "(param i32) (result i32)")
FREE = ("ext_allocator_free_version_1", "(param i32)")

WORDS = [(64, "runtime"), (128, "panicked at src/lib.rs:7:1:\\0ano such neuron")]
RUNTIME, MESSAGE = span(64, 7), span(128, 42)
SAID = "panicked at src/lib.rs:7:1: no such neuron"


def panics(runtime_, name="go", host=None, args=b""):
    with pytest.raises(RuntimePanic) as caught:
        runtime_.call(name, args, host or MemoryHost())
    return caught.value.reason


@pytest.mark.parametrize("args", [b"", b"x", bytes(range(256)) * 1000], ids=len)
def test_a_method_takes_and_answers_bytes(args):
    assert runtime(ECHO).call("echo", args, MemoryHost()) == args


def test_a_method_that_is_not_there_is_not_found():
    with pytest.raises(MethodNotFound, match="no method Core_version"):
        runtime(ECHO).call("Core_version", b"", MemoryHost())


def test_an_export_of_another_shape_is_no_method():
    other = runtime('(func (export "go") (param i64))')
    with pytest.raises(MethodNotFound):
        other.call("go", b"", MemoryHost())


def test_a_panic_carries_the_words_of_the_runtime():
    body = f"(call ${LOG[0]} (i32.const 0) (i64.const {RUNTIME}) (i64.const {MESSAGE})) unreachable"
    host = MemoryHost()
    assert (
        panics(runtime(method("go", body), imports=[LOG], data=WORDS), host=host) == f"go: {SAID}"
    )
    assert host.lines == [(1, "runtime", SAID.replace(": no", ":\nno"))]


def test_a_warning_is_not_taken_for_the_reason_of_a_trap():
    body = f"(call ${LOG[0]} (i32.const 1) (i64.const {RUNTIME}) (i64.const {MESSAGE})) unreachable"
    reason = panics(runtime(method("go", body), imports=[LOG], data=WORDS))
    assert reason == "go: wasm trap: wasm `unreachable` instruction executed"


def test_a_runtime_may_abort_with_its_message():
    abort = ("ext_panic_handler_abort_on_panic_version_1", "(param i64)")
    body = f"(call ${abort[0]} (i64.const {MESSAGE})) {NOTHING}"
    reason = panics(runtime(method("go", body), imports=[abort], data=WORDS))
    assert reason.endswith("no such neuron")


def test_a_strange_import_stops_only_the_call_that_needs_it():
    strange = ("ext_\\22_strange_version_9", "(param i32 f64) (result i64)")
    call = "(call 0 (i32.const 0) (f64.const 0))"
    odd = runtime(method("go", call), ECHO, imports=[(strange[0], strange[1])])
    assert odd.call("echo", b"fine", MemoryHost()) == b"fine"
    assert panics(odd) == (
        'go: the runtime needs the host function ext_"_strange_version_9, '
        "which this node does not offer"
    )


def test_a_known_import_of_another_type_is_refused():
    with pytest.raises(UnknownCode, match=r"imports ext_storage_set_version_1 as \(param i64\)"):
        runtime(ECHO, imports=[(SET[0], "(param i64)")])


def test_an_endless_loop_ends(monkeypatch):
    monkeypatch.setattr(instance, "FUEL", 100_000)
    endless = runtime(method("go", "(loop $again (br $again)) unreachable"))
    assert panics(endless) == "go: wasm trap: all fuel consumed by WebAssembly"


@pytest.mark.parametrize(
    ("function", "calls"),
    [
        (("ext_logging_max_level_version_1", "(result i32)"), "(drop (call 0))"),
        (
            ("ext_hashing_blake2_256_version_1", "(param i64) (result i32)"),
            f"(drop (call 0 (i64.const {span(0, 60_000)})))",
        ),
    ],
    ids=["many", "much"],
)
def test_the_work_of_the_host_costs_fuel(monkeypatch, function, calls):
    monkeypatch.setattr(instance, "FUEL", 300_000)
    busy = runtime(
        method("go", f"(loop $again {calls} (br $again)) unreachable"), imports=[function]
    )
    assert panics(busy) == "go: all fuel consumed by host functions"


def test_the_work_of_the_host_leaves_less_for_instructions(monkeypatch):
    """Twenty calls of 10,000 bytes cost two million, and the loop behind them one."""
    monkeypatch.setattr(instance, "FUEL", 2_500_000)
    get = ("ext_storage_exists_version_1", "(param i64) (result i32)")
    turn = (
        "(local.set $n (i32.add (local.get $n) (i32.const 1)))"
        "(br_if $again (i32.lt_u (local.get $n) (i32.const {})))"
    )
    ask = f"(loop $again (drop (call 0 (i64.const {span(0, 10_000)}))) {turn.format(20)})"
    count = f"(local.set $n (i32.const 0)) (loop $again {turn.format(150_000)})"
    working = runtime(
        method("ask", f"(local $n i32) {ask} {NOTHING}"),
        method("count", f"(local $n i32) {count} {NOTHING}"),
        method("both", f"(local $n i32) {ask} {count} {NOTHING}"),
        imports=[get],
    )
    assert working.call("ask", b"", MemoryHost()) == b""
    assert working.call("count", b"", MemoryHost()) == b""
    assert panics(working, "both") == "both: wasm trap: all fuel consumed by WebAssembly"


def test_a_deep_recursion_ends():
    deep = runtime(
        method("go", "(call $f (i32.const 0)) (i64.const 0)").replace(
            "(func (export",
            "(func $f (param i32) (call $f (local.get 0)) (call $f (local.get 0)))\n(func (export",
        )
    )
    assert panics(deep) == "go: wasm trap: call stack exhausted"


def test_every_call_starts_from_fresh_memory_and_globals():
    body = (
        "(global.set $n (i64.add (global.get $n) (i64.const 1)))"
        "(i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (global.get $n)))"
        f"(i64.const {span(0, 8)})"
    )
    counting = runtime("(global $n (mut i64) (i64.const 0))", method("go", body))
    answers = {counting.call("go", b"", MemoryHost()) for _ in range(3)}
    assert answers == {(1).to_bytes(8, "little")}


def test_a_start_function_may_call_the_host():
    start = f"(func $start (call 0 (i64.const {RUNTIME}) (i64.const {MESSAGE}))) (start $start)"
    host = MemoryHost()
    assert runtime(start, ECHO, imports=[SET], data=WORDS).call("echo", b"x", host) == b"x"
    assert list(host.changes()) == [b"runtime"]


def test_transactions_left_open_are_undone_whether_it_panics_or_not():
    write = (
        f"(call ${SET[0]} (i64.const {RUNTIME}) (i64.const {MESSAGE})) (call ${START[0]})"
        f"(call ${START[0]}) (call ${SET[0]} (i64.const {MESSAGE}) (i64.const {RUNTIME}))"
    )
    methods = [method("go", f"{write} unreachable"), method("return", f"{write} {NOTHING}")]
    careless = runtime(*methods, imports=[SET, START], data=WORDS)
    for name in ("go", "return"):
        host = MemoryHost()
        host.begin()
        try:
            careless.call(name, b"", host)
        except RuntimePanic:
            assert name == "go"
        assert (host.depth, list(host.changes())) == (1, [b"runtime"])


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_runtime_cannot_end_the_transaction_of_its_caller(end):
    ending = (f"ext_storage_{end}_transaction_version_1", "")
    host = MemoryHost()
    host.begin()
    reason = panics(
        runtime(method("go", f"(call ${ending[0]}) {NOTHING}"), imports=[ending]), host=host
    )
    assert reason == "go: the runtime ends a storage transaction that it did not begin"
    assert host.depth == 1


class RaisingHost(MemoryHost):
    def __init__(self, failure):
        super().__init__()
        self.failure = failure

    def put(self, key, value):
        raise self.failure


def writing():
    write = method("go", f"(call ${SET[0]} (i64.const 0) (i64.const 0)) {NOTHING}")
    return runtime(write, ECHO, imports=[SET])


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (InvariantBroken("there is no root here"), "InvariantBroken: there is no root here"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (Panic("no keystore here"), "Panic: no keystore here"),
    ],
)
def test_what_a_host_raises_is_a_panic_of_the_runtime(failure, reason):
    asking = writing()
    assert panics(asking, host=RaisingHost(failure)) == f"go: {reason}"
    assert asking.call("echo", b"again", MemoryHost()) == b"again"


@pytest.mark.parametrize(
    "failure",
    [
        UnknownCode("of another release"),
        StateDiscarded("no longer kept"),
        DatabaseError("the disk is full"),
        KeyboardInterrupt(),
    ],
)
def test_what_is_the_nodes_own_affair_comes_out_as_it_is(failure):
    with pytest.raises(type(failure)) as caught:
        writing().call("go", b"", RaisingHost(failure))
    assert caught.value is failure


@pytest.mark.parametrize("hasher", ["blake2", "keccak"])
def test_a_trie_too_deep_for_the_node_is_a_panic(hasher):
    """Each key begins with the one before, so each has its node below that one's."""
    root = (f"ext_trie_{hasher}_256_root_version_1", "(param i64) (result i32)")
    depth = 1000
    pairs = encode_compact(depth) + b"".join(sized(b"a" * n) + sized(b"v") for n in range(depth))
    given = (
        "(i64.or (i64.shl (i64.extend_i32_u (local.get $length)) (i64.const 32))"
        " (i64.extend_i32_u (local.get $at)))"
    )
    deep = runtime(method("go", f"(drop (call 0 {given})) {NOTHING}"), imports=[root])
    assert "RecursionError" in panics(deep, args=pairs)


@pytest.mark.parametrize("argument", [span(0, 1 << 17), span((1 << 32) - 1, 2)])
def test_a_host_function_never_reads_beyond_the_memory(argument):
    body = f"(call ${SET[0]} (i64.const {argument}) (i64.const 0)) {NOTHING}"
    reason = panics(runtime(method("go", body), imports=[SET]))
    assert "lie outside the runtime's memory" in reason


def test_an_answer_beyond_the_memory_is_a_panic():
    reason = panics(runtime(method("go", f"(i64.const {span(1 << 20, 8)})")))
    assert reason == "go: 8 bytes at 1048576 lie outside the runtime's memory"


def test_memory_is_limited_and_the_chain_may_set_how():
    take = method("go", f"(drop (call ${MALLOC[0]} (i32.const 0x1000000))) {NOTHING}")
    hungry = runtime(take, imports=[MALLOC])
    assert hungry.call("go", b"", MemoryHost()) == b""
    small = MemoryHost({instance.HEAP_PAGES_KEY: (100).to_bytes(8, "little")})
    assert panics(hungry, host=small) == "go: the runtime is out of memory"


def test_memory_grows_up_to_what_the_runtime_itself_sets():
    """It has 4 pages and asks for a fifth, the last: doubling them would be too much."""
    take = f"(drop (call ${MALLOC[0]} (i32.const 0x20000)))"
    bounded = runtime(
        method("go", f"{take} {take} {NOTHING}"),
        method("beyond", f"{take} {take} {take} {NOTHING}"),
        imports=[MALLOC],
        memory="2 5",
    )
    assert bounded.call("go", b"", MemoryHost()) == b""
    assert panics(bounded, "beyond") == "beyond: the runtime is out of memory"


def test_a_table_is_limited():
    grow = f"(table.grow (ref.null func) (i32.const {instance.TABLE_ELEMENTS}))"
    body = f"(i32.store (i32.const 0) {grow}) (i64.const {span(0, 4)})"
    growing = runtime("(table 1 funcref)", method("go", body))
    assert growing.call("go", b"", MemoryHost()) == b"\xff" * 4


def test_a_runtime_that_grows_its_memory_itself_meets_the_same_limit():
    body = "(i64.store (i32.const 0) (i64.extend_i32_s (memory.grow (local.get $length))))"
    growing = runtime(method("go", f"{body} (i64.const {span(0, 8)})"))
    host = MemoryHost({instance.HEAP_PAGES_KEY: (3).to_bytes(8, "little")})
    assert growing.call("go", bytes(3), host) == (1).to_bytes(8, "little")
    assert growing.call("go", bytes(4), host) == b"\xff" * 8


def test_threads_call_one_runtime_at_once():
    echo = runtime(ECHO)
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda n: echo.call("echo", bytes(n), MemoryHost()), range(100))
    assert list(answers) == [bytes(n) for n in range(100)]


def test_a_runtime_over_a_host_is_an_executor():
    assert runtime(ECHO).over(MemoryHost()).call("echo", b"here") == b"here"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(module)", "does not export __heap_base"),
        ('(module (import "wasi" "x" (func)))', "does not export __heap_base"),
        ('(module (memory 1) (global (export "__heap_base") i32 (i32.const 0)))', "own memory"),
        *(
            (f'(module (import "env" "memory" (memory 1)) {heap})', "export __heap_base as i32")
            for heap in (
                '(func (export "__heap_base"))',
                '(export "__heap_base" (memory 0))',
                '(table (export "__heap_base") 1 funcref)',
                '(global (export "__heap_base") i64 (i64.const 0))',
                '(global (export "__heap_base") f64 (f64.const 1))',
                '(global (export "__heap_base") externref (ref.null extern))',
                '(global (export "__heap_base") funcref (ref.null func))',
            )
        ),
        (
            '(module (import "wasi" "x" (func)) (global (export "__heap_base") i32 (i32.const 0)))',
            r"imports wasi\.x: no Substrate runtime",
        ),
        (
            '(module (import "env" "t" (table 1 funcref))'
            ' (global (export "__heap_base") i32 (i32.const 0)))',
            "neither function nor memory",
        ),
        (
            '(module (import "env" "memory" (memory 1)) (import "env" "stage" (memory 1))'
            ' (global (export "__heap_base") i32 (i32.const 0)))',
            "imports the memory stage beside memory",
        ),
        (
            '(module (import "env" "memory" (memory 1)) (memory 1)'
            ' (global (export "__heap_base") i32 (i32.const 0)))',
            "own memory",
        ),
        (
            '(module (import "env" "memory" (memory 1)) (import "env" "stage" (func))'
            ' (global (export "__heap_base") i32 (i32.const 0)))',
            "imports make no sense",
        ),
    ],
)
def test_what_is_no_substrate_runtime_is_refused(text, reason):
    with pytest.raises(UnknownCode, match=reason):
        WasmRuntime(bytes(wasmtime.wat2wasm(text)))


def test_bytes_that_do_not_compile_are_refused():
    with pytest.raises(UnknownCode, match="cut off"):
        WasmRuntime(wasm(ECHO)[:-3])
    with pytest.raises(UnknownCode, match="does not compile"):
        WasmRuntime(wasm(ECHO) + b"\1\0")  # the section of types, too late


def test_compiled_code_is_kept_on_disk(tmp_path, monkeypatch):
    code = wasm(ECHO)
    WasmRuntime(code, tmp_path / "compiled")
    [kept] = (tmp_path / "compiled").iterdir()
    monkeypatch.setattr(module, "_compile", None)
    assert WasmRuntime(code, kept.parent).call("echo", b"x", MemoryHost()) == b"x"
    monkeypatch.undo()

    kept.unlink()  # it may still be in use, and then it must not change
    kept.write_bytes(b"cut off")
    assert WasmRuntime(code, kept.parent).call("echo", b"x", MemoryHost()) == b"x"
    assert kept.read_bytes() != b"cut off"


def test_compiled_code_that_cannot_be_kept_runs_all_the_same(tmp_path):
    occupied = tmp_path / "file"
    occupied.write_bytes(b"")
    assert WasmRuntime(wasm(ECHO), occupied).call("echo", b"x", MemoryHost()) == b"x"


def test_the_runtimes_in_use_are_kept_and_the_others_go():
    codes = [wasm(ECHO, method(f"m{n}", NOTHING)) for n in range(KEPT + 1)]
    runtimes = WasmRuntimes()
    first = runtimes.of(codes[0])
    for code in codes[:KEPT]:
        runtimes.of(code)
    assert runtimes.of(codes[0]) is first
    second = runtimes.of(codes[1])
    runtimes.of(codes[0])
    runtimes.of(codes[KEPT])
    assert runtimes.of(codes[0]) is first
    assert runtimes.of(codes[1]) is second
    assert len(runtimes._kept) == KEPT
