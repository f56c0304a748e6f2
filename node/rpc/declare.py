"""How methods and subscriptions are declared: by decorators, over plain functions.

    methods = Methods()

    @methods.method("chain_getHeader")
    def get_header(rpc: RpcContext, hash_: BlockHash | None = None) -> Json: ...

Names of parameters, their types and what may be left out come from the signature. A plain function
answers at once; an `async` one may take its time, and others overtake it.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from inspect import iscoroutinefunction
from typing import Any, Protocol, TypeVar

from node.rpc.messages import Json
from node.rpc.params import Param, params_of


@dataclass(frozen=True)
class Method:
    """One method; `names` begins with the one it is known by, aliases follow."""

    names: tuple[str, ...]
    function: Callable[..., Json | Awaitable[Json]]
    is_unsafe: bool

    @cached_property
    def params(self) -> tuple[Param, ...]:
        return params_of(self.function, skip=1)

    @cached_property
    def is_quick(self) -> bool:
        """Whether it answers at once."""
        return not iscoroutinefunction(self.function)


class Subscriber(Protocol):
    """The way to a client that subscribed."""

    def accept(self) -> None:
        """Answer the subscription's id. Until then, an error is an ordinary reply."""

    async def notify(self, result: Json) -> None:
        """Send a notification; waits while the client does not read."""


@dataclass(frozen=True)
class Subscription:
    """One kind of subscription: it lives as long as its function runs."""

    names: tuple[str, ...]
    function: Callable[..., Awaitable[None]]
    event: str
    """Method name of the notifications."""
    unsubscribe_names: tuple[str, ...]

    @cached_property
    def params(self) -> tuple[Param, ...]:
        return params_of(self.function, skip=2)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """The counterpart of a subscription."""

    of: Subscription


Entry = Method | Subscription | Unsubscribe
F = TypeVar("F", bound=Callable[..., Any])


class Methods:
    """What one namespace offers, by every name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Entry] = {}

    def method(self, name: str, *aliases: str, unsafe: bool = False) -> Callable[[F], F]:
        """Declare `(rpc, …) -> Json`."""

        def attach(function: F) -> F:
            method = Method((name, *aliases), function, is_unsafe=unsafe)
            self._enter(method.names, method)
            return function

        return attach

    def subscription(self, *names: str, event: str, unsubscribe: Iterable[str]) -> Callable[[F], F]:
        """Declare `async (rpc, subscriber, …) -> None`."""

        def attach(function: F) -> F:
            subscription = Subscription(names, function, event, tuple(unsubscribe))
            self._enter(names, subscription)
            self._enter(subscription.unsubscribe_names, Unsubscribe(subscription))
            return function

        return attach

    def include(self, others: "Methods") -> None:
        """Take over what another namespace offers."""
        for name, entry in others.by_name.items():
            self._enter((name,), entry)

    def find(self, name: str) -> Entry | None:
        return self.by_name.get(name)

    def names(self) -> list[str]:
        """Every name, aliases too, in alphabetical order."""
        return sorted(self.by_name)

    def __iter__(self) -> Iterator[Entry]:
        """Every entry once, in the order of declaration."""
        return iter({id(entry): entry for entry in self.by_name.values()}.values())

    def _enter(self, names: Iterable[str], entry: Entry) -> None:
        for name in names:
            if name in self.by_name:
                raise ValueError(f"{name} is declared twice")
            self.by_name[name] = entry
