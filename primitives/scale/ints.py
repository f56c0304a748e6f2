"""Integers of fixed width, their compact forms, and booleans."""

from typing import Any

from primitives.arith import U64_MAX
from primitives.scale.codec import AnyCodec, Codec
from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scale.layout import Layout
from primitives.scale.shape import CompactOf, Primitive

_LAYOUTS = {
    "u8": Layout("B"),
    "u16": Layout("H"),
    "u32": Layout("I"),
    "u64": Layout("Q"),
    "u128": Layout(
        "QQ", 2, lambda raw: raw[0] | raw[1] << 64, lambda value: (value & U64_MAX, value >> 64)
    ),
    "i8": Layout("b"),
    "i16": Layout("h"),
    "i32": Layout("i"),
    "i64": Layout("q"),
}


def integer(name: str) -> Codec[int]:
    """The codec of a primitive such as `u16` or `i64`: little-endian, two's complement."""
    signed, width = name[0] == "i", int(name[1:]) // 8

    def encode(value: int) -> bytes:
        try:
            return value.to_bytes(width, "little", signed=signed)
        except OverflowError:
            raise ScaleRangeError(f"{value} does not fit {name}") from None

    def decode(data: bytes, at: int) -> tuple[int, int]:
        end = at + width
        chunk = data[at:end]
        if len(chunk) != width:
            raise ScaleError(f"{name} at byte {at}: {width} bytes needed, {len(chunk)} left")
        return int.from_bytes(chunk, "little", signed=signed), end

    return Codec(encode, decode, lambda: Primitive(name), _LAYOUTS.get(name))


def compact(item: AnyCodec) -> Codec[int]:
    """The compact form of an unsigned integer type; values above its width are refused."""
    shape = item.shape
    bits = int(shape.name[1:]) if isinstance(shape, Primitive) else 0
    limit = 1 << bits

    def encode(value: int) -> bytes:
        if not 0 <= value < limit:
            raise ScaleRangeError(f"{value} does not fit Compact<u{bits}>")
        return encode_compact(value)

    def decode(data: bytes, at: int) -> tuple[int, int]:
        value, end = decode_compact(data, at)
        if value >= limit:
            raise ScaleError(f"compact at byte {at}: {value} does not fit u{bits}")
        return value, end

    return Codec(encode, decode, lambda: CompactOf(item))


def compact_unit(item: AnyCodec) -> Codec[tuple[()]]:
    """`Compact<()>`: no bytes at all, as in the index form of an address."""
    return Codec(lambda _: b"", lambda _, at: ((), at), lambda: CompactOf(item))


def _encode_bool(value: Any) -> bytes:
    return b"\x01" if value else b"\x00"


def _decode_bool(data: bytes, at: int) -> tuple[bool, int]:
    byte = data[at : at + 1]
    if byte == b"\x00":
        return False, at + 1
    if byte == b"\x01":
        return True, at + 1
    raise ScaleError(f"bool at byte {at}: {byte.hex() or 'nothing left'}")


boolean: Codec[bool] = Codec(_encode_bool, _decode_bool, lambda: Primitive("bool"))
