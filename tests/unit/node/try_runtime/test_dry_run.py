"""Upgrades on a copy of a state: good ones pass, and of bad ones each fault has its name."""

import json
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from itertools import starmap

import pytest
from click.testing import CliRunner

from genesis.build import build_state, genesis_header
from genesis.presets import preset
from node.cli import main
from node.executor.archive.build import archive_of, installed_archive
from node.executor.errors import MethodNotFound, RuntimePanic
from node.executor.python import embedded_call
from node.executor.runtimes import Runtimes
from node.runtime_tools.storage import storage_key
from node.snapshot.file import About, write_snapshot
from node.try_runtime.dry_run import Task, ask_try_runtime, dry_run
from node.try_runtime.report import Check, Verdict
from node.try_runtime.subject import Subject
from node.try_runtime.versions import check_spec
from node.whole_state import Entry
from primitives.types import U32, Hash
from runtime.version import SPEC_VERSION, VERSION
from storage.database import Database
from storage.leveldb import LevelKv
from tests.support.blocks import ROOTS
from tests.support.plain_trie import plain_root
from tests.support.runtime_sources import changed, with_spec_version

NEXT = SPEC_VERSION + 1
PALLET = "runtime/pallets/subtensor/pallet.py"
ITEMS = "runtime/pallets/subtensor/storage_subnets.py"
SUDO = "runtime/pallets/sudo.py"
WIDER = {
    "network_modality: StorageMap[NetUid, U16] = storage_map(identity, default=U16(0))": (
        "network_modality: StorageMap[NetUid, U64] = storage_map(identity, default=U64(0))"
    )
}
MODALITY = storage_key("SubtensorModule", "NetworkModality") + b"\3\0"
NEWER = {"migrations.STORAGE_VERSION": "migrations.STORAGE_VERSION + 1"}


def migrating(body):
    """A hook with more lines at its end."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    hook = "        return migrations.migrate(self)\n"
    return {hook: f"        weight = migrations.migrate(self)\n{lines}        return weight\n"}


WIDEN = """\
for key in self.ctx.host.keys(self.network_modality.prefix):
    value = self.ctx.host.get(key) or b''
    if len(value) == 2:
        self.ctx.host.put(key, value + bytes(6))
