"""Metadata against that of the reference chain, and as client libraries read it."""

import pytest
from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

from node.executor.archive.loader import load_release
from node.executor.loaded import INSTALLED
from node.executor.python import PythonRuntime
from node.runtime_tools.compare import compare
from node.runtime_tools.metadata import metadata_of
from node.runtime_tools.surface import Surface
from primitives.scale.types import decode, encode
from primitives.types import U32
from runtime.api import METHODS, call
from runtime.metadata import METADATA_VERSIONS
from runtime.runtime import Runtime
from runtime.wire_types import OpaqueMetadata
from tests.support.host import MemoryHost
from tests.support.metadata import REFERENCE, read_metadata, without_words

PALLET_ENUMS = ("calls", "event", "error")


@pytest.fixture(scope="module")
def runtime():
    return Runtime(MemoryHost())


@pytest.fixture(scope="module")
def raw(runtime):
    """The metadata in each format."""
    answers = {
        version: call(runtime, "Metadata_metadata_at_version", encode(U32, version))
        for version in METADATA_VERSIONS
    }
    return {
        version: decode(OpaqueMetadata | None, answer).data for version, answer in answers.items()
    }


@pytest.mark.parametrize("version", METADATA_VERSIONS)
def test_everything_but_the_words_was_as_on_the_reference_chain(version):
    release = load_release(185)
    asked = "Metadata_metadata_at_version", encode(U32, version)
    answer = release.call(release.over(MemoryHost()), *asked)
    raw = decode(OpaqueMetadata | None, answer).data
    ours, theirs = without_words(read_metadata(raw)), REFERENCE[str(version)]
    for part in theirs:
        assert ours[part] == theirs[part], part
    assert ours.keys() == theirs.keys()


SINCE_185 = {
    "moved call AdminUtils.sudo_set_commit_reveal_weights_interval",
    "changed call SubtensorModule.reveal_weights",
    "added call SubtensorModule.batch_reveal_weights",
    "changed storage item SubtensorModule.WeightCommits",
    "removed storage item SubtensorModule.WeightCommitRevealInterval",
    "added storage item SubtensorModule.RevealPeriodEpochs",
    *(
        f"added event SubtensorModule.Weights{name}"
        for name in ("Committed", "Revealed", "BatchRevealed")
    ),
    "removed error SubtensorModule.CommitNotAllowed",
    "removed error SubtensorModule.InvalidRevealTempo",
    *(
        f"added error SubtensorModule.{name}"
        for name in (
            *("TooManyUnrevealedCommits", "ExpiredWeightCommit", "RevealTooEarly"),
            *("InputLengthsUnequal", "CommittingWeightsTooFast"),
        )
    ),
    "changed constant System.Version",
}


def test_since_then_only_this_has_changed():
    before, after = (
        Surface.of(metadata_of(PythonRuntime(loaded).over(MemoryHost())))
        for loaded in (load_release(185), INSTALLED)
    )
    changes = {str(change).partition(": ")[0] for change in compare(before, after)}
    assert changes == SINCE_185


def test_types_of_pallets_have_the_same_numbers_in_both_formats(raw):
    old, new = (read_metadata(raw[version]) for version in METADATA_VERSIONS)
    shared = old["extrinsic"]["type"]  # the first type that no pallet mentions
    assert old["types"][:shared] == new["types"][:shared]
    for before, after in zip(old["pallets"], new["pallets"], strict=True):
        assert before == {key: value for key, value in after.items() if key != "docs"}


def test_everything_has_docs(raw):
    metadata = read_metadata(raw[15])
    types = [entry["type"] for entry in metadata["types"]]
    silent = []
    for pallet in metadata["pallets"]:
        enums = [types[pallet[kind]]["def"] for kind in PALLET_ENUMS if pallet[kind] is not None]
        parts = [pallet, *pallet["constants"], *(pallet["storage"] or {"entries": []})["entries"]]
        parts += [variant for enum in enums for variant in enum["variant"]["variants"]]
        silent += [(pallet["name"], part["name"]) for part in parts if not part["docs"]]
    methods = [method for api in metadata["apis"] for method in api["methods"]]
    silent += [method["name"] for method in methods if not method["docs"]]
    assert silent == []


