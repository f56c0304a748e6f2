"""Proxy: accounts that may act for others, at once or after announcing what they will do."""

from collections.abc import Callable, Iterator
from typing import Annotated, Final

from primitives.arith import saturating_sub
from primitives.hashing import blake2_256, twox_64_concat
from primitives.scale.containers import Bounded
from primitives.scale.types import Compact
from primitives.types import U16, U32, AccountId, Balance, BlockNumber, Hash
from runtime.framework.address import MultiAddress, lookup
from runtime.framework.calls import RuntimeCall, call
from runtime.framework.errors import DispatchError, ensure
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, ensure_signed
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageMap, storage_map
from runtime.framework.weights import DispatchClass, Weight, db_weight
from runtime.pallets.balances import Balances
from runtime.pallets.nested import attempt
from runtime.pallets.proxy_types import (
    MAX_PENDING,
    MAX_PROXIES,
    Announced,
    Announcement,
    Duplicate,
    NoPermission,
    NoSelfProxy,
    NotFound,
    NotProxy,
    ProxyAdded,
    ProxyDefinition,
    ProxyExecuted,
    ProxyRemoved,
    ProxyType,
    PureCreated,
    TooMany,
    Unannounced,
    Unproxyable,
)
from runtime.pallets.system import System

PURE_DOMAIN: Final = b"modlpy/proxy____"
"""Keeps pure accounts apart from every other use of the same hash."""


def _per_proxy(time: int, each: int, reads: int, writes: int) -> Weight:
    """Weight for an account with as many proxies as it may have."""
    return Weight(time + each * MAX_PROXIES, 4706) + db_weight(reads, writes)


def _per_announcement(time: int, pending: int, each: int, reads: int) -> Weight:
    """Weight with as many announcements and proxies as there may be."""
    full = time + pending * MAX_PENDING + each * MAX_PROXIES
    return Weight(full, 5698) + db_weight(reads, 2)


ACCOUNT_RECORD: Final = db_weight(1, 1)
"""Reaching the record of the account that is acted for."""
PROXY: Final = _per_proxy(15_919_146, 31_768, 1, 0) + ACCOUNT_RECORD
PROXY_ANNOUNCED: Final = _per_announcement(40_373_648, 166_936, 54_329, 3) + ACCOUNT_RECORD


