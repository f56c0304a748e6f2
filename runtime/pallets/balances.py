"""Balances: who owns how much, and every way in which it moves."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from primitives import ss58
from primitives.arith import U64_MAX, saturating_add_u64, saturating_sub
from primitives.hashing import blake2_128_concat
from primitives.scale.types import Compact
from primitives.types import U32, AccountId, Balance
from runtime.framework.address import MultiAddress, lookup
from runtime.framework.calls import call
from runtime.framework.errors import (
    Arithmetic,
    ArithmeticFailure,
    DispatchError,
    Token,
    TokenError,
    ensure,
    panic,
)
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, ensure_root, ensure_signed
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageMap, StorageValue, storage_map, storage_value
from runtime.framework.weights import Pays, PostInfo, Weight
from runtime.pallets.balances_types import (
    ERRORS,
    EVENTS,
    AdjustmentDirection,
    BalanceSet,
    DeadAccount,
    DeltaZero,
    Deposit,
    DustLost,
    Endowed,
    Expendability,
    Freezes,
    Hold,
    HoldReason,
    Holds,
    InsufficientBalance,
    IssuanceDeactivated,
    LiquidityRestrictions,
    Locks,
    Reserved,
    Reserves,
    TooManyHolds,
    TotalIssuanceForced,
    Transfer,
    Unreserved,
    Upgraded,
    Withdraw,
)
from runtime.pallets.system import System
from runtime.pallets.system_types import NEW_LOGIC, AccountData

R = TypeVar("R")

MAX_HOLDS = 2
EVERY_CONSUMER = 2**32 - 1


class Balances(Pallet):
    """The native token. Amounts are in rao; accounts below the existential deposit vanish."""

    rust_module = "pallet_balances::pallet"
    type_parameters = ("T", "I")
    storage_version = 1
    events = EVENTS
    errors = ERRORS

    total_issuance: StorageValue[Balance] = storage_value(default=Balance(0))
    """Everything that exists."""
    inactive_issuance: StorageValue[Balance] = storage_value(default=Balance(0))
    """What of it is out of use."""
    account: StorageMap[AccountId, AccountData] = storage_map(
        blake2_128_concat, default=AccountData.new()
    )
    """Unused: balances are kept in System's accounts."""
    locks: StorageMap[AccountId, Locks] = storage_map(blake2_128_concat, default=[])
    """Locks on balances."""
    reserves: StorageMap[AccountId, Reserves] = storage_map(blake2_128_concat, default=[])
    """Named reserves."""
    holds: StorageMap[AccountId, Holds] = storage_map(blake2_128_concat, default=[])
    """Amounts on hold, by reason."""
    freezes: StorageMap[AccountId, Freezes] = storage_map(blake2_128_concat, default=[])
    """Amounts frozen, by reason."""

    existential_deposit: Constant[Balance] = constant(Balance(500))
    """The least an account may hold."""
    max_locks: Constant[U32] = constant(U32(50))
    """Locks an account may have."""
    max_reserves: Constant[U32] = constant(U32(50))
    """Named reserves an account may have."""
    max_freezes: Constant[U32] = constant(U32(50))
    """Freezes an account may have."""

    def __init__(self, ctx: PalletContext, *, system: System) -> None:
        super().__init__(ctx)
        self._system = system

    def genesis_default(self) -> dict[str, Any]:
        """Nobody owns anything."""
        return {"balances": []}

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Give out the first balances; none may be below the existential deposit."""
        endowed = [(ss58.decode(text)[0], int(amount)) for text, amount in config["balances"]]
        if any(amount < self.existential_deposit for _, amount in endowed):
            panic("the balance of any account should always be at least the existential deposit.")
        if len({who for who, _ in endowed}) != len(endowed):
            panic("duplicate balances in genesis.")
        self.total_issuance.put(Balance(sum([amount for _, amount in endowed])))
        for who, amount in endowed:
            account = AccountId(who)
            self._system.inc_providers(account)
            data = AccountData.new()
            data.free = Balance(amount)
            self._system.put_account_data(account, data)

    def data(self, who: AccountId) -> AccountData:
        """An account's balance."""
        return self._system.account.get(who).data

    def free_balance(self, who: AccountId) -> Balance:
        """What the account may spend or lock."""
        return self.data(who).free

    def reserved_balance(self, who: AccountId) -> Balance:
        """What is set aside."""
        return self.data(who).reserved

    def total_balance(self, who: AccountId) -> Balance:
        """Free and reserved."""
        data = self.data(who)
        return Balance(data.free + data.reserved)

    def reducible_balance(
        self, who: AccountId, *, keep_alive: bool, protect: bool = False, force: bool = False
    ) -> Balance:
        """What can be taken from the free balance.

        Args:
            who: the account.
            keep_alive: the account must stay above the existential deposit.
            protect: it must stay alive, if only this balance keeps it so.
            force: frozen balance counts too.
        """
        account = self._system.account.get(who)
        data = account.data
        untouchable = 0 if force else saturating_sub(data.frozen, data.reserved)
        alive = data.free > 0
        can_lose_provider = account.consumers == 0 or account.providers > 1
        if (
            keep_alive
            or (protect and alive and account.providers == 1)
            or (not protect and alive and not can_lose_provider)
        ):
            untouchable = max(untouchable, self.existential_deposit)
        return Balance(saturating_sub(data.free, untouchable))

    def ensure_can_withdraw(self, who: AccountId, amount: Balance, *, keep_alive: bool) -> None:
        """Refuse to take what is not there, frozen, or needed to keep the account alive."""
        if amount == 0:
            return
        if amount > self.total_issuance.get():
            raise ArithmeticFailure(Arithmetic.UNDERFLOW)
        free = self.data(who).free
        if amount > free:
            raise TokenError(Token.FUNDS_UNAVAILABLE)
        if amount > self.reducible_balance(who, keep_alive=False):
            raise TokenError(Token.FROZEN)
        if free - amount < self.existential_deposit:
            if not self._system.can_dec_provider(who):
                raise TokenError(Token.ONLY_PROVIDER)
            if keep_alive:
                raise TokenError(Token.NOT_EXPENDABLE)

    def ensure_can_deposit(self, who: AccountId, amount: Balance) -> None:
        """Refuse to give what would not make an account, or overflow one."""
        if amount == 0:
            return
        data = self.data(who)
        free = data.free + amount
        if free > U64_MAX or data.reserved + free > U64_MAX:
            raise ArithmeticFailure(Arithmetic.OVERFLOW)
        if free < self.existential_deposit:
            raise TokenError(Token.BELOW_MINIMUM)

    def ensure_upgraded(self, who: AccountId) -> bool:
        """Bring an account record of old form up to date; answers whether it was old."""
        data = self.data(who)
        if data.flags.bits & NEW_LOGIC:
            return False
        data.flags.bits = type(data.flags.bits)(data.flags.bits | NEW_LOGIC)
        if data.reserved > 0 and data.frozen == 0:
            if self._system.providers(who) == 0:
                data.free = Balance(max(data.free, self.existential_deposit))
                self._system.inc_providers(who)
            self._system.inc_consumers(who, limit=EVERY_CONSUMER)
        self._system.put_account_data(who, data)
        self.deposit(Upgraded(who))
        return True

    def mutate_account(self, who: AccountId, change: Callable[[AccountData, bool], R]) -> R:
        """Change an account's balance, keep its references right, and let dust go.

        `change` gets the data to change and whether the account is new; what it raises leaves the
        stored account as it was.
        """
        self.ensure_upgraded(who)
        data = self.data(who)
        is_new = data.is_default()
        least = self.existential_deposit
        did_provide = data.free >= least
        did_consume = not is_new and (data.reserved > 0 or data.frozen > 0)
        answer = change(data, is_new)
        does_consume = data.reserved > 0 or data.frozen > 0
        does_provide = data.free >= least
        self._move_references(who, (did_provide, does_provide), (did_consume, does_consume))
        gone = data.free < least and data.reserved == 0
        self._system.put_account_data(who, None if gone else data)
        if is_new:
            self.deposit(Endowed(who, data.free))
        if gone and data.free > 0:
            self.deposit(DustLost(who, data.free))
            self.rescind(data.free)
        return answer

    def _move_references(
        self, who: AccountId, provide: tuple[bool, bool], consume: tuple[bool, bool]
    ) -> None:
        if provide == (False, True):
            self._system.inc_providers(who)
        if consume == (True, False):
            self._system.dec_consumers(who)
        if consume == (False, True):
            self._system.inc_consumers(who)
        if provide == (True, False):
            self._system.dec_providers(who)

    def issue(self, amount: Balance) -> None:
        """Let the total issuance grow."""
        self.total_issuance.put(Balance(saturating_add_u64(self.total_issuance.get(), amount)))

    def rescind(self, amount: Balance) -> None:
        """Let the total issuance shrink."""
        self.total_issuance.put(Balance(saturating_sub(self.total_issuance.get(), amount)))

    def set_free(self, who: AccountId, free: Balance) -> None:
        """Set the free balance, not below what the account's references need."""
        most = self.reducible_balance(who, keep_alive=False, force=True)

        def change(data: AccountData, _: bool) -> None:  # noqa: FBT001
            ensure(saturating_sub(data.free, free) <= most, InsufficientBalance)
            data.free = free

        self.mutate_account(who, change)

    def increase(self, who: AccountId, amount: Balance) -> Balance:
        """Add to the free balance as far as it goes; answers how far."""
        old = self.free_balance(who)
        new = saturating_add_u64(old, amount)
        if new < self.existential_deposit or new == old:
            return Balance(0)
        self.set_free(who, Balance(new))
        return Balance(new - old)

    def transfer(
        self, source: AccountId, dest: AccountId, amount: Balance, *, keep_alive: bool
    ) -> None:
        """Move free balance.

        Raises:
            TokenError: funds are missing, frozen, needed to live, or too little to make an account.
            ArithmeticFailure: the amount is more than exists.
        """
        self.ensure_can_withdraw(source, amount, keep_alive=keep_alive)
        self.ensure_can_deposit(dest, amount)
        if source == dest:
            return
        reducible = self.reducible_balance(source, keep_alive=keep_alive)
        self.set_free(source, Balance(self.free_balance(source) - min(amount, reducible)))
        self.increase(dest, amount)
        self.deposit(Transfer(source, dest, amount))

    def deposit_best_effort(self, who: AccountId, amount: Balance) -> Balance:
        """Create balance in an account as far as it goes; says so even if that is nothing."""
        added = self.increase(who, amount)
        self.deposit(Deposit(who, added))
        self.issue(added)
        return added

    def withdraw_best_effort(self, who: AccountId, amount: Balance, *, keep_alive: bool) -> Balance:
        """Destroy as much of the amount as the account can spare; says how much."""
        taken = min(amount, self.reducible_balance(who, keep_alive=keep_alive))
        self.set_free(who, Balance(self.free_balance(who) - taken))
        self.deposit(Withdraw(who, Balance(taken)))
        self.rescind(Balance(taken))
        return Balance(taken)

    def withdraw_fee(self, who: AccountId, amount: Balance) -> None:
        """Take a fee out of a living account; the issuance shrinks when the fee is settled.

        Raises:
            PalletError: there is not enough to pay and live.
        """

        def change(data: AccountData, _: bool) -> None:  # noqa: FBT001
            ensure(data.free >= amount, InsufficientBalance)
            left = data.free - amount
            dies = left < self.existential_deposit <= data.free
            ensure(not dies, Expendability)
            ensure(left >= data.frozen, LiquidityRestrictions)
            data.free = Balance(left)
            self.deposit(Withdraw(who, amount))

        self.mutate_account(who, change)

    def refund_fee(self, who: AccountId, amount: Balance) -> Balance:
        """Give a part of a fee back, if the account is still there; answers what was given."""
        if amount == 0:
            return Balance(0)

        def change(data: AccountData, is_new: bool) -> Balance:  # noqa: FBT001
            ensure(not is_new, DeadAccount)
            if data.free + amount > U64_MAX:
                raise ArithmeticFailure(Arithmetic.OVERFLOW)
            data.free = Balance(data.free + amount)
            self.deposit(Deposit(who, amount))
            return amount

        try:
            with self.ctx.transaction():
                return self.mutate_account(who, change)
        except DispatchError:
            return Balance(0)

    def reserve(self, who: AccountId, amount: Balance) -> None:
        """Set free balance aside.

        Raises:
            PalletError: it is not there or frozen, or the account could not live without it.
        """
        if amount == 0:
            return

        def change(data: AccountData, _: bool) -> None:  # noqa: FBT001
            ensure(data.free >= amount, InsufficientBalance)
            if data.reserved + amount > U64_MAX:
                raise ArithmeticFailure(Arithmetic.OVERFLOW)
            ensure(data.free - amount >= self.data(who).frozen, LiquidityRestrictions)
            data.free = Balance(data.free - amount)
            data.reserved = Balance(data.reserved + amount)

        self.mutate_account(who, change)
        self.deposit(Reserved(who, amount))

    def unreserve(self, who: AccountId, amount: Balance) -> Balance:
        """Free reserved balance again; answers what of the amount was not there."""
        if amount == 0:
            return Balance(0)
        if self.total_balance(who) == 0:
            return amount

        def change(data: AccountData, _: bool) -> Balance:  # noqa: FBT001
            actual = min(data.reserved, amount)
            data.reserved = Balance(data.reserved - actual)
            data.free = Balance(saturating_add_u64(data.free, actual))
            return Balance(actual)

        try:
            actual = self.mutate_account(who, change)
        except DispatchError:
            return amount
        self.deposit(Unreserved(who, actual))
        return Balance(amount - actual)

    def balance_on_hold(self, reason: HoldReason, who: AccountId) -> Balance:
        """What is on hold for a reason."""
        return next((h.amount for h in self.holds.get(who) if h.id == reason), Balance(0))

    def _set_on_hold(self, reason: HoldReason, who: AccountId, amount: Balance) -> None:
        holds = self.holds.get(who)
        before = self.balance_on_hold(reason, who)
        holds = [h for h in holds if h.id != reason or amount > 0]
        for held in holds:
            if held.id == reason:
                held.amount = amount
        if amount > 0 and before == 0:
            ensure(len(holds) < MAX_HOLDS, TooManyHolds)
            holds.append(Hold(reason, amount))

        def change(data: AccountData, _: bool) -> None:  # noqa: FBT001
            reserved = data.reserved + amount - before
            if reserved < 0:
                raise ArithmeticFailure(Arithmetic.UNDERFLOW)
            if reserved > U64_MAX:
                raise ArithmeticFailure(Arithmetic.OVERFLOW)
            data.reserved = Balance(reserved)

        self.mutate_account(who, change)
        self.holds.insert(who, holds)

    def hold(self, reason: HoldReason, who: AccountId, amount: Balance) -> None:
        """Put free balance on hold, if the account can live without it."""
        if amount > self.reducible_balance(who, keep_alive=False, protect=True, force=True):
            raise TokenError(Token.FUNDS_UNAVAILABLE)
        holds = self.holds.get(who)
        full = len(holds) == MAX_HOLDS and all(held.id != reason for held in holds)
        if self._system.providers(who) == 0 or full:
            raise TokenError(Token.CANNOT_CREATE_HOLD)
        self.set_free(who, Balance(self.free_balance(who) - amount))
        self._set_on_hold(reason, who, Balance(self.balance_on_hold(reason, who) + amount))

    def release(
        self, reason: HoldReason, who: AccountId, amount: Balance, *, exact: bool = False
    ) -> Balance:
        """Free balance that was on hold; answers how much."""
        try:
            self.ensure_can_deposit(who, amount)
        except DispatchError:
            raise TokenError(Token.CANNOT_CREATE) from None
        held = self.balance_on_hold(reason, who)
        if exact and amount > held:
            raise TokenError(Token.FUNDS_UNAVAILABLE)
        actual = Balance(min(amount, held))
        self._set_on_hold(reason, who, Balance(held - actual))
        return self.increase(who, actual)

    @invariant(waived_by=("Balances.force_adjust_total_issuance",))
    def issuance_is_what_accounts_hold(self) -> Iterator[str]:
        """All that exists is in accounts, free or reserved; root can set the number to any other.

        Fees and dust leave the issuance together with the accounts they are taken from.
        """
        accounts = [account.data for _, account in self._system.account.items()]
        held = sum(data.free + data.reserved for data in accounts)
        issued = self.total_issuance.get()
        if issued != held:
            yield f"{issued} issued, {held} in accounts"

    @invariant()
    def references_follow_balances(self) -> Iterator[str]:
        """A free balance keeps its account alive, what is set aside of it needs the account.

        Nothing else does either in this runtime. Accounts of old form are counted anew when they
        are next touched.
        """
        for who, account in self._system.account.items():
            data = account.data
            if not data.flags.bits & NEW_LOGIC:
                continue
            provides = int(data.free >= self.existential_deposit)
            consumes = int(data.reserved > 0 or data.frozen > 0)
            if (account.providers, account.consumers) != (provides, consumes):
                yield f"{who.hex()}: {account.providers} providers, {account.consumers} consumers"

    @invariant(waived_by=("Balances.force_unreserve",))
    def holds_are_reserved(self) -> Iterator[str]:
        """What is on hold of an account is part of what is reserved, under each reason once.

        Root can free reserves without asking whether they are on hold.
        """
        for who, holds in self.holds.items():
            held, reserved = sum(hold.amount for hold in holds), self.reserved_balance(who)
            if held > reserved:
                yield f"{held} of {who.hex()} on hold, {reserved} reserved"
            reasons = [hold.id for hold in holds]
            if any(reasons.count(reason) > 1 for reason in reasons):
                yield f"{who.hex()} has two holds for one reason"

    @call(index=0, weight=Weight(172_297_000, 3593))
    def transfer_allow_death(
        self, origin: Origin, dest: MultiAddress, value: Compact[Balance]
    ) -> None:
        """Pay somebody, even if that ends the payer's account."""
        source = ensure_signed(origin)
        self.transfer(source, lookup(dest), value, keep_alive=False)

    @call(index=2, weight=Weight(298_834_000, 6196))
    def force_transfer(
        self, origin: Origin, source: MultiAddress, dest: MultiAddress, value: Compact[Balance]
    ) -> None:
        """As root, move balance between any two accounts."""
        ensure_root(origin)
        self.transfer(lookup(source), lookup(dest), value, keep_alive=False)

    @call(index=3, weight=Weight(161_900_000, 3593))
    def transfer_keep_alive(
        self, origin: Origin, dest: MultiAddress, value: Compact[Balance]
    ) -> None:
        """Pay somebody, but not if that would end the payer's account."""
        source = ensure_signed(origin)
        self.transfer(source, lookup(dest), value, keep_alive=True)

    @call(index=4, weight=Weight(170_151_000, 3593))
    def transfer_all(self, origin: Origin, dest: MultiAddress, keep_alive: bool) -> None:  # noqa: FBT001
        """Pay everything that can be paid."""
        source = ensure_signed(origin)
        amount = self.reducible_balance(source, keep_alive=keep_alive)
        self.transfer(source, lookup(dest), amount, keep_alive=keep_alive)

    @call(index=5, weight=Weight(141_945_000, 3593))
    def force_unreserve(self, origin: Origin, who: MultiAddress, amount: Balance) -> None:
        """As root, free reserved balance."""
        ensure_root(origin)
        self.unreserve(lookup(who), amount)

    @call(
        index=6,
        weight=lambda _, who: Weight(16_118_000, 990) + Weight(138_327_660, 2603).mul(len(who)),
    )
    def upgrade_accounts(self, origin: Origin, who: list[AccountId]) -> PostInfo:
        """Bring account records up to date; free if nine in ten needed it."""
        ensure_signed(origin)
        upgraded = sum([self.ensure_upgraded(account) for account in who])
        useful = bool(who) and upgraded * 10**9 // len(who) >= 9 * 10**8
        return PostInfo(pays_fee=Pays.NO if useful else Pays.YES)

    @call(index=8, weight=Weight(144_553_000, 3593))
    def force_set_balance(
        self, origin: Origin, who: MultiAddress, new_free: Compact[Balance]
    ) -> None:
        """As root, set a free balance; what is too little to live counts as nothing."""
        ensure_root(origin)
        account = lookup(who)
        free = Balance(0 if new_free < self.existential_deposit else new_free)

        def change(data: AccountData, _: bool) -> Balance:  # noqa: FBT001
            old, data.free = data.free, free
            return old

        old = self.mutate_account(account, change)
        if free > old:
            self.issue(Balance(free - old))
        elif free < old:
            self.rescind(Balance(old - free))
        self.deposit(BalanceSet(account, free))

    @call(index=9, weight=Weight(6_507_000, 0))
    def force_adjust_total_issuance(
        self, origin: Origin, direction: AdjustmentDirection, delta: Compact[Balance]
    ) -> None:
        """As root, correct the total issuance."""
        ensure_root(origin)
        ensure(delta > 0, DeltaZero)
        old = self.total_issuance.get()
        if direction is AdjustmentDirection.INCREASE:
            new = Balance(saturating_add_u64(old, delta))
        else:
            new = Balance(saturating_sub(old, delta))
        ensure(self.inactive_issuance.get() <= new, IssuanceDeactivated)
        self.total_issuance.put(new)
        self.deposit(TotalIssuanceForced(old, new))
