r"""The snapshot as bytes: which state it is in plain JSON, then all of it, compressed.

    TAOSNAP\2 | length, JSON | zstd( entry … entry | end mark, count | Blake2-256 )

    entry: length of the key, length of the value, key, value

Entries of a child trie follow the one that holds its root; in them, the highest bit of the first
length is set. Lengths are of 32 bits, little-endian. The hash is over everything before it, as it
was before compression. Reader and writer hold one entry at a time.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import IO, Any, Final

import zstandard

from node.whole_file import whole_file
from node.whole_state import Entry, WholeState
from primitives.block import Header
from primitives.errors import Rejected
from primitives.scale.errors import ScaleError
from primitives.types import Hash
from storage.trie.children import child_at
from storage.trie.root import trie_with_root
from storage.trie.trie import TrieUpdate

MAGIC: Final = b"TAOSNAP\2"
"""The last byte is the version of this format."""
_LENGTHS: Final = Struct("<II")
_LENGTH: Final = Struct("<I")
_END: Final = 0xFFFF_FFFF
"""Stands for the length of a key where there are no more."""
_OF_CHILD: Final = 1 << 31
"""Added to the length of a key of a child trie."""
_HASH: Final = 32
_LEVEL: Final = 9
_ABOUT_LIMIT: Final = 1 << 20
_PACKED: Final = 1024
"""Bytes to unpack at once. At the very best they become 32 MiB."""
_VALUE_LIMIT: Final = 1 << 30
"""Bytes; beyond them a length is no length."""


class BadSnapshot(Rejected):
    """The file is no snapshot, or not as it was written."""


@dataclass(frozen=True, slots=True)
class About:
    """Which state a snapshot holds."""

    chain: str
    genesis: Hash
    """Of the chain's first block, which tells it from all others."""
    header: Header
    """Of the block after which it is."""
    spec_name: str
    spec_version: int

    def document(self) -> dict[str, Any]:
        """What the file says of itself."""
        header = self.header
        return {
            "chain": self.chain,
            "genesis": f"0x{self.genesis.hex()}",
            "block": header.number,
            "hash": f"0x{header.hash().hex()}",
            "state_root": f"0x{header.state_root.hex()}",
            "spec_name": self.spec_name,
            "spec_version": self.spec_version,
            "header": header.encode().hex(),
        }


class _Writer:
    """Hashes what passes."""

    def __init__(self, stream: zstandard.ZstdCompressionWriter, about: bytes) -> None:
        self._stream = stream
        self._hash = blake2b(about, digest_size=_HASH)

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._stream.write(data)

    def end(self) -> None:
        self._stream.write(self._hash.digest())


class _Reader:
    """Unpacks as much as is asked for, and hashes it."""

    def __init__(self, file: IO[bytes], about: bytes) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._ready = bytearray()
        self._hash = blake2b(about, digest_size=_HASH)

    def read(self, length: int) -> bytes:
        data = self._take(length)
        self._hash.update(data)
        return data

    def end(self) -> None:
        if self._take(_HASH) != self._hash.digest():
            raise BadSnapshot("the snapshot is damaged: its checksum is another")
        while not self._frame.eof:
            self._unpack()
        if self._ready or self._frame.unused_data or self._file.read(1):
            raise BadSnapshot("the snapshot is damaged: something stands behind its end")

    def _take(self, length: int) -> bytes:
        while len(self._ready) < length:
            self._unpack()
        data = bytes(self._ready[:length])
        del self._ready[:length]
        return data

    def _unpack(self) -> None:
        packed = b"" if self._frame.eof else self._file.read(_PACKED)
        if not packed:
            raise BadSnapshot("the snapshot is cut off")
        try:
            self._ready += self._frame.decompress(packed)
        except zstandard.ZstdError as error:
            raise BadSnapshot(f"the snapshot is damaged: {error}") from error


