"""Byte strings, text, sequences, options, tuples, maps: containers of other codecs."""

import struct
from collections.abc import Callable
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from primitives.scale.codec import AnyCodec, Codec
from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scale.layout import Layout, packed_functions, record_layout
from primitives.scale.shape import (
    Array,
    BitSequence,
    Case,
    Composite,
    Field,
    Parameter,
    Primitive,
    Sequence,
    Shape,
    Tuple,
    Variant,
)

T = TypeVar("T")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """The good case of a Rust Result."""

    value: T


@dataclass(frozen=True, slots=True)
class Err(Generic[E]):
    """The bad case of a Rust Result."""

    error: E


@dataclass(frozen=True, slots=True)
class Bounded:
    """Marks a collection that never holds more than `limit` items; decoding refuses more."""

    limit: int
    path: str = "bounded_collections::bounded_vec::BoundedVec"


def wrapped(
    inner: AnyCodec, path: str, parameters: Seq[Parameter] = (), type_name: str | None = None
) -> AnyCodec:
    """A Rust struct around one unnamed field that is no class of its own here."""

    def shape() -> Shape:
        return Composite(path, (Field(None, inner, type_name),), parameters)

    return Codec(inner.encode, inner.decode, shape, inner.layout)


def fixed_bytes(length: int, byte: AnyCodec, path: str | None = None) -> Codec[bytes]:
    """`[u8; length]`, or a one-field struct around it where `path` names one."""

    def encode(value: bytes) -> bytes:
        if len(value) != length:
            raise ScaleRangeError(f"{len(value)} bytes where {length} belong")
        return bytes(value)

    def decode(data: bytes, at: int) -> tuple[bytes, int]:
        end = at + length
        value = data[at:end]
        if len(value) != length:
            raise ScaleError(f"[u8; {length}] at byte {at}: {len(value)} bytes left")
        return value, end

    layout = Layout(f"{length}s", parts=lambda value: (encode(value),))
    array: AnyCodec = Codec(encode, decode, lambda: Array(byte, length), layout)
    return array if path is None else wrapped(array, path, type_name=f"[u8; {length}]")


def _decode_count(data: bytes, at: int) -> tuple[int, int]:
    """A length prefix that the rest of the input can hold; no memory is taken before that."""
    count, start = decode_compact(data, at)
    if count > len(data) - start:
        raise ScaleError(f"length at byte {at}: {count} items, {len(data) - start} bytes left")
    return count, start


def _encode_bytes(value: bytes) -> bytes:
    return encode_compact(len(value)) + value


def _decode_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    count, start = _decode_count(data, at)
    return data[start : start + count], start + count


def byte_vector(byte: AnyCodec) -> Codec[bytes]:
    """`Vec<u8>`."""
    return Codec(_encode_bytes, _decode_bytes, lambda: Sequence(byte))


def _encode_text(value: str) -> bytes:
    return _encode_bytes(value.encode())


def _decode_text(data: bytes, at: int) -> tuple[str, int]:
    raw, end = _decode_bytes(data, at)
    try:
        return raw.decode(), end
    except UnicodeDecodeError:
        raise ScaleError(f"text at byte {at}: not UTF-8") from None


text: Codec[str] = Codec(_encode_text, _decode_text, lambda: Primitive("str"))


def vector(item: AnyCodec) -> Codec[list[Any]]:
    """`Vec<T>`; items of a fixed layout are packed in one call."""
    if item.layout is not None:
        return _packed_vector(item, item.layout)
    encode_item, decode_item = item.encode, item.decode

    def encode(values: Seq[Any]) -> bytes:
        return encode_compact(len(values)) + b"".join(map(encode_item, values))

    def decode(data: bytes, at: int) -> tuple[list[Any], int]:
        count, at = _decode_count(data, at)
        values = []
        for _ in range(count):
            value, at = decode_item(data, at)
            values.append(value)
        return values, at

    return Codec(encode, decode, lambda: Sequence(item))


