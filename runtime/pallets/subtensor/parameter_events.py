"""Events that tell of a changed parameter of a subnet or of the whole pallet."""

from primitives.types import U16, U64, Balance, NetUid
from runtime.framework.events import Event


class MaxAllowedUidsSet(Event, index=8, unnamed=True):
    """The most neurons of a subnet changed."""

    netuid: NetUid
    max_allowed_uids: U16


class MaxWeightLimitSet(Event, index=9, unnamed=True):
    """The largest allowed weight of a subnet changed."""

    netuid: NetUid
    max_weight_limit: U16


class DifficultySet(Event, index=10, unnamed=True):
    """The difficulty of a subnet changed."""

    netuid: NetUid
    difficulty: U64


class AdjustmentIntervalSet(Event, index=11, unnamed=True):
    """The adjustment interval of a subnet changed."""

    netuid: NetUid
    interval: U16


class RegistrationPerIntervalSet(Event, index=12, unnamed=True):
    """The target of registrations per interval changed."""

    netuid: NetUid
    registrations: U16


class MaxRegistrationsPerBlockSet(Event, index=13, unnamed=True):
    """The most registrations per block changed."""

    netuid: NetUid
    registrations: U16


class ActivityCutoffSet(Event, index=14, unnamed=True):
    """The activity cutoff of a subnet changed."""

    netuid: NetUid
    activity_cutoff: U16


class RhoSet(Event, index=15, unnamed=True):
    """Never deposited: rho of a subnet changed."""

    netuid: NetUid
    rho: U16


class KappaSet(Event, index=16, unnamed=True):
    """Kappa of a subnet changed."""

    netuid: NetUid
    kappa: U16


class MinAllowedWeightSet(Event, index=17, unnamed=True):
    """The fewest weights of a subnet changed."""

    netuid: NetUid
    min_allowed_weights: U16


class ValidatorPruneLenSet(Event, index=18, unnamed=True):
    """The prune length of a subnet changed."""

    netuid: NetUid
    prune_len: U64


class ScalingLawPowerSet(Event, index=19, unnamed=True):
    """The scaling law power of a subnet changed."""

    netuid: NetUid
    power: U16


class WeightsSetRateLimitSet(Event, index=20, unnamed=True):
    """The rate limit of setting weights changed."""

    netuid: NetUid
    rate_limit: U64


class ImmunityPeriodSet(Event, index=21, unnamed=True):
    """The immunity period of a subnet changed."""

    netuid: NetUid
    immunity_period: U16


class BondsMovingAverageSet(Event, index=22, unnamed=True):
    """The moving average of a subnet's bonds changed."""

    netuid: NetUid
    moving_average: U64


class MaxAllowedValidatorsSet(Event, index=23, unnamed=True):
    """The most validator permits of a subnet changed."""

    netuid: NetUid
    max_allowed_validators: U16


class DefaultTakeSet(Event, index=28, unnamed=True):
    """Never deposited: the take of new delegates changed."""

    take: U16


class WeightsVersionKeySet(Event, index=29, unnamed=True):
    """The version key of a subnet's weights changed."""

    netuid: NetUid
    version_key: U64


class MinDifficultySet(Event, index=30, unnamed=True):
    """The floor of a subnet's difficulty changed."""

    netuid: NetUid
    difficulty: U64


class MaxDifficultySet(Event, index=31, unnamed=True):
    """The ceiling of a subnet's difficulty changed."""

    netuid: NetUid
    difficulty: U64


class ServingRateLimitSet(Event, index=32, unnamed=True):
    """The rate limit of announcements changed."""

    netuid: NetUid
    rate_limit: U64


class BurnSet(Event, index=33, unnamed=True):
    """Never deposited: the burn price of a subnet changed."""

    netuid: NetUid
    burn: Balance


class MaxBurnSet(Event, index=34, unnamed=True):
    """The ceiling of a subnet's burn price changed."""

    netuid: NetUid
    burn: Balance


class MinBurnSet(Event, index=35, unnamed=True):
    """The floor of a subnet's burn price changed."""

    netuid: NetUid
    burn: Balance


class TxRateLimitSet(Event, index=36, unnamed=True):
    """The rate limit of transactions changed."""

    rate_limit: U64


class TxDelegateTakeRateLimitSet(Event, index=37, unnamed=True):
    """The rate limit of raising a take changed."""

    rate_limit: U64


class RegistrationAllowed(Event, index=39, unnamed=True):
    """Registration by burning was opened or closed."""

    netuid: NetUid
    allowed: bool


class PowRegistrationAllowed(Event, index=40, unnamed=True):
    """Registration by work was opened or closed."""

    netuid: NetUid
    allowed: bool


class TempoSet(Event, index=41, unnamed=True):
    """The tempo of a subnet changed."""

    netuid: NetUid
    tempo: U16


class RAORecycledForRegistrationSet(Event, index=42, unnamed=True):
    """The count of rao burned by registrations on a subnet changed."""

    netuid: NetUid
    recycled: Balance


class WeightsMinStake(Event, index=43, unnamed=True):
    """Never deposited: the least stake for setting weights changed."""

    min_stake: Balance


class SenateRequiredStakePercentSet(Event, index=44, unnamed=True):
    """The stake that a senator needs changed."""

    percent: U64


class AdjustmentAlphaSet(Event, index=45, unnamed=True):
    """The adjustment alpha of a subnet changed."""

    netuid: NetUid
    alpha: U64


class SubnetOwnerCutSet(Event, index=47, unnamed=True):
    """The owner's share of emissions changed."""

    cut: U16


class NetworkRateLimitSet(Event, index=48, unnamed=True):
    """The rate limit of founding subnets changed."""

    rate_limit: U64


class NetworkImmunityPeriodSet(Event, index=49, unnamed=True):
    """The immunity period of subnets changed."""

    immunity_period: U64


class NetworkMinLockCostSet(Event, index=50, unnamed=True):
    """The floor of the price of founding a subnet changed."""

    cost: Balance


class SubnetLimitSet(Event, index=51, unnamed=True):
    """The most subnets changed."""

    limit: U16


class NetworkLockCostReductionIntervalSet(Event, index=52, unnamed=True):
    """The decay of the price of founding a subnet changed."""

    interval: U64


class MaxDelegateTakeSet(Event, index=56, unnamed=True):
    """The highest take changed."""

    take: U16


class MinDelegateTakeSet(Event, index=57, unnamed=True):
    """The lowest take changed."""

    take: U16
