"""Multisig: calls in the name of a set of accounts, once enough of them have approved."""

from bisect import insort
from collections.abc import Iterator
from typing import Annotated, Final

from primitives.hashing import blake2_128_concat, blake2_256, twox_64_concat
from primitives.scale.compact import encode_compact
from primitives.scale.containers import Bounded
from primitives.scale.records import scale_struct
from primitives.types import U16, U32, AccountId, Balance, BlockNumber, Bytes32
from runtime.framework.calls import RuntimeCall, call
from runtime.framework.errors import DispatchResult, PalletError, ensure
from runtime.framework.events import Event
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, ensure_signed
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageDoubleMap, storage_double_map
from runtime.framework.weights import PostInfo, Weight, db_weight
from runtime.pallets.balances import Balances
from runtime.pallets.nested import attempt
from runtime.pallets.system import System

DERIVATION_DOMAIN: Final = b"modlpy/utilisuba"
"""The same as for derived accounts; what is hashed after it differs in length."""
MAX_SIGNATORIES: Final = 100
"""Accounts in one set."""
ACCOUNT_RECORD: Final = db_weight(1, 1)
"""Reaching the record of the account that is acted for."""


def threshold_1_weight(length: int) -> Weight:
    return Weight(14_425_869 + 493 * length, 0)


def create_weight(others: int, length: int) -> Weight:
    time = 34_797_344 + 127_671 * others + 1498 * length
    return Weight(time, 6811) + db_weight(1, 1)


def approve_weight(others: int, length: int) -> Weight:
    time = 20_189_154 + 110_080 * others + 1483 * length
    return Weight(time, 6811) + db_weight(1, 1)


def complete_weight(others: int, length: int) -> Weight:
    """The heaviest of the three steps, so what `as_multi` announces."""
    time = 39_246_644 + 143_313 * others + 1523 * length
    return Weight(time, 6811) + db_weight(2, 2)


def create_by_hash_weight(others: int) -> Weight:
    """The heavier of the two steps that `approve_as_multi` can be, so what it announces."""
    return Weight(34_073_221 + 124_815 * others, 6811) + db_weight(1, 1)


def cancel_weight(others: int) -> Weight:
    return Weight(35_547_970 + 116_537 * others, 6811) + db_weight(1, 1)


@scale_struct("pallet_multisig::Timepoint", parameters=(("BlockNumber", BlockNumber),))
class Timepoint:
    """The extrinsic that began an operation: its block, and its place in the block."""

    height: BlockNumber
    index: U32


@scale_struct(
    "pallet_multisig::Multisig",
    parameters=(
        ("BlockNumber", BlockNumber),
        ("Balance", Balance),
        ("AccountId", AccountId),
        ("MaxApprovals", None),
    ),
)
class Operation:
    """A call under way: since when, what was reserved of whom, and who approved."""

    when: Timepoint
    deposit: Balance
    depositor: AccountId
    approvals: Annotated[list[AccountId], Bounded(MAX_SIGNATORIES)]


class NewMultisig(Event, index=0):
    """A signatory began an operation."""

    approving: AccountId
    multisig: AccountId
    call_hash: Bytes32


class MultisigApproval(Event, index=1):
    """A further signatory approved."""

    approving: AccountId
    timepoint: Timepoint
    multisig: AccountId
    call_hash: Bytes32


class MultisigExecuted(Event, index=2):
    """The last approval was given and the call made, with this result."""

    approving: AccountId
    timepoint: Timepoint
    multisig: AccountId
    call_hash: Bytes32
    result: DispatchResult


class MultisigCancelled(Event, index=3):
    """Who began an operation took it back."""

    cancelling: AccountId
    timepoint: Timepoint
    multisig: AccountId
    call_hash: Bytes32


class MinimumThreshold(PalletError, index=0):
    """The threshold must be two or more."""


class AlreadyApproved(PalletError, index=1):
    """The signatory has approved, and its call is not needed."""


class NoApprovalsNeeded(PalletError, index=2):
    """Unused: enough have approved."""


class TooFewSignatories(PalletError, index=3):
    """There are no other signatories."""


class TooManySignatories(PalletError, index=4):
    """More signatories than a set may have."""


class SignatoriesOutOfOrder(PalletError, index=5):
    """The other signatories do not ascend."""


class SenderInSignatories(PalletError, index=6):
    """The caller stands among the others."""


class NotFound(PalletError, index=7):
    """No such operation."""


class NotOwner(PalletError, index=8):
    """Only who began the operation may cancel it."""


class NoTimepoint(PalletError, index=9):
    """The operation is under way, so its beginning must be named."""


class WrongTimepoint(PalletError, index=10):
    """The operation began elsewhere."""


class UnexpectedTimepoint(PalletError, index=11):
    """The operation is not under way, so it has no beginning to name."""


