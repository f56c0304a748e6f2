"""The pallet's own count of rao in existence, kept beside the balances' one."""

from primitives.arith import saturating_add_u64, saturating_sub
from primitives.types import Balance
from runtime.pallets.subtensor.storage import SubtensorState


def count_burned(pallet: SubtensorState, amount: Balance) -> None:
    """Note that `amount` left the balances for good."""
    pallet.total_issuance.put(Balance(saturating_sub(pallet.total_issuance.get(), amount)))


def count_minted(pallet: SubtensorState, amount: Balance) -> None:
    """Note that `amount` came into being."""
    pallet.total_issuance.put(Balance(saturating_add_u64(pallet.total_issuance.get(), amount)))
