"""Trace files: JSON, plain or gzipped."""

import gzip
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from node.replay.errors import TraceError
from node.replay.fields import Fields
from node.replay.trace import (
    ApiAnswer,
    BadBlock,
    Changes,
    DeadEnd,
    Refusal,
    Trace,
    TraceBlock,
)
from node.whole_file import whole_file
from primitives.block import Header
from primitives.scale.errors import ScaleError
from primitives.types import Hash

GZIP_MAGIC: Final = b"\x1f\x8b"
SIZE_LIMIT: Final = 1 << 29
"""Unpacked bytes. The longest traces we know have 15 MB."""
HASH_LENGTH: Final = 32


def read_trace(path: Path) -> Trace:
    """Read a trace from a file; TraceError says what is wrong with it."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP_MAGIC
        with gzip.open(path) if packed else path.open("rb") as file:
            text = file.read(SIZE_LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise TraceError(f"{path}: cannot be read: {error}") from error
    if len(text) > SIZE_LIMIT:
        raise TraceError(f"{path}: more than {SIZE_LIMIT >> 20} MiB when unpacked")
    return parse_trace(text, path.name)


def parse_trace(text: bytes, name: str) -> Trace:
    """Make a trace of its JSON."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{name}: no JSON: {error}") from error
    fields = Fields(document, name)
    trace = Trace(
        name=fields.text("name") or name,
        description=fields.text("description"),
        spec_version=fields.number("spec_version"),
        transaction_version=fields.number("transaction_version"),
        state_version=fields.number("state_version"),
        slot_ms=fields.number("slot_ms"),
        genesis=fields.storage("genesis"),
        genesis_hash=_hash(fields, "genesis_hash"),
        blocks=[_block(block) for block in fields.objects("blocks")],
        api_calls=[_answer(answer) for answer in fields.objects("api_calls")],
        dead_ends=[
            DeadEnd(
                end.number("after_block"),
                end.hex("initialize_header"),
                end.text("note"),
                end.text("panic"),
            )
            for end in fields.objects("dead_ends")
        ],
        bad_blocks=[
            BadBlock(
                bad.number("after_block"), bad.hex("block"), bad.text("note"), bad.text("panic")
            )
            for bad in fields.objects("bad_blocks")
        ],
        children=fields.storages("children"),
    )
    _check_chain(trace, name)
    return trace


def _hash(fields: Fields, name: str) -> Hash:
    value = fields.hex(name)
    if len(value) != HASH_LENGTH:
        raise fields.wrong(name, f"a hash has {HASH_LENGTH} bytes, not {len(value)}")
    return Hash(value)


def _block(fields: Fields) -> TraceBlock:
    block = TraceBlock(
        number=fields.number("number"),
        header=fields.hex("header"),
        extrinsics=fields.hexes("extrinsics"),
        results=fields.hexes("results"),
        refused=[
            Refusal(
                refused.hex("extrinsic"),
                refused.number("after"),
                refused.optional_hex("result"),
                refused.text("trap") or None,
            )
            for refused in fields.objects("rejected")
        ],
        state_root=_hash(fields, "state_root"),
        diff=fields.changes("diff"),
        seal=fields.optional_hex("seal"),
        note=fields.text("note"),
        outcomes=fields.texts("outcomes"),
        children=fields.all_changes("children"),
    )
    if len(block.results) != len(block.extrinsics):
        raise fields.wrong(
            "results", f"{len(block.results)} for {len(block.extrinsics)} extrinsics"
        )
    return block


def _answer(fields: Fields) -> ApiAnswer:
    answer = ApiAnswer(
        at_block=fields.optional_number("at_block"),
        method=fields.text("method"),
        argument=fields.hex("arg"),
        result=fields.optional_hex("result"),
        trap=fields.text("trap") or None,
        state=None if fields.changes("state") is None else fields.storage("state"),
        changes=fields.changes("changes"),
        note=fields.text("note"),
    )
    if answer.at_block is None and answer.state is None:
        raise fields.wrong("at_block", "null needs a state of its own")
    return answer


def _check_chain(trace: Trace, name: str) -> None:
    """Every block stands on the one before and says what its record says."""
    parent, number = trace.genesis_hash, trace.first
    for index, block in enumerate(trace.blocks):
        where = f"{name}.blocks[{index}]"
        try:
            header, block_hash = Header.decode(block.header), block.hash()
        except (ScaleError, ValueError) as error:
            raise TraceError(f"{where}.header: {error}") from error
        if not header.number == block.number == number:
            raise TraceError(f"{where}.number: {number} is wanted, not {block.number}")
        if header.parent_hash != parent:
            raise TraceError(f"{where}.header: its parent is not the block before")
        if header.state_root != block.state_root:
            raise TraceError(f"{where}.state_root: not that of the header")
        parent, number = block_hash, number + 1


def write_trace(trace: Trace, path: Path) -> None:
    """Write a trace, gzipped if the name ends so."""
    text = json.dumps(_document(trace), separators=(",", ":")).encode()
    with whole_file(path) as file:
        file.write(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def _document(trace: Trace) -> dict[str, Any]:
    document = {
        "name": trace.name,
        "description": trace.description,
        "spec_version": trace.spec_version,
        "transaction_version": trace.transaction_version,
        "state_version": trace.state_version,
        "slot_ms": trace.slot_ms,
        "genesis": _hex_storage(trace.genesis),
        "genesis_hash": trace.genesis_hash.hex(),
        "blocks": [_block_document(block) for block in trace.blocks],
        "api_calls": [_answer_document(answer) for answer in trace.api_calls],
        "dead_ends": [
            {
                "after_block": end.after_block,
                "initialize_header": end.initialize_header.hex(),
                "note": end.note,
                "panic": end.panic,
            }
            for end in trace.dead_ends
        ],
        "bad_blocks": [
            {
                "after_block": bad.after_block,
                "block": bad.block.hex(),
                "note": bad.note,
                "panic": bad.panic,
            }
            for bad in trace.bad_blocks
        ],
    }
    return document | _children_document(trace.children)


def _block_document(block: TraceBlock) -> dict[str, Any]:
    document = {
        "number": block.number,
        "header": block.header.hex(),
        "extrinsics": [extrinsic.hex() for extrinsic in block.extrinsics],
        "results": [result.hex() for result in block.results],
        "rejected": [
            {
                "extrinsic": refused.extrinsic.hex(),
                "after": refused.after,
                "result": _hex(refused.result),
                "trap": refused.trap,
            }
            for refused in block.refused
        ],
        "state_root": block.state_root.hex(),
        "diff": _hex_storage(block.diff),
        "note": block.note,
        "outcomes": block.outcomes,
    } | _children_document(block.children)
    return document if block.seal is None else document | {"seal": block.seal.hex()}


def _children_document(children: Mapping[bytes, Changes | dict[bytes, bytes]]) -> dict[str, Any]:
    """Most chains have no child tries; then nothing is said of them."""
    named = {name.hex(): _hex_storage(entries) for name, entries in sorted(children.items())}
    return {"children": named} if named else {}


def _answer_document(answer: ApiAnswer) -> dict[str, Any]:
    return {
        "at_block": answer.at_block,
        "method": answer.method,
        "arg": answer.argument.hex(),
        "result": _hex(answer.result),
        "trap": answer.trap,
        "state": _hex_storage(answer.state),
        "changes": _hex_storage(answer.changes),
        "note": answer.note,
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _hex_storage(values: dict[bytes, bytes] | Changes | None) -> dict[str, str | None] | None:
    if values is None:
        return None
    return {key.hex(): _hex(value) for key, value in sorted(values.items())}
