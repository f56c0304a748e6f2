"""Pallet: the base that binds declarations to a host, and the context a pallet works in."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from primitives.hashing import twox_128
from primitives.host import Host
from primitives.scale.shape import Case, Described, Description, Parameter, Variant
from primitives.scale.types import camel_case, codec_of
from primitives.types import AccountId, Balance, BlockNumber
from runtime.framework.calls import (
    CALL_CODEC,
    CallSpec,
    PalletCalls,
    RuntimeCall,
    is_call,
)
from runtime.framework.distinct import ensure_distinct
from runtime.framework.docs import lines_of
from runtime.framework.errors import CallFiltered, DispatchError, PalletError
from runtime.framework.events import Event
from runtime.framework.invariants import broken
from runtime.framework.origin import Origin
from runtime.framework.storage import ITEM_CLASSES, ItemSpec, Layout
from runtime.framework.weights import (
    ZERO_WEIGHT,
    DispatchClass,
    DispatchInfo,
    Pays,
    PostInfo,
    Weight,
)

T = TypeVar("T")


class _ConstantMark:
    """Marks an attribute that metadata lists among the pallet's constants."""


Constant = Annotated[T, _ConstantMark()]
"""`existential_deposit: Constant[Balance] = constant(…)`: a plain value on the pallet."""


def constant(value: T, *, name: str | None = None) -> T:
    """Declare a constant; `name` where metadata does not use CamelCase of the attribute."""
    return _ConstantSpec(value, name)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _ConstantSpec:
    value: Any
    name: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """A storage item of a pallet class, as declared."""

    attribute: str
    name: str
    kind: type[Any]
    hashers: tuple[Any, ...]
    key_types: tuple[Any, ...]
    value_type: Any
    layout: Layout


@dataclass(frozen=True, slots=True)
class ConstantItem:
    """A constant of a pallet class, as declared."""

    attribute: str
    name: str
    type: Any


class DepositsEvents(Protocol):
    """What a pallet context needs of System: a place for events."""

    def deposit_event(self, encoded: bytes) -> None:
        """Record an encoded event (pallet index first) under the current phase."""


class RuntimeContext:
    """One runtime over one host: who the pallets are, and how calls are dispatched among them."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.pallets: dict[int, Pallet] = {}
        self.events: DepositsEvents
        self._owners: dict[type[PalletError], list[int]] = {}

    def at(self, index: int, name: str) -> "PalletContext":
        """The context of the pallet with this index and name."""
        return PalletContext(self, index, name)

    def add(self, pallet: "Pallet") -> None:
        """Take a pallet in; each registers itself when it is made."""
        self.pallets[pallet.index] = pallet
        for error in pallet.errors:
            self._owners.setdefault(error, []).append(pallet.index)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A storage layer: kept when the body ends, undone when it raises."""
        self.host.begin()
        try:
            yield
        except BaseException:
            self.host.rollback()
            raise
        self.host.commit()

    def info_of(self, call: RuntimeCall) -> DispatchInfo:
        """Announced weight, class and fee of a call."""
        spec, pallet = call.spec, self.pallets[call.pallet_index]
        weight = spec.weight if isinstance(spec.weight, Weight) else spec.weight(pallet, *call.args)
        dispatch_class = (
            spec.dispatch_class
            if isinstance(spec.dispatch_class, DispatchClass)
            else spec.dispatch_class(pallet, *call.args)
        )
        pays = spec.pays if isinstance(spec.pays, bool) else spec.pays(pallet, *call.args)
        return DispatchInfo(weight, dispatch_class, Pays.YES if pays else Pays.NO)

    def dispatch(self, call: RuntimeCall, origin: Origin) -> PostInfo:
        """Run a call in a storage layer, if the origin's filters let it through.

        Raises:
            DispatchError: the call failed and its changes are undone.
        """
        if not origin.allows(call):
            raise CallFiltered().of(self.pallets[0])
        return self.dispatch_bypass_filter(call, origin)

    def dispatch_bypass_filter(self, call: RuntimeCall, origin: Origin) -> PostInfo:
        """Run a call in a storage layer whatever the origin's filters say."""
        pallet = self.pallets[call.pallet_index]
        self.host.begin()
        try:
            post = call.spec.function(pallet, origin, *call.args)
        except DispatchError as error:
            self.host.rollback()
            self.attribute(error, pallet)
            raise
        except BaseException:
            self.host.rollback()
            raise
        self.host.commit()
        return PostInfo() if post is None else post

    def attribute(self, error: DispatchError, pallet: "Pallet") -> None:
        """Say whose a pallet error is: the one that ran, or the only one that has it."""
        if isinstance(error, PalletError):
            owners = self._owners.get(type(error), [])
            owner = pallet.index if pallet.index in owners or not owners else owners[0]
            error.of(self.pallets[owner])


