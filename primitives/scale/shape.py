"""What a SCALE type looks like from outside: the description that metadata is made of."""

from collections.abc import Callable, Hashable
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol


class Described(Protocol):
    """Anything that can say what its encoding looks like."""

    @property
    def shape(self) -> "Shape":
        """The description."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """A type that SCALE knows by name: u8 … u256, i8 … i256, bool, str, char."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a composite or of a variant; tuple fields have no name."""

    name: str | None
    type: Described
    type_name: str | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A generic parameter of a Rust type; the type is None for phantom parameters."""

    name: str
    type: Described | None


@dataclass(frozen=True, slots=True)
class Composite:
    """A struct: fields one after the other."""

    path: str
    fields: Seq[Field]
    parameters: Seq[Parameter] = ()
    instance: Hashable = None
    """Tells Rust types apart that look the same, such as two bounds of a BoundedVec."""


@dataclass(frozen=True, slots=True)
class Case:
    """One variant of an enum."""

    name: str
    index: int
    fields: Seq[Field] = ()
    docs: Seq[str] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """An enum: the index byte, then the fields of that variant."""

    path: str
    cases: Seq[Case]
    parameters: Seq[Parameter] = ()
    instance: Hashable = None
    """Tells Rust types apart that look the same, such as the events of two membership pallets."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A compact count, then the items."""

    item: Described


@dataclass(frozen=True, slots=True)
class Array:
    """A fixed number of items, no prefix."""

    item: Described
    length: int


@dataclass(frozen=True, slots=True)
class Tuple:
    """Items of different types, no prefix."""

    items: Seq[Described] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class CompactOf:
    """The compact form of an unsigned integer."""

    item: Described


@dataclass(frozen=True, slots=True)
class BitSequence:
    """A compact number of bits, then whole store words."""

    store: Described
    order: Any


Shape = Primitive | Composite | Variant | Sequence | Array | Tuple | CompactOf | BitSequence


class Description:
    """A shape that is worked out on first use: for types that are described and never encoded."""

    def __init__(self, make: Callable[[], Shape]) -> None:
        self._make = make

    @cached_property
    def shape(self) -> Shape:
        """The description."""
        return self._make()