def test_fields_are_shown_by_readable_names(raw):
    types = {
        "::".join(entry["type"]["path"]): entry["type"]["def"]
        for entry in read_metadata(raw[15])["types"]
    }

    def names(path, variant=None):
        kind = types[path]
        fields = (
            kind["composite"]["fields"]
            if variant is None
            else next(v for v in kind["variant"]["variants"] if v["name"] == variant)["fields"]
        )
        return [field["typeName"] for field in fields]

    assert names("pallet_balances::types::AccountData") == ["Balance"] * 3 + ["ExtraFlags"]
    assert names("sp_weights::weight_v2::Weight") == ["u64", "u64"]
    assert names("pallet_sudo::pallet::Event", "Sudid") == ["Result<(), DispatchError>"]
    assert names("pallet_sudo::pallet::Event", "KeyChanged") == ["Option<AccountId>", "AccountId"]
    assert names("pallet_utility::pallet::Call", "batch") == ["Vec<RuntimeCall>"]
    assert names("pallet_admin_utils::pallet::Call", "swap_authorities") == ["BoundedVec<Public>"]


def test_metadata_and_versions_answer_as_on_the_reference_chain(runtime, raw):
    assert call(runtime, "Metadata_metadata_versions", b"").hex() == "080e0000000f000000"
    assert decode(bytes, call(runtime, "Metadata_metadata", b"")) == raw[14]
    for unknown in (0, 13, 16, 2**32 - 1):
        assert call(runtime, "Metadata_metadata_at_version", encode(U32, unknown)) == b"\x00"


def test_every_method_that_metadata_names_can_be_called(raw):
    named = {
        f"{api['name']}_{method['name']}"
        for api in read_metadata(raw[15])["apis"]
        for method in api["methods"]
    }
    assert named == METHODS.keys()


@pytest.fixture(scope="module")
def as_clients_see_it(raw):
    config = RuntimeConfigurationObject(ss58_format=42)
    for preset in ("core", "legacy"):
        config.update_type_registry(load_type_registry_preset(preset))
    metadata = config.create_scale_object("MetadataVersioned", ScaleBytes(raw[14]))
    metadata.decode()
    config.add_portable_registry(metadata)
    return config, metadata


def test_a_client_library_builds_calls_from_it(as_clients_see_it):
    config, metadata = as_clients_see_it
    transfer = config.create_scale_object("Call", metadata=metadata)
    dest = "0x" + "07" * 32
    transfer.encode(
        {
            "call_module": "Balances",
            "call_function": "transfer_keep_alive",
            "call_args": {"dest": dest, "value": 10**9},
        }
    )
    assert transfer.data.to_hex() == "0x050300" + "07" * 32 + "02286bee"


def test_a_client_library_reads_storage_by_it(as_clients_see_it):
    config, metadata = as_clients_see_it
    item = metadata.get_metadata_pallet("System").get_storage_function("Account")
    account = config.create_scale_object(item.get_value_type_string(), metadata=metadata)
    raw = (1).to_bytes(4, "little") + bytes(12) + (500).to_bytes(8, "little") + bytes(32)
    assert account.decode(ScaleBytes(raw))["data"]["free"] == 500


def test_a_client_library_reads_events_by_it(as_clients_see_it):
    config, metadata = as_clients_see_it
    item = metadata.get_metadata_pallet("System").get_storage_function("Events")
    events = config.create_scale_object(item.get_value_type_string(), metadata=metadata)
    remarked = "0005" + "07" * 32 + "08" * 32
    (record,) = events.decode(ScaleBytes("0x04" + "0002000000" + remarked + "00"))
    assert (record["event_id"], record["extrinsic_idx"]) == ("Remarked", 2)
