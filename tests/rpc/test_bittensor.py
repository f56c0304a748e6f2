"""`neuronInfo_*`, `subnetInfo_*`, `delegateInfo_*`: the runtime's bytes as arrays of numbers."""

import pytest

from genesis.dev_keys import dev_key
from primitives.scale.types import decode, encode
from primitives.types import U64, NetUid, Uid
from tests.support.rpc_node import connected

ALICE = list(dev_key("Alice").account)
UNKNOWN = "0x" + "ee" * 32
ROOT = encode(NetUid, NetUid(0))
NOBODY = encode(NetUid, NetUid(0)) + encode(Uid, Uid(9))


@pytest.mark.parametrize(
    ("method", "params", "api", "args"),
    [
        ("neuronInfo_getNeurons", [0], "NeuronInfoRuntimeApi_get_neurons", ROOT),
        ("neuronInfo_getNeuronsLite", [0], "NeuronInfoRuntimeApi_get_neurons_lite", ROOT),
        ("neuronInfo_getNeuron", [0, 9], "NeuronInfoRuntimeApi_get_neuron", NOBODY),
        ("neuronInfo_getNeuronLite", [0, 9], "NeuronInfoRuntimeApi_get_neuron_lite", NOBODY),
        ("subnetInfo_getSubnetInfo", [0], "SubnetInfoRuntimeApi_get_subnet_info", ROOT),
        ("subnetInfo_getSubnetsInfo", [], "SubnetInfoRuntimeApi_get_subnets_info", b""),
        (
            "subnetInfo_getSubnetHyperparams",
            [0],
            "SubnetInfoRuntimeApi_get_subnet_hyperparams",
            ROOT,
        ),
        ("delegateInfo_getDelegates", [], "DelegateInfoRuntimeApi_get_delegates", b""),
        (
            "delegateInfo_getDelegate",
            [ALICE],
            "DelegateInfoRuntimeApi_get_delegate",
            encode(bytes, bytes(ALICE)),
        ),
        (
            "delegateInfo_getDelegated",
            [ALICE],
            "DelegateInfoRuntimeApi_get_delegated",
            encode(bytes, bytes(ALICE)),
        ),
    ],
)
async def test_answers_are_the_inner_bytes_of_the_runtime(method, params, api, args):
    async with connected() as (node, client):
        block = (await node.make_block()).hash
        expected = list(decode(bytes, node.client.call(block, api, args)))
        for at in ([], [None], ["0x" + block.hex()]):
            assert await client.result(method, *params, *at) == expected
        error = await client.error(method, *params, UNKNOWN)
        assert error["code"] == 1
        assert error["message"].startswith("Unable to get ")
        assert error["message"].endswith(
            f": UnknownBlock: Header was not found in the database: {UNKNOWN}"
        )


async def test_the_root_network_is_there_and_others_are_not():
    async with connected() as (_, client):
        assert len(await client.result("subnetInfo_getSubnetInfo", 0)) > 32
        assert await client.result("subnetInfo_getSubnetInfo", 77) == []
        assert await client.result("neuronInfo_getNeuron", 77, 0) == []
        assert await client.result("delegateInfo_getDelegate", [1] * 32) == []


async def test_the_price_of_a_subnet_is_a_number():
    async with connected() as (node, client):
        api = "SubnetRegistrationRuntimeApi_get_network_registration_cost"
        cost = decode(U64, node.client.call(node.client.genesis_hash, api, b""))
        assert await client.result("subnetInfo_getLockCost") == cost > 0


async def test_one_client_swaps_account_and_hash():
    async with connected() as (node, client):
        block = "0x" + node.client.genesis_hash.hex()
        method = "delegateInfo_getDelegated"
        expected = await client.result(method, ALICE)
        for params in ([ALICE, block], [block, ALICE], [None, ALICE], [ALICE, None]):
            assert await client.result(method, *params) == expected
        for params in ([block], [block, block], [ALICE, ALICE], [None]):
            assert (await client.error(method, *params))["code"] == -32602


@pytest.mark.parametrize(
    ("method", "params", "reason"),
    [
        ("neuronInfo_getNeuron", [0], "uid: missing"),
        ("neuronInfo_getNeuron", ["0", 0], "netuid: expected an integer"),
        ("subnetInfo_getSubnetInfo", [70_000], "netuid: expected an integer from 0 to 2^16 - 1"),
        ("delegateInfo_getDelegate", ["5Grw"], "delegateAccountVec: expected an array"),
        ("delegateInfo_getDelegates", [7], "at: expected bytes in hex"),
    ],
)
async def test_wrong_parameters_are_named(method, params, reason):
    async with connected() as (_, client):
        assert await client.error(method, *params) == {
            "code": -32602,
            "message": "Invalid params",
            "data": reason,
        }