class PalletContext:
    """A pallet's place in a runtime."""

    def __init__(self, runtime: RuntimeContext, index: int, name: str) -> None:
        self.runtime = runtime
        self.host = runtime.host
        self.index = index
        self.name = name
        self.transaction = runtime.transaction
        self.dispatch = runtime.dispatch
        self.dispatch_bypass_filter = runtime.dispatch_bypass_filter
        self.info_of = runtime.info_of

    def deposit(self, event: Event) -> None:
        """Record an event of this pallet."""
        self.runtime.events.deposit_event(bytes((self.index,)) + event.encode())

    def encode_call(self, call: RuntimeCall) -> bytes:
        """The call's bytes."""
        return CALL_CODEC.encode(call)


class Pallet:
    """Base of all pallets.

    Storage items and constants declared in the class body become ready objects of the instance.
    """

    rust_module: ClassVar[str] = ""
    """Crate and module that metadata names the pallet's types by, as `pallet_balances::pallet`."""
    events: ClassVar[tuple[type[Event], ...] | None] = None
    """None where the pallet has no event enum at all; AdminUtils has an empty one."""
    errors: ClassVar[tuple[type[PalletError], ...]] = ()
    storage_version: ClassVar[int] = 0
    type_parameters: ClassVar[tuple[str, ...]] = ("T",)
    """Generic parameters of the pallet's types, as metadata lists them."""
    event_is_generic: ClassVar[bool] = True
    """Whether that goes for the event enum too."""

    def __init_subclass__(cls) -> None:
        """Refuse a class in which an index or a name stands for two things."""
        for what, variants in (
            ("calls", _declared_calls(cls)),
            ("events", [(event.index, event.variant_name) for event in cls.events or ()]),
            ("errors", [(error.error_index, error.variant_name) for error in cls.errors]),
        ):
            ensure_distinct(what, cls.__name__, variants)

    def __init__(self, ctx: PalletContext) -> None:
        self.ctx = ctx
        self.index = ctx.index
        self.name = ctx.name
        self.prefix = twox_128(ctx.name.encode())
        self.deposit = ctx.deposit
        bind_items(self, ctx.host, self.prefix)
        for declared in constants_of(type(self)):
            setattr(self, declared.attribute, getattr(type(self), declared.attribute).value)
        ctx.runtime.add(self)

    def on_initialize(self, now: BlockNumber) -> Weight:  # noqa: ARG002
        """Runs before the extrinsics of every block."""
        return ZERO_WEIGHT

    def on_finalize(self, now: BlockNumber) -> None:
        """Runs after the extrinsics of every block."""

    def on_idle(self, now: BlockNumber, remaining: Weight) -> Weight:  # noqa: ARG002
        """Runs when weight is left at the end of a block."""
        return ZERO_WEIGHT

    def on_runtime_upgrade(self) -> Weight:
        """Runs once, in the first block under a new spec version."""
        return ZERO_WEIGHT

    def pre_upgrade(self) -> bytes:
        """What `post_upgrade` has to know of the state before. Only dry runs ask; no block does."""
        return b""

    def post_upgrade(self, before: bytes) -> Iterator[str]:  # noqa: ARG002
        """What is wrong after `on_runtime_upgrade`, given the answer of `pre_upgrade`."""
        yield from ()

    def genesis_default(self) -> dict[str, Any] | None:
        """The pallet's part of a genesis document, with default values; None if it has none."""
        return None

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Write the pallet's part of a genesis document into storage."""

    def try_state(self) -> Iterator[str]:
        """What is broken of the pallet's invariants, with the name of each in front."""
        return broken(self)

    def deposits(self) -> Iterator[tuple[AccountId, Balance]]:
        """What the pallet has reserved of whom, other than by holds."""
        yield from ()


_items: dict[type[Any], tuple[Item, ...]] = {}
_hints: dict[type[Any], dict[str, Any]] = {}


def _annotations(cls: type[Any]) -> dict[str, Any]:
    if cls not in _hints:
        _hints[cls] = get_type_hints(cls, include_extras=True)
    return _hints[cls]


def _declared(cls: type[Any], kind: type[T]) -> list[tuple[str, T]]:
    """Class attributes of one kind, in the order of declaration, base classes first."""
    found = {
        attribute: value
        for base in reversed(cls.__mro__)
        for attribute, value in vars(base).items()
        if isinstance(value, kind)
    }
    return list(found.items())


