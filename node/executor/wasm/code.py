"""Code blobs: what is stored under `:code`, unpacked, and the sections in it.

A module is a magic word, a version word, and sections: id, LEB128 size, content. A section with
id 0 is custom: its content begins with its name. Substrate's builder puts the version into two.
"""

import io
from collections.abc import Iterator
from typing import Final

import zstandard

from node.executor.code import COMPRESSED_MAGIC, WASM_MAGIC
from node.executor.errors import UnknownCode

UNPACKED_LIMIT: Final = 50 << 20
"""Substrate's own limit: what unpacks to more is an attack."""

_SECTIONS_AT: Final = 8
_CUSTOM: Final = 0
_IMPORTS: Final = 2
_TABLES: Final = 4
_MEMORIES: Final = 5
_EXPORTS: Final = 7
_MOST: Final = {_IMPORTS: 1000, _TABLES: 10, _MEMORIES: 0, _EXPORTS: 10_000}
"""How many items a section may list; production runtimes import and export some hundreds."""
_MOST_SECTIONS: Final = 1000
"""There are a dozen kinds, and a custom section for each that a compiler thinks of."""
_FUNCTION: Final = 0
"""The kind of an import; memory is another."""
_BROKEN_IMPORTS: Final = "the code's list of imports is broken"
_CUT_OFF: Final = "the code is cut off within a section"
_U32_BITS: Final = 32
_TOO_LONG: Final = "the code holds a number that is too long"


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


def custom_sections(module: bytes, *wanted: str) -> list[bytes | None]:
    """The first custom sections with these names; UnknownCode if the module's end is missing."""
    found: dict[bytes, bytes | None] = {name.encode(): None for name in wanted}
    for kind, at, end in _sections(module):
        if kind == _CUSTOM:
            name, at = _name(module, at)
            if name in found and found[name] is None:
                found[name] = module[at:end]
    return [*found.values()]


def ensure_bounds(module: bytes) -> None:
    """UnknownCode if a module lists more than any runtime does, or brings a memory.

    It is asked before anything is compiled: lists within the compiler's own limits may still keep
    the node busy for minutes.
    """
    for kind, at, end in _sections(module):
        if kind not in _MOST or at == end:
            continue
        count, _ = _leb128(module, at)
        if count and kind == _MEMORIES:
            raise UnknownCode("the code brings its own memory, where Substrate runtimes import it")
        if count > _MOST[kind]:
            raise UnknownCode(f"the code lists {count} items in section {kind}: no runtime does")


def imported_functions(module: bytes) -> list[tuple[str, str]]:
    """The functions that a module imports, by owner and name; UnknownCode if the list is broken.

    Nothing is compiled, so it can be said of code that does not run what it lacks.
    """
    found = []
    for kind, at, end in _sections(module):
        if kind != _IMPORTS:
            continue
        try:
            count, at = _leb128(module, at)
            if count > _MOST[_IMPORTS]:
                raise UnknownCode(f"the code imports {count} items: no runtime does")
            for _ in range(count):
                owner, at = _name(module, at)
                name, at = _name(module, at)
                if module[at] == _FUNCTION:
                    found.append((owner.decode(), name.decode()))
                at = _behind_type(module, at)
        except (IndexError, UnicodeDecodeError) as error:
            raise UnknownCode(_BROKEN_IMPORTS) from error
        if at != end:
            raise UnknownCode(_BROKEN_IMPORTS)
    return found


def _behind_type(module: bytes, at: int) -> int:
    """The offset behind what an import says of its type."""
    match module[at]:
        case 0:  # a function: the number of its type
            return _leb128(module, at + 1)[1]
        case 1:  # a table: the type of its items, and how many
            return _behind_limits(module, at + 2)
        case 2:  # a memory: how many pages
            return _behind_limits(module, at + 1)
        case 3:  # a global: its type, and whether it may change
            return at + 3
        case _:
            raise UnknownCode(_BROKEN_IMPORTS)


def _behind_limits(module: bytes, at: int) -> int:
    has_most = module[at] & 1
    _, at = _leb128(module, at + 1)
    return _leb128(module, at)[1] if has_most else at


def _sections(module: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, beginning and end of each section; UnknownCode where the module is cut off."""
    at, count = _SECTIONS_AT, 0
    try:
        while at < len(module):
            count += 1
            if count > _MOST_SECTIONS:
                raise UnknownCode(f"the code has more than {_MOST_SECTIONS} sections")
            kind = module[at]
            size, at = _leb128(module, at + 1)
            if at + size > len(module):
                raise UnknownCode(_CUT_OFF)
            yield kind, at, at + size
            at += size
    except IndexError as error:
        raise UnknownCode(_CUT_OFF) from error


def _name(module: bytes, at: int) -> tuple[bytes, int]:
    try:
        length, at = _leb128(module, at)
    except IndexError as error:
        raise UnknownCode(_CUT_OFF) from error
    return module[at : at + length], at + length


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A u32 as WebAssembly writes it; UnknownCode if it goes on for longer than one may."""
    number = 0
    for shift in range(0, _U32_BITS, 7):
        number |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            break
    else:
        raise UnknownCode(_TOO_LONG)
    if number >> _U32_BITS:
        raise UnknownCode(_TOO_LONG)
    return number, at
