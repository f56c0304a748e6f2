"""Staking: TAO moves between a coldkey and its stake on a hotkey; delegates set a take."""

from contextlib import suppress

from primitives.arith import saturating_add_u64, saturating_sub
from primitives.types import U16, AccountId, Balance
from runtime.framework.errors import DispatchError, ensure
from runtime.framework.origin import Origin, ensure_signed
from runtime.pallets.subtensor import errors, events
from runtime.pallets.subtensor.rate_limits import (
    count_stake_move,
    exceeds_tx_delegate_take_rate_limit,
    exceeds_tx_rate_limit,
    set_last_tx_block,
    set_last_tx_block_delegate_take,
    stakes_this_interval,
)
from runtime.pallets.subtensor.storage import SubtensorState


def do_add_stake(
    pallet: SubtensorState, origin: Origin, hotkey: AccountId, amount: Balance
) -> None:
    """Move `amount` from the caller's balance to its stake on `hotkey`."""
    coldkey = ensure_signed(origin)
    ensure(
        can_remove_balance_from_coldkey_account(pallet, coldkey, amount),
        errors.NotEnoughBalanceToStake,
    )
    _ensure_may_stake_on(pallet, coldkey, hotkey)
    moves = stakes_this_interval(pallet, coldkey, hotkey)
    ensure(moves < pallet.target_stakes_per_interval.get(), errors.StakeRateLimitExceeded)
    stake_after = saturating_add_u64(pallet.stake.get(hotkey, coldkey), amount)
    _ensure_nomination_is_large_enough(pallet, coldkey, hotkey, stake_after)

    staked = remove_balance_from_coldkey_account(pallet, coldkey, amount)
    increase_stake_on_coldkey_hotkey_account(pallet, coldkey, hotkey, staked)
    count_stake_move(pallet, coldkey, hotkey, moves)

    pallet.deposit(events.StakeAdded(hotkey, staked))


def do_remove_stake(
    pallet: SubtensorState, origin: Origin, hotkey: AccountId, amount: Balance
) -> None:
    """Move `amount` from the caller's stake on `hotkey` back to its balance."""
    coldkey = ensure_signed(origin)
    _ensure_may_stake_on(pallet, coldkey, hotkey)
    ensure(amount > 0, errors.NotEnoughStaketoWithdraw)
    stake = pallet.stake.get(hotkey, coldkey)
    ensure(stake >= amount, errors.NotEnoughStaketoWithdraw)
    moves = stakes_this_interval(pallet, coldkey, hotkey)
    ensure(moves < pallet.target_stakes_per_interval.get(), errors.UnstakeRateLimitExceeded)
    _ensure_nomination_is_large_enough(pallet, coldkey, hotkey, stake - amount)

    decrease_stake_on_coldkey_hotkey_account(pallet, coldkey, hotkey, amount)
    add_balance_to_coldkey_account(pallet, coldkey, amount)
    count_stake_move(pallet, coldkey, hotkey, moves)

    pallet.deposit(events.StakeRemoved(hotkey, amount))


def _ensure_may_stake_on(pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId) -> None:
    """Anybody may stake on a delegate; on another hotkey only its owner may."""
    ensure(hotkey_account_exists(pallet, hotkey), errors.NotRegistered)
    ensure(
        hotkey_is_delegate(pallet, hotkey) or coldkey_owns_hotkey(pallet, coldkey, hotkey),
        errors.NonAssociatedColdKey,
    )


def _ensure_nomination_is_large_enough(
    pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId, stake_after: int
) -> None:
    """A nominator keeps at least the minimum on a hotkey; not even 0 is allowed to be below it."""
    ensure(
        coldkey_owns_hotkey(pallet, coldkey, hotkey)
        or stake_after >= pallet.nominator_min_required_stake.get(),
        errors.NomStakeBelowMinimumThreshold,
    )


