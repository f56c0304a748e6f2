"""Subnet info: what the runtime API tells about subnets and their parameters."""

from primitives.scale.records import scale_struct
from primitives.scale.types import Compact
from primitives.types import U16, U64, AccountId, Balance, NetUid
from runtime.pallets.subtensor.storage import SubtensorState


@scale_struct("pallet_subtensor::subnet_info::SubnetInfo")
class SubnetInfo:
    """A subnet at a glance."""

    netuid: Compact[NetUid]
    rho: Compact[U16]
    kappa: Compact[U16]
    difficulty: Compact[U64]
    immunity_period: Compact[U16]
    max_allowed_validators: Compact[U16]
    min_allowed_weights: Compact[U16]
    max_weights_limit: Compact[U16]
    scaling_law_power: Compact[U16]
    subnetwork_n: Compact[U16]
    max_allowed_uids: Compact[U16]
    blocks_since_last_step: Compact[U64]
    tempo: Compact[U16]
    network_modality: Compact[U16]
    network_connect: list[tuple[U16, U16]]
    """Always empty: once, the subnets whose members may register."""
    emission_values: Compact[Balance]
    burn: Compact[Balance]
    owner: AccountId


@scale_struct("pallet_subtensor::subnet_info::SubnetHyperparams")
class SubnetHyperparams:
    """All parameters that root or the subnet's owner may tune."""

    rho: Compact[U16]
    kappa: Compact[U16]
    immunity_period: Compact[U16]
    min_allowed_weights: Compact[U16]
    max_weights_limit: Compact[U16]
    tempo: Compact[U16]
    min_difficulty: Compact[U64]
    max_difficulty: Compact[U64]
    weights_version: Compact[U64]
    weights_rate_limit: Compact[U64]
    adjustment_interval: Compact[U16]
    activity_cutoff: Compact[U16]
    registration_allowed: bool
    target_regs_per_interval: Compact[U16]
    min_burn: Compact[Balance]
    max_burn: Compact[Balance]
    bonds_moving_avg: Compact[U64]
    max_regs_per_block: Compact[U16]
    serving_rate_limit: Compact[U64]
    max_validators: Compact[U16]
    adjustment_alpha: Compact[U64]
    difficulty: Compact[U64]
    commit_reveal_weights_interval: Compact[U64]
    """In epochs."""
    commit_reveal_weights_enabled: bool


def get_subnet_info(pallet: SubtensorState, netuid: NetUid) -> SubnetInfo | None:
    """A subnet, if it exists."""
    if not pallet.networks_added.get(netuid):
        return None
    return SubnetInfo(
        netuid=netuid,
        rho=pallet.rho.get(netuid),
        kappa=pallet.kappa.get(netuid),
        difficulty=pallet.difficulty.get(netuid),
        immunity_period=pallet.immunity_period.get(netuid),
        max_allowed_validators=pallet.max_allowed_validators.get(netuid),
        min_allowed_weights=pallet.min_allowed_weights.get(netuid),
        max_weights_limit=pallet.max_weights_limit.get(netuid),
        scaling_law_power=pallet.scaling_law_power.get(netuid),
        subnetwork_n=pallet.subnetwork_n.get(netuid),
        max_allowed_uids=pallet.max_allowed_uids.get(netuid),
        blocks_since_last_step=pallet.blocks_since_last_step.get(netuid),
        tempo=pallet.tempo.get(netuid),
        network_modality=pallet.network_modality.get(netuid),
        network_connect=[],
        emission_values=pallet.emission_values.get(netuid),
        burn=pallet.burn.get(netuid),
        owner=pallet.subnet_owner.get(netuid),
    )


def get_subnets_info(pallet: SubtensorState) -> list[SubnetInfo | None]:
    """All subnets, by ascending netuid."""
    return [
        get_subnet_info(pallet, netuid)
        for netuid in sorted(pallet.networks_added.keys())
        if pallet.networks_added.get(netuid)
    ]


def get_subnet_hyperparams(pallet: SubtensorState, netuid: NetUid) -> SubnetHyperparams | None:
    """The parameters of a subnet, if it exists."""
    if not pallet.networks_added.get(netuid):
        return None
    return SubnetHyperparams(
        rho=pallet.rho.get(netuid),
        kappa=pallet.kappa.get(netuid),
        immunity_period=pallet.immunity_period.get(netuid),
        min_allowed_weights=pallet.min_allowed_weights.get(netuid),
        max_weights_limit=pallet.max_weights_limit.get(netuid),
        tempo=pallet.tempo.get(netuid),
        min_difficulty=pallet.min_difficulty.get(netuid),
        max_difficulty=pallet.max_difficulty.get(netuid),
        weights_version=pallet.weights_version_key.get(netuid),
        weights_rate_limit=pallet.weights_set_rate_limit.get(netuid),
        adjustment_interval=pallet.adjustment_interval.get(netuid),
        activity_cutoff=pallet.activity_cutoff.get(netuid),
        registration_allowed=pallet.network_registration_allowed.get(netuid),
        target_regs_per_interval=pallet.target_registrations_per_interval.get(netuid),
        min_burn=pallet.min_burn.get(netuid),
        max_burn=pallet.max_burn.get(netuid),
        bonds_moving_avg=pallet.bonds_moving_average.get(netuid),
        max_regs_per_block=pallet.max_registrations_per_block.get(netuid),
        serving_rate_limit=pallet.serving_rate_limit.get(netuid),
        max_validators=pallet.max_allowed_validators.get(netuid),
        adjustment_alpha=pallet.adjustment_alpha.get(netuid),
        difficulty=pallet.difficulty.get(netuid),
        commit_reveal_weights_interval=pallet.reveal_period_epochs.get(netuid),
        commit_reveal_weights_enabled=pallet.commit_reveal_weights_enabled.get(netuid),
    )