from runtime.migrations import write_version
write_version(self)
"""
WATCHED = """

    def pre_upgrade(self) -> bytes:
        self.ctx.host.put(b"left behind", b"")
        return bytes((len(self.ctx.host.keys(self.network_modality.prefix)),))

    def post_upgrade(self, before: bytes):
        values = list(self.network_modality.values())
        if len(values) != before[0] or any(values):
            yield f"{before[0]} modalities became {values}"

    def genesis_default(self)"""


@cache
def code(number, *patches):
    """The installed runtime under another number, with patches as (path, pairs)."""
    sources = with_spec_version(number)
    for path, pairs in patches:
        sources = changed(sources, path, dict(pairs))
    return archive_of(sources)


def patch(path, pairs):
    return path, tuple(pairs.items())


@cache
def good():
    hooks = {"\n    def genesis_default(self)": WATCHED.removeprefix("\n")}
    return code(
        NEXT, patch(ITEMS, WIDER), patch(PALLET, migrating(WIDEN)), patch(PALLET, NEWER | hooks)
    )


@pytest.fixture(scope="module")
def state():
    return build_state(preset("dev", installed_archive()), embedded_call)


@pytest.fixture(scope="module")
def about(state):
    header = genesis_header(state)
    return About("dev", header.hash(), header, "node-subtensor", SPEC_VERSION)


@pytest.fixture
def run(about, state):
    def run(code, *, blocks=0, more=None):
        return dry_run(Task("next", code, about, state | (more or {}), blocks))

    return run


def problems(report):
    """What is wrong, by the name of the check."""
    return {check.name: check.problems for check in report.checks if check.problems}


def test_good_upgrade_passes_and_shows_what_it_migrated(run, state):
    before = dict(state)
    report = run(good(), blocks=3)
    assert problems(report) == {}
    assert report.passed
    assert report.blocks == 3
    shown = {item.item: item for item in report.storage}
    assert set(shown) == {
        "SubtensorModule.NetworkModality",
        "SubtensorModule.:__STORAGE_VERSION__:",
    }
    modality = shown["SubtensorModule.NetworkModality"]
    assert (modality.added, modality.changed, modality.removed) == (0, 1, 0)
    assert modality.examples == ["[3]: 0 -> 0"]
    assert state == before


def test_every_check_is_made(run):
    report = run(good(), blocks=1)
    assert [check.name for check in report.checks] == [
        "runtime",
        "spec version",
        "transaction version",
        "migration",
        "weight",
        "time",
        "storage decodes",
        "storage versions",
        "try-state",
        "idempotency",
        "1 empty blocks",
        "try-state after the empty blocks",
    ]
    assert {check.verdict for check in report.checks} == {Verdict.PASSED}
    assert 0 < report.cost.ref_time < report.cost.ref_time_limit == 4 * 10**12
    assert 0 < report.cost.seconds < report.cost.seconds_limit == 8.0


def test_missing_migration_and_forgotten_storage_version_are_named(run):
    report = run(code(NEXT, patch(ITEMS, WIDER), patch(PALLET, NEWER)))
    found = problems(report)
    assert set(found) == {"storage decodes", "storage versions"}
    (undecodable,) = found["storage decodes"]
    assert undecodable.startswith(
        f"SubtensorModule.NetworkModality: 1 undecodable, as 0x{MODALITY.hex()}: 8 bytes wanted"
    )
    (version,) = found["storage versions"]
    assert version.startswith("SubtensorModule: ")
    assert version.endswith(" on the chain")


def test_shrunk_type_leaves_bytes_behind_the_value(run, state):
    report = run(code(NEXT), more={MODALITY: bytes(3)})
    check = next(check for check in report.checks if check.name == "storage decodes")
    assert check.problems == []
    assert check.notes == ["SubtensorModule.NetworkModality: 1 undecodable, before the upgrade too"]


def asked(version):
    check = Check("spec version")
    check_spec(VERSION, version, check)
    return check.problems


@pytest.mark.parametrize("number", [SPEC_VERSION - 1, SPEC_VERSION])
def test_spec_version_has_to_rise(number):
    assert asked(replace(VERSION, spec_version=U32(number))) == [
        f"the spec version is {number} and must be higher than that of the chain, {SPEC_VERSION}"
    ]


def test_other_chains_runtime_is_refused():
    other = replace(VERSION, spec_name="other", spec_version=U32(NEXT))
    assert asked(other) == ["the spec name is other, that of the chain node-subtensor"]


def test_moved_call_demands_a_transaction_version(run):
    moved = {"@call(index=2, weight=SET_KEY": "@call(index=7, weight=SET_KEY"}
    found = problems(run(code(NEXT, patch(SUDO, moved))))
    assert set(found) == {"transaction version"}
    assert any("moved call Sudo.set_key" in text for text in found["transaction version"])


def test_migration_that_raises_is_named_and_ends_the_run(run):
    asking = {
        "\n    def genesis_default(self)": (
            "\n    def pre_upgrade(self):\n        raise ValueError('odd')\n"
            "\n    def genesis_default(self)"
        )
    }
    raising = migrating("raise KeyError('lost')")
    report = run(code(NEXT, patch(PALLET, raising), patch(PALLET, asking)), blocks=5)
    assert problems(report)["migration"] == [
        "SubtensorModule.pre_upgrade raises ValueError: odd",
        "SubtensorModule.on_runtime_upgrade raises KeyError: 'lost'",
        "the first block under the new runtime does not begin: KeyError: 'lost'",
    ]
    assert report.blocks == 0
    assert report.checks[-1].name == "migration"


def test_each_of_many_faults_is_named(run):
    body = """\
