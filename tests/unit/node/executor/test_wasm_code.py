"""Code blobs: packed or not, within bounds, and the version that they tell."""

import pytest
import wasmtime
import zstandard

from node.executor.code import COMPRESSED_MAGIC, is_wasm
from node.executor.code import WASM_MAGIC as MAGIC
from node.executor.errors import UnknownCode
from node.executor.wasm.code import (
    UNPACKED_LIMIT,
    custom_sections,
    imported_functions,
    unpack,
)
from node.executor.wasm.instance import VERSION_FUEL
from node.executor.wasm.runtime import WasmRuntime, WasmRuntimes
from node.executor.wasm.version import complete_version
from primitives.scale.compact import encode_compact
from primitives.scale.raw import sized
from tests.support.host import MemoryHost
from tests.support.wasm import ECHO, NOTHING, custom, method, module, span

CORE = bytes.fromhex("df6acb689907609b")
OTHER = bytes(8)


def packed(data):
    return COMPRESSED_MAGIC + zstandard.ZstdCompressor().compress(data)


def u32(n):
    return n.to_bytes(4, "little")


def version(core=None, rest=b"", apis=()):
    listed = [*([(CORE, core)] if core else []), *apis]
    names = sized(b"node-subtensor") + sized(b"impl")
    api_list = encode_compact(len(listed)) + b"".join(api + u32(n) for api, n in listed)
    return names + u32(1) + u32(185) + u32(7) + api_list + rest


FULL = version(core=4, apis=[(OTHER, 2)], rest=u32(3) + b"\1")


def test_a_packed_blob_unpacks_to_the_module():
    code = module(ECHO)
    assert unpack(packed(code)) == code == unpack(code)
    assert is_wasm(code)
    assert is_wasm(packed(code))
    assert not is_wasm(b"PK\3\4")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (b"", "begins with nothing"),
        (b"placeholder", "begins with 706c616365686f6c"),
        (packed(b"placeholder"), "begins with 706c616365686f6c"),
        (COMPRESSED_MAGIC + b"no frame", "corrupt"),
        (packed(bytes(UNPACKED_LIMIT + 1)), "more than 50 MiB"),
    ],
    ids=["empty", "text", "packed text", "corrupt", "bomb"],
)
def test_what_is_no_module_is_refused(code, reason):
    with pytest.raises(UnknownCode, match=reason):
        unpack(code)


def test_a_frame_that_lies_about_its_size_is_bounded_too():
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(UNPACKED_LIMIT + 1))
    with pytest.raises(UnknownCode, match="more than 50 MiB"):
        unpack(COMPRESSED_MAGIC + frame)


def test_a_packed_blob_that_is_cut_off_is_refused():
    with pytest.raises(UnknownCode):
        WasmRuntime(packed(module(ECHO))[:-10])


def test_custom_sections_are_found_by_name():
    code = module(ECHO) + custom("first", b"1") + custom("second", b"2" * 200)
    assert custom_sections(code, "second", "third", "first") == [b"2" * 200, None, b"1"]
    assert custom_sections(code + custom("first", b"3"), "first") == [b"1"]
    with pytest.raises(UnknownCode, match="cut off"):
        custom_sections(MAGIC + bytes(4) + b"\0\xff", "any")


@pytest.mark.parametrize(
    "number",
    [b"\xff" * 1000, b"\x80\x80\x80\x80\x80\x00", b"\xff\xff\xff\xff\x1f"],
    ids=["endless", "six bytes", "33 bits"],
)
def test_a_number_of_more_than_32_bits_is_refused(number):
    head = MAGIC + bytes((1, 0, 0, 0))
    as_size = head + b"\0" + number
    as_name = head + b"\0" + bytes((len(number) & 0x7F | 0x80, len(number) >> 7)) + number
    as_count = head + b"\2" + bytes((len(number) & 0x7F | 0x80, len(number) >> 7)) + number
    for code in (as_size, as_name):
        with pytest.raises(UnknownCode, match="too long"):
            custom_sections(code, "any")
        assert WasmRuntimes().version_of(code) is None
    with pytest.raises(UnknownCode, match="too long"):
        imported_functions(as_count)


def test_a_number_of_32_bits_is_read():
    code = MAGIC + bytes((1, 0, 0, 0)) + b"\0\x85\x80\x80\x80\x00" + b"\3anyx"
    assert custom_sections(code, "any") == [b"x"]
    with pytest.raises(UnknownCode, match="cut off"):
        custom_sections(MAGIC + bytes(4) + b"\0\xff\xff\xff\xff\x0f", "any")


def test_code_with_endless_sections_is_refused():
    code = module(ECHO) + custom("runtime_version", FULL)
    assert WasmRuntimes().version_of(code + b"\0\1\0" * 900) == FULL
    assert WasmRuntimes().version_of(code + b"\0\1\0" * 1000) is None
    with pytest.raises(UnknownCode, match="more than 1000 sections"):
        custom_sections(code + b"\0\1\0" * 1000, "any")


def test_code_that_imports_thousands_of_functions_is_refused():
    strangers = [(f"strange_{n}", "") for n in range(1000)]
    WasmRuntime(module(ECHO, imports=strangers[1:]))
    code = module(ECHO, imports=strangers)
    with pytest.raises(UnknownCode, match="1001 items in section 2"):
        WasmRuntime(code)
    with pytest.raises(UnknownCode, match="imports 1001 items"):
        imported_functions(code)


