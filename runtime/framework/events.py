"""Events: what a pallet tells the world, declared as annotated classes."""

from dataclasses import dataclass
from typing import Any, ClassVar, dataclass_transform

from primitives.scale.containers import record_functions
from primitives.scale.records import values_of
from primitives.scale.shape import Field
from primitives.scale.types import codec_of, fields_of, type_name


@dataclass_transform()
class Event:
    """Base of a pallet's events.

    A subclass states the variant's index; its annotations are the fields. The class name is the
    variant's name unless `name` says otherwise; `unnamed` marks tuple variants.
    """

    index: ClassVar[int]
    variant_name: ClassVar[str]
    unnamed: ClassVar[bool]
    _encode: ClassVar[Any] = None

    def __init_subclass__(
        cls, *, index: int, name: str | None = None, unnamed: bool = False
    ) -> None:
        cls.index, cls.variant_name, cls.unnamed = index, name or cls.__name__, unnamed
        dataclass(cls)

    def encode(self) -> bytes:
        """Variant index and fields, without the pallet's index."""
        cls = type(self)
        if cls._encode is None:
            items = [codec_of(annotation) for _, annotation in fields_of(cls)]
            cls._encode = staticmethod(record_functions(items, cls, values_of(cls))[0])
        return bytes((cls.index,)) + bytes(cls._encode(self))

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """The fields as metadata shows them."""
        return tuple(
            Field(None if cls.unnamed else name.rstrip("_"), codec_of(kind), type_name(kind))
            for name, kind in fields_of(cls)
        )