weight = Weight(5 * 10**12)
self.total_networks.put(self.total_networks.get() + 1)
self.total_issuance.put(self.total_issuance.get() // 2)
"""
    hooks = {
        "\n    def genesis_default(self)": (
            "\n    def pre_upgrade(self):\n        return b''\n"
            "\n    def post_upgrade(self, before):\n        yield 'half is gone'\n"
            "\n    def genesis_default(self)"
        ),
        "        coinbase.block_step(self)\n": (
            "        coinbase.block_step(self)\n"
            "        if now == 3:\n            raise ValueError('three')\n"
        ),
    }
    report = run(code(NEXT, patch(PALLET, migrating(body)), patch(PALLET, hooks)), blocks=4)
    found = problems(report)
    assert list(found) == [
        "migration",
        "weight",
        "try-state",
        "idempotency",
        "4 empty blocks",
        "try-state after the empty blocks",
    ]
    assert found["migration"] == ["SubtensorModule.post_upgrade: half is gone"]
    assert found["weight"][0].endswith("a block may have 4000000000000")
    assert found["try-state"] == [
        "SubtensorModule.networks_are_counted: 3 counted, 2 of 2 entries",
        "Onward.issuance_keeps_up: 1050000000000000 rao came out of nowhere",
    ]
    networks, issuance = sorted(found["idempotency"], key=lambda text: "TotalIssuance" in text)
    assert networks == (
        "run again, migrations change SubtensorModule.TotalNetworks: "
        "0 added, 1 changed, 0 removed, as 3 -> 4"
    )
    assert "SubtensorModule.TotalIssuance" in issuance
    assert found["4 empty blocks"] == ["empty block 2 of 4: ValueError: three"]
    assert report.blocks == 1


def test_corrupt_runtime_is_named(run):
    report = run(good()[:-100])
    assert set(problems(report)) == {"runtime"}
    assert not report.passed


@pytest.fixture
def files(tmp_path, about, state):
    write_snapshot(tmp_path / "state", about, starmap(Entry, sorted(state.items())))
    (tmp_path / "next").write_bytes(good())
    (tmp_path / "same").write_bytes(installed_archive())
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(main, ["try-runtime", *map(str, arguments)])


def test_command_reports_to_people_and_programs(files):
    told = invoke("--runtime", files / "next", "--state", files / "state")
    assert told.exit_code == 0
    assert told.output.endswith("The upgrade is sound.\n")
    assert "passed   idempotency" in told.output
    machine = invoke("--runtime", files / "same", "--state", files / "state", "--json")
    assert machine.exit_code == 1
    document = json.loads(machine.output)
    assert document["passed"] is False
    assert document["runtime"]["spec_version"] == SPEC_VERSION
    failed = [check["name"] for check in document["checks"] if check["verdict"] == "failed"]
    assert failed == ["spec version"]


def test_child_tries_are_part_of_the_state(tmp_path, about, state):
    child = {b"key": b"value", b"long": bytes(40)}
    top = state | {ROOTS + b"c": plain_root(child)}
    header = replace(about.header, state_root=Hash(plain_root(top)))
    subject = Subject(Runtimes().of(installed_archive()), header, top, {b"c": child})
    assert subject.stage.root == header.state_root
    assert subject.host.child(b"c").keys(b"") == [b"key", b"long"]

    entries = [*starmap(Entry, top.items()), *(Entry(*pair, b"c") for pair in child.items())]
    write_snapshot(tmp_path / "state", replace(about, header=header), entries)
    (tmp_path / "next").write_bytes(good())
    flags = ("--runtime", tmp_path / "next", "--state", tmp_path / "state")
    assert invoke(*flags, "--blocks", "1").exit_code == 0


def test_bad_input_has_its_own_status(files):
    assert invoke("--runtime", files / "next", "--state", files / "next").exit_code == 2
    assert invoke("--runtime", files / "next").exit_code == 2
    both = invoke("--runtime", files / "next", "--state", files / "state", "--at", "1")
    assert both.exit_code == 2


def test_state_of_a_stopped_node(files, state, about):
    kv = LevelKv(files / "base" / "chains" / "dev" / "db")
    Database.open(kv).commit_genesis(about.header, state)
    kv.close()
    flags = ("--runtime", files / "next", "--base-path", files / "base")
    assert invoke(*flags, "--at", "0", "--blocks", "1").exit_code == 0
    assert invoke(*flags, "--at", "1").exit_code == 2


class Built:
    """A runtime that was built with `TryRuntime`, or was not."""

    def __init__(self, error):
        self._error = error

    def attempt(self):
        return nullcontext()

    def call(self, method, args):
        assert (method, args) == ("TryRuntime_on_runtime_upgrade", b"\1")
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize(
    ("error", "problems", "notes"),
    [
        (None, [], 0),
        (MethodNotFound("no"), [], 1),
        (RuntimePanic("sum"), ["TryRuntime_on_runtime_upgrade: sum"], 0),
    ],
)
def test_runtimes_that_check_themselves_are_asked(error, problems, notes):
    check = Check("migration")
    ask_try_runtime(Built(error), check)
    assert (check.problems, len(check.notes)) == (problems, notes)