def do_become_delegate(
    pallet: SubtensorState, origin: Origin, hotkey: AccountId, take: U16
) -> None:
    """Open `hotkey` to the stake of others, for a `take` of their dividends."""
    coldkey = ensure_signed(origin)
    _ensure_owns(pallet, coldkey, hotkey)
    ensure(not hotkey_is_delegate(pallet, hotkey), errors.AlreadyDelegate)
    now = pallet.system.block_number()
    ensure(
        not exceeds_tx_rate_limit(pallet, pallet.last_tx_block.get(coldkey), now),
        errors.TxRateLimitExceeded,
    )
    ensure(pallet.min_take.get() <= take <= pallet.max_take.get(), errors.InvalidTake)

    delegate_hotkey(pallet, hotkey, take)
    set_last_tx_block(pallet, coldkey, now)
    set_last_tx_block_delegate_take(pallet, coldkey, now)

    pallet.deposit(events.DelegateAdded(coldkey, hotkey, take))


def do_decrease_take(pallet: SubtensorState, origin: Origin, hotkey: AccountId, take: U16) -> None:
    """Lower the take of a delegate. A hotkey that is none becomes one."""
    coldkey = ensure_signed(origin)
    _ensure_owns(pallet, coldkey, hotkey)
    if hotkey_is_delegate(pallet, hotkey):
        ensure(take < pallet.delegates.get(hotkey), errors.InvalidTake)
    ensure(take >= pallet.min_take.get(), errors.InvalidTake)

    delegate_hotkey(pallet, hotkey, take)

    pallet.deposit(events.TakeDecreased(coldkey, hotkey, take))


def do_increase_take(pallet: SubtensorState, origin: Origin, hotkey: AccountId, take: U16) -> None:
    """Raise the take of a delegate, rarely. A hotkey that is none becomes one."""
    coldkey = ensure_signed(origin)
    _ensure_owns(pallet, coldkey, hotkey)
    if hotkey_is_delegate(pallet, hotkey):
        ensure(take > pallet.delegates.get(hotkey), errors.InvalidTake)
    ensure(take <= pallet.max_take.get(), errors.InvalidTake)
    now = pallet.system.block_number()
    last_raise = pallet.last_tx_block_delegate_take.get(coldkey)
    ensure(
        not exceeds_tx_delegate_take_rate_limit(pallet, last_raise, now),
        errors.TxRateLimitExceeded,
    )

    set_last_tx_block_delegate_take(pallet, coldkey, now)
    delegate_hotkey(pallet, hotkey, take)

    pallet.deposit(events.TakeIncreased(coldkey, hotkey, take))


def _ensure_owns(pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId) -> None:
    ensure(hotkey_account_exists(pallet, hotkey), errors.NotRegistered)
    ensure(coldkey_owns_hotkey(pallet, coldkey, hotkey), errors.NonAssociatedColdKey)


def create_account_if_non_existent(
    pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId
) -> None:
    """Make `coldkey` the owner of a hotkey that has none yet."""
    if not hotkey_account_exists(pallet, hotkey):
        pallet.stake.insert(hotkey, coldkey, Balance(0))
        pallet.owner.insert(hotkey, coldkey)


def hotkey_account_exists(pallet: SubtensorState, hotkey: AccountId) -> bool:
    """Whether the hotkey has an owner, as every key has that ever registered."""
    return pallet.owner.contains(hotkey)


def coldkey_owns_hotkey(pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId) -> bool:
    """Whether the hotkey exists and is `coldkey`'s."""
    return hotkey_account_exists(pallet, hotkey) and pallet.owner.get(hotkey) == coldkey


def hotkey_is_delegate(pallet: SubtensorState, hotkey: AccountId) -> bool:
    """Whether others may stake on the hotkey."""
    return pallet.delegates.contains(hotkey)


def delegate_hotkey(pallet: SubtensorState, hotkey: AccountId, take: U16) -> None:
    """Make the hotkey a delegate with this take."""
    pallet.delegates.insert(hotkey, take)


def increase_stake_on_hotkey_account(
    pallet: SubtensorState, hotkey: AccountId, increment: Balance
) -> None:
    """Add to the owner's stake on its hotkey."""
    increase_stake_on_coldkey_hotkey_account(pallet, pallet.owner.get(hotkey), hotkey, increment)


def increase_stake_on_coldkey_hotkey_account(
    pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId, increment: Balance
) -> None:
    """Add to the stake of a pair and to the three totals that contain it."""

    def plus(old: Balance) -> Balance:
        return Balance(saturating_add_u64(old, increment))

    pallet.total_coldkey_stake.insert(coldkey, plus(pallet.total_coldkey_stake.get(coldkey)))
    pallet.total_hotkey_stake.insert(hotkey, plus(pallet.total_hotkey_stake.get(hotkey)))
    pallet.stake.insert(hotkey, coldkey, plus(pallet.stake.get(hotkey, coldkey)))
    pallet.total_stake.put(plus(pallet.total_stake.get()))


