"""Structs and enums declared as annotated classes: the annotations are the encoding."""

from collections.abc import Callable
from collections.abc import Sequence as Seq
from dataclasses import dataclass, fields
from enum import IntEnum
from operator import attrgetter
from typing import Any, ClassVar, TypeVar, dataclass_transform

T = TypeVar("T")
EnumT = TypeVar("EnumT", bound=type[IntEnum])

TypeParameters = Seq[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class RustType:
    """What metadata says of a type beyond its fields."""

    path: str
    unnamed: bool = False
    parameters: TypeParameters = ()


@dataclass_transform()
def scale_struct(
    path: str, *, unnamed: bool = False, parameters: TypeParameters = ()
) -> Callable[[type[T]], type[T]]:
    """Make a class a mutable dataclass with a SCALE layout: its fields in order.

    Args:
        path: the Rust path that clients know the type by.
        unnamed: the Rust type is a tuple struct; our field names stay ours.
        parameters: generic parameters as metadata lists them, `(name, annotation or None)`.
    """

    def decorate(cls: type[T]) -> type[T]:
        made = dataclass(slots=True)(cls)
        made.__rust__ = RustType(path, unnamed, parameters)  # type: ignore[attr-defined]
        return made

    return decorate


def scale_enum(path: str) -> Callable[[EnumT], EnumT]:
    """Give an IntEnum (an enum without fields) its Rust path; members are named in CamelCase."""

    def decorate(cls: EnumT) -> EnumT:
        cls.__rust__ = RustType(path)  # type: ignore[attr-defined]
        return cls

    return decorate


@dataclass_transform()
class Enumeration:
    """Base of enums whose variants carry fields.

    A direct subclass with a `path` is the enum; its own subclasses, each with an `index`, are the
    variants and become dataclasses:

        class Origin(Enumeration, path="frame_support::dispatch::RawOrigin"): ...
        class Signed(Origin, index=1, unnamed=True):
            who: AccountId
    """

    variants: ClassVar[dict[int, type["Enumeration"]]]
    index: ClassVar[int]
    variant_name: ClassVar[str]
    __rust__: ClassVar[RustType]

    def __init_subclass__(
        cls,
        *,
        path: str = "",
        index: int | None = None,
        name: str | None = None,
        unnamed: bool = False,
        parameters: TypeParameters = (),
    ) -> None:
        if index is None:
            cls.variants = {}
            cls.__rust__ = RustType(path, parameters=parameters)
            return
        cls.index = index
        cls.variant_name = name or cls.__name__
        cls.__rust__ = RustType("", unnamed)
        cls.variants[index] = cls
        dataclass(unsafe_hash=True)(cls)


def values_of(cls: type[Any]) -> Callable[[Any], Seq[Any]]:
    """A function from an instance of a dataclass to its field values in order."""
    names = [field.name for field in fields(cls)]
    if not names:
        return lambda _: ()
    if len(names) == 1:
        name = names[0]
        return lambda value: (getattr(value, name),)
    getter: Callable[[Any], Seq[Any]] = attrgetter(*names)
    return getter
