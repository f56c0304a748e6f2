"""What Proxy stores and says: kinds of proxy and the calls each may make, events and errors."""

from enum import IntEnum
from typing import Final

from primitives.scale.records import scale_enum, scale_struct
from primitives.types import U16, AccountId, BlockNumber, Hash
from runtime.framework.calls import RuntimeCall
from runtime.framework.errors import DispatchResult, PalletError
from runtime.framework.events import Event

MAX_PROXIES: Final = 20
"""Proxies of one account."""
MAX_PENDING: Final = 75
"""Announcements of one proxy: about as many blocks as fit in fifteen minutes."""


@scale_enum("node_subtensor_runtime::ProxyType")
class ProxyType(IntEnum):
    """What a proxy may do for the account it stands for."""

    ANY = 0
    OWNER = 1
    NON_CRITICAL = 2
    NON_TRANSFER = 3
    SENATE = 4
    NON_FUNGIBILE = 5
    TRIUMVIRATE = 6
    GOVERNANCE = 7
    STAKING = 8
    REGISTRATION = 9

    def allows(self, call: RuntimeCall) -> bool:
        """Whether a proxy of this kind may make the call."""
        if self in ALL_BUT:
            return not _is_one_of(call, ALL_BUT[self])
        return _is_one_of(call, ONLY[self])

    def includes(self, other: "ProxyType") -> bool:
        """Whether it may do all that the other may, as far as the chain knows."""
        if self in (other, ProxyType.ANY):
            return True
        if other is ProxyType.ANY:
            return False
        if self is ProxyType.GOVERNANCE:
            return other in (ProxyType.TRIUMVIRATE, ProxyType.SENATE)
        return self is ProxyType.NON_TRANSFER


Calls = tuple[str, ...]
"""A pallet's name, then names of its calls; without these, all of them."""

ALL_BUT: Final[dict[ProxyType, tuple[Calls, ...]]] = {
    ProxyType.ANY: (),
    ProxyType.NON_CRITICAL: (
        ("SubtensorModule", "dissolve_network", "root_register", "burned_register"),
        ("Triumvirate",),
    ),
    ProxyType.NON_TRANSFER: (("Balances",),),
    ProxyType.NON_FUNGIBILE: (
        ("Balances",),
        ("SubtensorModule", "add_stake", "remove_stake", "burned_register", "root_register"),
    ),
}
"""Kinds that may make every call except these."""

ONLY: Final[dict[ProxyType, tuple[Calls, ...]]] = {
    ProxyType.OWNER: (("AdminUtils",),),
    ProxyType.SENATE: (("SenateMembers",),),
    ProxyType.TRIUMVIRATE: (("Triumvirate",), ("TriumvirateMembers",)),
    ProxyType.GOVERNANCE: (("SenateMembers",), ("Triumvirate",), ("TriumvirateMembers",)),
    ProxyType.STAKING: (("SubtensorModule", "add_stake", "remove_stake"),),
    ProxyType.REGISTRATION: (("SubtensorModule", "burned_register", "register"),),
}
"""Kinds that may make these calls and no others."""


def _is_one_of(call: RuntimeCall, listed: tuple[Calls, ...]) -> bool:
    return any(call.is_of(pallet, *names) for pallet, *names in listed)


@scale_struct(
    "pallet_proxy::ProxyDefinition",
    parameters=(
        ("AccountId", AccountId),
        ("ProxyType", ProxyType),
        ("BlockNumber", BlockNumber),
    ),
)
class ProxyDefinition:
    """Who may act, in what, and how many blocks after announcing it."""

    delegate: AccountId
    proxy_type: ProxyType
    delay: BlockNumber

    def rank(self) -> tuple[AccountId, ProxyType, BlockNumber]:
        """What an account's proxies are sorted by."""
        return self.delegate, self.proxy_type, self.delay


@scale_struct(
    "pallet_proxy::Announcement",
    parameters=(("AccountId", AccountId), ("Hash", Hash), ("BlockNumber", BlockNumber)),
)
class Announcement:
    """A call that a proxy will make, for whom, and since when it is known."""

    real: AccountId
    call_hash: Hash
    height: BlockNumber


class ProxyExecuted(Event, index=0):
    """A proxy made a call, with this result."""

    result: DispatchResult


class PureCreated(Event, index=1):
    """An account without a key was made; its proxies act for it."""

    pure: AccountId
    who: AccountId
    proxy_type: ProxyType
    disambiguation_index: U16


class Announced(Event, index=2):
    """A proxy said what call it will make."""

    real: AccountId
    proxy: AccountId
    call_hash: Hash


class ProxyAdded(Event, index=3):
    """An account took a proxy."""

    delegator: AccountId
    delegatee: AccountId
    proxy_type: ProxyType
    delay: BlockNumber


class ProxyRemoved(Event, index=4):
    """An account let a proxy go."""

    delegator: AccountId
    delegatee: AccountId
    proxy_type: ProxyType
    delay: BlockNumber


class TooMany(PalletError, index=0):
    """As many proxies or announcements as may be."""


class NotFound(PalletError, index=1):
    """No such proxy or announcement."""


class NotProxy(PalletError, index=2):
    """The caller is no proxy of the account, or not of that kind."""


class Unproxyable(PalletError, index=3):
    """Unused: the proxy's kind does not allow the call."""


class Duplicate(PalletError, index=4):
    """The account has this proxy already."""


class NoPermission(PalletError, index=5):
    """The caller is not the pure account that these arguments name."""


class Unannounced(PalletError, index=6):
    """The call was not announced, or not long enough ago."""


class NoSelfProxy(PalletError, index=7):
    """An account cannot be its own proxy."""
