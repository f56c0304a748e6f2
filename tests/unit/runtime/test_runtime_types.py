"""Runtime types against values encoded by other implementations."""

import pytest

from primitives.block import Digest
from primitives.scale.records import Enumeration
from primitives.scale.types import decode, encode
from runtime.framework.address import MultiAddress
from runtime.framework.errors import Failure
from runtime.framework.weights import DispatchInfo, Weight
from runtime.pallets.system_types import (
    AccountInfo,
    ConsumedWeight,
    LastRuntimeUpgradeInfo,
    Phase,
    StoredDigest,
)
from tests.support.vectors import load_vectors, unhex

TYPES = {
    "sp_runtime::DispatchError": Failure,
    "sp_weights::weight_v2::Weight": Weight,
    "frame_support::dispatch::DispatchInfo": DispatchInfo,
    "frame_support::dispatch::PerDispatchClass": ConsumedWeight,
    "frame_system::Phase": Phase,
    "frame_system::AccountInfo": AccountInfo,
    "frame_system::LastRuntimeUpgradeInfo": LastRuntimeUpgradeInfo,
    "sp_runtime::multiaddress::MultiAddress": MultiAddress,
    "sp_runtime::generic::digest::Digest": StoredDigest,
}
VECTORS = load_vectors("scale.json")["runtime_types"]


def plain(value):
    """A decoded value as the vectors write it: variants by name, bytes as hex."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Enumeration):
        fields = [plain(getattr(value, name)) for name in type(value).__dataclass_fields__]
        return {value.variant_name: fields[0]} if fields else value.variant_name
    return value


@pytest.mark.parametrize(
    "vector",
    [v for v in VECTORS if v["path"] in TYPES],
    ids=lambda v: f"{v['path'].split('::')[-1]} {v['hex'][:12]}",
)
def test_round_trip(vector):
    value = decode(TYPES[vector["path"]], unhex(vector["hex"]))
    assert encode(TYPES[vector["path"]], value) == unhex(vector["hex"])
    if vector["path"].endswith(("Phase", "MultiAddress")) and vector["value"] != {"Index": "()"}:
        assert plain(value) == vector["value"]


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v["path"].endswith("DigestItem")], ids=lambda v: v["hex"][:12]
)
def test_digest_items(vector):
    data = b"\x04" + unhex(vector["hex"])
    assert Digest.decode(data).encode() == data


def test_an_account_by_its_fields():
    (vector,) = [v for v in VECTORS if v["path"] == "frame_system::AccountInfo"]
    account = decode(AccountInfo, unhex(vector["hex"]))
    expected = vector["value"]
    assert (account.nonce, account.consumers, account.providers) == (7, 1, 1)
    assert account.data.free == int(expected["data"]["free"])
    assert account.data.flags.bits == int(expected["data"]["flags"])
