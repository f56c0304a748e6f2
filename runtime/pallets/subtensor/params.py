"""Parameters of subnets and of the network: who may set them, and setters that tell of it."""

from primitives.types import U16, U64, AccountId, Balance, NetUid
from runtime.framework.errors import BadOrigin
from runtime.framework.origin import Origin, ensure_signed_or_root
from runtime.pallets.subtensor.parameter_events import (
    ActivityCutoffSet,
    AdjustmentAlphaSet,
    AdjustmentIntervalSet,
    BondsMovingAverageSet,
    DifficultySet,
    ImmunityPeriodSet,
    KappaSet,
    MaxAllowedUidsSet,
    MaxAllowedValidatorsSet,
    MaxBurnSet,
    MaxDelegateTakeSet,
    MaxDifficultySet,
    MaxRegistrationsPerBlockSet,
    MaxWeightLimitSet,
    MinAllowedWeightSet,
    MinBurnSet,
    MinDelegateTakeSet,
    MinDifficultySet,
    NetworkImmunityPeriodSet,
    NetworkLockCostReductionIntervalSet,
    NetworkMinLockCostSet,
    NetworkRateLimitSet,
    PowRegistrationAllowed,
    RAORecycledForRegistrationSet,
    RegistrationAllowed,
    RegistrationPerIntervalSet,
    ServingRateLimitSet,
    SubnetLimitSet,
    SubnetOwnerCutSet,
    TempoSet,
    TxDelegateTakeRateLimitSet,
    TxRateLimitSet,
    WeightsMinStake,
    WeightsSetRateLimitSet,
    WeightsVersionKeySet,
)
from runtime.pallets.subtensor.staking import clear_small_nominations
from runtime.pallets.subtensor.storage import SubtensorState


def ensure_subnet_owner_or_root(pallet: SubtensorState, origin: Origin, netuid: NetUid) -> None:
    """BadOrigin unless the origin is root or the owner of the subnet.

    A subnet that does not exist belongs to the zero account.
    """
    who = ensure_signed_or_root(origin)
    if who is not None and who != pallet.subnet_owner.get(netuid):
        raise BadOrigin


def is_subnet_owner(pallet: SubtensorState, who: AccountId) -> bool:
    """Whether the account owns any subnet."""
    return who in pallet.subnet_owner.values()


def set_tempo(pallet: SubtensorState, netuid: NetUid, tempo: U16) -> None:
    """Set how many blocks lie between two epochs of a subnet."""
    pallet.tempo.insert(netuid, tempo)
    pallet.deposit(TempoSet(netuid, tempo))


def set_serving_rate_limit(pallet: SubtensorState, netuid: NetUid, limit: U64) -> None:
    """Set how many blocks lie between two announcements of an endpoint."""
    pallet.serving_rate_limit.insert(netuid, limit)
    pallet.deposit(ServingRateLimitSet(netuid, limit))


def set_min_difficulty(pallet: SubtensorState, netuid: NetUid, difficulty: U64) -> None:
    """Set the floor of the difficulty."""
    pallet.min_difficulty.insert(netuid, difficulty)
    pallet.deposit(MinDifficultySet(netuid, difficulty))


def set_max_difficulty(pallet: SubtensorState, netuid: NetUid, difficulty: U64) -> None:
    """Set the ceiling of the difficulty."""
    pallet.max_difficulty.insert(netuid, difficulty)
    pallet.deposit(MaxDifficultySet(netuid, difficulty))


def set_difficulty(pallet: SubtensorState, netuid: NetUid, difficulty: U64) -> None:
    """Set the difficulty of a registration by work."""
    pallet.difficulty.insert(netuid, difficulty)
    pallet.deposit(DifficultySet(netuid, difficulty))


def set_min_burn(pallet: SubtensorState, netuid: NetUid, burn: Balance) -> None:
    """Set the floor of the burn price."""
    pallet.min_burn.insert(netuid, burn)
    pallet.deposit(MinBurnSet(netuid, burn))


def set_max_burn(pallet: SubtensorState, netuid: NetUid, burn: Balance) -> None:
    """Set the ceiling of the burn price."""
    pallet.max_burn.insert(netuid, burn)
    pallet.deposit(MaxBurnSet(netuid, burn))


def set_weights_version_key(pallet: SubtensorState, netuid: NetUid, version_key: U64) -> None:
    """Set the least version of the software that weights come from."""
    pallet.weights_version_key.insert(netuid, version_key)
    pallet.deposit(WeightsVersionKeySet(netuid, version_key))