def _packed_vector(item: AnyCodec, layout: Layout) -> Codec[list[Any]]:
    packer = struct.Struct("<" + layout.format)
    size, make, numbers = packer.size, layout.make, layout.is_plain_number

    def encode(values: Seq[Any]) -> bytes:
        head = encode_compact(len(values))
        if not numbers:
            return head + b"".join(map(item.encode, values))
        try:
            return head + struct.pack(f"<{len(values)}{layout.format}", *values)
        except struct.error as error:
            raise ScaleRangeError(f"sequence item: {error}") from None

    def decode(data: bytes, at: int) -> tuple[list[Any], int]:
        count, start = decode_compact(data, at)
        end = start + count * size
        if end > len(data):
            raise ScaleError(f"length at byte {at}: {count} items, {len(data) - start} bytes left")
        if numbers:
            return list(struct.unpack_from(f"<{count}{layout.format}", data, start)), end
        rows = packer.iter_unpack(data[start:end])
        return [row[0] for row in rows] if make is None else list(map(make, rows)), end

    return Codec(encode, decode, lambda: Sequence(item))


def bounded(inner: AnyCodec, bound: Bounded) -> AnyCodec:
    """`BoundedVec<T>` and its kin: the same bytes, refused when longer than the bound."""
    encode_inner, decode_inner, limit = inner.encode, inner.decode, bound.limit

    def encode(value: Any) -> bytes:
        if len(value) > limit:
            raise ScaleRangeError(f"{len(value)} items where at most {limit} belong")
        return encode_inner(value)

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        count, _ = decode_compact(data, at)
        if count > limit:
            raise ScaleError(f"length at byte {at}: {count} items, at most {limit} allowed")
        return decode_inner(data, at)

    def shape() -> Shape:
        sequence = inner.shape
        item = sequence.item if isinstance(sequence, Sequence) else inner
        return Composite(
            bound.path,
            (Field(None, inner),),
            (Parameter("T", item), Parameter("S", None)),
            instance=limit,
        )

    return Codec(encode, decode, shape)


@dataclass(frozen=True, slots=True)
class Fixed:
    """Marks a list that always holds `length` items: a Rust array."""

    length: int


def array(item: AnyCodec, length: int) -> Codec[list[Any]]:
    """`[T; length]`: the items, without a count."""

    def encode(values: Seq[Any]) -> bytes:
        if len(values) != length:
            raise ScaleRangeError(f"{len(values)} items where {length} belong")
        return b"".join(map(item.encode, values))

    def decode(data: bytes, at: int) -> tuple[list[Any], int]:
        values = []
        for _ in range(length):
            value, at = item.decode(data, at)
            values.append(value)
        return values, at

    return Codec(encode, decode, lambda: Array(item, length))


def set_of(item: AnyCodec) -> Codec[set[Any]]:
    """`BTreeSet<T>`; encoding puts the items in ascending order."""
    items = vector(item)

    def decode(data: bytes, at: int) -> tuple[set[Any], int]:
        values, end = items.decode(data, at)
        return set(values), end

    def shape() -> Shape:
        return Composite("BTreeSet", (Field(None, items),), (Parameter("T", item),))

    return Codec(lambda values: items.encode(sorted(values)), decode, shape)


