"""Events of the pallet: of subnets, neurons and stake, and the table of all of them."""

from typing import Final

from primitives.types import U16, AccountId, Balance, Hash, NetUid, Uid
from runtime.framework.errors import DispatchResult
from runtime.framework.events import Event
from runtime.pallets.subtensor.parameter_events import (
    ActivityCutoffSet,
    AdjustmentAlphaSet,
    AdjustmentIntervalSet,
    BondsMovingAverageSet,
    BurnSet,
    DefaultTakeSet,
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
    RhoSet,
    ScalingLawPowerSet,
    SenateRequiredStakePercentSet,
    ServingRateLimitSet,
    SubnetLimitSet,
    SubnetOwnerCutSet,
    TempoSet,
    TxDelegateTakeRateLimitSet,
    TxRateLimitSet,
    ValidatorPruneLenSet,
    WeightsMinStake,
    WeightsSetRateLimitSet,
    WeightsVersionKeySet,
)


class NetworkAdded(Event, index=0, unnamed=True):
    """A subnet was founded: its netuid and modality."""

    netuid: NetUid
    modality: U16


class NetworkRemoved(Event, index=1, unnamed=True):
    """A subnet was dissolved or replaced."""

    netuid: NetUid


class StakeAdded(Event, index=2, unnamed=True):
    """A coldkey moved rao from its balance to a hotkey: the hotkey and the amount."""

    hotkey: AccountId
    amount: Balance


class StakeRemoved(Event, index=3, unnamed=True):
    """A coldkey took rao off a hotkey: the hotkey and the amount."""

    hotkey: AccountId
    amount: Balance


class WeightsSet(Event, index=4, unnamed=True):
    """A neuron set its weights."""

    netuid: NetUid
    uid: Uid


class NeuronRegistered(Event, index=5, unnamed=True):
    """A hotkey got a uid on a subnet."""

    netuid: NetUid
    uid: Uid
    hotkey: AccountId


class BulkNeuronsRegistered(Event, index=6, unnamed=True):
    """Never deposited: several neurons were registered at once."""

    first: U16
    second: U16


class BulkBalancesSet(Event, index=7, unnamed=True):
    """Never deposited: several balances were set at once."""

    first: U16
    second: U16


class AxonServed(Event, index=24, unnamed=True):
    """A hotkey announced where it serves requests."""

    netuid: NetUid
    hotkey: AccountId


class PrometheusServed(Event, index=25, unnamed=True):
    """A hotkey announced where it serves metrics."""

    netuid: NetUid
    hotkey: AccountId


class EmissionValuesSet(Event, index=26):
    """Never deposited: the emission of all subnets changed."""


class DelegateAdded(Event, index=27, unnamed=True):
    """A hotkey opened itself to nominators: its coldkey, itself and its take."""

    coldkey: AccountId
    hotkey: AccountId
    take: U16


class Sudid(Event, index=38, unnamed=True):
    """The senate had a call run as root, with this outcome."""

    outcome: DispatchResult


class Faucet(Event, index=46, unnamed=True):
    """The faucet paid a coldkey for its work."""

    coldkey: AccountId
    amount: Balance


class TakeDecreased(Event, index=53, unnamed=True):
    """A delegate lowered its take: its coldkey, itself and the new take."""

    coldkey: AccountId
    hotkey: AccountId
    take: U16


class TakeIncreased(Event, index=54, unnamed=True):
    """A delegate raised its take: its coldkey, itself and the new take."""

    coldkey: AccountId
    hotkey: AccountId
    take: U16


class WeightsCommitted(Event, index=58, unnamed=True):
    """A hotkey committed to weights on a subnet, by this hash."""

    hotkey: AccountId
    netuid: NetUid
    commit_hash: Hash


class WeightsRevealed(Event, index=59, unnamed=True):
    """A hotkey revealed the weights that had this hash."""

    hotkey: AccountId
    netuid: NetUid
    commit_hash: Hash


class WeightsBatchRevealed(Event, index=60, unnamed=True):
    """A hotkey revealed the weights that had these hashes."""

    hotkey: AccountId
    netuid: NetUid
    commit_hashes: list[Hash]


class HotkeySwapped(Event, index=55):
    """A coldkey gave all that one hotkey had to another."""

    coldkey: AccountId
    old_hotkey: AccountId
    new_hotkey: AccountId


EVENTS: Final = (
    NetworkAdded,
    NetworkRemoved,
    StakeAdded,
    StakeRemoved,
    WeightsSet,
    NeuronRegistered,
    BulkNeuronsRegistered,
    BulkBalancesSet,
    MaxAllowedUidsSet,
    MaxWeightLimitSet,
    DifficultySet,
    AdjustmentIntervalSet,
    RegistrationPerIntervalSet,
    MaxRegistrationsPerBlockSet,
    ActivityCutoffSet,
    RhoSet,
    KappaSet,
    MinAllowedWeightSet,
    ValidatorPruneLenSet,
    ScalingLawPowerSet,
    WeightsSetRateLimitSet,
    ImmunityPeriodSet,
    BondsMovingAverageSet,
    MaxAllowedValidatorsSet,
    AxonServed,
    PrometheusServed,
    EmissionValuesSet,
    DelegateAdded,
    DefaultTakeSet,
    WeightsVersionKeySet,
    MinDifficultySet,
    MaxDifficultySet,
    ServingRateLimitSet,
    BurnSet,
    MaxBurnSet,
    MinBurnSet,
    TxRateLimitSet,
    TxDelegateTakeRateLimitSet,
    Sudid,
    RegistrationAllowed,
    PowRegistrationAllowed,
    TempoSet,
    RAORecycledForRegistrationSet,
    WeightsMinStake,
    SenateRequiredStakePercentSet,
    AdjustmentAlphaSet,
    Faucet,
    SubnetOwnerCutSet,
    NetworkRateLimitSet,
    NetworkImmunityPeriodSet,
    NetworkMinLockCostSet,
    SubnetLimitSet,
    NetworkLockCostReductionIntervalSet,
    TakeDecreased,
    TakeIncreased,
    HotkeySwapped,
    MaxDelegateTakeSet,
    MinDelegateTakeSet,
    WeightsCommitted,
    WeightsRevealed,
    WeightsBatchRevealed,
)
"""All of them, as the pallet declares them."""
