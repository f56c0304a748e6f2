"""Membership: a sorted list of accounts that root keeps, with a prime among them.

Two instances: TriumvirateMembers, whose changes the Triumvirate follows, and SenateMembers.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Protocol

from primitives import ss58
from primitives.scale.containers import Bounded
from primitives.types import AccountId
from runtime.framework.address import MultiAddress, lookup
from runtime.framework.calls import call
from runtime.framework.errors import PalletError, panic
from runtime.framework.events import Event
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, ensure_root, ensure_signed
from runtime.framework.pallet import Pallet, PalletContext
from runtime.framework.storage import StorageValue, storage_value
from runtime.framework.weights import PostInfo, Weight, db_weight

SENATE_SEATS = 12
TRIUMVIRATE_SEATS = 3


class MembershipListener(Protocol):
    """Who follows the changes of a membership: a collective."""

    def initialize_members(self, members: list[AccountId]) -> None: ...
    def change_members(self, outgoing: list[AccountId], members: list[AccountId]) -> None: ...
    def set_prime(self, prime: AccountId | None) -> None: ...


class MemberAdded(Event, index=0):
    """An account joined."""


class MemberRemoved(Event, index=1):
    """A member left."""


class MembersSwapped(Event, index=2):
    """An account took a member's place."""


class MembersReset(Event, index=3):
    """All members were replaced at once."""


class KeyChanged(Event, index=4):
    """A member moved its seat to another key."""


class Dummy(Event, index=5):
    """Never deposited; it stands in the type."""


class AlreadyMember(PalletError, index=0):
    """The account is a member."""


class NotMember(PalletError, index=1):
    """The account is no member."""


class TooManyMembers(PalletError, index=2):
    """There are no more seats."""


def add_member_weight(members: int) -> Weight:
    return Weight(18_344_571 + 50_842 * members, 4687 + 64 * members) + db_weight(2, 3)


def remove_member_weight(members: int) -> Weight:
    return Weight(21_271_384 + 44_806 * members, 4687 + 64 * members) + db_weight(3, 3)


def swap_member_weight(members: int) -> Weight:
    return Weight(21_469_843 + 56_893 * members, 4687 + 64 * members) + db_weight(3, 3)


def reset_members_weight(members: int) -> Weight:
    return Weight(21_223_702 + 165_438 * members, 4687 + 64 * members) + db_weight(3, 3)


def change_key_weight(members: int) -> Weight:
    return Weight(22_551_007 + 52_397 * members, 4687 + 64 * members) + db_weight(3, 4)


def set_prime_weight(members: int) -> Weight:
    return Weight(7_959_053 + 18_653 * members, 4687 + 32 * members) + db_weight(1, 2)


CLEAR_PRIME = Weight(3_750_452, 0) + db_weight(0, 2)


