"""Motions of the Triumvirate: the votes on one, and the events and errors around them."""

from typing import Final

from primitives.scale.records import scale_struct
from primitives.types import U32, AccountId, BlockNumber, Hash
from runtime.framework.errors import DispatchResult, PalletError
from runtime.framework.events import Event


@scale_struct(
    "pallet_collective::Votes",
    parameters=(("AccountId", AccountId), ("BlockNumber", BlockNumber)),
)
class Votes:
    """A motion's number, the ayes it needs, who voted how, and until when."""

    index: U32
    threshold: U32
    ayes: list[AccountId]
    nays: list[AccountId]
    end: BlockNumber


class Proposed(Event, index=0):
    """A member put a call to the vote."""

    account: AccountId
    proposal_index: U32
    proposal_hash: Hash
    threshold: U32


class Voted(Event, index=1):
    """Somebody voted; the tally so far."""

    account: AccountId
    proposal_hash: Hash
    voted: bool
    yes: U32
    no: U32


class Approved(Event, index=2):
    """A motion got the ayes it needs."""

    proposal_hash: Hash


class Disapproved(Event, index=3):
    """A motion was dropped."""

    proposal_hash: Hash


class Executed(Event, index=4):
    """A motion's call was made, with this result."""

    proposal_hash: Hash
    result: DispatchResult


class MemberExecuted(Event, index=5):
    """A member made a call in its own name, with this result."""

    proposal_hash: Hash
    result: DispatchResult


class Closed(Event, index=6):
    """A motion was closed with this tally."""

    proposal_hash: Hash
    yes: U32
    no: U32


class NotMember(PalletError, index=0):
    """The account may not do this in the collective."""


class DuplicateProposal(PalletError, index=1):
    """The same call is already proposed."""


class ProposalMissing(PalletError, index=2):
    """No such motion is open."""


class WrongIndex(PalletError, index=3):
    """The motion has another number."""


class DuplicateVote(PalletError, index=4):
    """The account voted just so before."""


class AlreadyInitialized(PalletError, index=5):
    """Unused: the members are known already."""


class TooEarly(PalletError, index=6):
    """The motion is undecided and its time has not run out."""


class TooManyProposals(PalletError, index=7):
    """As many motions are open as may be."""


class WrongProposalWeight(PalletError, index=8):
    """The call weighs more than the caller reckoned with."""


class WrongProposalLength(PalletError, index=9):
    """The call is longer than the caller reckoned with."""


class WrongDuration(PalletError, index=10):
    """The motion would not be open for long enough."""


EVENTS: Final[tuple[type[Event], ...]] = (
    Proposed,
    Voted,
    Approved,
    Disapproved,
    Executed,
    MemberExecuted,
    Closed,
)
ERRORS: Final[tuple[type[PalletError], ...]] = (
    NotMember,
    DuplicateProposal,
    ProposalMissing,
    WrongIndex,
    DuplicateVote,
    AlreadyInitialized,
    TooEarly,
    TooManyProposals,
    WrongProposalWeight,
    WrongProposalLength,
    WrongDuration,
)