def _declared_calls(cls: type[Any]) -> list[tuple[int, str]]:
    """Index and name of every call of a class; one that a subclass declares anew counts once."""
    specs = {
        (attribute, value.__call_spec__.index): value.__call_spec__
        for base in reversed(cls.__mro__)
        for attribute, value in vars(base).items()
        if is_call(value)
    }
    return [(spec.index, spec.name) for spec in specs.values()]


def _is_optional(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType) and type(None) in get_args(annotation)


def _layout(spec: ItemSpec, key_types: tuple[Any, ...], value_type: Any) -> Layout:
    optional = _is_optional(value_type)
    inner = get_args(value_type)[0] if optional else value_type
    codec = codec_of(inner)
    keys = tuple(
        (hasher, codec_of(key)) for hasher, key in zip(spec.hashers, key_types, strict=True)
    )
    return Layout(keys, codec, optional, b"\x00" if optional else codec.encode(spec.default))


def bind_items(owner: object, host: Host, prefix: bytes) -> None:
    """Make the items that an object's class declares ready, under the prefix of a pallet.

    Migrations declare items of earlier versions so, in a class of their own.
    """
    for item in items_of(type(owner)):
        place = prefix + twox_128(item.name.encode())
        setattr(owner, item.attribute, item.kind(host, place, item.layout))


def items_of(cls: type[Any]) -> tuple[Item, ...]:
    """The storage items of a class, in the order of declaration."""
    if cls not in _items:
        _items[cls] = tuple(
            _item(attribute, spec, _annotations(cls)[attribute])
            for attribute, spec in _declared(cls, ItemSpec)
        )
    return _items[cls]


def _item(attribute: str, spec: ItemSpec, annotation: Any) -> Item:
    kind, arguments = get_origin(annotation), get_args(annotation)
    if kind not in ITEM_CLASSES:
        raise TypeError(f"storage item {attribute} is annotated {annotation!r}")
    *keys, value = arguments
    key_types = get_args(keys[0]) if len(spec.hashers) > len(keys) else tuple(keys)
    name = spec.name or camel_case(attribute)
    return Item(
        attribute, name, kind, spec.hashers, key_types, value, _layout(spec, key_types, value)
    )


def constants_of(cls: type[Pallet]) -> list[ConstantItem]:
    """The constants of a pallet class, in the order of declaration."""
    return [
        ConstantItem(
            attribute,
            spec.name or camel_case(attribute),
            get_args(_annotations(cls)[attribute])[0],
        )
        for attribute, spec in _declared(cls, _ConstantSpec)
    ]


def call_specs_of(cls: type[Pallet]) -> dict[int, CallSpec]:
    """The calls of a pallet class by index.

    They stand in the order of declaration; those of a pallet that is made of several classes stand
    in the order of their indices.
    """
    specs: dict[int, CallSpec] = {}
    for base in reversed(cls.__mro__):
        own = [value.__call_spec__ for value in vars(base).values() if is_call(value)]
        merged = specs | {spec.index: spec for spec in own}
        specs = dict(sorted(merged.items())) if specs and own else merged
    return specs


def pallet_calls(cls: type[Pallet], index: int, name: str) -> PalletCalls:
    """The calls of one pallet of a runtime, with the description of their enum."""
    specs = call_specs_of(cls)

    def cases() -> list[Case]:
        return [
            Case(spec.name, number, spec.fields(), lines_of(spec.function))
            for number, spec in specs.items()
        ]

    return PalletCalls(name, index, specs, _pallet_enum(cls, index, "Call", cases))


def event_enum(cls: type[Pallet], index: int) -> Described | None:
    """The enum of a pallet's events, if it has one."""
    events = cls.events
    if events is None:
        return None

    def cases() -> list[Case]:
        return [
            Case(event.variant_name, event.index, event.fields(), lines_of(event))
            for event in events
        ]

    return _pallet_enum(cls, index, "Event", cases, generic=cls.event_is_generic)


def error_enum(cls: type[Pallet], index: int) -> Described | None:
    """The enum of a pallet's errors, if it has any."""
    if not cls.errors:
        return None

    def cases() -> list[Case]:
        return [
            Case(error.variant_name, error.error_index, (), lines_of(error)) for error in cls.errors
        ]

    return _pallet_enum(cls, index, "Error", cases)


def _pallet_enum(
    cls: type[Pallet],
    index: int,
    name: str,
    cases: Callable[[], Sequence[Case]],
    *,
    generic: bool = True,
) -> Described:
    """An enum that FRAME would generate; instances of one pallet have one each."""
    letters = cls.type_parameters if generic else ()
    parameters = tuple(Parameter(letter, None) for letter in letters)
    path = f"{cls.rust_module}::{name}"
    return Description(lambda: Variant(path, cases(), parameters, instance=index))
