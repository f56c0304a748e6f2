"""Proposals beyond what Substrate compiles: code that needs one is refused, and ends no process."""

import subprocess
import sys
from textwrap import dedent

import pytest
import wasmtime

from node.executor.errors import UnknownCode
from node.executor.wasm.runtime import WasmRuntime
from tests.support.wasm import ECHO, module

INEXPRESSIBLE = [
    '(func (export "f") (param v128))',
    '(func (export "f") (param anyref))',
    '(func (export "f") (param exnref))',
    '(type $t (func)) (func (export "f") (param (ref null $t)))',
    '(type $s (struct (field i32))) (func (export "f") (result (ref null $s)) unreachable)',
    '(global (export "g") v128 (v128.const i64x2 1 1))',
    '(tag (export "e") (param i32))',
]
"""Wasmtime's C interface has no words for these, and aborts when it is asked for one."""

JUDGE = dedent(
    """
    import sys
    from node.executor.errors import UnknownCode
    from node.executor.wasm.runtime import WasmRuntime, WasmRuntimes
    for line in sys.stdin:
        code = bytes.fromhex(line)
        assert WasmRuntimes().version_of(code) is None
        try:
            WasmRuntime(code)
        except UnknownCode as error:
            print(error.reason.partition(":")[0])
    """
)


def test_types_that_the_c_interface_cannot_say_are_refused():
    """In a process of its own, which would not survive them."""
    imported = bytes(
        wasmtime.wat2wasm(
            '(module (import "env" "f" (func (param v128))) (import "env" "memory" (memory 1))'
            ' (global (export "__heap_base") i32 (i32.const 0)))'
        )
    )
    codes = [*(module(text) for text in INEXPRESSIBLE), imported]
    judged = subprocess.run(
        [sys.executable, "-c", JUDGE],
        input="\n".join(code.hex() for code in codes),
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stderr[-2000:]
    assert judged.stdout.splitlines() == ["the code does not compile"] * len(codes)


@pytest.mark.parametrize(
    "text",
    [
        '(func (export "f") (result i32 i32) unreachable)',
        '(func $f (return_call $f)) (export "f" (func $f))',
        "(func (drop (i8x16.splat (i32.const 0))))",
    ],
    ids=["several results", "tail call", "vectors within"],
)
def test_what_substrate_does_not_compile_is_refused(text):
    with pytest.raises(UnknownCode, match="does not compile"):
        WasmRuntime(module(ECHO, text))
