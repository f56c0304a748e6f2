"""Registry: who stands behind a key, for a deposit that is held while the record stands."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Final, Protocol

from primitives.hashing import twox_64_concat
from primitives.scale.containers import Bounded
from primitives.scale.records import scale_struct
from primitives.types import U32, AccountId, Balance, Bytes20
from runtime.framework.calls import call
from runtime.framework.errors import DispatchError, PalletError, ensure
from runtime.framework.events import Event
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, ensure_signed
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageMap, storage_map
from runtime.framework.weights import DispatchClass, Weight, db_weight
from runtime.pallets.balances import Balances
from runtime.pallets.balances_types import HeldByRegistry, RegistryHold
from runtime.pallets.identity_data import Data, data_codec

MAX_ADDITIONAL_FIELDS: Final = 1
"""Fields that an identity may have besides the usual ones."""

LONGEST_FIELD: Final = 64
"""Bytes that a field holds as they are."""

FOR_AN_IDENTITY: Final = HeldByRegistry(RegistryHold.REGISTRY_IDENTITY)
"""Why the deposits are on hold."""

IdentityField = Annotated[Data, data_codec("pallet_registry::types::Data", LONGEST_FIELD)]


@scale_struct("pallet_registry::types::IdentityInfo", parameters=(("FieldLimit", None),))
class IdentityInfo:
    """What the owner of a key says of itself; the chain checks nothing of it."""

    additional: Annotated[list[tuple[IdentityField, IdentityField]], Bounded(MAX_ADDITIONAL_FIELDS)]
    """Names and values of other fields."""
    display: IdentityField
    """The name to show."""
    legal: IdentityField
    """The full name in law."""
    web: IdentityField
    """A web site, without the scheme."""
    riot: IdentityField
    """A Matrix handle."""
    email: IdentityField
    """An address for mail."""
    pgp_fingerprint: Bytes20 | None
    """Fingerprint of a PGP key."""
    image: IdentityField
    """A picture or a logo."""
    twitter: IdentityField
    """A Twitter handle."""


@scale_struct(
    "pallet_registry::types::Registration",
    parameters=(("Balance", Balance), ("MaxAdditionalFields", None)),
)
class Registration:
    """An identity and what is held for it."""

    deposit: Balance
    """Rao on hold."""
    info: IdentityInfo
    """The identity."""


class CannotRegister(PalletError, index=0):
    """The key may not register this identity."""


class TooManyFields(PalletError, index=1):
    """Never raised: identities with more additional fields than allowed cannot be decoded."""


class NotRegistered(PalletError, index=2):
    """There is no identity to clear."""


class IdentitySet(Event, index=0):
    """An identity was set or replaced."""

    who: AccountId


class IdentityDissolved(Event, index=1):
    """An identity was cleared."""

    who: AccountId


class CanRegisterIdentity(Protocol):
    """What this pallet asks of the subnets: whose identity a key may set."""

    def can_register(self, who: AccountId, identified: AccountId) -> bool:
        """Whether `who` may set the identity of `identified`."""


class Registry(Pallet):
    """Identities of keys."""

    rust_module = "pallet_registry::pallet"
    events = (IdentitySet, IdentityDissolved)
    errors = (CannotRegister, TooManyFields, NotRegistered)

    max_additional_fields: Constant[U32] = constant(U32(MAX_ADDITIONAL_FIELDS))
    """Additional fields that an identity may have."""
    initial_deposit: Constant[Balance] = constant(Balance(100_000_000))
    """Rao held for an identity."""
    field_deposit: Constant[Balance] = constant(Balance(100_000_000))
    """Rao held for each additional field."""
    identity_of: StorageMap[AccountId, Registration | None] = storage_map(twox_64_concat)
    """Identity of an account."""

    def __init__(
        self, ctx: PalletContext, *, balances: Balances, can_register: CanRegisterIdentity
    ) -> None:
        super().__init__(ctx)
        self._balances = balances
        self._subnets = can_register

    @invariant(waived_by=("Balances.force_unreserve",))
    def deposits_are_held(self) -> Iterator[str]:
        """What is on hold for identities is at least what they say.

        It may be more, and of others: two keys can name the same identity, and who clears it gets
        back no more than was taken from it.
        """
        said = sum(record.deposit for record in self.identity_of.values() if record is not None)
        holders = self._balances.holds.keys()
        held = sum(self._balances.balance_on_hold(FOR_AN_IDENTITY, who) for who in holders)
        if held < said:
            yield f"{held} held for identities of {said}"

    @call(
        index=0,
        weight=Weight(41_000_000, 3_499) + db_weight(1, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
    )
    def set_identity(self, origin: Origin, identified: AccountId, info: IdentityInfo) -> None:
        """Set or replace an identity; the caller's deposit follows the number of fields."""
        who = ensure_signed(origin)
        ensure(self._subnets.can_register(who, identified), CannotRegister)

        before = self.identity_of.get(identified)
        held = before.deposit if before is not None else Balance(0)
        due = Balance(self.initial_deposit + len(info.additional) * self.field_deposit)
        if due > held:
            self._balances.hold(FOR_AN_IDENTITY, who, Balance(due - held))
        elif held > due:
            self._release(who, Balance(held - due))
        self.identity_of.insert(identified, Registration(due, info))

        self.deposit(IdentitySet(who=identified))

    @call(index=1, weight=Weight(36_000_000, 3_860) + db_weight(1, 1))
    def clear_identity(self, origin: Origin, identified: AccountId) -> None:
        """Clear an identity; its deposit goes back to the caller, as far as it is the caller's."""
        who = ensure_signed(origin)
        ensure(self._subnets.can_register(who, identified), CannotRegister)
        cleared = self.identity_of.take(identified)
        if cleared is None:
            raise NotRegistered

        self._release(who, cleared.deposit)

        self.deposit(IdentityDissolved(who=identified))

    def _release(self, who: AccountId, amount: Balance) -> None:
        """Let go of up to `amount` of what is on hold; that it fails is no reason to refuse."""
        with suppress(DispatchError):
            self._balances.release(FOR_AN_IDENTITY, who, amount)
