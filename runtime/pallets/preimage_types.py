"""What Preimage stores and says: tickets, who wants a preimage, events and errors."""

from primitives.scale.records import Enumeration, scale_struct
from primitives.types import U32, AccountId, Balance, Hash
from runtime.framework.errors import PalletError
from runtime.framework.events import Event


@scale_struct(
    "frame_support::traits::tokens::fungible::HoldConsideration",
    unnamed=True,
    parameters=(("A", None), ("F", None), ("R", None), ("D", None)),
)
class Ticket:
    """What is on hold for a preimage."""

    amount: Balance


class OldRequestStatus(
    Enumeration,
    path="pallet_preimage::OldRequestStatus",
    parameters=(("AccountId", AccountId), ("Balance", Balance)),
):
    """A status from when deposits were reserved; moved over when the preimage is next touched."""


class OldUnrequested(OldRequestStatus, index=0, name="Unrequested"):
    """Wanted by its depositor only."""

    deposit: tuple[AccountId, Balance]
    len_: U32


class OldRequested(OldRequestStatus, index=1, name="Requested"):
    """Wanted by the chain."""

    deposit: tuple[AccountId, Balance] | None
    count: U32
    len_: U32 | None


class RequestStatus(
    Enumeration,
    path="pallet_preimage::RequestStatus",
    parameters=(("AccountId", AccountId), ("Ticket", Ticket)),
):
    """Who wants a preimage."""


class Unrequested(RequestStatus, index=0):
    """Wanted by its owner only."""

    ticket: tuple[AccountId, Ticket]
    len_: U32


class IsRequested(RequestStatus, index=1, name="Requested"):
    """Wanted by the chain, so many times; perhaps not noted yet, perhaps without an owner."""

    maybe_ticket: tuple[AccountId, Ticket] | None
    count: U32
    maybe_len: U32 | None


class Noted(Event, index=0):
    """A preimage was stored."""

    hash_: Hash


class Requested(Event, index=1):
    """A preimage is wanted that was not before."""

    hash_: Hash


class Cleared(Event, index=2):
    """A preimage was removed."""

    hash_: Hash


class TooBig(PalletError, index=0):
    """The preimage is longer than any may be."""


class AlreadyNoted(PalletError, index=1):
    """The preimage is stored already."""


class NotAuthorized(PalletError, index=2):
    """The preimage has another owner, or none."""


class NotNoted(PalletError, index=3):
    """The preimage is not known."""


class StillRequested(PalletError, index=4, name="Requested"):
    """Unused: the preimage cannot go while it is wanted."""


class NotRequested(PalletError, index=5):
    """Nothing on the chain wants the preimage."""


class TooMany(PalletError, index=6):
    """More hashes than one call may name."""


class TooFew(PalletError, index=7):
    """No hash is named."""
