"""Storage items of stake, delegation and registration."""

from primitives.hashing import blake2_128_concat, identity
from primitives.types import U16, U64, AccountId, Balance, NetUid
from runtime.framework.storage import (
    StorageDoubleMap,
    StorageMap,
    StorageValue,
    storage_double_map,
    storage_map,
    storage_value,
)
from runtime.pallets.subtensor.constants import (
    DEFAULT_BLOCK_EMISSION,
    INITIAL_BURN,
    INITIAL_DEFAULT_TAKE,
    INITIAL_DIFFICULTY,
    INITIAL_ISSUANCE,
    INITIAL_MAX_BURN,
    INITIAL_MAX_DIFFICULTY,
    INITIAL_MAX_REGISTRATIONS_PER_BLOCK,
    INITIAL_MIN_BURN,
    INITIAL_MIN_DIFFICULTY,
    INITIAL_MIN_TAKE,
    INITIAL_RAO_RECYCLED_FOR_REGISTRATION,
    INITIAL_SENATE_REQUIRED_STAKE_PERCENTAGE,
    INITIAL_TARGET_STAKES_PER_INTERVAL,
    ZERO_ACCOUNT,
)


class StakeItems:
    """Who staked how much on whom, and the issuance that stake is part of."""

    senate_required_stake_percentage: StorageValue[U64] = storage_value(
        default=INITIAL_SENATE_REQUIRED_STAKE_PERCENTAGE
    )
    """Share of all stake, in percent, that a hotkey must hold to sit in the senate."""
    total_stake: StorageValue[Balance] = storage_value(default=Balance(0))
    """Stake of all hotkeys together."""
    max_take: StorageValue[U16] = storage_value(default=INITIAL_DEFAULT_TAKE)
    """Largest share of the dividends, as a fraction of 65,535, that a delegate may keep."""
    min_take: StorageValue[U16] = storage_value(default=INITIAL_MIN_TAKE)
    """Smallest share of the dividends that a delegate may keep."""
    block_emission: StorageValue[Balance] = storage_value(default=DEFAULT_BLOCK_EMISSION)
    """Rao minted by a block at the present stage of the halving curve."""
    total_issuance: StorageValue[Balance] = storage_value(default=INITIAL_ISSUANCE)
    """Rao in existence as this pallet counts them: balances, stake and locks."""
    target_stakes_per_interval: StorageValue[U64] = storage_value(
        default=INITIAL_TARGET_STAKES_PER_INTERVAL
    )
    """How often one coldkey may change its stake on one hotkey within an interval."""
    stake_interval: StorageValue[U64] = storage_value(default=U64(360))
    """Length of the interval, in blocks, that staking changes are counted in."""
    total_hotkey_stake: StorageMap[AccountId, Balance] = storage_map(identity, default=Balance(0))
    """Stake of all coldkeys on a hotkey."""
    total_coldkey_stake: StorageMap[AccountId, Balance] = storage_map(identity, default=Balance(0))
    """Stake of a coldkey on all hotkeys."""
    total_hotkey_coldkey_stakes_this_interval: StorageDoubleMap[
        AccountId, AccountId, tuple[U64, U64]
    ] = storage_double_map(identity, identity, default=(U64(0), U64(0)))
    """By coldkey and hotkey: changes counted in the current interval, and the block it began in."""
    owner: StorageMap[AccountId, AccountId] = storage_map(blake2_128_concat, default=ZERO_ACCOUNT)
    """Coldkey that controls a hotkey. The zero account stands for none."""
    delegates: StorageMap[AccountId, U16] = storage_map(
        blake2_128_concat, default=INITIAL_DEFAULT_TAKE
    )
    """Take of a hotkey. An entry means that the hotkey is open to nominators."""
    stake: StorageDoubleMap[AccountId, AccountId, Balance] = storage_double_map(
        blake2_128_concat, identity, default=Balance(0)
    )
    """By hotkey and coldkey: what the coldkey has staked there."""


class RegistrationItems:
    """How keys get into subnets: prices, difficulties and the counts that limit them."""

    used_work: StorageMap[bytes, U64] = storage_map(identity, default=U64(0))
    """Block at which a proof of work was spent."""
    burn: StorageMap[NetUid, Balance] = storage_map(identity, default=INITIAL_BURN)
    """Price of a registration by burning."""
    difficulty: StorageMap[NetUid, U64] = storage_map(identity, default=INITIAL_DIFFICULTY)
    """Difficulty of a registration by work."""
    min_burn: StorageMap[NetUid, Balance] = storage_map(identity, default=INITIAL_MIN_BURN)
    """Floor of the burn price."""
    max_burn: StorageMap[NetUid, Balance] = storage_map(identity, default=INITIAL_MAX_BURN)
    """Ceiling of the burn price."""
    min_difficulty: StorageMap[NetUid, U64] = storage_map(identity, default=INITIAL_MIN_DIFFICULTY)
    """Floor of the difficulty."""
    max_difficulty: StorageMap[NetUid, U64] = storage_map(identity, default=INITIAL_MAX_DIFFICULTY)
    """Ceiling of the difficulty."""
    last_adjustment_block: StorageMap[NetUid, U64] = storage_map(identity, default=U64(0))
    """Block at which price and difficulty were last adjusted."""
    registrations_this_block: StorageMap[NetUid, U16] = storage_map(identity, default=U16(0))
    """Registrations in the current block."""
    max_registrations_per_block: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_MAX_REGISTRATIONS_PER_BLOCK
    )
    """Most registrations that one block may hold."""
    rao_recycled_for_registration: StorageMap[NetUid, Balance] = storage_map(
        identity, name="RAORecycledForRegistration", default=INITIAL_RAO_RECYCLED_FOR_REGISTRATION
    )
    """Rao burned by registrations so far."""