def write_snapshot(path: Path, about: About, entries: Iterable[Entry]) -> int:
    """Write a state; answers how many entries it has. The file appears when it is complete."""
    text = json.dumps(about.document(), indent=1).encode() + b"\n"
    count = 0
    with whole_file(path) as file:
        file.write(MAGIC + _LENGTH.pack(len(text)) + text)
        compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        with compressor.stream_writer(file, closefd=False) as stream:
            writer = _Writer(stream, text)
            for key, value, child in entries:
                length = len(key) if child is None else len(key) | _OF_CHILD
                writer.write(_LENGTHS.pack(length, len(value)) + key + value)
                count += 1
            writer.write(_LENGTHS.pack(_END, count))
            writer.end()
    return count


def read_about(path: Path) -> About:
    """Which state a file holds; its entries are not looked at."""
    with _opened(path) as file:
        return _read_about(file)[0]


def read_snapshot(path: Path) -> tuple[About, WholeState, TrieUpdate]:
    """The state in a file, and the tries of it.

    Raises:
        BadSnapshot: it is none, it is damaged, or its state has not the root that its header says.
    """
    with _opened(path) as file:
        about, text = _read_about(file)
        state = WholeState.of(_read_entries(file, text))
        return about, state, ensure_root(about, state)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file whose faults are told with its name."""
    try:
        with path.open("rb") as file:
            yield file
    except BadSnapshot as error:
        raise BadSnapshot(f"{path}: {error}") from error


def ensure_root(about: About, state: WholeState) -> TrieUpdate:
    """The tries of a state; BadSnapshot if it is not the one that its header means."""
    tries = trie_with_root(about.header.state_root, state.top)
    if tries is None:
        raise BadSnapshot(
            f"the state has not the root 0x{about.header.state_root.hex()} that the header of "
            f"block {about.header.number} says"
        )
    for key, value in state.top.items():
        name = child_at(key)
        if name is None:
            continue
        child = trie_with_root(Hash(value), state.children.get(name, {}))
        if child is None:
            raise BadSnapshot(f"the child trie 0x{name.hex()} has not the root that the state says")
        tries.nodes |= child.nodes
        tries.values |= child.values
    return tries


def _read_about(file: IO[bytes]) -> tuple[About, bytes]:
    if (start := file.read(len(MAGIC))) != MAGIC:
        known = start[:-1] == MAGIC[:-1]
        raise BadSnapshot(
            "the snapshot has a format that this program does not know"
            if known
            else "the file is no snapshot"
        )
    raw = file.read(_LENGTH.size)
    length = _LENGTH.unpack(raw)[0] if len(raw) == _LENGTH.size else 0
    if length > _ABOUT_LIMIT:
        raise BadSnapshot("the snapshot is damaged: it says too much of itself")
    text = file.read(length)
    if not length or len(text) < length:
        raise BadSnapshot("the snapshot is cut off")
    return _parse_about(text), text


def _parse_about(text: bytes) -> About:
    try:
        document = json.loads(text)
        about = About(
            str(document["chain"]),
            Hash(bytes.fromhex(str(document["genesis"])[2:])),
            Header.decode(bytes.fromhex(document["header"])),
            str(document["spec_name"]),
            int(document["spec_version"]),
        )
    except (ValueError, KeyError, TypeError, ScaleError, RecursionError) as error:
        raise BadSnapshot(f"the snapshot does not say which state it is: {error}") from error
    if about.document() != document:
        raise BadSnapshot("the snapshot says one thing of its block, and its header another")
    return about


def _read_entries(file: IO[bytes], about: bytes) -> Iterator[Entry]:
    reader, count = _Reader(file, about), 0
    child: bytes | None = None
    while True:
        key_length, value_length = _LENGTHS.unpack(reader.read(_LENGTHS.size))
        if key_length == _END:
            break
        is_of_child = key_length & _OF_CHILD
        key_length -= is_of_child
        if max(key_length, value_length) > _VALUE_LIMIT:
            raise BadSnapshot("the snapshot is damaged: an entry is too long")
        key, value = reader.read(key_length), reader.read(value_length)
        if not is_of_child:
            child = child_at(key)
        elif child is None:
            raise BadSnapshot("the snapshot is damaged: an entry is of no child trie")
        yield Entry(key, value, child if is_of_child else None)
        count += 1
    if count != value_length:
        raise BadSnapshot(f"the snapshot has {count} entries and says {value_length}")
    reader.end()
