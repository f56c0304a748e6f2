"""Constants of the pallet: initial values of its parameters, as they are published in metadata."""

from typing import Final

from primitives.types import U16, U64, AccountId, Balance, NetUid
from runtime.framework.pallet import Constant, constant

ZERO_ACCOUNT: Final = AccountId(bytes(32))
"""Stands for "nobody" in maps that cannot leave a value out."""
TOTAL_SUPPLY: Final = Balance(21_000_000_000_000_000)
"""Rao that can ever exist: 21 million tao."""
DEFAULT_BLOCK_EMISSION: Final = Balance(1_000_000_000)
"""Rao a block mints before the first halving: one tao."""
ROOT_NETUID: Final = NetUid(0)
"""The root network, whose neurons vote on the emission of all other subnets."""

INITIAL_ISSUANCE: Final = Balance(0)
INITIAL_MIN_ALLOWED_WEIGHTS: Final = U16(1_024)
INITIAL_EMISSION_VALUE: Final = U16(0)
INITIAL_MAX_WEIGHTS_LIMIT: Final = U16(1_000)
INITIAL_TEMPO: Final = U16(99)
INITIAL_DIFFICULTY: Final = U64(10_000_000)
INITIAL_MAX_DIFFICULTY: Final = U64(4_611_686_018_427_387_903)
INITIAL_MIN_DIFFICULTY: Final = U64(10_000_000)
INITIAL_RAO_RECYCLED_FOR_REGISTRATION: Final = Balance(0)
INITIAL_BURN: Final = Balance(1_000_000_000)
INITIAL_MAX_BURN: Final = Balance(100_000_000_000)
INITIAL_MIN_BURN: Final = Balance(1_000_000_000)
INITIAL_ADJUSTMENT_INTERVAL: Final = U16(100)
INITIAL_BONDS_MOVING_AVERAGE: Final = U64(900_000)
INITIAL_TARGET_REGISTRATIONS_PER_INTERVAL: Final = U16(2)
INITIAL_RHO: Final = U16(10)
INITIAL_KAPPA: Final = U16(32_767)
INITIAL_MAX_ALLOWED_UIDS: Final = U16(4_096)
INITIAL_VALIDATOR_PRUNE_LEN: Final = U64(1)
INITIAL_SCALING_LAW_POWER: Final = U16(50)
INITIAL_IMMUNITY_PERIOD: Final = U16(4_096)
INITIAL_ACTIVITY_CUTOFF: Final = U16(5_000)
INITIAL_MAX_REGISTRATIONS_PER_BLOCK: Final = U16(1)
INITIAL_PRUNING_SCORE: Final = U16(65_535)
INITIAL_MAX_ALLOWED_VALIDATORS: Final = U16(128)
INITIAL_DEFAULT_TAKE: Final = U16(11_796)
INITIAL_MIN_TAKE: Final = U16(0)
INITIAL_WEIGHTS_VERSION_KEY: Final = U64(0)
INITIAL_SERVING_RATE_LIMIT: Final = U64(50)
INITIAL_TX_RATE_LIMIT: Final = U64(1_000)
INITIAL_TX_DELEGATE_TAKE_RATE_LIMIT: Final = U64(216_000)
INITIAL_SENATE_REQUIRED_STAKE_PERCENTAGE: Final = U64(1)
INITIAL_ADJUSTMENT_ALPHA: Final = U64(0)
INITIAL_NETWORK_IMMUNITY_PERIOD: Final = U64(50_400)
INITIAL_NETWORK_MIN_ALLOWED_UIDS: Final = U16(128)
INITIAL_NETWORK_MIN_LOCK_COST: Final = Balance(1_000_000_000_000)
INITIAL_SUBNET_OWNER_CUT: Final = U16(11_796)
INITIAL_NETWORK_LOCK_REDUCTION_INTERVAL: Final = U64(100_800)
INITIAL_SUBNET_LIMIT: Final = U16(12)
INITIAL_NETWORK_RATE_LIMIT: Final = U64(7_200)
INITIAL_TARGET_STAKES_PER_INTERVAL: Final = U64(1)


