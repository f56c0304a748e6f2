"""Paths through the trie: keys as strings of hex digits, one digit per nibble.

Hex text keeps the order of the keys, can be sliced at any nibble, and is made and packed by C.
"""

from typing import Final

DIGITS: Final = "0123456789abcdef"
"""Index of a child to the digit that leads to it; the way back is `int(digit, 16)`."""


def path_of(key: bytes) -> str:
    """The path of a key, high nibble first."""
    return key.hex()


def key_at(path: str) -> bytes:
    """The key at the end of a path of whole bytes."""
    return bytes.fromhex(path)


def pack(path: str) -> bytes:
    """Two nibbles per byte; of an odd number, the first stands alone in the first byte."""
    return bytes.fromhex(path if len(path) % 2 == 0 else "0" + path)


def common_length(stem: str, path: str, at: int) -> int:
    """How many digits of `stem` agree with those of `path` from `at` on."""
    if path.startswith(stem, at):
        return len(stem)
    limit = min(len(stem), len(path) - at)
    for index in range(limit):
        if stem[index] != path[at + index]:
            return index
    return limit
