"""Zip files that depend on nothing but the names and contents of what is in them.

A file is stored as it is, since two builds of zlib make different bytes of one input. Names are
sorted; times, permissions and versions are the same for all. Every zip tool can read the result:

    per file    local header | name | content
    per file    directory entry | name
    end of directory

Reading is the opposite of leniency: what is not exactly what `write_zip` makes is refused. So no
size can lie, no two entries can overlap, and nothing can hide between them.
"""

import struct
import zlib
from collections.abc import Mapping
from typing import Final

from node.executor.archive.errors import ArchiveRefused

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_ENTRY_MAGIC: Final = b"PK\x01\x02"
_END_MAGIC: Final = b"PK\x05\x06"

_VERSION: Final = 20
_STORED: Final = 0
_MIDNIGHT: Final = 0
_FIRST_DAY: Final = 1 << 5 | 1
"""1 January 1980, where the time of zip files begins."""
_MADE_ON_UNIX: Final = 3 << 8 | _VERSION
_REGULAR_FILE: Final = 0o100644 << 16

FILE_LIMIT: Final = 2048
"""Files in a zip: a runtime of today has fewer than 200, and the format counts to 65,535."""


def write_zip(files: Mapping[str, bytes], start: int = 0) -> bytes:
    """The zip of these files. `start` is how many bytes will stand before it."""
    contents, directory, at = [], [], start
    for name in sorted(files):
        raw, content = name.encode("ascii"), files[name]
        common = (_VERSION, 0, _STORED, _MIDNIGHT, _FIRST_DAY)
        sizes = (zlib.crc32(content), len(content), len(content), len(raw), 0)
        contents += [_LOCAL.pack(_LOCAL_MAGIC, *common, *sizes), raw, content]
        place = (0, 0, 0, _REGULAR_FILE, at)
        directory += [_ENTRY.pack(_ENTRY_MAGIC, _MADE_ON_UNIX, *common, *sizes, *place), raw]
        at += _LOCAL.size + len(raw) + len(content)
    entries, count = b"".join(directory), len(files)
    end = _END.pack(_END_MAGIC, 0, 0, count, count, len(entries), at, 0)
    return b"".join((*contents, entries, end))


def read_zip(data: bytes, start: int = 0) -> dict[str, bytes]:
    """The files of a zip that begins at `start`; ArchiveRefused if `write_zip` did not make it."""
    files: dict[str, bytes] = {}
    at = start
    while data[at : at + 4] == _LOCAL_MAGIC:
        name, content, at = _read_file(data, at)
        if name in files:
            raise ArchiveRefused(name, "the archive holds this file twice")
        files[name] = content
        if len(files) > FILE_LIMIT:
            raise ArchiveRefused("", f"the archive holds more than {FILE_LIMIT} files")
    if data[start:] != write_zip(files, start):
        raise ArchiveRefused(
            "", "the archive is cut off, or holds links, comments, times or an order of its own"
        )
    return files


def _read_file(data: bytes, at: int) -> tuple[str, bytes, int]:
    head = data[at : at + _LOCAL.size]
    if len(head) < _LOCAL.size:
        raise ArchiveRefused("", "the archive is cut off")
    _, _, _, method, _, _, _, packed, unpacked, name_length, extra_length = _LOCAL.unpack(head)
    at += _LOCAL.size
    raw = data[at : at + name_length]
    if not raw.isascii():
        raise ArchiveRefused(raw.decode("utf-8", "replace"), "the name of the file is not ASCII")
    name = raw.decode("ascii")
    if method != _STORED or packed != unpacked:
        raise ArchiveRefused(name, "the file is compressed; an archive stores files as they are")
    at += name_length + extra_length
    content = data[at : at + packed]
    if len(content) != packed:
        raise ArchiveRefused(name, "the archive is cut off within this file")
    return name, content, at + packed
