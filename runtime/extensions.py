"""The ten signed extensions of spec 185, in their order: what is checked around every call."""

from dataclasses import dataclass
from typing import Final

from primitives.arith import U64_MAX, saturating_add_u64
from primitives.extrinsic import Extra, Implicit
from primitives.scale.types import encode
from primitives.transaction_validity import (
    InvalidTransaction,
    TransactionInvalid,
    ValidTransaction,
)
from primitives.types import U32, U64, AccountId, Balance, BlockNumber, Nonce
from runtime.framework.calls import RuntimeCall
from runtime.framework.weights import DispatchClass, DispatchInfo, Pays, PostInfo
from runtime.pallets.subtensor import validity
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.system import System, actual_weight
from runtime.pallets.system_types import ConsumedWeight
from runtime.pallets.transaction_payment import TransactionPayment

COMMITMENTS_PRIORITY: Final = ValidTransaction(priority=U64(U64_MAX))
"""What the Commitments extension says of every call; sums stop here, so it decides alone."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What was taken before the call, to be settled after it."""

    who: AccountId
    fee: Balance
    tip: Balance


class SignedExtensions:
    """All ten as one.

    CheckNonZeroSender, CheckSpecVersion, CheckTxVersion, CheckGenesis, CheckMortality,
    CheckNonce, CheckWeight, ChargeTransactionPayment, Subtensor and Commitments.
    """

    def __init__(
        self, system: System, payment: TransactionPayment, subtensor: SubtensorState
    ) -> None:
        self._system = system
        self._payment = payment
        self._subtensor = subtensor

    def implicit(self, extra: Extra) -> Implicit:
        """What is signed without being sent.

        Raises:
            TransactionInvalid: the birth block's hash is gone.
        """
        system, version = self._system, self._system.version
        birth = extra.era.birth(system.block_number())
        if not system.block_hash.contains(birth):
            raise TransactionInvalid(InvalidTransaction.ANCIENT_BIRTH_BLOCK)
        genesis = system.block_hash.get(BlockNumber(0))
        return Implicit(
            version.spec_version, version.transaction_version, genesis, system.block_hash.get(birth)
        )

    def validate(
        self, who: AccountId, call: RuntimeCall, extra: Extra, info: DispatchInfo, length: int
    ) -> ValidTransaction:
        """Judge an extrinsic for the pool.

        Raises:
            TransactionRefused: some extension refuses it.
        """
        self._check_sender(who)
        validity_of_era = ValidTransaction(longevity=self._longevity(extra))
        validity_of_nonce = self._validate_nonce(who, extra.nonce, info)
        self.check_length(info, length)
        self._check_extrinsic_weight(info)
        fee = self._payment.announced_fee(length, info, extra.tip)
        if not self._payment.withdraw(who, fee):
            raise TransactionInvalid(InvalidTransaction.PAYMENT)
        priority = self._payment.priority(length, info, extra.tip, fee)
        total = ValidTransaction()
        for part in (
            validity_of_era,
            validity_of_nonce,
            ValidTransaction(priority=priority),
            validity.validate(self._subtensor, who, call),
            COMMITMENTS_PRIORITY,
        ):
            total = combine(total, part)
        return total

    def pre_dispatch(self, who: AccountId, extra: Extra, info: DispatchInfo, length: int) -> Paid:
        """Check an extrinsic in a block, use its nonce, count its weight, take its fee.

        Raises:
            TransactionInvalid: some extension refuses it; nothing it wrote may be kept.
        """
        self._check_sender(who)
        self._use_nonce(who, extra.nonce, info)
        self.count(info, length)
        fee = self._payment.announced_fee(length, info, extra.tip)
        if not self._payment.withdraw(who, fee):
            raise TransactionInvalid(InvalidTransaction.PAYMENT)
        return Paid(who, fee, extra.tip)

    def post_dispatch(
        self, paid: Paid | None, info: DispatchInfo, post: PostInfo, length: int
    ) -> None:
        """Give back unused weight and overpaid fees. Unsigned extrinsics have paid nothing."""
        unspent = info.weight - actual_weight(info, post)
        if unspent.ref_time > 0 or unspent.proof_size > 0:
            used = self._system.block_weight.get()
            used.set(info.class_, used.of(info.class_) - unspent)
            self._system.block_weight.put(used)
        if paid is not None:
            actual = self._payment.actual_fee(length, info, post, paid.tip)
            self._payment.settle(paid.who, paid.fee, actual, paid.tip)

    def count(self, info: DispatchInfo, length: int) -> None:
        """Count an extrinsic against the limits of the block.

        Raises:
            TransactionInvalid: the block is too full for it.
        """
        total_length = self.check_length(info, length)
        total_weight = self._weight_with(info)
        self._check_extrinsic_weight(info)
        self._system.all_extrinsics_len.put(U32(total_length))
        self._system.block_weight.put(total_weight)

    def check_length(self, info: DispatchInfo, length: int) -> int:
        """The block's length with this extrinsic; refused if that is too long."""
        total = (self._system.all_extrinsics_len.get() or 0) + length
        if total > self._system.block_length.of(info.class_):
            raise TransactionInvalid(InvalidTransaction.EXHAUSTS_RESOURCES)
        return total

    def check_unsigned(self, info: DispatchInfo, length: int) -> None:
        """Refuse an unsigned extrinsic that no block can hold."""
        self.check_length(info, length)
        self._check_extrinsic_weight(info)

    def _check_sender(self, who: AccountId) -> None:
        if not any(who):
            raise TransactionInvalid(InvalidTransaction.BAD_SIGNER)

    def _longevity(self, extra: Extra) -> U64:
        current = self._system.block_number()
        death = extra.era.death(current)
        return U64(U64_MAX - current if death is None else max(death - current, 0))

    def _check_can_pay(self, who: AccountId, info: DispatchInfo) -> Nonce:
        """The account's nonce; only free calls may come from accounts that nothing keeps alive."""
        account = self._system.account.get(who)
        if info.pays_fee is Pays.YES and account.providers == 0 and account.sufficients == 0:
            raise TransactionInvalid(InvalidTransaction.PAYMENT)
        return account.nonce

    def _validate_nonce(self, who: AccountId, nonce: Nonce, info: DispatchInfo) -> ValidTransaction:
        expected = self._check_can_pay(who, info)
        if nonce < expected:
            raise TransactionInvalid(InvalidTransaction.STALE)
        requires = [_nonce_tag(who, Nonce(nonce - 1))] if expected < nonce else []
        return ValidTransaction(requires=requires, provides=[_nonce_tag(who, nonce)])

    def _use_nonce(self, who: AccountId, nonce: Nonce, info: DispatchInfo) -> None:
        expected = self._check_can_pay(who, info)
        if nonce != expected:
            reason = InvalidTransaction.STALE if nonce < expected else InvalidTransaction.FUTURE
            raise TransactionInvalid(reason)
        self._system.inc_account_nonce(who)

    def _check_extrinsic_weight(self, info: DispatchInfo) -> None:
        most = self._system.block_weights.of(info.class_).max_extrinsic
        if most is not None and info.weight.any_gt(most):
            raise TransactionInvalid(InvalidTransaction.EXHAUSTS_RESOURCES)

    def _weight_with(self, info: DispatchInfo) -> ConsumedWeight:
        """The block's weight with this extrinsic; refused if its class or the block is full."""
        limits = self._system.block_weights
        mine = limits.of(info.class_)
        used = self._system.block_weight.get()
        weight = info.weight + mine.base_extrinsic
        before = used.of(info.class_)
        overflows = (
            before.ref_time + weight.ref_time > U64_MAX
            or before.proof_size + weight.proof_size > U64_MAX
        )
        limited = info.class_ is not DispatchClass.MANDATORY
        used.set(info.class_, before + weight)
        after = used.of(info.class_)
        too_much = mine.max_total is not None and after.any_gt(mine.max_total)
        if used.total().any_gt(limits.max_block):
            too_much |= mine.reserved is not None and after.any_gt(mine.reserved)
        if (limited and overflows) or too_much:
            raise TransactionInvalid(InvalidTransaction.EXHAUSTS_RESOURCES)
        return used


def combine(first: ValidTransaction, second: ValidTransaction) -> ValidTransaction:
    """Both at once: priorities add up, tags are joined, the shorter life counts."""
    return ValidTransaction(
        U64(saturating_add_u64(first.priority, second.priority)),
        first.requires + second.requires,
        first.provides + second.provides,
        U64(min(first.longevity, second.longevity)),
        first.propagate and second.propagate,
    )


def _nonce_tag(who: AccountId, nonce: Nonce) -> bytes:
    return who + encode(Nonce, nonce)