def decrease_stake_on_coldkey_hotkey_account(
    pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId, decrement: Balance
) -> None:
    """Take from the stake of a pair and from the three totals; a pair left with 0 stays."""
    _take_off_totals(pallet, coldkey, hotkey, decrement)
    stake = pallet.stake.get(hotkey, coldkey)
    pallet.stake.insert(hotkey, coldkey, Balance(saturating_sub(stake, decrement)))


def empty_stake_on_coldkey_hotkey_account(
    pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId
) -> None:
    """Forget the stake of a pair, in the totals and in the issuance too."""
    stake = pallet.stake.take(hotkey, coldkey)
    _take_off_totals(pallet, coldkey, hotkey, stake)
    pallet.total_issuance.put(Balance(saturating_sub(pallet.total_issuance.get(), stake)))


def _take_off_totals(
    pallet: SubtensorState, coldkey: AccountId, hotkey: AccountId, decrement: Balance
) -> None:
    def minus(old: Balance) -> Balance:
        return Balance(saturating_sub(old, decrement))

    pallet.total_coldkey_stake.insert(coldkey, minus(pallet.total_coldkey_stake.get(coldkey)))
    pallet.total_hotkey_stake.insert(hotkey, minus(pallet.total_hotkey_stake.get(hotkey)))
    pallet.total_stake.put(minus(pallet.total_stake.get()))


def clear_small_nominations(pallet: SubtensorState) -> None:
    """Pay out every nomination below the minimum.

    The payout raises the balances' issuance but not this pallet's, from which
    emptying the stake takes it off: so it is on the reference chain.
    """
    minimum = pallet.nominator_min_required_stake.get()
    for (hotkey, coldkey), stake in pallet.stake.items():
        if stake < minimum and not coldkey_owns_hotkey(pallet, coldkey, hotkey):
            empty_stake_on_coldkey_hotkey_account(pallet, coldkey, hotkey)
            add_balance_to_coldkey_account(pallet, coldkey, stake)


def unstake_all_coldkeys_from_hotkey_account(pallet: SubtensorState, hotkey: AccountId) -> None:
    """Pay out all stake on a hotkey."""
    for coldkey, stake in pallet.stake.items_under(hotkey):
        decrease_stake_on_coldkey_hotkey_account(pallet, coldkey, hotkey, stake)
        add_balance_to_coldkey_account(pallet, coldkey, stake)


def get_coldkey_balance(pallet: SubtensorState, coldkey: AccountId) -> Balance:
    """What the coldkey can spend, down to its last rao."""
    return pallet.balances.reducible_balance(coldkey, keep_alive=False)


def can_remove_balance_from_coldkey_account(
    pallet: SubtensorState, coldkey: AccountId, amount: Balance
) -> bool:
    """Whether the coldkey could spend `amount` if its account may die of it."""
    try:
        pallet.balances.ensure_can_withdraw(coldkey, amount, keep_alive=False)
    except DispatchError:
        return False
    return amount <= get_coldkey_balance(pallet, coldkey)


def add_balance_to_coldkey_account(
    pallet: SubtensorState, coldkey: AccountId, amount: Balance
) -> None:
    """Mint to the coldkey, as far as that works.

    What would leave a new account below the existential deposit is lost. Hooks mint too, and
    nobody is there to be refused, so an account that cannot take any is passed over.
    """
    with suppress(DispatchError):
        pallet.balances.deposit_best_effort(coldkey, amount)


def remove_balance_from_coldkey_account(
    pallet: SubtensorState, coldkey: AccountId, amount: Balance
) -> Balance:
    """Burn up to `amount` of the coldkey's balance and return how much that was.

    The account always keeps the existential deposit, so whoever asks for all of it gives less.
    """
    if amount == 0:
        return Balance(0)
    try:
        removed = pallet.balances.withdraw_best_effort(coldkey, amount, keep_alive=True)
    except DispatchError as error:
        raise errors.BalanceWithdrawalError from error
    ensure(removed > 0, errors.BalanceWithdrawalError)
    return removed
