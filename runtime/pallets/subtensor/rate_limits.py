"""Rate limits: how soon a key may act again, and how often it may move stake."""

from primitives.arith import wrapping_add_u64, wrapping_sub_u64
from primitives.types import U64, AccountId, BlockNumber
from runtime.pallets.subtensor.storage import SubtensorState


def exceeds_tx_rate_limit(pallet: SubtensorState, previous: int, now: BlockNumber) -> bool:
    """Whether a key that last acted in block `previous` must still wait."""
    return _too_soon(pallet.tx_rate_limit.get(), previous, now)


def exceeds_tx_delegate_take_rate_limit(
    pallet: SubtensorState, previous: int, now: BlockNumber
) -> bool:
    """Whether a key that last raised its take in block `previous` must still wait."""
    return _too_soon(pallet.tx_delegate_take_rate_limit.get(), previous, now)


def _too_soon(limit: int, previous: int, now: BlockNumber) -> bool:
    """A limit of 0 means no limit, a previous block of 0 means never."""
    if limit == 0 or previous == 0:
        return False
    return wrapping_sub_u64(now, previous) <= limit


def set_last_tx_block(pallet: SubtensorState, key: AccountId, now: BlockNumber) -> None:
    """Remember that `key` acted now."""
    pallet.last_tx_block.insert(key, U64(now))


def set_last_tx_block_delegate_take(
    pallet: SubtensorState, key: AccountId, now: BlockNumber
) -> None:
    """Remember that `key` chose or raised a take now."""
    pallet.last_tx_block_delegate_take.insert(key, U64(now))


def stakes_this_interval(pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId) -> int:
    """How often the pair moved stake in its running interval; an interval that is over is reset.

    An interval starts with every move, so it ends only after a pause of its full length.
    """
    count, last_block = pallet.total_hotkey_coldkey_stakes_this_interval.get(coldkey, hotkey)
    ends_at = wrapping_add_u64(last_block, pallet.stake_interval.get())
    if ends_at <= pallet.system.block_number():
        _set_stakes_this_interval(pallet, coldkey, hotkey, 0, last_block)
        return 0
    return count


def count_stake_move(
    pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId, before: int
) -> None:
    """Note one more move of stake after the `before` ones, and that the coldkey acted."""
    now = pallet.system.block_number()
    set_last_tx_block(pallet, coldkey, now)
    _set_stakes_this_interval(pallet, coldkey, hotkey, before + 1, now)


def _set_stakes_this_interval(
    pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId, count: int, block: int
) -> None:
    pallet.total_hotkey_coldkey_stakes_this_interval.insert(
        coldkey, hotkey, (U64(count), U64(block))
    )