class SubtensorConstants:
    """What a node, or a client, may read without the state."""

    initial_issuance: Constant[Balance] = constant(INITIAL_ISSUANCE)
    """Issuance before genesis says otherwise."""
    initial_min_allowed_weights: Constant[U16] = constant(INITIAL_MIN_ALLOWED_WEIGHTS)
    """Fewest weights a validator must set at once, where a subnet has no value of its own."""
    initial_emission_value: Constant[U16] = constant(INITIAL_EMISSION_VALUE)
    """Unused: a subnet's emission before the root network votes."""
    initial_max_weights_limit: Constant[U16] = constant(INITIAL_MAX_WEIGHTS_LIMIT)
    """Largest normalised weight, where a subnet has no value of its own."""
    initial_tempo: Constant[U16] = constant(INITIAL_TEMPO)
    """Tempo of a subnet that has none of its own."""
    initial_difficulty: Constant[U64] = constant(INITIAL_DIFFICULTY)
    """Difficulty of work before the first adjustment."""
    initial_max_difficulty: Constant[U64] = constant(INITIAL_MAX_DIFFICULTY)
    """Ceiling of the difficulty: 2^62 - 1."""
    initial_min_difficulty: Constant[U64] = constant(INITIAL_MIN_DIFFICULTY)
    """Floor of the difficulty."""
    initial_rao_recycled_for_registration: Constant[Balance] = constant(
        INITIAL_RAO_RECYCLED_FOR_REGISTRATION, name="InitialRAORecycledForRegistration"
    )
    """Rao burned by registrations before the first one."""
    initial_burn: Constant[Balance] = constant(INITIAL_BURN)
    """Burn price before the first adjustment: one tao."""
    initial_max_burn: Constant[Balance] = constant(INITIAL_MAX_BURN)
    """Ceiling of the burn price: a hundred tao."""
    initial_min_burn: Constant[Balance] = constant(INITIAL_MIN_BURN)
    """Floor of the burn price: one tao."""
    initial_adjustment_interval: Constant[U16] = constant(INITIAL_ADJUSTMENT_INTERVAL)
    """Blocks between adjustments of price and difficulty."""
    initial_bonds_moving_average: Constant[U64] = constant(INITIAL_BONDS_MOVING_AVERAGE)
    """Weight of old bonds in their moving average, in millionths."""
    initial_target_registrations_per_interval: Constant[U16] = constant(
        INITIAL_TARGET_REGISTRATIONS_PER_INTERVAL
    )
    """Registrations per interval that the adjustment steers towards."""
    initial_rho: Constant[U16] = constant(INITIAL_RHO)
    """Steepness of the root network's trust sigmoid."""
    initial_kappa: Constant[U16] = constant(INITIAL_KAPPA)
    """Majority ratio as a fraction of 65,535: one half."""
    initial_max_allowed_uids: Constant[U16] = constant(INITIAL_MAX_ALLOWED_UIDS)
    """Most neurons on a subnet."""
    initial_validator_prune_len: Constant[U64] = constant(INITIAL_VALIDATOR_PRUNE_LEN)
    """Context length that validators read."""
    initial_scaling_law_power: Constant[U16] = constant(INITIAL_SCALING_LAW_POWER)
    """Exponent, in percent, that validators read."""
    initial_immunity_period: Constant[U16] = constant(INITIAL_IMMUNITY_PERIOD)
    """Blocks during which a new neuron is spared from replacement."""
    initial_activity_cutoff: Constant[U16] = constant(INITIAL_ACTIVITY_CUTOFF)
    """Blocks without an update after which a neuron counts as inactive."""
    initial_max_registrations_per_block: Constant[U16] = constant(
        INITIAL_MAX_REGISTRATIONS_PER_BLOCK
    )
    """Most registrations that one block may hold on a subnet."""
    initial_pruning_score: Constant[U16] = constant(INITIAL_PRUNING_SCORE)
    """Unused: pruning score of a neuron without an epoch."""
    initial_max_allowed_validators: Constant[U16] = constant(INITIAL_MAX_ALLOWED_VALIDATORS)
    """Most validator permits on a subnet."""
    initial_default_take: Constant[U16] = constant(INITIAL_DEFAULT_TAKE)
    """Take of a new delegate and the highest allowed: 18 percent of 65,535."""
    initial_min_take: Constant[U16] = constant(INITIAL_MIN_TAKE)
    """Lowest take of a delegate."""
    initial_weights_version_key: Constant[U64] = constant(INITIAL_WEIGHTS_VERSION_KEY)
    """Version of the subnet's software that weights must be set with; 0 takes all."""
    initial_serving_rate_limit: Constant[U64] = constant(INITIAL_SERVING_RATE_LIMIT)
    """Blocks between two announcements of an endpoint."""
    initial_tx_rate_limit: Constant[U64] = constant(INITIAL_TX_RATE_LIMIT)
    """Blocks between two rate-limited calls of one key."""
    initial_tx_delegate_take_rate_limit: Constant[U64] = constant(
        INITIAL_TX_DELEGATE_TAKE_RATE_LIMIT
    )
    """Blocks between raises of a take: 30 days."""
    initial_senate_required_stake_percentage: Constant[U64] = constant(
        INITIAL_SENATE_REQUIRED_STAKE_PERCENTAGE
    )
    """Percent of all stake that a senator must hold."""
    initial_adjustment_alpha: Constant[U64] = constant(INITIAL_ADJUSTMENT_ALPHA)
    """Weight of the old value in an adjustment; 0 forgets it at once."""
    initial_network_immunity_period: Constant[U64] = constant(INITIAL_NETWORK_IMMUNITY_PERIOD)
    """Blocks during which a new subnet cannot be replaced: a week."""
    initial_network_min_allowed_uids: Constant[U16] = constant(INITIAL_NETWORK_MIN_ALLOWED_UIDS)
    """Smallest size that a subnet's owner may allow it."""
    initial_network_min_lock_cost: Constant[Balance] = constant(INITIAL_NETWORK_MIN_LOCK_COST)
    """Lowest price of founding a subnet: a thousand tao."""
    initial_subnet_owner_cut: Constant[U16] = constant(INITIAL_SUBNET_OWNER_CUT)
    """Owner's share of a subnet's emission: 18 percent of 65,535."""
    initial_network_lock_reduction_interval: Constant[U64] = constant(
        INITIAL_NETWORK_LOCK_REDUCTION_INTERVAL
    )
    """Blocks in which the price of founding falls by the latest one: two weeks."""
    initial_subnet_limit: Constant[U16] = constant(INITIAL_SUBNET_LIMIT)
    """Most subnets that may exist."""
    initial_network_rate_limit: Constant[U64] = constant(INITIAL_NETWORK_RATE_LIMIT)
    """Blocks between two foundings: a day. Chains with a faucet start without this limit."""
    initial_target_stakes_per_interval: Constant[U64] = constant(INITIAL_TARGET_STAKES_PER_INTERVAL)
    """Changes of stake per interval and pair of keys."""
