"""Why the pool refuses an extrinsic, in the codes and words of Substrate's JSON-RPC."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from primitives.errors import Rejected
from primitives.transaction_validity import (
    Invalid,
    InvalidCustom,
    InvalidTransaction,
    TransactionValidityError,
    Unknown,
    UnknownCustom,
    UnknownTransaction,
)
from primitives.types import U64, Hash


class RefusalCode(IntEnum):
    """JSON-RPC error codes of the pool."""

    INVALID = 1010
    UNKNOWN_VALIDITY = 1011
    BANNED = 1012
    ALREADY_IMPORTED = 1013
    TOO_LOW_PRIORITY = 1014
    CYCLE = 1015
    IMMEDIATELY_DROPPED = 1016
    UNACTIONABLE = 1018
    NO_TAGS = 1019


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error object as clients get it."""

    code: RefusalCode
    message: str
    data: str | None = None


BANNED: Final = Refusal(RefusalCode.BANNED, "Transaction is temporarily banned")
CYCLE: Final = Refusal(RefusalCode.CYCLE, "Cycle Detected")
IMMEDIATELY_DROPPED: Final = Refusal(
    RefusalCode.IMMEDIATELY_DROPPED,
    "Immediately Dropped",
    "The transaction couldn't enter the pool because of the limit",
)
UNACTIONABLE: Final = Refusal(
    RefusalCode.UNACTIONABLE,
    "Unactionable",
    "The transaction may not be propagated, and this node does not author blocks",
)
NO_TAGS: Final = Refusal(
    RefusalCode.NO_TAGS,
    "No tags provided",
    "Transaction does not provide any tags, so the pool can't identify it",
)

_INVALID_TEXTS: Final = {
    InvalidTransaction.CALL: "Transaction call is not expected",
    InvalidTransaction.PAYMENT: "Inability to pay some fees (e.g. account balance too low)",
    InvalidTransaction.FUTURE: "Transaction will be valid in the future",
    InvalidTransaction.STALE: "Transaction is outdated",
    InvalidTransaction.BAD_PROOF: "Transaction has a bad signature",
    InvalidTransaction.ANCIENT_BIRTH_BLOCK: "Transaction has an ancient birth block",
    InvalidTransaction.EXHAUSTS_RESOURCES: "Transaction would exhaust the block limits",
    InvalidTransaction.BAD_MANDATORY: (
        "A call was labelled as mandatory, but resulted in an Error."
    ),
    InvalidTransaction.MANDATORY_VALIDATION: (
        "Transaction dispatch is mandatory; transactions must not be validated."
    ),
    InvalidTransaction.BAD_SIGNER: "Invalid signing address",
}
"""Clients show these to people, and scripts compare them."""


def already_imported(extrinsic: Hash) -> Refusal:
    """The very same extrinsic waits in the pool."""
    code, message = RefusalCode.ALREADY_IMPORTED, "Transaction Already Imported"
    return Refusal(code, message, "0x" + extrinsic.hex())


def too_low_priority(old: U64, new: U64) -> Refusal:
    """The place is taken by extrinsics that weigh as much or more."""
    return Refusal(
        RefusalCode.TOO_LOW_PRIORITY,
        f"Priority is too low: ({old} vs {new})",
        "The transaction has too low priority to replace another transaction already in the pool.",
    )


def refused_by_runtime(error: TransactionValidityError) -> Refusal:
    """The runtime's own verdict."""
    if isinstance(error, Unknown):
        text = _unknown_text(error.reason)
        return Refusal(RefusalCode.UNKNOWN_VALIDITY, "Unknown Transaction Validity", text)
    assert isinstance(error, Invalid)
    return Refusal(RefusalCode.INVALID, "Invalid Transaction", _invalid_text(error.reason))


def _invalid_text(reason: InvalidTransaction) -> str:
    if isinstance(reason, InvalidCustom):
        return f"Custom error: {reason.code}"
    return _INVALID_TEXTS[reason]


def _unknown_text(reason: UnknownTransaction) -> str:
    if isinstance(reason, UnknownCustom):
        return f"Custom({reason.code})"
    return reason.variant_name


class ExtrinsicRefused(Rejected):
    """Raised to whoever submitted the extrinsic."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.message}: {refusal.data}" if refusal.data else refusal.message)
        self.refusal = refusal
