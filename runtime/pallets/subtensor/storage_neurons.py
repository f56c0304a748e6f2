"""Storage items of neurons: the parameters they live under, and the outcome of epochs."""

from primitives.hashing import blake2_128_concat, identity, twox_64_concat
from primitives.types import U16, U64, AccountId, Balance, Hash, NetUid, Uid
from runtime.framework.storage import (
    StorageDoubleMap,
    StorageMap,
    StorageValue,
    storage_double_map,
    storage_map,
    storage_value,
)
from runtime.pallets.subtensor.constants import (
    INITIAL_ACTIVITY_CUTOFF,
    INITIAL_ADJUSTMENT_ALPHA,
    INITIAL_ADJUSTMENT_INTERVAL,
    INITIAL_BONDS_MOVING_AVERAGE,
    INITIAL_IMMUNITY_PERIOD,
    INITIAL_KAPPA,
    INITIAL_MAX_ALLOWED_UIDS,
    INITIAL_MAX_ALLOWED_VALIDATORS,
    INITIAL_MAX_WEIGHTS_LIMIT,
    INITIAL_MIN_ALLOWED_WEIGHTS,
    INITIAL_RHO,
    INITIAL_SCALING_LAW_POWER,
    INITIAL_TARGET_REGISTRATIONS_PER_INTERVAL,
    INITIAL_VALIDATOR_PRUNE_LEN,
    INITIAL_WEIGHTS_VERSION_KEY,
    ZERO_ACCOUNT,
)

WeightCommit = tuple[Hash, U64, U64, U64]
"""Hash of weights, block of the commit, first and last block in which they may be revealed."""


class HyperparameterItems:
    """What root or a subnet's owner may tune."""

    weights_min_stake: StorageValue[Balance] = storage_value(default=Balance(0))
    """Least stake of a hotkey that may set weights."""
    rho: StorageMap[NetUid, U16] = storage_map(identity, default=INITIAL_RHO)
    """Steepness of the root network's trust sigmoid."""
    kappa: StorageMap[NetUid, U16] = storage_map(identity, default=INITIAL_KAPPA)
    """Majority ratio, as a fraction of 65,535: weights above what it supports are clipped."""
    neurons_to_prune_at_next_epoch: StorageMap[NetUid, Uid] = storage_map(identity, default=Uid(0))
    """Unused: a uid marked for removal at the next epoch."""
    registrations_this_interval: StorageMap[NetUid, U16] = storage_map(identity, default=U16(0))
    """Registrations of both kinds since the last adjustment."""
    pow_registrations_this_interval: StorageMap[NetUid, U16] = storage_map(
        identity, name="POWRegistrationsThisInterval", default=U16(0)
    )
    """Registrations by work since the last adjustment."""
    burn_registrations_this_interval: StorageMap[NetUid, U16] = storage_map(
        identity, default=U16(0)
    )
    """Registrations by burning since the last adjustment."""
    max_allowed_uids: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_MAX_ALLOWED_UIDS
    )
    """Most neurons on the subnet; another one replaces the weakest."""
    immunity_period: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_IMMUNITY_PERIOD
    )
    """Blocks during which a new neuron is spared from replacement."""
    activity_cutoff: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_ACTIVITY_CUTOFF
    )
    """Blocks without an update after which a neuron counts as inactive."""
    max_weights_limit: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_MAX_WEIGHTS_LIMIT
    )
    """Largest normalised weight a validator may give to one neuron."""
    weights_version_key: StorageMap[NetUid, U64] = storage_map(
        identity, default=INITIAL_WEIGHTS_VERSION_KEY
    )
    """Version of the subnet's software that weights must be set with."""
    min_allowed_weights: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_MIN_ALLOWED_WEIGHTS
    )
    """Fewest weights that a validator must set at once."""
    max_allowed_validators: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_MAX_ALLOWED_VALIDATORS
    )
    """Most neurons that may hold a validator permit."""
    adjustment_interval: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_ADJUSTMENT_INTERVAL
    )
    """Blocks between adjustments of burn price and difficulty."""
    bonds_moving_average: StorageMap[NetUid, U64] = storage_map(
        identity, default=INITIAL_BONDS_MOVING_AVERAGE
    )
    """Weight of the old bonds in their moving average, in millionths."""
    weights_set_rate_limit: StorageMap[NetUid, U64] = storage_map(identity, default=U64(100))
    """Blocks a validator must wait between settings of its weights."""
    validator_prune_len: StorageMap[NetUid, U64] = storage_map(
        identity, default=INITIAL_VALIDATOR_PRUNE_LEN
    )
    """Unused by the chain: context length, kept for validators to read."""
    scaling_law_power: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_SCALING_LAW_POWER
    )
    """Unused by the chain: exponent in percent, kept for validators to read."""
    target_registrations_per_interval: StorageMap[NetUid, U16] = storage_map(
        identity, default=INITIAL_TARGET_REGISTRATIONS_PER_INTERVAL
    )
    """Registrations per interval that the adjustment steers towards."""
    block_at_registration: StorageDoubleMap[NetUid, Uid, U64] = storage_double_map(
        identity, identity, default=U64(0)
    )
    """Block at which the neuron was registered."""
    adjustment_alpha: StorageMap[NetUid, U64] = storage_map(
        identity, default=INITIAL_ADJUSTMENT_ALPHA
    )
    """Weight of the old value in an adjustment, as a fraction of 2^64 - 1."""
    weight_commits: StorageDoubleMap[NetUid, AccountId, list[WeightCommit] | None] = (
        storage_double_map(twox_64_concat, twox_64_concat)
    )
    """By subnet and hotkey: commits to weights still hidden, the oldest first."""
    reveal_period_epochs: StorageMap[NetUid, U64] = storage_map(twox_64_concat, default=U64(1))
    """Epochs from that of a commit to the one in which it is revealed."""
    commit_reveal_weights_enabled: StorageMap[NetUid, bool] = storage_map(identity, default=False)
    """Whether weights must be committed before they are shown."""


