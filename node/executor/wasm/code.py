"""Code blobs: what is stored under `:code`, unpacked, and the sections in it.

A module is a magic word, a version word, and sections: id, LEB128 size, content. A section with
id 0 is custom: its content begins with its name. Substrate's builder puts the version into two.
"""

import io
from typing import Final

import zstandard

from node.executor.code import COMPRESSED_MAGIC, WASM_MAGIC
from node.executor.errors import UnknownCode

UNPACKED_LIMIT: Final = 50 << 20
"""Substrate's own limit: what unpacks to more is an attack."""

_SECTIONS_AT: Final = 8
_CUSTOM: Final = 0


def unpack(code: bytes) -> bytes:
    """The module in a blob; UnknownCode if there is none."""
    if code.startswith(COMPRESSED_MAGIC):
        code = _decompress(code[len(COMPRESSED_MAGIC) :])
    if not code.startswith(WASM_MAGIC):
        raise UnknownCode(
            f"the code is no WebAssembly: it begins with {code[:8].hex() or 'nothing'}"
        )
    return code


def _decompress(frame: bytes) -> bytes:
    """Read one byte beyond the limit at most: the size that a frame claims proves nothing."""
    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(frame))
    try:
        module = reader.read(UNPACKED_LIMIT + 1)
    except zstandard.ZstdError as error:
        raise UnknownCode(f"the compressed code is corrupt: {error}") from error
    if len(module) > UNPACKED_LIMIT:
        raise UnknownCode(f"the code unpacks to more than {UNPACKED_LIMIT >> 20} MiB")
    return module


def custom_section(module: bytes, wanted: str) -> bytes | None:
    """The content of the first custom section with this name; UnknownCode if the end is missing."""
    found, at = None, _SECTIONS_AT
    try:
        while at < len(module):
            kind = module[at]
            size, at = _leb128(module, at + 1)
            end = at + size
            if kind == _CUSTOM:
                length, at = _leb128(module, at)
                if module[at : at + length] == wanted.encode() and found is None:
                    found = module[at + length : end]
            at = end
    except IndexError as error:
        raise UnknownCode("the code is cut off within a section") from error
    if at != len(module):
        raise UnknownCode("the code is cut off within a section")
    return found


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    number, shift = 0, 0
    while data[at] & 0x80:
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | data[at] << shift, at + 1