class MaxWeightTooLow(PalletError, index=12):
    """The call weighs more than the caller reckoned with."""


class AlreadyStored(PalletError, index=13):
    """Unused: calls are not stored any more."""


class Multisig(Pallet):
    """Calls that need several signatories."""

    rust_module = "pallet_multisig::pallet"
    events = (NewMultisig, MultisigApproval, MultisigExecuted, MultisigCancelled)
    errors = (
        MinimumThreshold,
        AlreadyApproved,
        NoApprovalsNeeded,
        TooFewSignatories,
        TooManySignatories,
        SignatoriesOutOfOrder,
        SenderInSignatories,
        NotFound,
        NotOwner,
        NoTimepoint,
        WrongTimepoint,
        UnexpectedTimepoint,
        MaxWeightTooLow,
        AlreadyStored,
    )
    storage_version = 1

    deposit_base: Constant[Balance] = constant(Balance(132_000_000))
    """Rao reserved for an operation."""
    deposit_factor: Constant[Balance] = constant(Balance(32_000_000))
    """Rao reserved for each approval that an operation needs."""
    max_signatories: Constant[U32] = constant(U32(MAX_SIGNATORIES))
    """Most accounts in one set."""

    multisigs: StorageDoubleMap[AccountId, Bytes32, Operation | None] = storage_double_map(
        twox_64_concat, blake2_128_concat
    )
    """Operations under way, by the set's account and the hash of the call."""

    def __init__(self, ctx: PalletContext, *, system: System, balances: Balances) -> None:
        super().__init__(ctx)
        self._system = system
        self._balances = balances

    def deposits(self) -> Iterator[tuple[AccountId, Balance]]:
        """Who began an operation has a deposit with it."""
        for operation in self.multisigs.values():
            if operation is not None:
                yield operation.depositor, operation.deposit

    @invariant()
    def approvals_are_in_order(self) -> Iterator[str]:
        """Who approved stands in ascending order, each once, and who began is among them."""
        for (account, _), operation in self.multisigs.items():
            if operation is None:
                continue
            approvals = operation.approvals
            if sorted(set(approvals)) != approvals or operation.depositor not in approvals:
                yield f"approvals of an operation of {account.hex()} are out of order"

    @call(
        index=0,
        weight=lambda self, _other_signatories, call: (
            threshold_1_weight(len(self.ctx.encode_call(call)))
            + ACCOUNT_RECORD
            + self.ctx.info_of(call).weight
        ),
        dispatch_class=lambda self, _other_signatories, call: self.ctx.info_of(call).class_,
    )
    def as_multi_threshold_1(
        self, origin: Origin, other_signatories: list[AccountId], call: RuntimeCall
    ) -> PostInfo:
        """Make a call in the name of a set of which one approval is enough."""
        who = ensure_signed(origin)
        account = multi_account(_signatories(who, other_signatories), 1)

        outcome = attempt(self.ctx.dispatch, call, Origin.signed(account))

        used = outcome.post.actual_weight
        own = threshold_1_weight(len(self.ctx.encode_call(call)))
        post = PostInfo(None if used is None else own + used)
        if outcome.error is not None:
            raise outcome.error if used is None else outcome.error.with_post(post)
        return post

    @call(
        index=1,
        weight=lambda self, _threshold, other_signatories, _maybe_timepoint, call, max_weight: (
            complete_weight(len(other_signatories), len(self.ctx.encode_call(call))) + max_weight
        ),
    )
    def as_multi(
        self,
        origin: Origin,
        threshold: U16,
        other_signatories: list[AccountId],
        maybe_timepoint: Timepoint | None,
        call: RuntimeCall,
        max_weight: Weight,
    ) -> PostInfo:
        """Approve a call; the approval that was still missing makes it."""
        who = ensure_signed(origin)
        account = self._account_for(threshold, who, other_signatories)
        encoded = self.ctx.encode_call(call)
        others, length, call_hash = len(other_signatories), len(encoded), _hash(encoded)
        operation = self.multisigs.get(account, call_hash)
        if operation is None:
            self._begin(who, account, call_hash, threshold, maybe_timepoint)
            return PostInfo(create_weight(others, length))

        ensure_timepoint(operation, maybe_timepoint)
        counts = who not in operation.approvals and len(operation.approvals) < threshold
        if len(operation.approvals) + counts < threshold:
            self._approve(who, account, call_hash, threshold, operation)
            return PostInfo(approve_weight(others, length))

        ensure(max_weight.all_gte(self.ctx.info_of(call).weight), MaxWeightTooLow)
        self._end(account, call_hash, operation)
        outcome = attempt(self.ctx.dispatch, call, Origin.signed(account))
        self.deposit(MultisigExecuted(who, operation.when, account, call_hash, outcome.result))
        used = outcome.post.actual_weight
        return PostInfo(None if used is None else complete_weight(others, length) + used)

    @call(
        index=2,
        weight=lambda _, _threshold, other_signatories, _maybe_timepoint, _call_hash, max_weight: (
            create_by_hash_weight(len(other_signatories)) + max_weight
        ),
    )
    def approve_as_multi(
        self,
        origin: Origin,
        threshold: U16,
        other_signatories: list[AccountId],
        maybe_timepoint: Timepoint | None,
        call_hash: Bytes32,
        max_weight: Weight,  # noqa: ARG002
    ) -> PostInfo:
        """Approve a call by its hash; the last approval has to bring the call itself."""
        who = ensure_signed(origin)
        account = self._account_for(threshold, who, other_signatories)
        operation = self.multisigs.get(account, call_hash)
        if operation is None:
            self._begin(who, account, call_hash, threshold, maybe_timepoint)
            return PostInfo(create_weight(len(other_signatories), 0))
        ensure_timepoint(operation, maybe_timepoint)
        self._approve(who, account, call_hash, threshold, operation)
        return PostInfo(approve_weight(len(other_signatories), 0))

    @call(
        index=3,
        weight=lambda _, _threshold, other_signatories, _timepoint, _call_hash: cancel_weight(
            len(other_signatories)
        ),
    )
    def cancel_as_multi(
        self,
        origin: Origin,
        threshold: U16,
        other_signatories: list[AccountId],
        timepoint: Timepoint,
        call_hash: Bytes32,
    ) -> None:
        """Take back an operation that the caller began, and the deposit."""
        who = ensure_signed(origin)
        account = self._account_for(threshold, who, other_signatories)
        operation = self.multisigs.get(account, call_hash)
        if operation is None:
            raise NotFound
        ensure_timepoint(operation, timepoint)
        ensure(operation.depositor == who, NotOwner)

        self._end(account, call_hash, operation)

        self.deposit(MultisigCancelled(who, timepoint, account, call_hash))

    def _account_for(self, threshold: U16, who: AccountId, others: list[AccountId]) -> AccountId:
        ensure(threshold >= 2, MinimumThreshold)
        return multi_account(_signatories(who, others), threshold)

    def _begin(
        self,
        who: AccountId,
        account: AccountId,
        call_hash: Bytes32,
        threshold: U16,
        timepoint: Timepoint | None,
    ) -> None:
        ensure(timepoint is None, UnexpectedTimepoint)
        reserved = Balance(self.deposit_base + self.deposit_factor * threshold)
        now = Timepoint(self._system.block_number(), self._system.extrinsic_index())

        self._balances.reserve(who, reserved)
        self.multisigs.insert(account, call_hash, Operation(now, reserved, who, [who]))

        self.deposit(NewMultisig(who, account, call_hash))

    def _approve(
        self,
        who: AccountId,
        account: AccountId,
        call_hash: Bytes32,
        threshold: U16,
        operation: Operation,
    ) -> None:
        """Record an approval; one too many is as useless as one given twice."""
        approvals = operation.approvals
        ensure(who not in approvals and len(approvals) < threshold, AlreadyApproved)

        insort(approvals, who)
        self.multisigs.insert(account, call_hash, operation)

        self.deposit(MultisigApproval(who, operation.when, account, call_hash))

    def _end(self, account: AccountId, call_hash: Bytes32, operation: Operation) -> None:
        """Forget an operation, before its call can reach for it, and return the deposit."""
        self.multisigs.remove(account, call_hash)
        self._balances.unreserve(operation.depositor, operation.deposit)


def multi_account(signatories: list[AccountId], threshold: int) -> AccountId:
    """The account of a sorted set of accounts of which so many have to approve."""
    count = encode_compact(len(signatories))
    members = b"".join(signatories) + threshold.to_bytes(2, "little")
    return AccountId(blake2_256(DERIVATION_DOMAIN + count + members))


def ensure_timepoint(operation: Operation, timepoint: Timepoint | None) -> None:
    """Refuse a call that does not name the operation's beginning."""
    ensure(timepoint is not None, NoTimepoint)
    ensure(timepoint == operation.when, WrongTimepoint)


def _signatories(who: AccountId, others: list[AccountId]) -> list[AccountId]:
    """The whole set in ascending order."""
    ensure(len(others) > 0, TooFewSignatories)
    ensure(len(others) < MAX_SIGNATORIES, TooManySignatories)
    for position, account in enumerate(others):
        ensure(position == 0 or others[position - 1] < account, SignatoriesOutOfOrder)
        ensure(account != who, SenderInSignatories)
    return sorted([*others, who])


def _hash(encoded: bytes) -> Bytes32:
    return Bytes32(blake2_256(encoded))
