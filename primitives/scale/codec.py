"""Codec: one type's encode and decode functions, compiled once, with its description."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from primitives.scale.layout import Layout
from primitives.scale.shape import Shape

T = TypeVar("T")


class Codec(Generic[T]):
    """How values of one type become bytes and come back.

    `decode(data, at)` returns the value and the position after it; it raises ScaleError for
    bytes that no encoder makes. `encode(value)` raises ScaleRangeError for a value that does not
    fit. `layout` is there for types of fixed size: sequences and records of such are packed in
    one call.
    """

    __slots__ = ("_shape", "decode", "encode", "layout")

    def __init__(
        self,
        encode: Callable[[T], bytes],
        decode: Callable[[bytes, int], tuple[T, int]],
        shape: Callable[[], Shape],
        layout: Layout | None = None,
    ) -> None:
        self.encode = encode
        self.decode = decode
        self.layout = layout
        self._shape: Callable[[], Shape] | Shape = shape

    @property
    def shape(self) -> Shape:
        """The description that metadata shows; made on first use, since types may be recursive."""
        shape = self._shape  # read once: another thread may put the shape there meanwhile
        if callable(shape):
            shape = self._shape = shape()
        return shape


AnyCodec = Codec[Any]