class ConsensusItems:
    """The neurons, and the outcome of their latest epoch."""

    uids: StorageDoubleMap[NetUid, AccountId, Uid | None] = storage_double_map(
        identity, blake2_128_concat
    )
    """By subnet and hotkey: the uid."""
    keys: StorageDoubleMap[NetUid, Uid, AccountId] = storage_double_map(
        identity, identity, default=ZERO_ACCOUNT
    )
    """By subnet and uid: the hotkey."""
    loaded_emission: StorageMap[NetUid, list[tuple[AccountId, Balance, Balance]] | None] = (
        storage_map(identity)
    )
    """Hotkey, server's part and validator's part of an epoch's emission not paid out yet."""
    active: StorageMap[NetUid, list[bool]] = storage_map(identity, default=[])
    """By uid: whether the neuron was active."""
    rank: StorageMap[NetUid, list[U16]] = storage_map(identity, default=[])
    """By uid: stake-weighted sum of clipped weights received."""
    trust: StorageMap[NetUid, list[U16]] = storage_map(identity, default=[])
    """By uid: share of the weight received that was not clipped."""
    consensus: StorageMap[NetUid, list[U16]] = storage_map(identity, default=[])
    """By uid: weight that a majority of stake supports."""
    incentive: StorageMap[NetUid, list[U16]] = storage_map(identity, default=[])
    """By uid: the neuron's share of the server's reward."""
    dividends: StorageMap[NetUid, list[U16]] = storage_map(identity, default=[])
    """By uid: the neuron's share of the validator's reward."""
    emission: StorageMap[NetUid, list[Balance]] = storage_map(identity, default=[])
    """By uid: rao earned in the latest epoch."""
    last_update: StorageMap[NetUid, list[U64]] = storage_map(identity, default=[])
    """By uid: block at which the neuron last set weights."""
    validator_trust: StorageMap[NetUid, list[U16]] = storage_map(identity, default=[])
    """By uid: share of the weight given that was not clipped."""
    pruning_scores: StorageMap[NetUid, list[U16]] = storage_map(identity, default=[])
    """By uid: the lowest is replaced first."""
    validator_permit: StorageMap[NetUid, list[bool]] = storage_map(identity, default=[])
    """By uid: whether the neuron may set weights on others."""
    weights: StorageDoubleMap[NetUid, Uid, list[tuple[U16, U16]]] = storage_double_map(
        identity, identity, default=[]
    )
    """By subnet and uid: target and weight. On the root network the targets are subnets."""
    bonds: StorageDoubleMap[NetUid, Uid, list[tuple[U16, U16]]] = storage_double_map(
        identity, identity, default=[]
    )
    """By subnet and uid: target and bond."""
