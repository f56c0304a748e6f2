"""The type registry of metadata: every type once, numbered in the order it is first met."""

from collections.abc import Sequence as Seq
from typing import Any

from primitives.scale.compact import encode_compact
from primitives.scale.shape import (
    Array,
    BitSequence,
    Case,
    CompactOf,
    Composite,
    Described,
    Field,
    Parameter,
    Primitive,
    Sequence,
    Shape,
    Tuple,
    Variant,
)

PRIMITIVES = [
    "bool",
    "char",
    "str",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "u256",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "i256",
]
"""Primitive types in the order of their indices."""


def text(value: str) -> bytes:
    """A string as metadata has it."""
    raw = value.encode()
    return encode_compact(len(raw)) + raw


def vector(items: Seq[bytes]) -> bytes:
    """Encoded items behind their count."""
    return encode_compact(len(items)) + b"".join(items)


def optional(item: bytes | None) -> bytes:
    """An encoded item that may be missing."""
    return b"\x00" if item is None else b"\x01" + item


class TypeRegistry:
    """Numbers types as they are asked for; equal types get one number.

    A type with a path is known by the path, its parameters and its instance, any other by what it
    is made of. A type gets its number before its parts do, so that it may contain itself.
    """

    def __init__(self) -> None:
        self._ids: dict[Any, int] = {}
        self._by_object: dict[Described, int] = {}
        self._encoded: list[bytes] = []

    def id_of(self, described: Described) -> int:
        """The number of a type."""
        known = self._by_object.get(described)
        if known is None:
            shape = described.shape
            key = _key(shape)
            known = self._ids.get(key)
            if known is None:
                known = self._ids[key] = len(self._encoded)
                self._encoded.append(b"")
                self._encoded[known] = self._encode(shape)
            self._by_object[described] = known
        return known

    def reference(self, described: Described) -> bytes:
        """The number of a type as metadata refers to it."""
        return encode_compact(self.id_of(described))

    def encode(self) -> bytes:
        """The whole registry."""
        return vector([encode_compact(i) + body for i, body in enumerate(self._encoded)])

    def _encode(self, shape: Shape) -> bytes:
        path, parameters = "", b"\x00"
        if isinstance(shape, Composite | Variant):
            path = shape.path
            parameters = vector([self._parameter(p) for p in shape.parameters])
        segments = vector([text(part) for part in path.split("::")]) if path else b"\x00"
        return segments + parameters + self._definition(shape) + b"\x00"

    def _parameter(self, parameter: Parameter) -> bytes:
        kind = None if parameter.type is None else self.reference(parameter.type)
        return text(parameter.name) + optional(kind)

    def _definition(self, shape: Shape) -> bytes:
        match shape:
            case Composite(fields=fields):
                return b"\x00" + self.fields(fields)
            case Variant(cases=cases):
                return b"\x01" + vector([self._case(case) for case in cases])
            case Sequence(item):
                return b"\x02" + self.reference(item)
            case Array(item, length):
                return b"\x03" + length.to_bytes(4, "little") + self.reference(item)
            case Tuple(items):
                return b"\x04" + vector([self.reference(item) for item in items])
            case Primitive(name):
                return b"\x05" + bytes((PRIMITIVES.index(name),))
            case CompactOf(item):
                return b"\x06" + self.reference(item)
            case BitSequence(store, order):
                return b"\x07" + self.reference(store) + self.reference(order)

    def fields(self, fields: Seq[Field]) -> bytes:
        """Fields of a composite or a variant."""
        return vector(
            [
                optional(None if field.name is None else text(field.name))
                + self.reference(field.type)
                + optional(None if field.type_name is None else text(field.type_name))
                + b"\x00"
                for field in fields
            ]
        )

    def _case(self, case: Case) -> bytes:
        docs = vector([text(line) for line in case.docs])
        return text(case.name) + self.fields(case.fields) + bytes((case.index,)) + docs


def _key(shape: Shape) -> Any:
    """What makes two types the same."""
    match shape:
        case Composite(path=path, instance=instance) | Variant(path=path, instance=instance) if (
            path
        ):
            parameters = [None if p.type is None else _key(p.type.shape) for p in shape.parameters]
            return (path, instance, *parameters)
        case Composite(fields=fields):
            return ("struct", *((field.name, _key(field.type.shape)) for field in fields))
        case Variant(cases=cases):
            return ("enum", *((case.name, case.index) for case in cases))
        case Sequence(item):
            return ("sequence", _key(item.shape))
        case Array(item, length):
            return ("array", length, _key(item.shape))
        case Tuple(items):
            return ("tuple", *(_key(item.shape) for item in items))
        case Primitive(name):
            return name
        case CompactOf(item):
            return ("compact", _key(item.shape))
        case BitSequence(store, order):
            return ("bits", _key(store.shape), _key(order.shape))
