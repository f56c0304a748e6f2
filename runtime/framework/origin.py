"""Origins: in whose name a call is dispatched, and what that origin may call."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from primitives.scale.records import Enumeration
from primitives.types import U32, AccountId
from runtime.framework.errors import BadOrigin


class SystemOrigin(
    Enumeration, path="frame_support::dispatch::RawOrigin", parameters=(("AccountId", AccountId),)
):
    """The origins that every runtime has."""


class Root(SystemOrigin, index=0):
    """The chain itself: sudo, a passed motion, a hook."""


class Signed(SystemOrigin, index=1, unnamed=True):
    """An account that signed the extrinsic."""

    who: AccountId


class NoOne(SystemOrigin, index=2, name="None"):
    """Nobody: inherents and unsigned extrinsics."""


class CollectiveOrigin(
    Enumeration,
    path="pallet_collective::RawOrigin",
    parameters=(("AccountId", AccountId), ("I", None)),
):
    """What the Triumvirate speaks with."""


class Members(CollectiveOrigin, index=0, unnamed=True):
    """So many of so many members said yes."""

    yes: U32
    total: U32


class Member(CollectiveOrigin, index=1, unnamed=True):
    """One member on its own."""

    who: AccountId


class Phantom(CollectiveOrigin, index=2, name="_Phantom"):
    """Never made; it stands in the type."""


class Never(Enumeration, path="sp_core::Void"):
    """A type without values."""


class OriginCaller(Enumeration, path="node_subtensor_runtime::OriginCaller"):
    """Every origin of this runtime, by pallet index, as stored and passed in calls."""


class BySystem(OriginCaller, index=0, name="system", unnamed=True):
    """An origin of the System pallet."""

    origin: SystemOrigin


class ByTriumvirate(OriginCaller, index=8, name="Triumvirate", unnamed=True):
    """An origin of the Triumvirate."""

    origin: CollectiveOrigin


class ByVoid(OriginCaller, index=2, name="Void", unnamed=True):
    """Never made; it stands in the type."""

    origin: Never


CallFilter = Callable[[Any], bool]
"""Says whether a RuntimeCall may be dispatched."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A caller together with the filters that proxies and the like have put on it."""

    caller: OriginCaller
    filters: tuple[CallFilter, ...] = ()

    @staticmethod
    def root() -> "Origin":
        """The origin that may do everything."""
        return _ROOT

    @staticmethod
    def none() -> "Origin":
        """The origin of inherents and unsigned extrinsics."""
        return _NONE

    @staticmethod
    def signed(who: AccountId) -> "Origin":
        """An account's origin."""
        return Origin(BySystem(Signed(who)))

    @staticmethod
    def of(caller: OriginCaller) -> "Origin":
        """A stored or passed origin, without filters."""
        return Origin(caller)

    @staticmethod
    def collective(origin: CollectiveOrigin) -> "Origin":
        """The Triumvirate's or one of its members' origin."""
        return Origin(ByTriumvirate(origin))

    @property
    def system(self) -> SystemOrigin | None:
        """The System origin, if it is one."""
        return self.caller.origin if isinstance(self.caller, BySystem) else None

    def with_filter(self, call_filter: CallFilter) -> "Origin":
        """The same origin, allowed one filter's calls only, besides earlier filters."""
        return replace(self, filters=(*self.filters, call_filter))

    def allows(self, call: Any) -> bool:
        """Whether the filters let a call through; root passes all."""
        return self.caller == _ROOT.caller or all(check(call) for check in self.filters)


_ROOT = Origin(BySystem(Root()))
_NONE = Origin(BySystem(NoOne()))


def ensure_signed(origin: Origin) -> AccountId:
    """The signer, or BadOrigin."""
    system = origin.system
    if isinstance(system, Signed):
        return system.who
    raise BadOrigin


def ensure_root(origin: Origin) -> None:
    """BadOrigin unless the origin is root."""
    if not isinstance(origin.system, Root):
        raise BadOrigin


def ensure_none(origin: Origin) -> None:
    """BadOrigin unless nobody signed."""
    if not isinstance(origin.system, NoOne):
        raise BadOrigin


def ensure_signed_or_root(origin: Origin) -> AccountId | None:
    """The signer, None for root, else BadOrigin."""
    return None if isinstance(origin.system, Root) else ensure_signed(origin)