def set_weights_set_rate_limit(pallet: SubtensorState, netuid: NetUid, limit: U64) -> None:
    """Set how many blocks lie between two settings of weights."""
    pallet.weights_set_rate_limit.insert(netuid, limit)
    pallet.deposit(WeightsSetRateLimitSet(netuid, limit))


def set_adjustment_interval(pallet: SubtensorState, netuid: NetUid, interval: U16) -> None:
    """Set how many blocks lie between adjustments of burn price and difficulty."""
    pallet.adjustment_interval.insert(netuid, interval)
    pallet.deposit(AdjustmentIntervalSet(netuid, interval))


def set_adjustment_alpha(pallet: SubtensorState, netuid: NetUid, alpha: U64) -> None:
    """Set how much an adjustment keeps of the old value."""
    pallet.adjustment_alpha.insert(netuid, alpha)
    pallet.deposit(AdjustmentAlphaSet(netuid, alpha))


def set_max_weight_limit(pallet: SubtensorState, netuid: NetUid, limit: U16) -> None:
    """Set the largest share of a validator's weights that one neuron may get."""
    pallet.max_weights_limit.insert(netuid, limit)
    pallet.deposit(MaxWeightLimitSet(netuid, limit))


def set_min_allowed_weights(pallet: SubtensorState, netuid: NetUid, fewest: U16) -> None:
    """Set how many weights a validator must set at least."""
    pallet.min_allowed_weights.insert(netuid, fewest)
    pallet.deposit(MinAllowedWeightSet(netuid, fewest))


def set_immunity_period(pallet: SubtensorState, netuid: NetUid, period: U16) -> None:
    """Set for how many blocks a new neuron is spared."""
    pallet.immunity_period.insert(netuid, period)
    pallet.deposit(ImmunityPeriodSet(netuid, period))


def set_max_allowed_uids(pallet: SubtensorState, netuid: NetUid, most: U16) -> None:
    """Set how many neurons fit on a subnet."""
    pallet.max_allowed_uids.insert(netuid, most)
    pallet.deposit(MaxAllowedUidsSet(netuid, most))


def set_max_allowed_validators(pallet: SubtensorState, netuid: NetUid, most: U16) -> None:
    """Set how many neurons may hold a validator permit."""
    pallet.max_allowed_validators.insert(netuid, most)
    pallet.deposit(MaxAllowedValidatorsSet(netuid, most))


def set_kappa(pallet: SubtensorState, netuid: NetUid, kappa: U16) -> None:
    """Set the majority that consensus asks for."""
    pallet.kappa.insert(netuid, kappa)
    pallet.deposit(KappaSet(netuid, kappa))


def set_rho(pallet: SubtensorState, netuid: NetUid, rho: U16) -> None:
    """Set the steepness of the trust sigmoid; no event tells of it."""
    pallet.rho.insert(netuid, rho)


def set_activity_cutoff(pallet: SubtensorState, netuid: NetUid, cutoff: U16) -> None:
    """Set after how many blocks without an update a neuron counts as inactive."""
    pallet.activity_cutoff.insert(netuid, cutoff)
    pallet.deposit(ActivityCutoffSet(netuid, cutoff))


def set_bonds_moving_average(pallet: SubtensorState, netuid: NetUid, average: U64) -> None:
    """Set how much the moving average keeps of old bonds."""
    pallet.bonds_moving_average.insert(netuid, average)
    pallet.deposit(BondsMovingAverageSet(netuid, average))


def set_network_registration_allowed(
    pallet: SubtensorState,
    netuid: NetUid,
    allowed: bool,  # noqa: FBT001
) -> None:
    """Open or close registration by burning."""
    pallet.network_registration_allowed.insert(netuid, allowed)
    pallet.deposit(RegistrationAllowed(netuid, allowed))


def set_network_pow_registration_allowed(
    pallet: SubtensorState,
    netuid: NetUid,
    allowed: bool,  # noqa: FBT001
) -> None:
    """Open or close registration by work."""
    pallet.network_pow_registration_allowed.insert(netuid, allowed)
    pallet.deposit(PowRegistrationAllowed(netuid, allowed))


def set_target_registrations_per_interval(
    pallet: SubtensorState, netuid: NetUid, target: U16
) -> None:
    """Set how many registrations per interval the adjustment aims at."""
    pallet.target_registrations_per_interval.insert(netuid, target)
    pallet.deposit(RegistrationPerIntervalSet(netuid, target))


