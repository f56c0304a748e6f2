"""TransactionPayment: what an extrinsic costs, taken before it runs and settled after."""

from enum import IntEnum
from typing import Any, Final

from primitives.arith import U64_MAX, saturating_add_u64, saturating_mul_u64, saturating_sub
from primitives.scale.records import scale_enum, scale_struct
from primitives.types import U8, U64, U128, AccountId, Balance, BlockNumber
from runtime.framework.errors import DispatchError
from runtime.framework.events import Event
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageValue, storage_value
from runtime.framework.weights import DispatchClass, DispatchInfo, Pays, PostInfo, Weight
from runtime.pallets.balances import Balances
from runtime.pallets.system import System, actual_weight

MULTIPLIER_ONE: Final = 10**18
"""The fee multiplier is a fixed-point number with eighteen decimals."""

WEIGHT_COEFFICIENT: Final = 1_000_000
"""Rao per unit of reference time, in parts of 10^9: a thousandth."""


@scale_enum("pallet_transaction_payment::Releases")
class Releases(IntEnum):
    """Form of the pallet's storage."""

    V1_ANCIENT = 0
    V2 = 1


@scale_struct("sp_arithmetic::fixed_point::FixedU128", unnamed=True)
class FixedU128:
    """An unsigned number with eighteen decimals."""

    inner: U128


@scale_struct("pallet_transaction_payment::types::InclusionFee", parameters=(("Balance", Balance),))
class InclusionFee:
    """What being in a block costs: for being an extrinsic, for its bytes, for its weight."""

    base_fee: Balance
    len_fee: Balance
    adjusted_weight_fee: Balance

    def total(self) -> int:
        """The sum, stopping at the top."""
        return min(self.base_fee + self.len_fee + self.adjusted_weight_fee, U64_MAX)


@scale_struct("pallet_transaction_payment::types::FeeDetails", parameters=(("Balance", Balance),))
class FeeDetails:
    """A fee by its parts; a free call has the tip only."""

    inclusion_fee: InclusionFee | None
    tip: Balance

    def final(self) -> Balance:
        """What the signer pays."""
        included = 0 if self.inclusion_fee is None else self.inclusion_fee.total()
        return Balance(saturating_add_u64(included, self.tip))


@scale_struct(
    "pallet_transaction_payment::types::RuntimeDispatchInfo",
    parameters=(("Balance", Balance), ("Weight", Weight)),
)
class RuntimeDispatchInfo:
    """What clients are told before they send."""

    weight: Weight
    class_: DispatchClass
    partial_fee: Balance


class TransactionFeePaid(Event, index=0):
    """An extrinsic was settled."""

    who: AccountId
    actual_fee: Balance
    tip: Balance


class TransactionPayment(Pallet):
    """Fees by weight and length. Nobody receives them: the issuance shrinks."""

    rust_module = "pallet_transaction_payment::pallet"
    events = (TransactionFeePaid,)

    next_fee_multiplier: StorageValue[FixedU128] = storage_value(
        default=FixedU128(U128(MULTIPLIER_ONE))
    )
    """What the weight fee is multiplied by."""
    releases: StorageValue[Releases] = storage_value(
        default=Releases.V1_ANCIENT, name="StorageVersion"
    )
    """Form of the pallet's storage."""

    operational_fee_multiplier: Constant[U8] = constant(U8(1))
    """How much the fee of operational extrinsics adds to their priority."""

    def __init__(self, ctx: PalletContext, *, system: System, balances: Balances) -> None:
        super().__init__(ctx)
        self._system = system
        self._balances = balances

    def genesis_default(self) -> dict[str, Any]:
        """The multiplier begins at one."""
        return {"multiplier": str(MULTIPLIER_ONE)}

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Set the storage's form and the first multiplier."""
        self.releases.put(Releases.V2)
        self.next_fee_multiplier.put(FixedU128(U128(int(config["multiplier"]))))

    def on_finalize(self, now: BlockNumber) -> None:  # noqa: ARG002
        """Set the multiplier to nothing: this runtime's update rule answers the default, zero."""
        self.next_fee_multiplier.put(FixedU128(U128(0)))

    def weight_to_fee(self, weight: Weight) -> Balance:
        """A thousandth of the reference time, to the nearest rao, halves down."""
        time = min(weight.ref_time, self._system.block_weights.max_block.ref_time)
        return Balance((time * WEIGHT_COEFFICIENT + 10**9 // 2 - 1) // 10**9)

    def length_to_fee(self, length: int) -> Balance:
        """One rao a byte."""
        return Balance(length)

    def fee_details(
        self, length: int, info: DispatchInfo, weight: Weight, tip: Balance, pays: Pays
    ) -> FeeDetails:
        """The parts of a fee for so much weight."""
        if pays is Pays.NO:
            return FeeDetails(None, tip)
        multiplier = self.next_fee_multiplier.get().inner
        weight_fee = min(self.weight_to_fee(weight) * multiplier // MULTIPLIER_ONE, U64_MAX)
        base = self._system.block_weights.of(info.class_).base_extrinsic
        inclusion = InclusionFee(
            self.weight_to_fee(base), self.length_to_fee(length), Balance(weight_fee)
        )
        return FeeDetails(inclusion, tip)

    def announced_fee(self, length: int, info: DispatchInfo, tip: Balance) -> Balance:
        """The fee before execution."""
        return self.fee_details(length, info, info.weight, tip, info.pays_fee).final()

    def actual_fee(self, length: int, info: DispatchInfo, post: PostInfo, tip: Balance) -> Balance:
        """The fee for what was really used."""
        free = info.pays_fee is Pays.NO or post.pays_fee is Pays.NO
        pays = Pays.NO if free else Pays.YES
        return self.fee_details(length, info, actual_weight(info, post), tip, pays).final()

    def withdraw(self, who: AccountId, fee: Balance) -> bool:
        """Take a fee; answers False if the account cannot pay it and live."""
        if fee == 0:
            return True
        try:
            with self.ctx.transaction():
                self._balances.withdraw_fee(who, fee)
        except DispatchError:
            return False
        return True

    def settle(self, who: AccountId, paid: Balance, actual: Balance, tip: Balance) -> None:
        """Give back what was taken too much, destroy the rest, and say so."""
        if paid > 0:
            back = self._balances.refund_fee(who, Balance(saturating_sub(paid, actual)))
            self._balances.rescind(Balance(paid - back))
        self.deposit(TransactionFeePaid(who, actual, tip))

    def priority(self, length: int, info: DispatchInfo, tip: Balance, fee: Balance) -> U64:
        """Place in the pool: the tip, times how many such extrinsics a block could hold."""
        most, limit = self._system.block_weights.max_block, self._system.block_length
        time = min(max(info.weight.ref_time, 1), most.ref_time)
        proof = min(max(info.weight.proof_size, 1), most.proof_size)
        most_bytes = limit.of(info.class_)
        by_weight = min(most.ref_time // time, most.proof_size // proof)
        by_length = most_bytes // min(max(length, 1), most_bytes)
        fit = min(by_weight, by_length)
        scaled = saturating_mul_u64(saturating_add_u64(tip, 1), fit)
        if info.class_ is DispatchClass.OPERATIONAL:
            virtual = saturating_mul_u64(fee, self.operational_fee_multiplier)
            scaled = saturating_add_u64(scaled, saturating_mul_u64(virtual, fit))
        return U64(scaled)
