"""The recorded shapes of a real node's replies: same names, same aliases, same structure."""

import pytest

from genesis.dev_keys import dev_key
from node.rpc.declare import Method, Subscription, Unsubscribe
from node.rpc.shapes import block_json, header_json
from node.rpc.table import METHODS
from primitives import ss58
from primitives.block import Header
from tests.support.blocks import ROOTS
from tests.support.rpc_node import connected, transfer
from tests.support.vectors import load_vectors, unhex

SHAPES = load_vectors("rpc_shapes.json")

NOT_OFFERED = {
    # peers and logging are configured at the start
    "system_addReservedPeer",
    "system_removeReservedPeer",
    "system_reservedPeers",
    "system_addLogFilter",
    "system_resetLogFilter",
    "system_unstable_networkState",
    # this node has no offchain workers
    "offchain_localStorageSet",
    "offchain_localStorageGet",
    # there is no finality to ask about, and no tracing
    "grandpa_roundState",
    "grandpa_proveFinality",
    "state_traceBlock",
    "author_removeExtrinsic",
}
OFFERED = {name: shape for name, shape in SHAPES["methods"].items() if name not in NOT_OFFERED}


def fits(template, value):
    """Whether a value has the structure of a template; text in a template describes a value."""
    match template:
        case dict():
            return (
                isinstance(value, dict)
                and value.keys() == template.keys()
                and all(fits(template[key], value[key]) for key in template)
            )
        case [*parts, last]:
            if not isinstance(value, list):
                return False
            padded = (parts + [last] * len(value))[: len(value)]
            return all(map(fits, padded, value))
        case str():
            return (value is None and "null" in template) or _fits_words(template, value)
        case _:
            return type(value) is type(template)


def _fits_words(words, value):
    if words.startswith("Header"):
        return fits(SHAPES["methods"]["chain_getHeader"]["example"]["result"], value)
    if words == "RuntimeVersion object":
        recorded = SHAPES["recorded_from_a_real_node"]["state_getRuntimeVersion"]
        return fits(recorded, value)
    if "number" in words or "byte count" in words:
        return type(value) is int
    if "hex" in words or "hash" in words or words in ("key", "value"):
        return isinstance(value, str) and value.startswith("0x")
    return isinstance(value, str)


def params_for(name, node, block):
    """Parameters with which a method has something to say."""
    extrinsic = "0x" + transfer(node.client, nonce=1).hex()
    key = "0x3a636f6465"  # :code
    alice = dev_key("Alice")
    child = "0x" + (ROOTS + b"c").hex()
    given = {
        "chain_getHeader": [block],
        "chain_getBlock": [block],
        "chain_getBlockHash": [1],
        "state_call": ["Core_version", "0x", block],
        "state_getKeysPaged": ["0x", 3],
        "state_getMetadata": [block],
        "state_queryStorageAt": [[key]],
        "state_queryStorage": [[key], block],
        "state_getReadProof": [[key]],
        "state_getRuntimeVersion": [block],
        "state_getChildReadProof": [child, ["0x6b"]],
        "childstate_getKeys": [child, "0x"],
        "childstate_getKeysPaged": [child, "0x", 3],
        "childstate_getStorage": [child, "0x6b"],
        "childstate_getStorageHash": [child, "0x6b"],
        "childstate_getStorageSize": [child, "0x6b"],
        "childstate_getStorageEntries": [child, ["0x6b", "0x00"]],
        "system_accountNextIndex": [ss58.encode(alice.account)],
        "system_dryRun": [extrinsic],
        "payment_queryInfo": [extrinsic],
        "payment_queryFeeDetails": [extrinsic],
        "author_submitExtrinsic": [extrinsic],
        "author_insertKey": ["aura", "//Alice", "0x" + alice.public.hex()],
        "author_hasKey": ["0x" + alice.public.hex(), "aura"],
        "author_hasSessionKeys": ["0x" + alice.public.hex() * 2],
    }
    return given.get(name, [key] if name.startswith("state_") else [])


UNUSUAL = {
    "chain_getBlockHash": "hash",
    "payment_queryInfo": SHAPES["methods"]["payment_queryInfo"]["result"],
    "author_hasKey": False,
    "author_hasSessionKeys": False,
}


@pytest.mark.parametrize("name", sorted(OFFERED))
async def test_replies_have_the_recorded_structure(name, tmp_path):
    children = {b"c": {b"k": b"value"}}
    async with connected(keys=tmp_path, children=children) as (node, client):
        await client.result("author_submitExtrinsic", "0x" + transfer(node.client).hex())
        block = "0x" + (await node.make_block()).hash.hex()
        result = await client.result(name, *params_for(name, node, block))
        assert fits(UNUSUAL.get(name, OFFERED[name]["result"]), result), result


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_aliases_and_safety_are_those_of_a_real_node(name):
    entry = METHODS.find(name)
    assert isinstance(entry, Method)
    assert set(entry.names) == {name, *OFFERED[name].get("aliases", [])}
    assert entry.is_unsafe is OFFERED[name].get("unsafe", False)


@pytest.mark.parametrize(
    "name", [name for name in SHAPES["subscriptions"] if not name.startswith("grandpa")]
)
def test_subscriptions_have_the_names_of_a_real_node(name):
    shape, entry = SHAPES["subscriptions"][name], METHODS.find(name)
    assert isinstance(entry, Subscription)
    assert entry.event == shape["notification"]
    assert set(entry.names) == {name, *shape.get("aliases", [])}
    ends = {shape["unsubscribe"], *shape.get("unsubscribe_aliases", [])}
    assert set(entry.unsubscribe_names) == ends
    assert all(METHODS.find(end) == Unsubscribe(entry) for end in ends)


def test_every_name_of_ours_is_known_to_a_real_node():
    recorded = set(SHAPES["recorded_from_a_real_node"]["rpc_methods"]["methods"])
    implied = {"rpc_methods", "author_unwatchExtrinsic"}
    aliases = {
        alias
        for shape in [*SHAPES["methods"].values(), *SHAPES["subscriptions"].values()]
        for alias in [*shape.get("aliases", []), *shape.get("unsubscribe_aliases", [])]
    }
    assert set(METHODS.names()) - recorded - implied - aliases == set()


def test_recorded_header_and_block_are_written_the_same():
    """Given the recorded JSON of a block, its header in SCALE writes that JSON again."""
    block = SHAPES["methods"]["chain_getBlock"]["example"]["result"]
    encoded = next(
        unhex(one["header"])
        for one in load_vectors("runtime.json")["blocks"]
        if one["hash"] == SHAPES["methods"]["chain_getBlock"]["example"]["params"][0]
    )
    header = Header.decode(encoded)
    assert header_json(header) == block["block"]["header"]
    extrinsics = [unhex(text) for text in block["block"]["extrinsics"]]
    assert block_json(header, extrinsics, []) == block
    assert block_json(header, [], [(b"FRNK", b"\1\2")])["justifications"] == [
        [[70, 82, 78, 75], [1, 2]]
    ]
