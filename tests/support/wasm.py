"""Small runtimes in WebAssembly text, as a compiler would build them for Substrate."""

import wasmtime

from node.executor.wasm.runtime import WasmRuntime
from tests.support.host import MemoryHost

HEAP_BASE = 1 << 15
"""Below are the module's own bytes, above the allocator's."""
ARGUMENTS_AT = 1024

PANIC = "panicked at src/lib.rs:7:1:\\nno such neuron"
"""What the method `panic` says, as it stands in text format."""


def module(*functions, imports=(), data=(), memory="1"):
    """The bytes of a runtime with these functions."""
    lines = [
        "(module",
        *(f'(import "env" "{name}" (func ${name} {type_}))' for name, type_ in imports),
        f'(import "env" "memory" (memory {memory}))',
        f'(global (export "__heap_base") i32 (i32.const {HEAP_BASE}))',
        *(f'(data (i32.const {at}) "{text}")' for at, text in data),
        *functions,
        ")",
    ]
    return bytes(wasmtime.wat2wasm("\n".join(lines)))


def method(name, body):
    """A method over `(param $at i32) (param $length i32)`; the body leaves an i64."""
    return f'(func (export "{name}") (param $at i32) (param $length i32) (result i64) {body})'


def custom(name, content):
    """A custom section, to be put behind a module."""
    body = bytes((len(name),)) + name.encode() + content
    return b"\0" + bytes((len(body) & 0x7F | 0x80, len(body) >> 7)) + body


def runtime(*functions, **parts):
    return WasmRuntime(module(*functions, **parts))


def span(at, length):
    return length << 32 | at


ECHO = method(
    "echo",
    "(i64.or (i64.shl (i64.extend_i32_u (local.get $length)) (i64.const 32))"
    " (i64.extend_i32_u (local.get $at)))",
)
NOTHING = "(i64.const 0)"


def ask(name, signature, *arguments, host=None, result_length=None):
    """Call one host function from a runtime, as the runtime would; answers the bytes or number.

    `signature` is what Substrate declares, as `i64 i32 -> i64`. Arguments in bytes stand in the
    runtime's memory. Where an i32 result is an address, `result_length` says how much it points to.
    """
    parameters, _, result = signature.partition("->")
    types, result = parameters.split(), result.strip()
    data, pushed, at = [], [], ARGUMENTS_AT
    for type_, argument in zip(types, arguments, strict=True):
        value = argument
        if isinstance(argument, bytes):
            data.append((at, "".join(f"\\{byte:02x}" for byte in argument)))
            value = span(at, len(argument)) if type_ == "i64" else at
            at += len(argument)
        pushed.append(f"({type_}.const {value})")
    call = f"(call ${name} {' '.join(pushed)})"
    match result, result_length:
        case "", _:
            body = f"{call} {NOTHING}"
        case "i64", None:
            body = call
        case "i32", None:
            body = f"(i32.store (i32.const 0) {call}) (i64.const {span(0, 4)})"
        case "i32", length:
            body = f"(i64.or (i64.const {span(0, length)}) (i64.extend_i32_u {call}))"
    type_ = f"(param {' '.join(types)}) (result {result})"
    asking = runtime(method("go", body), imports=[(name, type_)], data=data)
    answer = asking.call("go", b"", host or MemoryHost())
    if result == "i32" and result_length is None:
        return int.from_bytes(answer, "little")
    return answer
