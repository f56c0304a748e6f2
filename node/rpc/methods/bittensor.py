"""`neuronInfo_*`, `subnetInfo_*`, `delegateInfo_*`: subtensor's own.

The runtime answers structs as bytes in bytes. These methods take off the outer layer, and write the
inner bytes as an array of numbers.
"""

from collections.abc import Callable

from node.rpc.context import RpcContext
from node.rpc.declare import Methods
from node.rpc.errors import ErrorCode, RpcError, invalid_params
from node.rpc.messages import Json
from node.rpc.params import (
    BlockHash,
    ByteArray,
    ByteArrayOrHash,
    NeuronId,
    NumberArray,
    SubnetId,
)
from primitives.scale.types import decode, encode
from primitives.types import U64, Hash, NetUid, Uid

methods = Methods()


@methods.method("neuronInfo_getNeuronsLite")
async def get_neurons_lite(rpc: RpcContext, netuid: SubnetId, at: BlockHash | None = None) -> Json:
    """Every neuron of a subnet, without weights and bonds."""
    return await _neurons(rpc, "get_neurons_lite", encode(NetUid, netuid), at)


@methods.method("neuronInfo_getNeurons")
async def get_neurons(rpc: RpcContext, netuid: SubnetId, at: BlockHash | None = None) -> Json:
    """Every neuron of a subnet."""
    return await _neurons(rpc, "get_neurons", encode(NetUid, netuid), at)


@methods.method("neuronInfo_getNeuronLite")
async def get_neuron_lite(
    rpc: RpcContext, netuid: SubnetId, uid: NeuronId, at: BlockHash | None = None
) -> Json:
    """One neuron without weights and bonds; nothing if there is none."""
    return await _neurons(rpc, "get_neuron_lite", _neuron(netuid, uid), at)


@methods.method("neuronInfo_getNeuron")
async def get_neuron(
    rpc: RpcContext, netuid: SubnetId, uid: NeuronId, at: BlockHash | None = None
) -> Json:
    """One neuron; nothing if there is none."""
    return await _neurons(rpc, "get_neuron", _neuron(netuid, uid), at)


@methods.method("subnetInfo_getSubnetInfo")
async def get_subnet_info(rpc: RpcContext, netuid: SubnetId, at: BlockHash | None = None) -> Json:
    """One subnet; nothing if there is none."""
    return await _subnets(rpc, "get_subnet_info", encode(NetUid, netuid), at)


@methods.method("subnetInfo_getSubnetsInfo")
async def get_subnets_info(rpc: RpcContext, at: BlockHash | None = None) -> Json:
    """Every subnet."""
    return await _subnets(rpc, "get_subnets_info", b"", at)


@methods.method("subnetInfo_getSubnetHyperparams")
async def get_subnet_hyperparams(
    rpc: RpcContext, netuid: SubnetId, at: BlockHash | None = None
) -> Json:
    """The settings of a subnet; nothing if there is none."""
    return await _subnets(rpc, "get_subnet_hyperparams", encode(NetUid, netuid), at)


@methods.method("subnetInfo_getLockCost")
async def get_lock_cost(rpc: RpcContext, at: BlockHash | None = None) -> Json:
    """What a new subnet costs now, in rao."""
    answer = await rpc.call(
        at,
        "SubnetRegistrationRuntimeApi_get_network_registration_cost",
        b"",
        _unable_to_get("subnet lock cost"),
    )
    return decode(U64, answer)


@methods.method("delegateInfo_getDelegates")
async def get_delegates(rpc: RpcContext, at: BlockHash | None = None) -> Json:
    """Every delegate."""
    return await _delegates(rpc, "get_delegates", b"", at)


@methods.method("delegateInfo_getDelegate")
async def get_delegate(
    rpc: RpcContext, delegate_account_vec: ByteArray, at: BlockHash | None = None
) -> Json:
    """One delegate; nothing if there is none."""
    return await _delegates(rpc, "get_delegate", encode(bytes, delegate_account_vec), at)


@methods.method("delegateInfo_getDelegated")
async def get_delegated(
    rpc: RpcContext,
    delegatee_account_vec: ByteArrayOrHash | None,
    at: ByteArrayOrHash | None = None,
) -> Json:
    """Whom an account nominates. The account may be first or second, as one client swaps them."""
    account, block = delegatee_account_vec, at
    if not isinstance(account, NumberArray):
        account, block = block, account
    if not isinstance(account, NumberArray) or isinstance(block, NumberArray):
        raise invalid_params("delegateeAccountVec: expected one array of u8, and a hash or null")
    return await _delegates(rpc, "get_delegated", encode(bytes, account), block)


def _neuron(netuid: NetUid, uid: Uid) -> bytes:
    return encode(NetUid, netuid) + encode(Uid, uid)


async def _neurons(rpc: RpcContext, method: str, args: bytes, at: Hash | None) -> Json:
    what = "neurons info" if "neurons" in method else "neuron info"
    return await _bytes(rpc, f"NeuronInfoRuntimeApi_{method}", args, at, what)


async def _subnets(rpc: RpcContext, method: str, args: bytes, at: Hash | None) -> Json:
    return await _bytes(rpc, f"SubnetInfoRuntimeApi_{method}", args, at, "subnet info")


async def _delegates(rpc: RpcContext, method: str, args: bytes, at: Hash | None) -> Json:
    return await _bytes(rpc, f"DelegateInfoRuntimeApi_{method}", args, at, "delegates info")


async def _bytes(rpc: RpcContext, method: str, args: bytes, at: Hash | None, what: str) -> Json:
    answer = await rpc.call(at, method, args, _unable_to_get(what))
    return list(decode(bytes, answer))


def _unable_to_get(what: str) -> Callable[[str], RpcError]:
    return lambda why: RpcError(ErrorCode.RUNTIME_FAILED, f"Unable to get {what}: {why}")
