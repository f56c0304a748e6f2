"""Code compiled for this machine, in memory and on disk."""

from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import wasmtime

from node.executor.errors import UnknownCode
from node.executor.wasm.bridge import ALLOCATOR_SIGNATURES, Bridge, build_bridge
from node.executor.wasm.code import ensure_bounds
from node.executor.wasm.functions import child_storage, crypto, hashing, misc, storage, trie
from node.executor.wasm.interface import HostFunction
from node.whole_file import whole_file
from primitives.hashing import blake2_256

HOST_FUNCTIONS: Final[dict[str, HostFunction]] = {
    **storage.FUNCTIONS,
    **child_storage.FUNCTIONS,
    **crypto.FUNCTIONS,
    **hashing.FUNCTIONS,
    **trie.FUNCTIONS,
    **misc.FUNCTIONS,
}
"""Everything that a runtime may import, but for the allocator, which is the bridge's."""
OFFERED: Final = HOST_FUNCTIONS.keys() | ALLOCATOR_SIGNATURES.keys()
"""The names of all that a runtime may import. It may ask for more, and panics where it calls it."""

STACK: Final = 1 << 20
"""Bytes of stack for compiled code, as Substrate gives it: a deeper recursion traps everywhere."""
HEAP_BASE: Final = "__heap_base"
"""The exported global that says where the allocator's memory begins."""

_CHECKSUM: Final = 32
"""Bytes of the hash that compiled code on disk begins with."""

SWITCHED_OFF: Final = (
    "wasm_simd",
    "wasm_gc",
    "wasm_function_references",
    "wasm_exceptions",
    "wasm_relaxed_simd",
    "wasm_multi_value",
    "wasm_tail_call",
    "wasm_memory64",
    "wasm_threads",
    "wasm_stack_switching",
    "wasm_custom_page_sizes",
    "wasm_wide_arithmetic",
)
"""Substrate compiles none of this. The types of the first four are more than a matter of taste:
Wasmtime's C interface cannot say them, and ends the process when it is asked for a signature.

Substrate does without reference types as well. They stay: the C interface makes no engine without
them, and compilers of today write indirect calls in their way.
"""


@cache
def engine() -> wasmtime.Engine:
    """The compiler's settings. Any difference between nodes here could split the chain."""
    config = wasmtime.Config()
    config.consume_fuel = True
    config.max_wasm_stack = STACK
    config.cranelift_nan_canonicalization = True
    config.memory_may_move = False
    for feature in SWITCHED_OFF:
        setattr(config, feature, False)
    # For the bridge, which fills and copies between two memories; runtimes have one.
    config.wasm_bulk_memory = True
    config.wasm_multi_memory = True
    return wasmtime.Engine(config)


class CompiledCode:
    """A runtime's module and its bridge, for any number of instances."""

    def __init__(self, module: bytes, directory: Path | None = None) -> None:
        """Compile, or load what an earlier run left in `directory`, which nobody else may write."""
        ensure_bounds(module)
        self.runtime = _compiled(module, directory)
        exports = {export.name: export.type for export in self.runtime.exports}
        if not _is_address(exports.get(HEAP_BASE)):
            raise UnknownCode(f"the code does not export {HEAP_BASE} as i32: no Substrate runtime")
        bridge = build_bridge(self.runtime.imports, HOST_FUNCTIONS)
        self.functions, self.complaints = bridge.functions, bridge.complaints
        self.pages, self.most_pages = bridge.pages, bridge.most_pages
        self.bridge = _compiled_bridge(bridge)
        self.methods: Final = frozenset(
            name
            for name, type_ in exports.items()
            if isinstance(type_, wasmtime.FuncType) and _is_method(type_)
        )


def _is_address(type_: object) -> bool:
    return isinstance(type_, wasmtime.GlobalType) and str(type_.content) == "i32"


def _is_method(type_: wasmtime.FuncType) -> bool:
    """Runtime APIs take address and length of their arguments and answer both in one i64."""
    return [*map(str, type_.params)] == ["i32", "i32"] and [*map(str, type_.results)] == ["i64"]


def _compiled(module: bytes, directory: Path | None) -> wasmtime.Module:
    if directory is None:
        return _compile(module)
    path = directory / f"{blake2_256(module).hex()}-wasmtime-{version('wasmtime')}.cwasm"
    compiled = _kept(path)
    if compiled is None:
        compiled = _compile(module)
        _keep(compiled, path)
    return compiled


def _kept(path: Path) -> wasmtime.Module | None:
    """What an earlier run compiled; None if it is absent, damaged, or of another machine.

    Wasmtime knows other machines. Damage it does not notice, and runs it.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return None
    checksum, compiled = data[:_CHECKSUM], data[_CHECKSUM:]
    if blake2_256(compiled) != checksum:
        return None
    try:
        return wasmtime.Module.deserialize(engine(), compiled)
    except wasmtime.WasmtimeError:
        return None


def _keep(compiled: wasmtime.Module, path: Path) -> None:
    data = bytes(compiled.serialize())
    # A disk that is full or read-only costs the next start some seconds, and nothing else.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(blake2_256(data) + data)


def _compile(module: bytes) -> wasmtime.Module:
    try:
        return wasmtime.Module(engine(), module)
    except wasmtime.WasmtimeError as error:
        raise UnknownCode(f"the code does not compile: {error}") from error


def _compiled_bridge(bridge: Bridge) -> wasmtime.Module:
    try:
        return wasmtime.Module(engine(), bridge.text)
    except wasmtime.WasmtimeError as error:
        raise UnknownCode(f"the code's imports make no sense: {error}") from error
