"""What Balances stores beside accounts, its events and its errors."""

from enum import IntEnum
from typing import Annotated

from primitives.scale.containers import Bounded
from primitives.scale.records import Enumeration, scale_enum, scale_struct
from primitives.types import AccountId, Balance, Bytes8
from runtime.framework.errors import PalletError
from runtime.framework.events import Event


class VestingBalance(PalletError, index=0):
    """Vested balance is in the way."""


class LiquidityRestrictions(PalletError, index=1):
    """Frozen balance is in the way."""


class InsufficientBalance(PalletError, index=2):
    """There is not enough."""


class ExistentialDeposit(PalletError, index=3):
    """Too little to make an account."""


class Expendability(PalletError, index=4):
    """The account would go, and must not."""


class ExistingVestingSchedule(PalletError, index=5):
    """There is a vesting schedule already."""


class DeadAccount(PalletError, index=6):
    """There is no such account to pay into."""


class TooManyReserves(PalletError, index=7):
    """No further named reserve fits."""


class TooManyHolds(PalletError, index=8):
    """No further hold fits."""


class TooManyFreezes(PalletError, index=9):
    """No further freeze fits."""


class IssuanceDeactivated(PalletError, index=10):
    """The issuance would fall below what is out of use."""


class DeltaZero(PalletError, index=11):
    """A change by nothing."""


ERRORS = (
    VestingBalance,
    LiquidityRestrictions,
    InsufficientBalance,
    ExistentialDeposit,
    Expendability,
    ExistingVestingSchedule,
    DeadAccount,
    TooManyReserves,
    TooManyHolds,
    TooManyFreezes,
    IssuanceDeactivated,
    DeltaZero,
)


@scale_enum("frame_support::traits::tokens::misc::BalanceStatus")
class BalanceStatus(IntEnum):
    """Which part of a balance."""

    FREE = 0
    RESERVED = 1


class Endowed(Event, index=0):
    """An account came into being with this much."""

    account: AccountId
    free_balance: Balance


class DustLost(Event, index=1):
    """An account went, and what it still had is gone."""

    account: AccountId
    amount: Balance


class Transfer(Event, index=2):
    """An account paid another."""

    from_: AccountId
    to: AccountId
    amount: Balance


class BalanceSet(Event, index=3):
    """Root set a balance."""

    who: AccountId
    free: Balance


class Reserved(Event, index=4):
    """Free balance became reserved."""

    who: AccountId
    amount: Balance


class Unreserved(Event, index=5):
    """Reserved balance became free."""

    who: AccountId
    amount: Balance


class ReserveRepatriated(Event, index=6):
    """Reserved balance went to another account."""

    from_: AccountId
    to: AccountId
    amount: Balance
    destination_status: BalanceStatus


class Deposit(Event, index=7):
    """New balance was given to an account."""

    who: AccountId
    amount: Balance


class Withdraw(Event, index=8):
    """Balance was taken from an account, as for fees."""

    who: AccountId
    amount: Balance


class Slashed(Event, index=9):
    """Balance was taken from an account as a punishment."""

    who: AccountId
    amount: Balance


class Minted(Event, index=10):
    """New balance was made in an account."""

    who: AccountId
    amount: Balance


class Burned(Event, index=11):
    """Balance was destroyed in an account."""

    who: AccountId
    amount: Balance


class Suspended(Event, index=12):
    """Balance was taken out of an account, to come back."""

    who: AccountId
    amount: Balance


class Restored(Event, index=13):
    """Balance came back to an account."""

    who: AccountId
    amount: Balance


class Upgraded(Event, index=14):
    """An account's record has the new form now."""

    who: AccountId


class Issued(Event, index=15):
    """The total issuance grew."""

    amount: Balance


class Rescinded(Event, index=16):
    """The total issuance shrank."""

    amount: Balance


class Locked(Event, index=17):
    """Balance was locked."""

    who: AccountId
    amount: Balance


class Unlocked(Event, index=18):
    """Balance was unlocked."""

    who: AccountId
    amount: Balance


class Frozen(Event, index=19):
    """Balance was frozen."""

    who: AccountId
    amount: Balance


class Thawed(Event, index=20):
    """Balance was thawed."""

    who: AccountId
    amount: Balance


class TotalIssuanceForced(Event, index=21):
    """Root changed the total issuance."""

    old: Balance
    new: Balance


EVENTS = (
    Endowed,
    DustLost,
    Transfer,
    BalanceSet,
    Reserved,
    Unreserved,
    ReserveRepatriated,
    Deposit,
    Withdraw,
    Slashed,
    Minted,
    Burned,
    Suspended,
    Restored,
    Upgraded,
    Issued,
    Rescinded,
    Locked,
    Unlocked,
    Frozen,
    Thawed,
    TotalIssuanceForced,
)


@scale_enum("pallet_balances::types::AdjustmentDirection")
class AdjustmentDirection(IntEnum):
    """Up or down."""

    INCREASE = 0
    DECREASE = 1


@scale_enum("pallet_balances::types::Reasons")
class Reasons(IntEnum):
    """What a lock keeps balance from."""

    FEE = 0
    MISC = 1
    ALL = 2


@scale_struct("pallet_balances::types::BalanceLock", parameters=(("Balance", Balance),))
class BalanceLock:
    """A lock on a balance."""

    id: Bytes8
    amount: Balance
    reasons: Reasons


@scale_struct(
    "pallet_balances::types::ReserveData",
    parameters=(("ReserveIdentifier", Bytes8), ("Balance", Balance)),
)
class ReserveData:
    """A named reserve."""

    id: Bytes8
    amount: Balance


@scale_enum("pallet_preimage::pallet::HoldReason")
class PreimageHold(IntEnum):
    """Why Preimage holds balance."""

    PREIMAGE = 0


@scale_enum("pallet_registry::pallet::HoldReason")
class RegistryHold(IntEnum):
    """Why Registry holds balance."""

    REGISTRY_IDENTITY = 0


class HoldReason(Enumeration, path="node_subtensor_runtime::RuntimeHoldReason"):
    """Why balance is on hold, by the pallet that holds it."""


class HeldByPreimage(HoldReason, index=14, name="Preimage", unnamed=True):
    """For a stored preimage."""

    reason: PreimageHold


class HeldByRegistry(HoldReason, index=17, name="Registry", unnamed=True):
    """For an identity."""

    reason: RegistryHold


class FreezeReason(Enumeration, path="node_subtensor_runtime::RuntimeFreezeReason"):
    """Why balance is frozen; no pallet of this runtime freezes any."""


@scale_struct(
    "pallet_balances::types::IdAmount", parameters=(("Id", HoldReason), ("Balance", Balance))
)
class Hold:
    """An amount on hold for one reason."""

    id: HoldReason
    amount: Balance


@scale_struct(
    "pallet_balances::types::IdAmount", parameters=(("Id", FreezeReason), ("Balance", Balance))
)
class Freeze:
    """An amount frozen for one reason."""

    id: FreezeReason
    amount: Balance


WEAK_BOUNDED_VEC = "bounded_collections::weak_bounded_vec::WeakBoundedVec"

Locks = Annotated[list[BalanceLock], Bounded(50, WEAK_BOUNDED_VEC)]
Reserves = Annotated[list[ReserveData], Bounded(50)]
Holds = Annotated[list[Hold], Bounded(2)]
"""One hold for each reason there is."""
Freezes = Annotated[list[Freeze], Bounded(50)]