class Proxy(Pallet):
    """Accounts that may act for others."""

    rust_module = "pallet_proxy::pallet"
    events = (ProxyExecuted, PureCreated, Announced, ProxyAdded, ProxyRemoved)
    errors = (
        TooMany,
        NotFound,
        NotProxy,
        Unproxyable,
        Duplicate,
        NoPermission,
        Unannounced,
        NoSelfProxy,
    )

    proxy_deposit_base: Constant[Balance] = constant(Balance(60_000_000))
    """Rao reserved for having proxies at all."""
    proxy_deposit_factor: Constant[Balance] = constant(Balance(33_000_000))
    """Rao reserved for each proxy."""
    max_proxies: Constant[U32] = constant(U32(MAX_PROXIES))
    """Most proxies of one account."""
    max_pending: Constant[U32] = constant(U32(MAX_PENDING))
    """Most announcements of one proxy."""
    announcement_deposit_base: Constant[Balance] = constant(Balance(36_000_000))
    """Rao reserved for having announcements at all."""
    announcement_deposit_factor: Constant[Balance] = constant(Balance(68_000_000))
    """Rao reserved for each announcement."""

    proxies: StorageMap[
        AccountId, tuple[Annotated[list[ProxyDefinition], Bounded(MAX_PROXIES)], Balance]
    ] = storage_map(twox_64_concat, default=([], 0))
    """Proxies of an account in ascending order, and what is reserved for them."""
    announcements: StorageMap[
        AccountId, tuple[Annotated[list[Announcement], Bounded(MAX_PENDING)], Balance]
    ] = storage_map(twox_64_concat, default=([], 0))
    """What a proxy announced, and what is reserved for that."""

    def __init__(self, ctx: PalletContext, *, system: System, balances: Balances) -> None:
        super().__init__(ctx)
        self._system = system
        self._balances = balances

    def deposits(self) -> Iterator[tuple[AccountId, Balance]]:
        """Accounts with proxies and proxies with announcements have deposits."""
        for item in (self.proxies, self.announcements):
            for who, (_, deposit) in item.items():
                yield who, deposit

    @invariant()
    def proxies_are_in_order(self) -> Iterator[str]:
        """Proxies stand in ascending order, each once, and the deposit follows their number."""
        for who, (proxies, deposit) in self.proxies.items():
            ranks = [proxy.rank() for proxy in proxies]
            if not ranks or sorted(set(ranks)) != ranks:
                yield f"proxies of {who.hex()} are out of order"
            if deposit != self._proxy_deposit(len(proxies)):
                yield f"{deposit} for {len(proxies)} proxies of {who.hex()}"

    @invariant()
    def announcements_are_paid_for(self) -> Iterator[str]:
        """The deposit for announcements follows their number, and none are stored for none."""
        for who, (pending, deposit) in self.announcements.items():
            if not pending or deposit != self._announcement_deposit(len(pending)):
                yield f"{deposit} for {len(pending)} announcements of {who.hex()}"

    @call(
        index=0,
        weight=lambda self, _real, _force_proxy_type, call: PROXY + self.ctx.info_of(call).weight,
        dispatch_class=lambda self, _real, _force_proxy_type, call: self._class_of(call),
    )
    def proxy(
        self,
        origin: Origin,
        real: MultiAddress,
        force_proxy_type: ProxyType | None,
        call: RuntimeCall,
    ) -> None:
        """Make a call for another account; its failure is told by an event only."""
        who = ensure_signed(origin)
        principal = lookup(real)
        definition = self._find_proxy(principal, who, force_proxy_type)
        ensure(definition.delay == 0, Unannounced)
        self._act(definition, principal, call)

    @call(index=1, weight=_per_proxy(26_611_090, 85_165, 1, 1))
    def add_proxy(
        self, origin: Origin, delegate: MultiAddress, proxy_type: ProxyType, delay: BlockNumber
    ) -> None:
        """Let another account act for the caller."""
        who = ensure_signed(origin)
        definition = ProxyDefinition(lookup(delegate), proxy_type, delay)
        ensure(who != definition.delegate, NoSelfProxy)
        proxies, reserved = self.proxies.get(who)
        ensure(definition not in proxies, Duplicate)
        ensure(len(proxies) < MAX_PROXIES, TooMany)

        proxies = sorted([*proxies, definition], key=ProxyDefinition.rank)
        deposit = self._proxy_deposit(len(proxies))
        self._reserve_exactly(who, reserved, deposit)
        self.proxies.insert(who, (proxies, deposit))

        self.deposit(ProxyAdded(who, definition.delegate, proxy_type, delay))

    @call(index=2, weight=_per_proxy(26_904_510, 61_668, 1, 1))
    def remove_proxy(
        self, origin: Origin, delegate: MultiAddress, proxy_type: ProxyType, delay: BlockNumber
    ) -> None:
        """Let another account act for the caller no more."""
        who = ensure_signed(origin)
        definition = ProxyDefinition(lookup(delegate), proxy_type, delay)
        proxies, reserved = self.proxies.get(who)
        ensure(definition in proxies, NotFound)

        proxies = [one for one in proxies if one != definition]
        deposit = self._proxy_deposit(len(proxies))
        self._reserve_exactly(who, reserved, deposit)
        if proxies:
            self.proxies.insert(who, (proxies, deposit))
        else:
            self.proxies.remove(who)

        self.deposit(ProxyRemoved(who, definition.delegate, proxy_type, delay))

    @call(index=3, weight=_per_proxy(23_618_441, 44_009, 1, 1))
    def remove_proxies(self, origin: Origin) -> None:
        """Let nobody act for the caller any more; a pure account is out of reach after that."""
        who = ensure_signed(origin)
        _, reserved = self.proxies.take(who)
        self._balances.unreserve(who, reserved)

    @call(index=4, weight=_per_proxy(28_632_271, 2453, 1, 1))
    def create_pure(
        self, origin: Origin, proxy_type: ProxyType, delay: BlockNumber, index: U16
    ) -> None:
        """Make an account without a key, whose proxy is the caller."""
        who = ensure_signed(origin)
        born = (self._system.block_number(), self._system.extrinsic_index())
        pure = pure_account(who, proxy_type, index, *born)
        ensure(not self.proxies.contains(pure), Duplicate)
        deposit = self._proxy_deposit(1)

        self._balances.reserve(who, deposit)
        self.proxies.insert(pure, ([ProxyDefinition(who, proxy_type, delay)], deposit))

        self.deposit(PureCreated(pure, who, proxy_type, index))

    @call(index=5, weight=_per_proxy(24_874_553, 38_799, 1, 1))
    def kill_pure(
        self,
        origin: Origin,
        spawner: MultiAddress,
        proxy_type: ProxyType,
        index: U16,
        height: Compact[BlockNumber],
        ext_index: Compact[U32],
    ) -> None:
        """Give up the pure account that is the caller; what it owns is lost."""
        who = ensure_signed(origin)
        maker = lookup(spawner)
        ensure(who == pure_account(maker, proxy_type, index, height, ext_index), NoPermission)

        _, reserved = self.proxies.take(who)
        self._balances.unreserve(maker, reserved)

    @call(index=6, weight=_per_announcement(36_727_868, 167_060, 59_836, 3))
    def announce(self, origin: Origin, real: MultiAddress, call_hash: Hash) -> None:
        """Say, by its hash, what call the caller will make for another account."""
        who = ensure_signed(origin)
        principal = lookup(real)
        self._find_proxy(principal, who, None)
        pending, reserved = self.announcements.get(who)
        ensure(len(pending) < MAX_PENDING, TooMany)

        announcement = Announcement(principal, call_hash, self._system.block_number())
        self._put_announcements(who, [*pending, announcement], reserved)

        self.deposit(Announced(principal, who, call_hash))

    @call(index=7, weight=_per_announcement(25_112_188, 189_027, 26_683, 2))
    def remove_announcement(self, origin: Origin, real: MultiAddress, call_hash: Hash) -> None:
        """Take back what the caller announced."""
        who = ensure_signed(origin)
        principal = lookup(real)
        self._settle_announcements(
            who, lambda one: one.real == principal and one.call_hash == call_hash
        )

    @call(index=8, weight=_per_announcement(25_359_291, 181_470, 17_725, 2))
    def reject_announcement(self, origin: Origin, delegate: MultiAddress, call_hash: Hash) -> None:
        """Refuse what a proxy announced it would do for the caller."""
        who = ensure_signed(origin)
        self._settle_announcements(
            lookup(delegate), lambda one: one.real == who and one.call_hash == call_hash
        )

    @call(
        index=9,
        weight=lambda self, _delegate, _real, _force_proxy_type, call: (
            PROXY_ANNOUNCED + self.ctx.info_of(call).weight
        ),
        dispatch_class=lambda self, _delegate, _real, _force_proxy_type, call: self._class_of(call),
    )
    def proxy_announced(
        self,
        origin: Origin,
        delegate: MultiAddress,
        real: MultiAddress,
        force_proxy_type: ProxyType | None,
        call: RuntimeCall,
    ) -> None:
        """Make a call that a proxy announced long enough ago; anyone may have it made."""
        ensure_signed(origin)
        proxy, principal = lookup(delegate), lookup(real)
        definition = self._find_proxy(principal, proxy, force_proxy_type)
        call_hash, now = blake2_256(self.ctx.encode_call(call)), self._system.block_number()
        try:
            self._settle_announcements(
                proxy,
                lambda one: (
                    one.real == principal
                    and one.call_hash == call_hash
                    and saturating_sub(now, one.height) >= definition.delay
                ),
            )
        except DispatchError:
            raise Unannounced from None
        self._act(definition, principal, call)

    def _class_of(self, inner: RuntimeCall) -> DispatchClass:
        return self.ctx.info_of(inner).class_

    def _find_proxy(
        self, principal: AccountId, delegate: AccountId, proxy_type: ProxyType | None
    ) -> ProxyDefinition:
        """The first right that the delegate has, of one kind if a kind is named."""
        for definition in self.proxies.get(principal)[0]:
            if definition.delegate == delegate and proxy_type in (None, definition.proxy_type):
                return definition
        raise NotProxy

    def _act(self, definition: ProxyDefinition, principal: AccountId, inner: RuntimeCall) -> None:
        """Make the call in the principal's name, within what the proxy may do."""

        def allowed(nested: RuntimeCall) -> bool:
            return self._allows(definition.proxy_type, nested)

        origin = Origin.signed(principal).with_filter(allowed)
        self.deposit(ProxyExecuted(attempt(self.ctx.dispatch, inner, origin).result))

    def _allows(self, proxy_type: ProxyType, nested: RuntimeCall) -> bool:
        """A proxy may not hand out or take more rights than its own."""
        if nested.is_of(self.name, "add_proxy", "remove_proxy"):
            granted: ProxyType = nested.arg("proxy_type")
            if not proxy_type.includes(granted):
                return False
        if nested.is_of(self.name, "remove_proxies", "kill_pure"):
            return proxy_type is ProxyType.ANY
        return proxy_type.allows(nested)

    def _proxy_deposit(self, proxies: int) -> Balance:
        if proxies == 0:
            return Balance(0)
        return Balance(self.proxy_deposit_base + self.proxy_deposit_factor * proxies)

    def _announcement_deposit(self, pending: int) -> Balance:
        if pending == 0:
            return Balance(0)
        factor = self.announcement_deposit_factor
        return Balance(self.announcement_deposit_base + factor * pending)

    def _reserve_exactly(self, who: AccountId, reserved: Balance, wanted: Balance) -> None:
        if wanted > reserved:
            self._balances.reserve(who, Balance(wanted - reserved))
        elif wanted < reserved:
            self._balances.unreserve(who, Balance(reserved - wanted))

    def _settle_announcements(
        self, delegate: AccountId, done: Callable[[Announcement], bool]
    ) -> None:
        """Drop the announcements that are done with; there must be some."""
        pending, reserved = self.announcements.get(delegate)
        left = [one for one in pending if not done(one)]
        ensure(len(left) < len(pending), NotFound)
        self._put_announcements(delegate, left, reserved)

    def _put_announcements(
        self, who: AccountId, pending: list[Announcement], reserved: Balance
    ) -> None:
        deposit = self._announcement_deposit(len(pending))
        self._reserve_exactly(who, reserved, deposit)
        if pending:
            self.announcements.insert(who, (pending, deposit))
        else:
            self.announcements.remove(who)


def pure_account(
    who: AccountId, proxy_type: ProxyType, index: int, height: int, ext_index: int
) -> AccountId:
    """The pure account that `who` made in that extrinsic of that block."""
    birth = height.to_bytes(4, "little") + ext_index.to_bytes(4, "little")
    kind = bytes((proxy_type,)) + index.to_bytes(2, "little")
    return AccountId(blake2_256(PURE_DOMAIN + who + birth + kind))