def set_max_registrations_per_block(pallet: SubtensorState, netuid: NetUid, most: U16) -> None:
    """Set how many registrations fit in a block."""
    pallet.max_registrations_per_block.insert(netuid, most)
    pallet.deposit(MaxRegistrationsPerBlockSet(netuid, most))


def set_rao_recycled(pallet: SubtensorState, netuid: NetUid, recycled: Balance) -> None:
    """Set how much rao registrations have burned."""
    pallet.rao_recycled_for_registration.insert(netuid, recycled)
    pallet.deposit(RAORecycledForRegistrationSet(netuid, recycled))


def set_commit_reveal_weights_interval(
    pallet: SubtensorState, netuid: NetUid, interval: U64
) -> None:
    """Set after how many epochs commits are revealed; no event tells of it."""
    pallet.reveal_period_epochs.insert(netuid, interval)


def set_commit_reveal_weights_enabled(
    pallet: SubtensorState,
    netuid: NetUid,
    enabled: bool,  # noqa: FBT001
) -> None:
    """Let weights be committed first, or not; no event tells of it."""
    pallet.commit_reveal_weights_enabled.insert(netuid, enabled)


def set_max_delegate_take(pallet: SubtensorState, take: U16) -> None:
    """Set the largest take of a delegate."""
    pallet.max_take.put(take)
    pallet.deposit(MaxDelegateTakeSet(take))


def set_min_delegate_take(pallet: SubtensorState, take: U16) -> None:
    """Set the smallest take of a delegate."""
    pallet.min_take.put(take)
    pallet.deposit(MinDelegateTakeSet(take))


def set_tx_rate_limit(pallet: SubtensorState, limit: U64) -> None:
    """Set how many blocks a coldkey waits between limited calls."""
    pallet.tx_rate_limit.put(limit)
    pallet.deposit(TxRateLimitSet(limit))


def set_tx_delegate_take_rate_limit(pallet: SubtensorState, limit: U64) -> None:
    """Set how many blocks a delegate waits between raises of its take."""
    pallet.tx_delegate_take_rate_limit.put(limit)
    pallet.deposit(TxDelegateTakeRateLimitSet(limit))


def set_subnet_owner_cut(pallet: SubtensorState, cut: U16) -> None:
    """Set the owner's share of a subnet's emission."""
    pallet.subnet_owner_cut.put(cut)
    pallet.deposit(SubnetOwnerCutSet(cut))


def set_network_rate_limit(pallet: SubtensorState, limit: U64) -> None:
    """Set how many blocks lie between two foundings of subnets."""
    pallet.network_rate_limit.put(limit)
    pallet.deposit(NetworkRateLimitSet(limit))


def set_network_immunity_period(pallet: SubtensorState, period: U64) -> None:
    """Set for how many blocks a new subnet is spared."""
    pallet.network_immunity_period.put(period)
    pallet.deposit(NetworkImmunityPeriodSet(period))


def set_network_min_lock(pallet: SubtensorState, cost: Balance) -> None:
    """Set the floor of the price of founding a subnet."""
    pallet.network_min_lock_cost.put(cost)
    pallet.deposit(NetworkMinLockCostSet(cost))


def set_lock_reduction_interval(pallet: SubtensorState, interval: U64) -> None:
    """Set in how many blocks the price of founding falls by the latest one."""
    pallet.network_lock_reduction_interval.put(interval)
    pallet.deposit(NetworkLockCostReductionIntervalSet(interval))


def set_max_subnets(pallet: SubtensorState, limit: U16) -> None:
    """Set how many subnets may exist."""
    pallet.subnet_limit.put(limit)
    pallet.deposit(SubnetLimitSet(limit))


def set_weights_min_stake(pallet: SubtensorState, stake: Balance) -> None:
    """Set the stake that setting weights takes."""
    pallet.weights_min_stake.put(stake)
    pallet.deposit(WeightsMinStake(stake))


def set_total_issuance(pallet: SubtensorState, issuance: Balance) -> None:
    """Set the issuance as this pallet counts it; no event tells of it."""
    pallet.total_issuance.put(issuance)


def set_nominator_min_required_stake(pallet: SubtensorState, minimum: Balance) -> None:
    """Set what a nomination must hold at least; a raise pays out those that hold less."""
    before = pallet.nominator_min_required_stake.get()
    pallet.nominator_min_required_stake.put(minimum)
    if minimum > before:
        clear_small_nominations(pallet)
