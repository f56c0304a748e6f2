"""Storage items of subnets: existence, ownership, emission, endpoints and rate limits."""

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
    INITIAL_NETWORK_IMMUNITY_PERIOD,
    INITIAL_NETWORK_LOCK_REDUCTION_INTERVAL,
    INITIAL_NETWORK_MIN_ALLOWED_UIDS,
    INITIAL_NETWORK_MIN_LOCK_COST,
    INITIAL_SERVING_RATE_LIMIT,
    INITIAL_SUBNET_LIMIT,
    INITIAL_SUBNET_OWNER_CUT,
    INITIAL_TEMPO,
    INITIAL_TX_DELEGATE_TAKE_RATE_LIMIT,
    INITIAL_TX_RATE_LIMIT,
    ZERO_ACCOUNT,
)
from runtime.pallets.subtensor.types import AxonInfo, PrometheusInfo


class NetworkItems:
    """Which subnets exist and what it takes to found one."""

    subnet_limit: StorageValue[U16] = storage_value(default=INITIAL_SUBNET_LIMIT)
    """Most subnets that may exist; another one replaces the weakest."""
    total_networks: StorageValue[U16] = storage_value(default=U16(0))
    """Subnets that exist, the root network included."""
    subnetwork_n: StorageMap[NetUid, U16] = storage_map(identity, default=U16(0))
    """Neurons on a subnet; their uids are 0 to this number, exclusive."""
    network_modality: StorageMap[NetUid, U16] = storage_map(identity, default=U16(0))
    """Kind of data a subnet works on. Only 0, text, is in use."""
    networks_added: StorageMap[NetUid, bool] = storage_map(identity, default=False)
    """Whether the subnet exists."""
    is_network_member: StorageDoubleMap[AccountId, NetUid, bool] = storage_double_map(
        blake2_128_concat, identity, default=False
    )
    """By hotkey and subnet: whether the hotkey is registered there."""
    network_registration_allowed: StorageMap[NetUid, bool] = storage_map(identity, default=False)
    """Whether the subnet takes registrations by burning."""
    network_pow_registration_allowed: StorageMap[NetUid, bool] = storage_map(
        identity, default=False
    )
    """Whether the subnet takes registrations by work."""
    network_registered_at: StorageMap[NetUid, U64] = storage_map(identity, default=U64(0))
    """Block at which the subnet was founded."""
    network_immunity_period: StorageValue[U64] = storage_value(
        default=INITIAL_NETWORK_IMMUNITY_PERIOD
    )
    """Blocks during which a new subnet cannot be replaced."""
    network_last_registered: StorageValue[U64] = storage_value(default=U64(0))
    """Block at which a subnet was last founded."""
    network_min_allowed_uids: StorageValue[U16] = storage_value(
        default=INITIAL_NETWORK_MIN_ALLOWED_UIDS
    )
    """Smallest size that a subnet's owner may allow it."""
    network_min_lock_cost: StorageValue[Balance] = storage_value(
        default=INITIAL_NETWORK_MIN_LOCK_COST
    )
    """Floor of the price of founding a subnet."""
    network_last_lock_cost: StorageValue[Balance] = storage_value(
        default=INITIAL_NETWORK_MIN_LOCK_COST
    )
    """What founding the latest subnet cost."""
    network_lock_reduction_interval: StorageValue[U64] = storage_value(
        default=INITIAL_NETWORK_LOCK_REDUCTION_INTERVAL
    )
    """Blocks in which the price of founding falls by the latest one."""
    subnet_owner_cut: StorageValue[U16] = storage_value(default=INITIAL_SUBNET_OWNER_CUT)
    """Owner's share of a subnet's emission, as a fraction of 65,535."""
    network_rate_limit: StorageValue[U64] = storage_value(default=U64(0))
    """Blocks that must lie between two foundings. Zero on chains with a faucet."""
    nominator_min_required_stake: StorageValue[Balance] = storage_value(default=Balance(0))
    """Least stake that a nominator may leave on a hotkey."""


class EmissionItems:
    """What a subnet earns, when it pays out, and to whom it belongs."""

    tempo: StorageMap[NetUid, U16] = storage_map(identity, default=INITIAL_TEMPO)
    """Blocks between two epochs, less one."""
    emission_values: StorageMap[NetUid, Balance] = storage_map(identity, default=Balance(0))
    """Rao of each block that go to the subnet, as the root network voted."""
    pending_emission: StorageMap[NetUid, Balance] = storage_map(identity, default=Balance(0))
    """Rao gathered since the last epoch, to be distributed by the next."""
    blocks_since_last_step: StorageMap[NetUid, U64] = storage_map(identity, default=U64(0))
    """Blocks since the last epoch."""
    last_mechansim_step_block: StorageMap[NetUid, U64] = storage_map(identity, default=U64(0))
    """Block of the last epoch. The stored name has this spelling."""
    subnet_owner: StorageMap[NetUid, AccountId] = storage_map(identity, default=ZERO_ACCOUNT)
    """Coldkey that founded the subnet and governs it."""
    subnet_locked: StorageMap[NetUid, Balance] = storage_map(identity, default=Balance(0))
    """Rao locked by founding the subnet, given back when it is dissolved."""


class EndpointItems:
    """Where neurons can be reached, and how often keys may act."""

    tx_rate_limit: StorageValue[U64] = storage_value(default=INITIAL_TX_RATE_LIMIT)
    """Blocks a coldkey must wait between rate-limited calls."""
    tx_delegate_take_rate_limit: StorageValue[U64] = storage_value(
        default=INITIAL_TX_DELEGATE_TAKE_RATE_LIMIT
    )
    """Blocks a delegate must wait between raises of its take."""
    last_tx_block: StorageMap[AccountId, U64] = storage_map(identity, default=U64(0))
    """Block of a key's last rate-limited call."""
    last_tx_block_delegate_take: StorageMap[AccountId, U64] = storage_map(identity, default=U64(0))
    """Block of a delegate's last change of take."""
    serving_rate_limit: StorageMap[NetUid, U64] = storage_map(
        identity, default=INITIAL_SERVING_RATE_LIMIT
    )
    """Blocks a neuron must wait between announcements of its endpoint."""
    axons: StorageDoubleMap[NetUid, AccountId, AxonInfo | None] = storage_double_map(
        identity, blake2_128_concat
    )
    """By subnet and hotkey: the endpoint that serves requests."""
    prometheus: StorageDoubleMap[NetUid, AccountId, PrometheusInfo | None] = storage_double_map(
        identity, blake2_128_concat
    )
    """By subnet and hotkey: the endpoint that serves metrics."""
