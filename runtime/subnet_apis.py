"""The runtime APIs of the subnets: what is asked comes in plain, the answers are encoded twice."""

from typing import Any, Final

from primitives.scale.types import encode
from primitives.types import U64, AccountId, NetUid, Uid
from runtime.framework.api_methods import ApiTable
from runtime.pallets.subtensor import delegate_info, neuron_info, stake_info, subnet_info
from runtime.pallets.subtensor.networks import get_network_lock_cost
from runtime.runtime import Runtime

SUBNET_APIS: Final = ApiTable()

api: Final = SUBNET_APIS.api


def _or_nothing(annotation: Any, value: Any) -> bytes:
    """The double encoding of the subnet APIs: the struct's bytes, none where there is no struct."""
    return b"" if value is None else encode(annotation, value)


@api("DelegateInfoRuntimeApi")
def get_delegates(runtime: Runtime) -> bytes:
    """Every delegate."""
    return encode(list[delegate_info.DelegateInfo], delegate_info.get_delegates(runtime.subtensor))


@api("DelegateInfoRuntimeApi")
def get_delegate(runtime: Runtime, delegate_account_vec: bytes) -> bytes:
    """One delegate."""
    found = delegate_info.get_delegate(runtime.subtensor, delegate_account_vec)
    return _or_nothing(delegate_info.DelegateInfo, found)


@api("DelegateInfoRuntimeApi")
def get_delegated(runtime: Runtime, delegatee_account_vec: bytes) -> bytes:
    """Whom an account nominates, and with how much."""
    found = delegate_info.get_delegated(runtime.subtensor, delegatee_account_vec)
    return encode(delegate_info.Delegations, found)


@api("NeuronInfoRuntimeApi")
def get_neurons(runtime: Runtime, netuid: NetUid) -> bytes:
    """Every neuron of a subnet with its weights and bonds."""
    return encode(list[neuron_info.NeuronInfo], neuron_info.get_neurons(runtime.subtensor, netuid))


@api("NeuronInfoRuntimeApi")
def get_neuron(runtime: Runtime, netuid: NetUid, uid: Uid) -> bytes:
    """One neuron with its weights and bonds."""
    found = neuron_info.get_neuron(runtime.subtensor, netuid, uid)
    return _or_nothing(neuron_info.NeuronInfo, found)


@api("NeuronInfoRuntimeApi")
def get_neurons_lite(runtime: Runtime, netuid: NetUid) -> bytes:
    """Every neuron of a subnet."""
    return encode(
        list[neuron_info.NeuronInfoLite], neuron_info.get_neurons_lite(runtime.subtensor, netuid)
    )


@api("NeuronInfoRuntimeApi")
def get_neuron_lite(runtime: Runtime, netuid: NetUid, uid: Uid) -> bytes:
    """One neuron."""
    found = neuron_info.get_neuron_lite(runtime.subtensor, netuid, uid)
    return _or_nothing(neuron_info.NeuronInfoLite, found)


@api("SubnetInfoRuntimeApi")
def get_subnet_info(runtime: Runtime, netuid: NetUid) -> bytes:
    """One subnet."""
    return _or_nothing(
        subnet_info.SubnetInfo, subnet_info.get_subnet_info(runtime.subtensor, netuid)
    )


@api("SubnetInfoRuntimeApi")
def get_subnets_info(runtime: Runtime) -> bytes:
    """Every subnet."""
    return encode(
        list[subnet_info.SubnetInfo | None], subnet_info.get_subnets_info(runtime.subtensor)
    )


@api("SubnetInfoRuntimeApi")
def get_subnet_hyperparams(runtime: Runtime, netuid: NetUid) -> bytes:
    """The settings of one subnet."""
    found = subnet_info.get_subnet_hyperparams(runtime.subtensor, netuid)
    return _or_nothing(subnet_info.SubnetHyperparams, found)


@api("StakeInfoRuntimeApi")
def get_stake_info_for_coldkey(runtime: Runtime, coldkey_account_vec: bytes) -> bytes:
    """Where an account has stake."""
    found = stake_info.get_stake_info_for_coldkey(runtime.subtensor, coldkey_account_vec)
    return encode(list[stake_info.StakeInfo], found)


@api("StakeInfoRuntimeApi")
def get_stake_info_for_coldkeys(runtime: Runtime, coldkey_account_vecs: list[bytes]) -> bytes:
    """Where several accounts have stake."""
    found = stake_info.get_stake_info_for_coldkeys(runtime.subtensor, coldkey_account_vecs)
    return encode(list[tuple[AccountId, list[stake_info.StakeInfo]]], found)


@api("SubnetRegistrationRuntimeApi")
def get_network_registration_cost(runtime: Runtime) -> U64:
    """What a new subnet costs now, in rao."""
    return U64(get_network_lock_cost(runtime.subtensor))
