"""Reading blocks from a file or a pipe, one at a time, in whichever form they come.

binary    count, 8 bytes | block … block, each encoded
JSON      { … } { … } …, with or without space between
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from node.block_file.signed_block import SignedBlock
from primitives.errors import Rejected
from primitives.scale.errors import ScaleError

COUNT_BYTES: Final = 8
_HIGHEST_COUNT: Final = 1 << 32
"""Heights are of 32 bits. Eight bytes of text make a greater number, whatever they say."""
_CHUNK: Final = 1 << 16
_LONGEST: Final = 32 << 20
"""Bytes of one block, in hex at most. The chain's own limit is 10 MiB of extrinsics."""


class BadBlockFile(Rejected):
    """What is read is no file of blocks, or it is damaged from some block on."""


@dataclass(frozen=True, slots=True)
class BlockFile:
    """Blocks that come one after the other."""

    count: int | None
    """How many there are; JSON does not say."""
    blocks: Iterator[SignedBlock]
    """Ends with the last; BadBlockFile where they cannot be read any further."""


def read_blocks(file: IO[bytes]) -> BlockFile:
    """Blocks in either form, which the first bytes tell.

    Raises:
        BadBlockFile: it is neither.
    """
    start = _read(file, COUNT_BYTES)
    count = int.from_bytes(start, "little")
    if len(start) == COUNT_BYTES and count < _HIGHEST_COUNT:
        return BlockFile(count, _binary(file, count))
    if start.lstrip().startswith(b"{"):
        return BlockFile(None, _json(file, start))
    raise BadBlockFile("this is no file of blocks: neither a count of blocks nor JSON begins it")


def _binary(file: IO[bytes], count: int) -> Iterator[SignedBlock]:
    data, at = b"", 0
    position = 1
    while position <= count:
        try:
            block, at = SignedBlock.decode_from(data, at)
        except ScaleError as error:
            data, at = data[at:], 0
            more = _more(file, len(data))
            if not more:
                raise _damaged(position, count, error) from error
            data += more
        else:
            yield block
            position += 1
    if at < len(data) or file.read(1):
        raise BadBlockFile(f"something stands behind the last of the {count} blocks in the file")


def _json(file: IO[bytes], start: bytes) -> Iterator[SignedBlock]:
    decoder, text, at, position = json.JSONDecoder(), start.decode("latin-1"), 0, 1
    while True:
        try:
            document, at = decoder.raw_decode(text, _behind_space(text, at))
            block = SignedBlock.from_json(document)
        except json.JSONDecodeError as error:
            text, at = text[at:].lstrip(), 0
            more = _more(file, len(text))
            if not more and not text:
                return
            if not more:
                raise _damaged(position, None, error) from error
            text += more.decode("latin-1")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _damaged(position, None, error) from error
        else:
            yield block
            position += 1


def _behind_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _more(file: IO[bytes], pending: int) -> bytes:
    """What follows, as much again as did not suffice; nothing once no block is so long."""
    return b"" if pending > _LONGEST else _read(file, max(_CHUNK, pending))


def _read(file: IO[bytes], length: int) -> bytes:
    """So many bytes, or all there are: a pipe gives less at a time."""
    parts = []
    while length > 0 and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _damaged(position: int, count: int | None, error: Exception) -> BadBlockFile:
    of_all = "" if count is None else f" of {count}"
    return BadBlockFile(
        f"the file is cut off or damaged: its block {position}{of_all} cannot be read ({error})"
    )
