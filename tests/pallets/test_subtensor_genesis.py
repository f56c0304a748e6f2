"""The pallet's state at genesis, and what the migrations make of an old state."""

from primitives.hashing import twox_128
from primitives.types import Balance, NetUid
from runtime.framework.weights import ZERO_WEIGHT, db_weight
from runtime.pallets.subtensor import migrations
from tests.support.subtensor import Economy, account
from tests.support.vectors import load_vectors

STORAGE_VERSION_KEY = "4e7b9012096b41c4eb3aaf947f6ea429"
OF_THIS_VERSION = {twox_128(b"SubtensorModule").hex() + STORAGE_VERSION_KEY: "0700"}
"""What the newest migration leaves of itself in a state without commits."""


def load(economy, state):
    for key in economy.host.keys(b""):
        economy.host.delete(key)
    for key, value in state.items():
        economy.host.put(bytes.fromhex(key), bytes.fromhex(value))


def state_of_pallet(economy):
    prefix = economy.pallet.prefix
    return {key.hex(): value.hex() for key, value in economy.state().items() if key[:16] == prefix}


def test_genesis_with_stakes_is_built_key_for_key():
    vector, economy = load_vectors("subtensor_genesis.json"), Economy()
    economy.pallet.genesis_build(vector["config"])
    assert state_of_pallet(economy) == vector["state"]


def test_default_genesis_has_an_empty_first_subnet_and_the_root_network():
    economy = Economy()
    economy.pallet.genesis_build(economy.pallet.genesis_default())
    assert economy.pallet.networks_added.keys() == [0, 3]
    assert economy.pallet.subnetwork_n.get(NetUid(3)) == 0
    assert economy.pallet.total_networks.get() == 2
    assert economy.pallet.total_issuance.get() == 0


def test_old_state_is_migrated_as_on_the_reference_chain():
    """The upgrade runs while System still has the number of the block before.

    The reference is spec 185; that chain has no commits, which came through later migrations.
    """
    vector, economy = load_vectors("subtensor_migrations.json"), Economy()
    load(economy, vector["before"])
    before = state_of_pallet(economy)

    economy.now(17)
    economy.pallet.on_runtime_upgrade()
    economy.now(18)
    economy.pallet.on_initialize(18)

    after = state_of_pallet(economy)
    changes = {
        key: after.get(key) for key in {*before, *after} if before.get(key) != after.get(key)
    }
    assert changes == vector["changes"] | OF_THIS_VERSION


def test_migrated_state_is_left_alone():
    economy = Economy()
    economy.pallet.genesis_build(economy.pallet.genesis_default())
    economy.host.put(economy.pallet.prefix + bytes.fromhex(STORAGE_VERSION_KEY), bytes((7, 0)))
    before = economy.state()
    assert economy.pallet.on_runtime_upgrade() == db_weight(2, 0)
    assert economy.state() == before


def test_loaded_emission_that_cannot_be_read_is_dropped():
    """Given emission in the old form and garbage, when split, then only the former remains."""
    economy = Economy()
    key = economy.pallet.loaded_emission.raw_key
    economy.host.put(key(NetUid(1)), b"\x04" + account("hot") + (7).to_bytes(8, "little"))
    economy.host.put(key(NetUid(2)), b"\x04" + account("hot"))

    weight = migrations.split_loaded_emission(economy.pallet)

    assert weight == db_weight(reads=1 + 2 + 1, writes=1 + 1 + 1)
    assert list(economy.pallet.loaded_emission.items()) == [
        (NetUid(1), [(account("hot"), Balance(0), Balance(7))])
    ]


def test_chain_without_root_network_gets_one_and_an_empty_senate():
    economy = Economy()
    economy.senate.hotkeys = [account("a"), account("b")]
    economy.triumvirate.votes = {account("a"): True}

    weight = migrations.create_root_network(economy.pallet)

    assert weight == db_weight(reads=1 + 4, writes=8 + 4)
    assert economy.pallet.networks_added.get(NetUid(0))
    assert economy.pallet.max_allowed_uids.get(NetUid(0)) == 64
    assert economy.senate.hotkeys == []
    assert economy.triumvirate.votes == {}


def test_subnet_that_is_not_there_is_not_deleted():
    economy = Economy()
    before = economy.state()
    assert migrations.delete_subnet(economy.pallet, NetUid(21), version=4) == ZERO_WEIGHT
    assert economy.state() == before
