"""The node codec of the state trie, byte for byte that of Substrate.

header     kind in the high bits, number of nibbles of the partial path in the low ones;
           a number that fills the field goes on in bytes: as many ff as fit, then one below ff
partial    packed nibbles
bitmap     u16, little-endian: which children exist           (branches only)
value      compact length and bytes, or the 32-byte hash of a long value
children   each: length byte, then the child's hash, or its encoding if shorter than a hash

01xxxxxx leaf     001xxxxx leaf with hashed value     00000000 the empty trie
10xxxxxx branch without value   11xxxxxx branch with value   0001xxxx branch with hashed value
"""

from dataclasses import dataclass
from typing import Final

from primitives.hashing import blake2_256
from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError
from primitives.types import Hash
from storage.errors import TrieError
from storage.trie.nibbles import pack

HASH_LENGTH: Final = 32

EMPTY_ENCODED: Final = b"\0"
EMPTY_ROOT: Final = Hash(blake2_256(EMPTY_ENCODED))

NO_CHILD: Final = b""
NO_CHILDREN: Final[list[bytes]] = [NO_CHILD] * 16

_LEAF, _BRANCH, _BRANCH_VALUE = (0b01 << 6, 6), (0b10 << 6, 6), (0b11 << 6, 6)
_LEAF_HASHED, _BRANCH_HASHED = (0b001 << 5, 5), (0b0001 << 4, 4)
"""Pattern of the header byte, and the width of its size field."""


@dataclass(slots=True)
class Node:
    """A leaf or a branch. Never changed once made: caches and tries share it."""

    partial: str
    """The digits between the parent's branching digit and this node."""
    value: bytes | None
    """The value, or its hash."""
    hashed: bool
    """Whether `value` is the hash of a value that is stored elsewhere."""
    children: list[bytes] | None
    """Sixteen references, empty where there is no child; None in a leaf.

    A reference of 32 bytes is the child's hash, a shorter one its encoding.
    """


def encode_node(node: Node) -> bytes:
    """The bytes that are hashed and stored."""
    size = len(node.partial)
    value = b""
    if node.value is not None:
        value = node.value if node.hashed else encode_compact(len(node.value)) + node.value
    if node.children is None:
        kind = _LEAF_HASHED if node.hashed else _LEAF
        return _header(kind, size) + pack(node.partial) + value

    kind = _BRANCH if node.value is None else _BRANCH_HASHED if node.hashed else _BRANCH_VALUE
    bitmap = 0
    parts = [_header(kind, size), pack(node.partial), b"", value]
    for index, child in enumerate(node.children):
        if child:
            bitmap |= 1 << index
            parts.append(_LENGTH_BYTE[len(child)])
            parts.append(child)
    parts[2] = bitmap.to_bytes(2, "little")
    return b"".join(parts)


_LENGTH_BYTE: Final = [encode_compact(length) for length in range(HASH_LENGTH + 1)]


def _header(kind: tuple[int, int], size: int) -> bytes:
    pattern, width = kind
    limit = (1 << width) - 1
    if size < limit:
        return bytes((pattern | size,))
    rest = size - limit
    return bytes((pattern | limit,)) + b"\xff" * (rest // 255) + bytes((rest % 255,))


def decode_node(data: bytes) -> Node | None:
    """Read a node back; None for the empty trie. TrieError if it is no node."""
    try:
        return _decode(data)
    except (IndexError, ScaleError) as error:
        raise TrieError(f"no trie node: {data[:40].hex()}") from error


def _decode(data: bytes) -> Node | None:
    if data == EMPTY_ENCODED:
        return None
    kind, size, at = _decode_header(data)
    packed, at = _take(data, at, (size + 1) // 2)
    partial = packed.hex()
    if size % 2:
        if partial[0] != "0":
            raise TrieError("the padding of a partial path is not zero")
        partial = partial[1:]

    bitmap = 0
    is_leaf = kind in {_LEAF, _LEAF_HASHED}
    if not is_leaf:
        packed, at = _take(data, at, 2)
        bitmap = int.from_bytes(packed, "little")
    value: bytes | None = None
    hashed = kind in {_LEAF_HASHED, _BRANCH_HASHED}
    if hashed:
        value, at = _take(data, at, HASH_LENGTH)
    elif kind != _BRANCH:
        length, at = decode_compact(data, at)
        value, at = _take(data, at, length)

    children = None
    if not is_leaf:
        children, at = _decode_children(data, at, bitmap)
    if at != len(data):
        raise TrieError(f"{len(data) - at} bytes follow a trie node")
    return Node(partial, value, hashed, children)


def _decode_header(data: bytes) -> tuple[tuple[int, int], int, int]:
    first = data[0]
    if first >= _LEAF[0]:
        kind = (first & 0b1100_0000, 6)
    elif first >= _LEAF_HASHED[0]:
        kind = _LEAF_HASHED
    elif first >= _BRANCH_HASHED[0]:
        kind = _BRANCH_HASHED
    else:
        raise TrieError(f"no node kind has the header {first:#04x}")
    limit = (1 << kind[1]) - 1
    size, at = first & limit, 1
    if size == limit:
        more = 255
        while more == 255:
            more, at = data[at], at + 1
            size += more
    return kind, size, at


def _decode_children(data: bytes, at: int, bitmap: int) -> tuple[list[bytes], int]:
    children = NO_CHILDREN.copy()
    for index in range(16):
        if bitmap >> index & 1:
            length, at = decode_compact(data, at)
            if not 0 < length <= HASH_LENGTH:
                raise TrieError(f"a child reference of {length} bytes")
            children[index], at = _take(data, at, length)
    return children, at


def _take(data: bytes, at: int, length: int) -> tuple[bytes, int]:
    end = at + length
    if end > len(data):
        raise TrieError(f"a trie node is cut off at byte {len(data)}")
    return data[at:end], end