def test_an_import_of_a_boundless_name_is_refused():
    with pytest.raises(UnknownCode, match="no name is that long"):
        WasmRuntime(module(ECHO, imports=[("s" * 257, "")]))


def test_imports_are_read_among_other_kinds_of_them():
    code = bytes(
        wasmtime.wat2wasm(
            """(module
              (type $unused (func (param i64)))
              (import "env" "memory" (memory 20 300))
              (import "env" "ext_first" (func (param i64)))
              (import "env" "table" (table 1 200 funcref))
              (import "env" "count" (global (mut i64)))
              (import "other" "second" (func (result i32)))
            )"""
        )
    )
    assert imported_functions(code) == [("env", "ext_first"), ("other", "second")]
    assert imported_functions(code + custom("any", b"")) == imported_functions(code)
    assert imported_functions(bytes(wasmtime.wat2wasm("(module)"))) == []


SECTION = MAGIC + bytes((1, 0, 0, 0, 2))
"""A module up to the kind of a section of imports."""


@pytest.mark.parametrize(
    "broken",
    [
        b"\x04" + b"\1\1a\1",  # ends within the first name
        b"\x06" + b"\1\1a\1b\x07",  # a kind that is none
        b"\x07" + b"\1\1a\1\xff\0\0",  # a name that is no UTF-8
        b"\x08" + b"\1\1a\1b\0\0\0",  # something behind the last import
        b"\x09" + b"\1\1a\1b\0\0",  # a section that is longer than the module
    ],
)
def test_a_broken_list_of_imports_is_refused(broken):
    with pytest.raises(UnknownCode, match=r"list of imports is broken|cut off"):
        imported_functions(SECTION + broken)


def test_the_version_comes_from_the_sections():
    apis = CORE + u32(4) + OTHER + u32(2)
    told = version(rest=u32(3) + b"\1")
    code = module(ECHO) + custom("runtime_version", told) + custom("runtime_apis", apis)
    assert WasmRuntime(code).version == FULL
    assert WasmRuntimes().version_of(packed(code)) == FULL


@pytest.mark.parametrize("missing", [1, 40])
def test_a_module_that_is_cut_off_has_no_version_even_if_it_tells_one(missing):
    code = module(ECHO) + custom("runtime_version", FULL) + custom("after", bytes(30))
    assert WasmRuntimes().version_of(code) is not None
    assert WasmRuntimes().version_of(code[:-missing]) is None


def test_behind_a_version_that_is_told_the_code_itself_is_not_looked_at():
    code = MAGIC + bytes((1, 0, 0, 0)) + custom("runtime_version", FULL) + b"\x0a\4\xff\xff\xff\xff"
    assert WasmRuntimes().version_of(code) == FULL
    with pytest.raises(UnknownCode, match="does not compile"):
        WasmRuntimes().of(code)


def test_without_sections_the_runtime_is_asked():
    text = "".join(f"\\{byte:02x}" for byte in FULL)
    answer = method("Core_version", f"(i64.const {span(64, len(FULL))})")
    code = module(answer, data=[(64, text)])
    assert WasmRuntimes().version_of(code) == FULL


@pytest.mark.parametrize(
    "code",
    [
        b"junk",
        module(ECHO),
        module(method("Core_version", NOTHING)),
        module(method("Core_version", "unreachable")),
        module(
            method("Core_version", "(call 0 (i32.const 1))"),
            imports=[("ext_storage_root_version_2", "(param i32) (result i64)")],
        ),
        module(ECHO) + custom("runtime_version", FULL.replace(b"node-subtensor", b"\xff" * 14)),
        bytes(wasmtime.wat2wasm('(module (func (export "__heap_base")))')),
    ],
    ids=[
        "no module",
        "no method",
        "empty answer",
        "panic",
        "host function that only a block has",
        "name that is no UTF-8",
        "no heap",
    ],
)
def test_code_without_a_version_has_none(code):
    assert WasmRuntimes().version_of(code) is None


def test_the_question_for_a_version_has_a_small_part_of_the_fuel_of_a_block():
    """A loop of as many turns as fit into that part, and the same loop within a block."""
    text = "".join(f"\\{byte:02x}" for byte in FULL)
    loop = (
        "(local $n i32) (loop $again (local.set $n (i32.add (local.get $n) (i32.const 1)))"
        f" (br_if $again (i32.lt_u (local.get $n) (i32.const {VERSION_FUEL // 4}))))"
        f" (i64.const {span(64, len(FULL))})"
    )
    code = module(method("Core_version", loop), data=[(64, text)])
    assert WasmRuntime(code).call("Core_version", b"", MemoryHost()) == FULL
    assert WasmRuntimes().version_of(code) is None


@pytest.mark.parametrize(
    ("core", "given", "completed"),
    [
        (2, b"", u32(1) + b"\0"),
        (3, u32(9), u32(9) + b"\0"),
        (4, u32(9) + b"\1", u32(9) + b"\1"),
    ],
)
def test_older_versions_are_completed(core, given, completed):
    assert complete_version(version(core, given)) == version(core, completed)


@pytest.mark.parametrize("broken", [FULL[:20], FULL[:-1], FULL[:-6]])
def test_a_broken_version_is_refused(broken):
    with pytest.raises(UnknownCode):
        complete_version(broken)


def test_a_broken_list_of_apis_is_refused():
    with pytest.raises(UnknownCode, match="list of APIs"):
        complete_version(version(rest=u32(3) + b"\1"), b"short")
