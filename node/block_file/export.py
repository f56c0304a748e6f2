"""Exporting: blocks of the best chain, one after the other, into a file or a pipe."""

import json
from collections.abc import Callable
from typing import IO, Final

from node.block_file.reader import COUNT_BYTES
from node.block_file.signed_block import SignedBlock
from primitives.block import Block
from primitives.errors import InvariantBroken, Rejected
from primitives.types import BlockNumber
from storage.block_store import BlockStore

MILESTONE: Final = 10_000
"""So often a word on the way, as Substrate's nodes do."""


class CannotExport(Rejected):
    """Some of these blocks are not there."""


def ensure_exportable(blocks: BlockStore, first: BlockNumber, last: BlockNumber) -> None:
    """CannotExport unless all blocks of this range of the best chain are here with their bodies."""
    best, base = blocks.best.number, blocks.base.number
    if first > last:
        raise CannotExport(f"there are no blocks from {first} to {last}")
    if last > best:
        raise CannotExport(f"there is no block {last}: the best is {best}")
    if base > 0 and first <= base:
        raise CannotExport(
            f"block {first} is not here: this database began with a snapshot of block {base}; "
            f"blocks can be had from {base + 1} on"
        )


def export_blocks(
    blocks: BlockStore,
    first: BlockNumber,
    last: BlockNumber,
    output: IO[bytes],
    *,
    binary: bool,
    say: Callable[[str], None],
) -> None:
    """Write a range of blocks that are all here."""
    if binary:
        output.write((last - first + 1).to_bytes(COUNT_BYTES, "little"))
    for number in range(first, last + 1):
        block = _block_at(blocks, BlockNumber(number))
        if binary:
            output.write(block.encode())
        else:
            output.write(json.dumps(block.to_json(), separators=(",", ":")).encode() + b"\n")
        if number % MILESTONE == 0:
            say(f"#{number}")


def _block_at(blocks: BlockStore, number: BlockNumber) -> SignedBlock:
    found = blocks.canonical(number)
    body = None if found is None else blocks.body(found)
    if found is None or body is None:
        raise InvariantBroken(f"the best chain has lost its block {number}")
    return SignedBlock(Block(blocks.expect_header(found), body), blocks.justifications(found))
