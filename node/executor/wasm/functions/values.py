"""The SCALE values that cross between runtimes and host functions."""

from typing import Final

from node.executor.errors import RuntimePanic
from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.raw import take_sized

NONE: Final = b"\0"


def some(encoded: bytes) -> bytes:
    """An Option that holds an encoded value."""
    return b"\1" + encoded


def some_bytes(data: bytes) -> bytes:
    """An Option that holds a byte string."""
    return b"\1" + encode_compact(len(data)) + data


def kill_result(cleared: tuple[int, bool]) -> bytes:
    """KillStorageResult of a cleared prefix: whether some are left, and how many are gone."""
    removed, all_gone = cleared
    return bytes((not all_gone,)) + removed.to_bytes(4, "little")


def known_version(version: int) -> int:
    """A version of the state's layout; RuntimePanic if there is no such one."""
    if version > 1:
        raise RuntimePanic(f"there is no state version {version}")
    return version


def read_limit(data: bytes) -> int | None:
    """Read an Option<u32>."""
    if data == NONE:
        return None
    if len(data) != 5 or data[0] != 1:
        raise RuntimePanic(f"no optional u32: {data.hex()}")
    return int.from_bytes(data[1:], "little")


def read_optional_bytes(data: bytes) -> bytes | None:
    """Read an Option<Vec<u8>>."""
    if data == NONE:
        return None
    values = _read_strings(data, 1, 1) if data[:1] == b"\1" else []
    if not values:
        raise RuntimePanic(f"no optional byte string: {data[:40].hex()}")
    return values[0]


def read_byte_strings(data: bytes, *, per_item: int = 1) -> list[bytes]:
    """Read a sequence of byte strings, or of tuples of them, as one flat list."""
    try:
        count, at = decode_compact(data, 0)
    except ScaleError as error:
        raise RuntimePanic(f"no sequence: {error}") from error
    return _read_strings(data, at, count * per_item)


def _read_strings(data: bytes, at: int, count: int) -> list[bytes]:
    found = []
    try:
        for _ in range(count):
            value, at = take_sized(data, at)
            found.append(value)
    except ScaleError as error:
        raise RuntimePanic(f"no byte strings: {error}") from error
    if at != len(data):
        raise RuntimePanic(f"{len(data) - at} bytes follow a value")
    return found
