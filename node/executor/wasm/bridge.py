"""The module between a runtime and the node: memory, the allocator, and placing answers.

Written in WebAssembly, since most of what a runtime asks its host for is memory: two calls of
three never reach Python. An answer in bytes is staged by the node and then put where the
allocator says, all in one crossing:

    runtime ── ext_storage_get(key) ──▶ bridge ── ext_storage_get(key) ──▶ node: writes the stage
            ◀── length and address ──── malloc, copy ◀── length ──────────┘
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import wasmtime

from node.executor.errors import UnknownCode
from node.executor.wasm.interface import HostFunction

ENV: Final = "env"
"""The module name under which runtimes import everything."""
MEMORY: Final = "memory"
"""The name of the one memory that a runtime has."""
NODE: Final = "node"
"""The module name under which the bridge imports host functions."""
MALLOC: Final = "ext_allocator_malloc_version_1"
OPEN: Final = "open"
"""Tells the allocator where the heap begins, and how many pages memory may have."""
GIVE_UP: Final = "give_up"
"""Stops the call with one of the bridge's complaints."""
STAGE_AT: Final = 128
"""Where staged answers begin; below are the allocator's free lists."""

_LONGEST_NAME: Final = 256
"""Of an import: the bridge repeats it."""

_ALLOCATOR_COMPLAINTS: Final = (
    "the runtime asks for more than 32 MiB in one piece",
    "the runtime is out of memory",
    "the runtime freed what was not allocated",
    "the runtime overwrote the header of a free block",
)

_ALLOCATOR: Final = f"""
  ;; Substrate's freeing-bump allocator. A block holds 8 << order bytes behind a header of 8: of a
  ;; used one 1 << 32 | order, of a free one the address of the next free block's header. One list
  ;; of free blocks per order; what no list has is taken from the end of the heap.
  (global $end (mut i32) (i32.const 0))
  (global $limit (mut i32) (i32.const 0))
  (func (export "{OPEN}") (param $heap i32) (param $pages i32)
    (global.set $end (i32.and (i32.add (local.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $limit (local.get $pages))
    (memory.fill $stage (i32.const 0) (i32.const 0xff) (i32.const 92)))
  (func $malloc (export "{MALLOC}") (param $size i32) (result i32)
    (local $order i32) (local $block i32)
    (if (i32.gt_u (local.get $size) (i32.const 0x2000000))
      (then (call $give_up (i32.const 0))))
    (if (i32.gt_u (local.get $size) (i32.const 8))
      (then (local.set $order
        (i32.sub (i32.const 29) (i32.clz (i32.sub (local.get $size) (i32.const 1)))))))
    (local.set $block (i32.load $stage (i32.shl (local.get $order) (i32.const 2))))
    (if (i32.eq (local.get $block) (i32.const -1))
      (then (local.set $block (call $extend (i32.shl (i32.const 8) (local.get $order)))))
      (else
        (if (i32.and (i32.load $runtime offset=4 (local.get $block)) (i32.const 1))
          (then (call $give_up (i32.const 3))))
        (i32.store $stage (i32.shl (local.get $order) (i32.const 2))
          (i32.load $runtime (local.get $block)))))
    (i32.store $runtime (local.get $block) (local.get $order))
    (i32.store $runtime offset=4 (local.get $block) (i32.const 1))
    (i32.add (local.get $block) (i32.const 8)))
  (func (export "ext_allocator_free_version_1") (param $address i32)
    (local $order i32) (local $block i32)
    (if (i32.lt_u (local.get $address) (i32.const 8)) (then (call $give_up (i32.const 2))))
    (local.set $block (i32.sub (local.get $address) (i32.const 8)))
    (local.set $order (i32.load $runtime (local.get $block)))
    (if (i32.or (i32.gt_u (local.get $order) (i32.const 22))
                (i32.eqz (i32.and (i32.load $runtime offset=4 (local.get $block)) (i32.const 1))))
      (then (call $give_up (i32.const 2))))
    (local.set $order (i32.shl (local.get $order) (i32.const 2)))
    (i32.store $runtime (local.get $block) (i32.load $stage (local.get $order)))
    (i32.store $runtime offset=4 (local.get $block) (i32.const 0))
    (i32.store $stage (local.get $order) (local.get $block)))
  ;; Memory grows by doubling, within its limit.
  (func $extend (param $size i32) (result i32)
    (local $block i32) (local $after i64) (local $pages i32) (local $needed i32)
    (local.set $block (global.get $end))
    (local.set $after (i64.add (i64.extend_i32_u (local.get $block))
      (i64.add (i64.extend_i32_u (local.get $size)) (i64.const 8))))
    (local.set $needed
      (i32.wrap_i64 (i64.shr_u (i64.add (local.get $after) (i64.const 0xffff)) (i64.const 16))))
    (local.set $pages (memory.size $runtime))
    (if (i32.gt_u (local.get $needed) (local.get $pages))
      (then
        (if (i32.gt_u (local.get $needed) (global.get $limit))
          (then (call $give_up (i32.const 1))))
        (local.set $needed (call $max (local.get $needed)
          (call $min (i32.shl (local.get $pages) (i32.const 1)) (global.get $limit))))
        (if (i32.eq (i32.const -1)
              (memory.grow $runtime (i32.sub (local.get $needed) (local.get $pages))))
          (then (call $give_up (i32.const 1))))))
    (global.set $end (i32.wrap_i64 (local.get $after)))
    (local.get $block))
  (func $max (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.gt_u (local.get 0) (local.get 1))))
  (func $min (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.lt_u (local.get 0) (local.get 1))))

  (func $place (param $length i32) (result i32)
    (local $address i32)
    (local.set $address (call $malloc (local.get $length)))
    (memory.copy $runtime $stage (local.get $address) (i32.const {STAGE_AT}) (local.get $length))
    (local.get $address))
  (func $place_span (param $length i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $length)) (i64.const 32))
            (i64.extend_i32_u (call $place (local.get $length)))))
"""
ALLOCATOR_SIGNATURES: Final = {
    MALLOC: "(param i32) (result i32)",
    "ext_allocator_free_version_1": "(param i32) (result )",
}