class Membership(Pallet):
    """A list of accounts that root keeps, with a prime among them."""

    rust_module = "pallet_membership::pallet"
    type_parameters = ("T", "I")
    events = (MemberAdded, MemberRemoved, MembersSwapped, MembersReset, KeyChanged, Dummy)
    errors = (AlreadyMember, NotMember, TooManyMembers)
    storage_version = 4

    members: StorageValue[Annotated[list[AccountId], Bounded(SENATE_SEATS)]] = storage_value(
        default=[]
    )
    """The members in ascending order."""
    prime: StorageValue[AccountId | None] = storage_value()
    """The member whose vote counts for those who do not vote."""

    def __init__(
        self, ctx: PalletContext, *, seats: int, listener: MembershipListener | None = None
    ) -> None:
        super().__init__(ctx)
        self.seats = seats
        self._listener = listener

    def genesis_default(self) -> dict[str, Any]:
        """No members."""
        return {"members": []}

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Seat the first members."""
        members = sorted(AccountId(ss58.decode(address)[0]) for address in config["members"])
        if len(set(members)) != len(members):
            panic(f"{self.name}: an account stands twice among the members")
        if self._listener is not None:
            self._listener.initialize_members(members)
        self.members.put(members)

    def contains(self, who: AccountId) -> bool:
        """Whether the account is a member."""
        return find(self.members.get(), who)[0]

    @invariant()
    def members_are_in_order(self) -> Iterator[str]:
        """Members stand in ascending order, no more of them than seats; the prime is one."""
        members, prime = self.members.get(), self.prime.get()
        if sorted(members) != members or len(members) > self.seats:
            yield f"{len(members)} members on {self.seats} seats, or out of order"
        if prime is not None and prime not in members:
            yield f"the prime {prime.hex()} is no member"

    @invariant(waived_by=("TriumvirateMembers.reset_members", "SenateMembers.reset_members"))
    def members_are_different(self) -> Iterator[str]:
        """Nobody has two seats, unless root named somebody twice: the list is taken as it comes."""
        members = self.members.get()
        if len(set(members)) < len(members):
            yield f"{len(members)} seats of {len(set(members))} members"

    @call(index=0, weight=lambda self, _who: add_member_weight(self.seats))
    def add_member(self, origin: Origin, who: MultiAddress) -> PostInfo:
        """Give an account a seat; root only."""
        ensure_root(origin)
        return self.add(lookup(who))

    @call(index=1, weight=lambda self, _who: remove_member_weight(self.seats))
    def remove_member(self, origin: Origin, who: MultiAddress) -> PostInfo:
        """Take a member's seat; root only."""
        ensure_root(origin)
        return self.remove(lookup(who))

    @call(index=2, weight=lambda self, _remove, _add: swap_member_weight(self.seats))
    def swap_member(self, origin: Origin, remove: MultiAddress, add: MultiAddress) -> PostInfo:
        """Give a member's seat to another account; root only."""
        ensure_root(origin)
        return self.swap(lookup(remove), lookup(add))

    @call(index=3, weight=lambda _, members: reset_members_weight(len(members)))
    def reset_members(self, origin: Origin, members: list[AccountId]) -> None:
        """Replace all members at once; root only."""
        ensure_root(origin)
        if len(members) > self.seats:
            raise TooManyMembers().of(self)
        before, after = self.members.get(), sorted(members)
        self._tell_listener(_difference(before, after), after)
        self._keep_prime(after)
        self.members.put(after)
        self.deposit(MembersReset())

    @call(index=4, weight=lambda self, _new: change_key_weight(self.seats))
    def change_key(self, origin: Origin, new: MultiAddress) -> PostInfo:
        """Move the caller's seat, and its being prime, to another key."""
        old_key = ensure_signed(origin)
        new_key = lookup(new)
        if old_key == new_key:
            return PostInfo()
        members = self._replaced(old_key, new_key)

        self.members.put(members)
        self._tell_listener([old_key], members)
        if self.prime.get() == old_key:
            self.prime.put(new_key)
            if self._listener is not None:
                self._listener.set_prime(new_key)

        self.deposit(KeyChanged())
        return PostInfo(change_key_weight(len(members)))

    @call(index=5, weight=lambda self, _who: set_prime_weight(self.seats))
    def set_prime(self, origin: Origin, who: MultiAddress) -> PostInfo:
        """Make a member prime; root only."""
        ensure_root(origin)
        prime, members = lookup(who), self.members.get()
        if not find(members, prime)[0]:
            raise NotMember().of(self)
        self.prime.put(prime)
        if self._listener is not None:
            self._listener.set_prime(prime)
        return PostInfo(set_prime_weight(len(members)))

    @call(index=6, weight=CLEAR_PRIME)
    def clear_prime(self, origin: Origin) -> None:
        """Have no prime; root only."""
        ensure_root(origin)
        self.prime.kill()
        if self._listener is not None:
            self._listener.set_prime(None)

    def add(self, who: AccountId) -> PostInfo:
        """Give an account a seat."""
        members = self.members.get()
        seated = len(members)
        found, place = find(members, who)
        if found:
            raise AlreadyMember().of(self)
        if seated >= self.seats:
            raise TooManyMembers().of(self)
        members.insert(place, who)

        self.members.put(members)
        self._tell_listener([], members)
        self.deposit(MemberAdded())
        return PostInfo(add_member_weight(seated))

    def remove(self, who: AccountId) -> PostInfo:
        """Take a member's seat."""
        members = self.members.get()
        seated = len(members)
        found, place = find(members, who)
        if not found:
            raise NotMember().of(self)
        del members[place]

        self.members.put(members)
        self._tell_listener([who], members)
        self._keep_prime(members)
        self.deposit(MemberRemoved())
        return PostInfo(remove_member_weight(seated))

    def swap(self, remove: AccountId, add: AccountId) -> PostInfo:
        """Give a member's seat to another account."""
        if remove == add:
            return PostInfo()
        members = self._replaced(remove, add)

        self.members.put(members)
        self._tell_listener([remove], members)
        self._keep_prime(members)
        self.deposit(MembersSwapped())
        return PostInfo(swap_member_weight(len(members)))

    def _replaced(self, old: AccountId, new: AccountId) -> list[AccountId]:
        members = self.members.get()
        found, place = find(members, old)
        if not found:
            raise NotMember().of(self)
        if find(members, new)[0]:
            raise AlreadyMember().of(self)
        members[place] = new
        return sorted(members)

    def _tell_listener(self, outgoing: list[AccountId], members: list[AccountId]) -> None:
        if self._listener is not None:
            self._listener.change_members(outgoing, members)

    def _keep_prime(self, members: list[AccountId]) -> None:
        """The listener forgets its prime with every change: tell it again, or forget it too."""
        prime = self.prime.get()
        if prime is None:
            return
        if not find(members, prime)[0]:
            self.prime.kill()
        elif self._listener is not None:
            self._listener.set_prime(prime)


class TriumvirateMembers(Membership):
    """The same with fewer seats."""

    members: StorageValue[Annotated[list[AccountId], Bounded(TRIUMVIRATE_SEATS)]] = storage_value(
        default=[]
    )
    """The members in ascending order."""


def find(members: list[AccountId], who: AccountId) -> tuple[bool, int]:
    """Whether an account is among members in order, and its place there.

    Root can write members out of order. Then it counts in which order the places are looked at.
    """
    left, right = 0, len(members)
    while left < right:
        middle = (left + right) // 2
        if members[middle] == who:
            return True, middle
        if members[middle] < who:
            left = middle + 1
        else:
            right = middle
    return False, left


def _difference(before: list[AccountId], after: list[AccountId]) -> list[AccountId]:
    """Who of `before` is not in `after`, each account counted as often as it stands there."""
    left, outgoing = list(after), []
    for account in before:
        if account in left:
            left.remove(account)
        else:
            outgoing.append(account)
    return outgoing
