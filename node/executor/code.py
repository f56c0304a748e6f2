"""Code blobs: what stands under `:code`, in words."""

from typing import Final

from genesis.build import EMBEDDED_CODE
from node.executor.archive.format import is_archive
from primitives.hashing import blake2_256

WASM_MAGIC: Final = b"\0asm"
COMPRESSED_MAGIC: Final = bytes.fromhex("52bc537646db8e05")
"""Before the zstd frame of a compressed blob."""


def is_wasm(code: bytes) -> bool:
    """Whether a blob says that it is WebAssembly, packed or not."""
    return code.startswith((WASM_MAGIC, COMPRESSED_MAGIC))


def is_python(code: bytes) -> bool:
    """Whether a blob stands for the installed runtime or says that it is an archive."""
    return code == EMBEDDED_CODE or is_archive(code)


def describe_code(code: bytes | None) -> str:
    """What a blob is, in words."""
    if not code:
        return "absent"
    name = f"0x{blake2_256(code).hex()}, {len(code)} bytes"
    if code.startswith(WASM_MAGIC):
        return f"a WebAssembly runtime ({name})"
    if code.startswith(COMPRESSED_MAGIC):
        return f"a compressed WebAssembly runtime ({name})"
    if is_archive(code):
        return f"a Python runtime archive ({name})"
    return f"unknown ({name})"
