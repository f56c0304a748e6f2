"""What the runtime answers when it is asked whether an extrinsic may go into a block."""

from dataclasses import field
from enum import IntEnum
from typing import Any, ClassVar, Final

from primitives.errors import Rejected
from primitives.scale.containers import Err, Ok
from primitives.scale.records import Enumeration, scale_enum, scale_struct
from primitives.scale.types import decode, encode
from primitives.types import U8, U64

LONGEST_LONGEVITY: Final = U64(2**64 - 1)
"""Valid for ever, as immortal extrinsics are."""

_RUST_MODULE: Final = "sp_runtime::transaction_validity::"


@scale_enum(_RUST_MODULE + "TransactionSource")
class TransactionSource(IntEnum):
    """Where an extrinsic comes from; some are acceptable only from their author's own node."""

    IN_BLOCK = 0
    LOCAL = 1
    EXTERNAL = 2


@scale_struct(_RUST_MODULE + "ValidTransaction")
class ValidTransaction:
    """Order and lifetime of a valid extrinsic. Tags are opaque: equal ones are the same thing."""

    priority: U64 = U64(0)
    requires: list[bytes] = field(default_factory=list)
    """What other extrinsics must provide before this one; for a nonce, the nonce before it."""
    provides: list[bytes] = field(default_factory=list)
    """What this one provides. Of two that provide the same, only one can be in a chain."""
    longevity: U64 = LONGEST_LONGEVITY
    """For how many blocks this answer holds."""
    propagate: bool = True


class InvalidTransaction(Enumeration, path=_RUST_MODULE + "InvalidTransaction"):
    """The extrinsic is wrong, at least in this state."""

    CALL: ClassVar["InvalidTransaction"]
    PAYMENT: ClassVar["InvalidTransaction"]
    FUTURE: ClassVar["InvalidTransaction"]
    STALE: ClassVar["InvalidTransaction"]
    BAD_PROOF: ClassVar["InvalidTransaction"]
    ANCIENT_BIRTH_BLOCK: ClassVar["InvalidTransaction"]
    EXHAUSTS_RESOURCES: ClassVar["InvalidTransaction"]
    BAD_MANDATORY: ClassVar["InvalidTransaction"]
    MANDATORY_VALIDATION: ClassVar["InvalidTransaction"]
    BAD_SIGNER: ClassVar["InvalidTransaction"]


class UnknownTransaction(Enumeration, path=_RUST_MODULE + "UnknownTransaction"):
    """Whether the extrinsic is valid cannot be told."""

    CANNOT_LOOKUP: ClassVar["UnknownTransaction"]
    NO_UNSIGNED_VALIDATOR: ClassVar["UnknownTransaction"]


class InvalidCall(InvalidTransaction, index=0, name="Call"):
    """The call is not expected."""


class InvalidPayment(InvalidTransaction, index=1, name="Payment"):
    """The signer cannot pay the fees."""


class InvalidFuture(InvalidTransaction, index=2, name="Future"):
    """The nonce is not due yet. Only while a block is built: the pool lets it wait."""


class InvalidStale(InvalidTransaction, index=3, name="Stale"):
    """The nonce was used before."""


class InvalidBadProof(InvalidTransaction, index=4, name="BadProof"):
    """The signature does not fit; perhaps it was made for another chain or runtime version."""


class InvalidAncientBirthBlock(InvalidTransaction, index=5, name="AncientBirthBlock"):
    """The era is over."""


class InvalidExhaustsResources(InvalidTransaction, index=6, name="ExhaustsResources"):
    """The extrinsic does not fit into what is left of the block; it may fit into the next."""


class InvalidCustom(InvalidTransaction, index=7, name="Custom", unnamed=True):
    """A reason of a pallet's own."""

    code: U8


class InvalidBadMandatory(InvalidTransaction, index=8, name="BadMandatory"):
    """An extrinsic that every block must hold has failed."""


class InvalidMandatoryValidation(InvalidTransaction, index=9, name="MandatoryValidation"):
    """Mandatory extrinsics come from the author, not from the pool."""


class InvalidBadSigner(InvalidTransaction, index=10, name="BadSigner"):
    """The signer's address cannot sign."""


class UnknownCannotLookup(UnknownTransaction, index=0, name="CannotLookup"):
    """Something that the check needs is missing."""


class UnknownNoUnsignedValidator(UnknownTransaction, index=1, name="NoUnsignedValidator"):
    """No pallet vouches for this call without a signature."""


class UnknownCustom(UnknownTransaction, index=2, name="Custom", unnamed=True):
    """A reason of a pallet's own."""

    code: U8


InvalidTransaction.CALL = InvalidCall()
InvalidTransaction.PAYMENT = InvalidPayment()
InvalidTransaction.FUTURE = InvalidFuture()
InvalidTransaction.STALE = InvalidStale()
InvalidTransaction.BAD_PROOF = InvalidBadProof()
InvalidTransaction.ANCIENT_BIRTH_BLOCK = InvalidAncientBirthBlock()
InvalidTransaction.EXHAUSTS_RESOURCES = InvalidExhaustsResources()
InvalidTransaction.BAD_MANDATORY = InvalidBadMandatory()
InvalidTransaction.MANDATORY_VALIDATION = InvalidMandatoryValidation()
InvalidTransaction.BAD_SIGNER = InvalidBadSigner()
UnknownTransaction.CANNOT_LOOKUP = UnknownCannotLookup()
UnknownTransaction.NO_UNSIGNED_VALIDATOR = UnknownNoUnsignedValidator()


class TransactionValidityError(Enumeration, path=_RUST_MODULE + "TransactionValidityError"):
    """Why an extrinsic may not go into a block."""


class Invalid(TransactionValidityError, index=0, unnamed=True):
    """It is wrong."""

    reason: InvalidTransaction


class Unknown(TransactionValidityError, index=1, unnamed=True):
    """Nobody can tell."""

    reason: UnknownTransaction


TransactionValidity = Ok[ValidTransaction] | Err[TransactionValidityError]
"""The result of `TaggedTransactionQueue_validate_transaction`."""


class TransactionRefused(Rejected):
    """Raised where an extrinsic is checked; carries the error as it goes over the wire."""

    def __init__(self, error: TransactionValidityError) -> None:
        super().__init__(repr(error))
        self.error = error


class TransactionInvalid(TransactionRefused):
    """The extrinsic is wrong."""

    def __init__(self, reason: InvalidTransaction) -> None:
        super().__init__(Invalid(reason))


class TransactionUnknown(TransactionRefused):
    """Whether the extrinsic is valid cannot be told."""

    def __init__(self, reason: UnknownTransaction) -> None:
        super().__init__(Unknown(reason))


def encode_validity(validity: ValidTransaction | TransactionValidityError) -> bytes:
    """The runtime API's answer as bytes."""
    if isinstance(validity, ValidTransaction):
        return encode(TransactionValidity, Ok(validity))
    return encode(TransactionValidity, Err(validity))


def decode_validity(data: bytes) -> ValidTransaction | TransactionValidityError:
    """The runtime API's answer, without the wrapping Result."""
    result: Any = decode(TransactionValidity, data)
    answer: ValidTransaction | TransactionValidityError = (
        result.value if isinstance(result, Ok) else result.error
    )
    return answer
