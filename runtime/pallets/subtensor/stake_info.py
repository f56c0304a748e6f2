"""Stake info: what the runtime API tells about the stake of coldkeys."""

from typing import Final

from primitives.scale.records import scale_struct
from primitives.scale.types import Compact
from primitives.types import AccountId, Balance
from runtime.pallets.subtensor.storage import SubtensorState

ACCOUNT_LENGTH: Final = 32
"""Bytes of an account, which callers of the API pass as a vector of any length."""


@scale_struct("pallet_subtensor::stake_info::StakeInfo")
class StakeInfo:
    """What a coldkey has staked on a hotkey."""

    hotkey: AccountId
    coldkey: AccountId
    stake: Compact[Balance]


def get_stake_info_for_coldkey(pallet: SubtensorState, coldkey: bytes) -> list[StakeInfo]:
    """All stake of one coldkey; nothing for bytes that are no account."""
    for _, stakes in get_stake_info_for_coldkeys(pallet, [coldkey]):
        return stakes
    return []


def get_stake_info_for_coldkeys(
    pallet: SubtensorState, coldkeys: list[bytes]
) -> list[tuple[AccountId, list[StakeInfo]]]:
    """All stake of each coldkey; what is no account is left out."""
    accounts = [AccountId(coldkey) for coldkey in coldkeys if len(coldkey) == ACCOUNT_LENGTH]
    stakes: dict[AccountId, list[StakeInfo]] = {account: [] for account in accounts}
    if stakes:
        for (hotkey, coldkey), stake in pallet.stake.items():
            if coldkey in stakes:
                stakes[coldkey].append(StakeInfo(hotkey, coldkey, stake))
    return [(account, stakes[account]) for account in accounts]