def _encode_bits(bits: Seq[bool]) -> bytes:
    packed = bytearray((len(bits) + 7) // 8)
    for i, bit in enumerate(bits):
        packed[i // 8] |= bit << i % 8
    return encode_compact(len(bits)) + bytes(packed)


def _decode_bits(data: bytes, at: int) -> tuple[list[bool], int]:
    count, start = decode_compact(data, at)
    end = start + (count + 7) // 8
    if end > len(data):
        raise ScaleError(f"length at byte {at}: {count} bits, {len(data) - start} bytes left")
    packed = int.from_bytes(data[start:end], "little")
    if packed >> count:
        raise ScaleError(f"bits at byte {at}: spare bits are set")
    return [bool(packed >> i & 1) for i in range(count)], end


def option(item: AnyCodec) -> AnyCodec:
    """`Option<T>`: None is one zero byte."""
    encode_item, decode_item = item.encode, item.decode

    def encode(value: Any) -> bytes:
        return b"\x00" if value is None else b"\x01" + encode_item(value)

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        tag = data[at : at + 1]
        if tag == b"\x00":
            return None, at + 1
        if tag == b"\x01":
            return decode_item(data, at + 1)
        raise ScaleError(f"option at byte {at}: tag {tag.hex() or 'missing'}")

    def shape() -> Shape:
        return Variant(
            "Option",
            (Case("None", 0), Case("Some", 1, (Field(None, item),))),
            (Parameter("T", item),),
        )

    return Codec(encode, decode, shape)


def result(ok: AnyCodec, err: AnyCodec) -> AnyCodec:
    """`Result<T, E>` as Ok and Err objects."""

    def encode(value: Any) -> bytes:
        if isinstance(value, Ok):
            return b"\x00" + ok.encode(value.value)
        return b"\x01" + err.encode(value.error)

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        tag = data[at : at + 1]
        if tag == b"\x00":
            good, end = ok.decode(data, at + 1)
            return Ok(good), end
        if tag == b"\x01":
            bad, end = err.decode(data, at + 1)
            return Err(bad), end
        raise ScaleError(f"result at byte {at}: tag {tag.hex() or 'missing'}")

    def shape() -> Shape:
        return Variant(
            "Result",
            (Case("Ok", 0, (Field(None, ok),)), Case("Err", 1, (Field(None, err),))),
            (Parameter("T", ok), Parameter("E", err)),
        )

    return Codec(encode, decode, shape)


def record_functions(
    items: Seq[AnyCodec], make: Callable[..., Any], parts: Callable[[Any], Seq[Any]]
) -> tuple[Callable[[Any], bytes], Callable[[bytes, int], tuple[Any, int]], Layout | None]:
    """Encode and decode functions for items in a row, and their common layout if they have one."""
    encoders = [item.encode for item in items]
    decoders = [item.decode for item in items]

    def encode(value: Any) -> bytes:
        return b"".join([enc(part) for enc, part in zip(encoders, parts(value), strict=True)])

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        values = []
        for dec in decoders:
            value, at = dec(data, at)
            values.append(value)
        return make(*values), at

    layout = record_layout([item.layout for item in items], make, parts)
    if layout is None or layout.make is None or layout.parts is None:
        return encode, decode, None
    return *packed_functions(layout, layout.make, layout.parts), layout


def _tuple_of(*values: Any) -> tuple[Any, ...]:
    return values


def tuple_of(items: Seq[AnyCodec]) -> AnyCodec:
    """`(A, B, …)`."""

    def parts(value: Seq[Any]) -> Seq[Any]:
        if len(value) != len(items):
            raise ScaleRangeError(f"{len(value)} items where {len(items)} belong")
        return value

    encode, decode, layout = record_functions(items, _tuple_of, parts)
    return Codec(encode, decode, lambda: Tuple(tuple(items)), layout)


def bit_vector(byte: AnyCodec) -> Codec[list[bool]]:
    """`BitVec<u8, Lsb0>`: a count of bits, then bytes, the first bit lowest."""
    order: AnyCodec = Codec(
        lambda _: b"", lambda _, at: (None, at), lambda: Composite("bitvec::order::Lsb0", ())
    )
    return Codec(_encode_bits, _decode_bits, lambda: BitSequence(byte, order))


nothing: Codec[None] = Codec(lambda _: b"", lambda _, at: (None, at), lambda: Tuple(()))
"""The unit type where None stands for it, as in `Ok[None]`."""


def map_of(key: AnyCodec, value: AnyCodec, path: str = "BTreeMap") -> AnyCodec:
    """`BTreeMap<K, V>` as a dict; encoding puts the keys in ascending order."""
    pairs = vector(tuple_of((key, value)))

    def decode(data: bytes, at: int) -> tuple[dict[Any, Any], int]:
        items, end = pairs.decode(data, at)
        return dict(items), end

    def shape() -> Shape:
        return Composite(
            path,
            (Field(None, pairs),),
            (Parameter("K", key), Parameter("V", value)),
        )

    return Codec(lambda entries: pairs.encode(sorted(entries.items())), decode, shape)
