"""From an annotation to its codec: one lookup, compiled on first use."""

import types
from dataclasses import fields, is_dataclass
from enum import IntEnum
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from primitives.scale import containers, ints
from primitives.scale.codec import AnyCodec, Codec
from primitives.scale.containers import Bounded, Err, Fixed, Ok, record_functions
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scale.records import Enumeration, RustType, values_of
from primitives.scale.shape import Case, Composite, Field, Parameter, Shape, Variant

T = TypeVar("T")


class CompactMark:
    """Marks an integer annotation as compactly encoded."""


Compact = Annotated[T, CompactMark()]
"""`Compact[Balance]`: a Balance in memory, a compact integer on the wire."""

_codecs: dict[Any, AnyCodec] = {}
_names: dict[Any, str] = {}

BYTE = ints.integer("u8")


def register(annotation: Any, codec: AnyCodec) -> None:
    """Say how a unit (a NewType) or a special class is encoded."""
    _codecs[annotation] = codec


def codec_of(annotation: Any) -> AnyCodec:
    """The codec of an annotation: a unit, a record class, or a container of such.

    Raises:
        TypeError: the annotation has no SCALE meaning.
    """
    codec = _codecs.get(annotation)
    if codec is None:
        codec = _codecs[annotation] = _build(annotation)
    return codec


def encode(annotation: Any, value: Any) -> bytes:
    """Encode one value."""
    return codec_of(annotation).encode(value)


def decode(annotation: Any, data: bytes) -> Any:
    """Decode one value that must take up all of `data`."""
    return decode_all(codec_of(annotation), data)


def decode_all(codec: AnyCodec, data: bytes) -> Any:
    """Decode one value that must take up all of `data`."""
    value, end = codec.decode(data, 0)
    if end != len(data):
        raise ScaleError(f"{len(data) - end} bytes left over after byte {end}")
    return value


def _build(annotation: Any) -> AnyCodec:
    if isinstance(annotation, type):
        if issubclass(annotation, IntEnum):
            return _plain_enum(annotation)
        if issubclass(annotation, Enumeration):
            return _enumeration(annotation)
        if is_dataclass(annotation):
            return _struct(annotation)
    origin = get_origin(annotation)
    if origin is None:
        raise TypeError(f"{annotation!r} has no SCALE encoding")
    return _container(annotation, origin, get_args(annotation))


def _container(annotation: Any, origin: Any, args: tuple[Any, ...]) -> AnyCodec:
    if origin is Annotated:
        return _annotated(args[0], args[1])
    if origin in (Union, types.UnionType):
        return _union(annotation, args)
    if origin is list:
        return containers.vector(codec_of(args[0]))
    if origin is tuple:
        return containers.tuple_of([codec_of(item) for item in args])
    if origin is set:
        return containers.set_of(codec_of(args[0]))
    if origin is dict:
        return containers.map_of(codec_of(args[0]), codec_of(args[1]))
    raise TypeError(f"{annotation!r} has no SCALE encoding")


def _annotated(inner: Any, mark: Any) -> AnyCodec:
    if isinstance(mark, Bounded):
        return containers.bounded(codec_of(inner), mark)
    if isinstance(mark, Fixed):
        return containers.array(codec_of(get_args(inner)[0]), mark.length)
    if isinstance(mark, CompactMark):
        if inner == tuple[()]:
            return ints.compact_unit(codec_of(inner))
        return ints.compact(codec_of(inner))
    if isinstance(mark, Codec):
        return mark
    raise TypeError(f"{mark!r} does not mark a SCALE encoding")


def _union(annotation: Any, args: tuple[Any, ...]) -> AnyCodec:
    if len(args) == 2 and args[1] is type(None):
        return containers.option(codec_of(args[0]))
    if len(args) == 2 and get_origin(args[0]) is Ok and get_origin(args[1]) is Err:
        return containers.result(codec_of(get_args(args[0])[0]), codec_of(get_args(args[1])[0]))
    raise TypeError(f"{annotation!r} has no SCALE encoding: only T | None and Ok | Err do")


def type_name(annotation: Any) -> str:
    """The name under which metadata shows an annotation to people."""
    if annotation in _names:
        return _names[annotation]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _marked_name(args[0], args[1])
    if origin in (Union, types.UnionType):
        return _union_name(args)
    if origin is list:
        return f"Vec<{type_name(args[0])}>"
    if origin is tuple:
        return f"({', '.join(map(type_name, args))})"
    rust: RustType | None = getattr(annotation, "__rust__", None)
    return _last_segment(rust.path) if rust else str(getattr(annotation, "__name__", annotation))


