"""Byte strings in layouts written by hand: cut to length, never beyond the input."""

from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError


def take(data: bytes, at: int, length: int) -> tuple[bytes, int]:
    """Answer the bytes at an offset, and the offset behind them."""
    end = at + length
    if end > len(data):
        raise ScaleError(f"{length} bytes wanted at byte {at} of {len(data)}")
    return data[at:end], end


def take_sized(data: bytes, at: int) -> tuple[bytes, int]:
    """Answer the bytes behind their compact length."""
    length, at = decode_compact(data, at)
    return take(data, at, length)


def sized(data: bytes) -> bytes:
    """Put the compact length before the bytes."""
    return encode_compact(len(data)) + data


def expect_end(data: bytes, at: int, what: str) -> None:
    """Refuse whatever follows the value that was to be the whole input."""
    if at != len(data):
        raise ScaleError(f"{len(data) - at} bytes follow the {what}")