@dataclass(frozen=True, slots=True)
class Bridge:
    """What one runtime imports, as a module in text, and what that imports in turn."""

    text: str
    functions: tuple[HostFunction, ...]
    complaints: tuple[str, ...]
    pages: int
    """Of memory that the runtime wants to begin with."""
    most_pages: int | None
    """Beyond which it says that it never grows."""


def build_bridge(
    imports: Iterable[wasmtime.ImportType], offered: Mapping[str, HostFunction]
) -> Bridge:
    """Write the bridge for a runtime's imports; UnknownCode if they are not Substrate's."""
    memory, wanted = _sorted_out(imports)
    functions = tuple(offered[name] for name in wanted if name in offered)
    known = ALLOCATOR_SIGNATURES | {f.name: _signature_of(f) for f in functions}
    for name, signature in wanted.items():
        if known.get(name, signature) != signature:
            raise UnknownCode(f"the code imports {name} as {signature}; it is {known[name]}")
    strangers = [name for name in wanted if name not in known]
    complaints = _ALLOCATOR_COMPLAINTS + tuple(
        f"the runtime needs the host function {name}, which this node does not offer"
        for name in strangers
    )
    most = "" if memory.max is None else memory.max
    lines = [
        "(module",
        f'  (import "{NODE}" "{GIVE_UP}" (func $give_up (param i32)))',
        *map(_import_of, functions),
        f'  (memory $runtime (export "{MEMORY}") {memory.min} {most})',
        '  (memory $stage (export "stage") 1)',
        _ALLOCATOR,
        *map(_export_of, functions),
        *(
            _refusal_of(name, wanted[name], complaint)
            for complaint, name in enumerate(strangers, len(_ALLOCATOR_COMPLAINTS))
        ),
        ")",
    ]
    return Bridge("\n".join(lines), functions, complaints, memory.min, memory.max)


def _sorted_out(
    imports: Iterable[wasmtime.ImportType],
) -> tuple[wasmtime.Limits, dict[str, str]]:
    """The memory that a runtime imports, and its functions by name with their signatures."""
    memory: wasmtime.Limits | None = None
    functions: dict[str, str] = {}
    for item in imports:
        if item.module != ENV or item.name is None:
            raise UnknownCode(f"the code imports {item.module}.{item.name}: no Substrate runtime")
        if len(item.name) > _LONGEST_NAME:
            raise UnknownCode(f"the code imports {item.name[:40]}…: no name is that long")
        type_ = item.type
        if isinstance(type_, wasmtime.FuncType):
            functions[item.name] = _signature(map(str, type_.params), map(str, type_.results))
        elif isinstance(type_, wasmtime.MemoryType):
            if memory is not None or item.name != MEMORY:
                raise UnknownCode(f"the code imports the memory {item.name} beside {MEMORY}")
            memory = type_.limits
        else:
            raise UnknownCode(f"the code imports {item.name}, which is neither function nor memory")
    if memory is None:
        raise UnknownCode("the code brings its own memory, where Substrate runtimes import it")
    return memory, functions


def _import_of(function: HostFunction) -> str:
    """Answers in bytes come as the length of what is staged."""
    result = function.result
    came_as = () if result is None else ("i32" if result.placed_by else result.wasm,)
    parameters = [parameter.wasm for parameter in function.parameters]
    signature = _signature(parameters, came_as)
    return f'  (import "{NODE}" "{function.name}" (func ${function.name} {signature}))'


def _signature_of(function: HostFunction) -> str:
    """As the runtime sees it."""
    results = () if function.result is None else (function.result.wasm,)
    return _signature([parameter.wasm for parameter in function.parameters], results)


def _export_of(function: HostFunction) -> str:
    name, result = function.name, function.result
    if result is None or result.placed_by is None:
        return f'  (export "{name}" (func ${name}))'
    arguments = " ".join(f"(local.get {at})" for at in range(len(function.parameters)))
    return (
        f'  (func (export "{name}") {_signature_of(function)}\n'
        f"    (call {result.placed_by} (call ${name} {arguments})))"
    )


def _refusal_of(name: str, signature: str, complaint: int) -> str:
    return (
        f'  (func (export "{_escaped(name)}") {signature}\n'
        f"    (call $give_up (i32.const {complaint})) unreachable)"
    )


def _escaped(name: str) -> str:
    """A name that someone else chose, so that it cannot end the text's string."""
    return "".join(f"\\{byte:02x}" for byte in name.encode())


def _signature(parameters: Iterable[str], results: Iterable[str]) -> str:
    return f"(param {' '.join(parameters)}) (result {' '.join(results)})"
