"""The runtime APIs that the node itself asks, with types instead of bytes."""

from typing import Any, Final, Protocol

from consensus.messages import AuthorityId
from consensus.slots import Duration
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.txpool.messages import Validity
from primitives.scale.containers import Err
from primitives.scale.types import decode, encode
from primitives.transaction_validity import (
    TransactionSource,
    TransactionValidityError,
    decode_validity,
)
from primitives.types import U64, AccountId, Bytes8, Bytes32, Hash, Moment, Nonce, Slot
from runtime.executive import ApplyResult
from runtime.pallets.system_types import RuntimeVersion
from runtime.pallets.timestamp import INHERENT_ID
from runtime.wire_types import CheckInherentsResult, InherentData

AURA_INHERENT_ID: Final = b"auraslot"
VALIDATE: Final = "TaggedTransactionQueue_validate_transaction"
APPLY: Final = "BlockBuilder_apply_extrinsic"


_VERSION: Final = "Core_version"
_SLOT_DURATION: Final = "AuraApi_slot_duration"
_AUTHORITIES: Final = "AuraApi_authorities"


class Caller(Protocol):
    """Answers runtime calls on the state after a block."""

    def call(self, block: Hash, method: str, args: bytes) -> bytes: ...


def read_answer(kind: Any, method: str, answer: bytes) -> Any:
    """What the runtime answers, as a type; RuntimePanic if it is of another."""
    try:
        return decode(kind, answer)
    except ValueError as error:
        raise RuntimePanic(f"{method} answers in another shape: {error}") from error


def runtime_version(caller: Caller, block: Hash) -> RuntimeVersion:
    """Which rules the state after a block stands under."""
    answer = caller.call(block, _VERSION, b"")
    version: RuntimeVersion = read_answer(RuntimeVersion, _VERSION, answer)
    return version


def slot_duration(caller: Caller, block: Hash) -> Duration:
    """How long a slot lasts."""
    answer = caller.call(block, _SLOT_DURATION, b"")
    milliseconds: int = read_answer(U64, _SLOT_DURATION, answer)
    if milliseconds == 0:
        raise RuntimePanic("the runtime says that slots last no time")
    return Duration(milliseconds)


def authorities(caller: Caller, parent: Hash) -> list[AuthorityId]:
    """Who may author on top of a block."""
    answer = caller.call(parent, _AUTHORITIES, b"")
    keys = read_answer(list[Bytes32], _AUTHORITIES, answer)
    return [AuthorityId(key) for key in keys]


_NEEDED: Final = {
    _VERSION: runtime_version,
    _SLOT_DURATION: slot_duration,
    _AUTHORITIES: authorities,
}
"""What a node asks of a runtime before there is a block on it."""


def ensure_answers(caller: Caller, block: Hash) -> None:
    """Ask the runtime that a block leaves in place for what a node needs to go on.

    Raises:
        UnknownCode: it does not answer.
    """
    for method, ask in _NEEDED.items():
        try:
            ask(caller, block)
        except (MethodNotFound, RuntimePanic) as error:
            reason = f"the chain's code does not answer {method}: {error.reason}"
            raise UnknownCode(reason) from error


def account_nonce(caller: Caller, block: Hash, account: AccountId) -> Nonce:
    """How many extrinsics an account has sent."""
    answer = caller.call(block, "AccountNonceApi_account_nonce", account)
    nonce: Nonce = read_answer(Nonce, "AccountNonceApi_account_nonce", answer)
    return nonce


def inherent_data(now: Moment, slot: Slot) -> bytes:
    """What an author knows and a checker compares: the time, and the slot it lies in."""
    facts = [(AURA_INHERENT_ID, encode(Slot, slot)), (INHERENT_ID, encode(Moment, now))]
    return encode(InherentData, InherentData([(Bytes8(key), fact) for key, fact in facts]))


def objection_to_inherents(answer: bytes) -> str | None:
    """What `BlockBuilder_check_inherents` holds against a block."""
    result = read_answer(CheckInherentsResult, "BlockBuilder_check_inherents", answer)
    if result.okay:
        return None
    wrong = " ".join(
        f"{key.decode(errors='replace')}={fact.hex()}" for key, fact in result.errors.data
    )
    return f"an inherent does not agree with this node's clock: {wrong}"


def validation_args(source: TransactionSource, extrinsic: bytes, block: Hash) -> bytes:
    """Arguments of `VALIDATE`."""
    return bytes((source,)) + extrinsic + block


def read_validity(answer: bytes) -> Validity:
    """The answer of `VALIDATE`; RuntimePanic if it is of another shape."""
    try:
        return decode_validity(answer)
    except ValueError as error:
        raise RuntimePanic(f"{VALIDATE} answers in another shape: {error}") from error


def read_apply_refusal(answer: bytes) -> TransactionValidityError | None:
    """Why an extrinsic may not be in a block; None if it is, whatever became of its call."""
    result: Any = read_answer(ApplyResult, APPLY, answer)
    refusal: TransactionValidityError | None = result.error if isinstance(result, Err) else None
    return refusal
