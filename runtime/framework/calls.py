"""Calls: a decorator that declares a dispatchable, and the value that names one with arguments."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any, TypeVar, get_type_hints

from primitives.scale.codec import AnyCodec, Codec
from primitives.scale.containers import record_functions
from primitives.scale.errors import ScaleError
from primitives.scale.shape import Case, Described, Field, Shape, Variant
from primitives.scale.types import codec_of, register, type_name
from runtime.framework.distinct import Doubled, ensure_distinct
from runtime.framework.weights import DispatchClass, Weight

CallFunction = TypeVar("CallFunction", bound=Callable[..., Any])

WeightOf = Weight | Callable[..., Weight]
ClassOf = DispatchClass | Callable[..., DispatchClass]
PaysOf = bool | Callable[..., bool]

MAX_CALL_DEPTH = 256
"""How deep calls may nest in calls, as the runtime API decodes extrinsics (MAX_EXTRINSIC_DEPTH)."""


class CallSpec:
    """A dispatchable of a pallet class: its index, name, arguments, weight, class and fee."""

    def __init__(
        self,
        function: Callable[..., Any],
        index: int,
        name: str | None,
        weight: WeightOf,
        dispatch_class: ClassOf,
        pays: PaysOf,
    ) -> None:
        self.function = function
        self.index = index
        self.name = name or function.__name__
        self.weight = weight
        self.dispatch_class = dispatch_class
        self.pays = pays

    @cached_property
    def arguments(self) -> list[tuple[str, Any]]:
        """Names and annotations of the arguments after `self` and `origin`."""
        hints = get_type_hints(self.function, include_extras=True)
        names = list(signature(self.function).parameters)[2:]
        return [(name, hints[name]) for name in names]

    @cached_property
    def codec(self) -> AnyCodec:
        """Codec of the argument tuple."""
        items = [codec_of(annotation) for _, annotation in self.arguments]
        encode, decode, _ = record_functions(items, lambda *values: values, tuple)
        return Codec(encode, decode, lambda: Variant("", ()))

    def fields(self) -> tuple[Field, ...]:
        """The arguments as metadata shows them."""
        return tuple(
            Field(name.rstrip("_"), codec_of(annotation), type_name(annotation))
            for name, annotation in self.arguments
        )


def call(
    *,
    index: int,
    weight: WeightOf,
    name: str | None = None,
    dispatch_class: ClassOf = DispatchClass.NORMAL,
    pays: PaysOf = True,
) -> Callable[[CallFunction], CallFunction]:
    """Declare a method as a dispatchable.

    Args:
        index: the call's index in its pallet.
        weight: announced weight, or a function of the pallet and the arguments.
        name: the call's name where it is not the method's.
        dispatch_class: which share of the block it uses; may be a function likewise.
        pays: whether the signer is charged; may be a function likewise.

    Raises:
        Doubled: the class has declared a method of this name before, which would be lost.
    """

    def attach(function: CallFunction) -> CallFunction:
        _ensure_first(function)
        spec = CallSpec(function, index, name, weight, dispatch_class, pays)
        function.__call_spec__ = spec  # type: ignore[attr-defined]
        return function

    return attach


_methods: set[tuple[str, str]] = set()
"""By module and name in it: what is declared as a dispatchable."""


def _ensure_first(function: Callable[..., Any]) -> None:
    """Python itself keeps the later of two methods. A class inside a function may come again."""
    method = function.__module__, function.__qualname__
    if "<locals>" in method[1]:
        return
    if method in _methods:
        raise Doubled(f"the call {method[1]} is declared twice")
    _methods.add(method)


def is_call(value: Any) -> bool:
    """Whether a class attribute is declared as a dispatchable."""
    return hasattr(value, "__call_spec__")


@dataclass(frozen=True, slots=True)
class PalletCalls:
    """The calls of one pallet of the runtime."""

    name: str
    index: int
    specs: dict[int, CallSpec]
    enum: Described
    """How metadata shows the calls."""


@dataclass(frozen=True, slots=True)
class RuntimeCall:
    """A call with its arguments, ready to be dispatched, encoded or looked into."""

    pallet_index: int
    spec: CallSpec
    args: tuple[Any, ...]

    @property
    def pallet(self) -> str:
        """Name of the pallet."""
        return _table[self.pallet_index].name

    @property
    def name(self) -> str:
        """Name of the call."""
        return self.spec.name

    def arg(self, name: str) -> Any:
        """One argument by name."""
        for (candidate, _), value in zip(self.spec.arguments, self.args, strict=True):
            if candidate == name:
                return value
        raise KeyError(name)

    def is_of(self, pallet: str, *names: str) -> bool:
        """Whether it is a call of this pallet, one of these if any are named."""
        return self.pallet == pallet and (not names or self.name in names)


_table: dict[int, PalletCalls] = {}


def install_calls(pallets: list[PalletCalls]) -> None:
    """Say which pallets' calls exist in this runtime, by pallet index.

    Raises:
        Doubled: two pallets share an index or a name.
    """
    ensure_distinct("pallets", "", ((pallet.index, pallet.name) for pallet in pallets))
    _table.clear()
    _table.update((pallet.index, pallet) for pallet in pallets)


def make_call(pallet: str, name: str, **arguments: Any) -> RuntimeCall:
    """A call by names, with its arguments by name."""
    for calls in _table.values():
        if calls.name == pallet:
            for spec in calls.specs.values():
                if spec.name == name:
                    args = tuple(arguments[argument] for argument, _ in spec.arguments)
                    return RuntimeCall(calls.index, spec, args)
    raise KeyError(f"{pallet}.{name} is no call of this runtime")


def _encode_call(value: RuntimeCall) -> bytes:
    return bytes((value.pallet_index, value.spec.index)) + value.spec.codec.encode(value.args)


_depth: ContextVar[int] = ContextVar("call_depth", default=0)
"""How many calls the decoder is inside of; per thread, since pool and importer decode at once."""


def _decode_call(data: bytes, at: int) -> tuple[RuntimeCall, int]:
    pallet = _table.get(data[at]) if at < len(data) else None
    spec = pallet.specs.get(data[at + 1]) if pallet and at + 1 < len(data) else None
    if pallet is None or spec is None:
        raise ScaleError(f"call at byte {at}: no call {data[at : at + 2].hex() or 'left'}")
    depth = _depth.get()
    if depth >= MAX_CALL_DEPTH:
        raise ScaleError(f"call at byte {at}: more than {MAX_CALL_DEPTH} calls inside each other")
    token = _depth.set(depth + 1)
    try:
        args, end = spec.codec.decode(data, at + 2)
    finally:
        _depth.reset(token)
    return RuntimeCall(pallet.index, spec, args), end


def _call_shape() -> Shape:
    cases = tuple(
        Case(pallet.name, index, (Field(None, pallet.enum),))
        for index, pallet in sorted(_table.items())
        if pallet.specs
    )
    return Variant("node_subtensor_runtime::RuntimeCall", cases)


CALL_CODEC: AnyCodec = Codec(_encode_call, _decode_call, _call_shape)

register(RuntimeCall, CALL_CODEC)