def _marked_name(inner: Any, mark: Any) -> str:
    if isinstance(mark, Bounded):
        return _last_segment(mark.path) + type_name(inner).removeprefix("Vec")
    if isinstance(mark, Codec) and isinstance(mark.shape, Composite | Variant):
        return _last_segment(mark.shape.path)
    return type_name(inner)


def _union_name(args: tuple[Any, ...]) -> str:
    if args[1] is type(None):
        return f"Option<{type_name(args[0])}>"
    ok, err = (type_name(get_args(case)[0]) for case in args)
    return f"Result<{ok}, {err}>"


def _last_segment(path: str) -> str:
    return path.rsplit("::", 1)[-1]


def name_type(annotation: Any, name: str) -> None:
    """Choose the name under which metadata shows a unit."""
    _names[annotation] = name


def fields_of(cls: type[Any]) -> list[tuple[str, Any]]:
    """Names and annotations of a record's fields, in order."""
    hints = get_type_hints(cls, include_extras=True)
    return [(field.name, hints[field.name]) for field in fields(cls)]


def _described(cls: type[Any], rust: RustType) -> tuple[Field, ...]:
    return tuple(
        Field(
            None if rust.unnamed else name.rstrip("_"), codec_of(annotation), type_name(annotation)
        )
        for name, annotation in fields_of(cls)
    )


def _parameters(rust: RustType) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name, None if annotation is None else codec_of(annotation))
        for name, annotation in rust.parameters
    )


def _struct(cls: type[Any]) -> AnyCodec:
    items = [codec_of(annotation) for _, annotation in fields_of(cls)]
    encode_record, decode_record, layout = record_functions(items, cls, values_of(cls))
    rust: RustType = getattr(cls, "__rust__", RustType(cls.__name__))

    def shape() -> Shape:
        return Composite(rust.path, _described(cls, rust), _parameters(rust))

    return Codec(encode_record, decode_record, shape, layout)


def camel_case(snake: str) -> str:
    """`max_allowed_uids` as Rust names a type: `MaxAllowedUids`."""
    return "".join(word[:1].upper() + word[1:].lower() for word in snake.split("_"))


def _plain_enum(cls: type[IntEnum]) -> AnyCodec:
    members = {int(member): member for member in cls}
    name = cls.__name__

    def encode_member(value: Any) -> bytes:
        return bytes((members[value],))

    def decode_member(data: bytes, at: int) -> tuple[IntEnum, int]:
        if at >= len(data) or data[at] not in members:
            raise ScaleError(f"{name} at byte {at}: no variant {data[at : at + 1].hex()}")
        return members[data[at]], at + 1

    def shape() -> Shape:
        rust: RustType = getattr(cls, "__rust__", RustType(name))
        return Variant(rust.path, tuple(Case(camel_case(m.name), m.value) for m in cls))

    return Codec(encode_member, decode_member, shape)


def _enumeration(cls: type[Enumeration]) -> AnyCodec:
    encoders: dict[type, Any] = {}
    decoders: dict[int, Any] = {}

    def compile_variants() -> None:
        """All at once: another thread must not see some of them and take them for all."""
        encode_by: dict[type, Any] = {}
        decode_by: dict[int, Any] = {}
        for index, variant in cls.variants.items():
            items = [codec_of(annotation) for _, annotation in fields_of(variant)]
            enc, dec, _ = record_functions(items, variant, values_of(variant))
            encode_by[variant] = (bytes((index,)), enc)
            decode_by[index] = dec
        encoders.update(encode_by)
        decoders.update(decode_by)

    def encode_variant(value: Any) -> bytes:
        if not encoders:
            compile_variants()
        found = encoders.get(type(value))
        if found is None:
            raise ScaleRangeError(f"{value!r} is no variant of {cls.__name__}")
        head, enc = found
        return bytes(head + enc(value))

    def decode_variant(data: bytes, at: int) -> tuple[Any, int]:
        if not decoders:
            compile_variants()
        if at >= len(data) or data[at] not in decoders:
            raise ScaleError(f"{cls.__name__} at byte {at}: no variant {data[at : at + 1].hex()}")
        made: tuple[Any, int] = decoders[data[at]](data, at + 1)
        return made

    def shape() -> Shape:
        cases = tuple(
            Case(variant.variant_name, index, _described(variant, variant.__rust__))
            for index, variant in cls.variants.items()
        )
        return Variant(cls.__rust__.path, cases, _parameters(cls.__rust__))

    return Codec(encode_variant, decode_variant, shape)


register(bool, ints.boolean)
register(str, containers.text)
register(bytes, containers.byte_vector(BYTE))
register(tuple[()], containers.tuple_of(()))
register(type(None), containers.nothing)
name_type(bytes, "Vec<u8>")
name_type(type(None), "()")
