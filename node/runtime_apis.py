"""The runtime APIs that the node itself asks, with types instead of bytes."""

from typing import Any, Final, Protocol

from consensus.messages import AuthorityId
from consensus.slots import Duration
from node.executor.errors import RuntimePanic
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
from runtime.pallets.timestamp import INHERENT_ID
from runtime.wire_types import CheckInherentsResult, InherentData

AURA_INHERENT_ID: Final = b"auraslot"
VALIDATE: Final = "TaggedTransactionQueue_validate_transaction"
APPLY: Final = "BlockBuilder_apply_extrinsic"


class Caller(Protocol):
    """Answers runtime calls on the state after a block."""

    def call(self, block: Hash, method: str, args: bytes) -> bytes: ...


def slot_duration(caller: Caller, block: Hash) -> Duration:
    """How long a slot lasts."""
    milliseconds: int = decode(U64, caller.call(block, "AuraApi_slot_duration", b""))
    if milliseconds == 0:
        raise RuntimePanic("the runtime says that slots last no time")
    return Duration(milliseconds)


def authorities(caller: Caller, parent: Hash) -> list[AuthorityId]:
    """Who may author on top of a block."""
    keys = decode(list[Bytes32], caller.call(parent, "AuraApi_authorities", b""))
    return [AuthorityId(key) for key in keys]


def account_nonce(caller: Caller, block: Hash, account: AccountId) -> Nonce:
    """How many extrinsics an account has sent."""
    answer = caller.call(block, "AccountNonceApi_account_nonce", account)
    nonce: Nonce = decode(Nonce, answer)
    return nonce


def inherent_data(now: Moment, slot: Slot) -> bytes:
    """What an author knows and a checker compares: the time, and the slot it lies in."""
    facts = [(AURA_INHERENT_ID, encode(Slot, slot)), (INHERENT_ID, encode(Moment, now))]
    return encode(InherentData, InherentData([(Bytes8(key), fact) for key, fact in facts]))


def objection_to_inherents(answer: bytes) -> str | None:
    """What `BlockBuilder_check_inherents` holds against a block."""
    result = decode(CheckInherentsResult, answer)
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
    """The answer of `VALIDATE`."""
    return decode_validity(answer)


def read_apply_refusal(answer: bytes) -> TransactionValidityError | None:
    """Why an extrinsic may not be in a block; None if it is, whatever became of its call."""
    result: Any = decode(ApplyResult, answer)
    refusal: TransactionValidityError | None = result.error if isinstance(result, Err) else None
    return refusal
