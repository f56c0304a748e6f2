"""Upgrades on a copy of a state: good ones pass, and of bad ones each fault has its name."""

from contextlib import nullcontext
from dataclasses import replace
from functools import cache

import pytest

from node.executor.errors import MethodNotFound, RuntimePanic
from node.runtime_tools.storage import storage_key
from node.try_runtime.dry_run import ask_try_runtime
from node.try_runtime.report import Check, Verdict
from node.try_runtime.versions import check_spec
from primitives.types import U8, U32, NetUid
from runtime.pallets.proxy_types import ProxyDefinition, ProxyType
from runtime.pallets.subtensor.types import AxonInfo
from runtime.runtime import Runtime
from runtime.version import SPEC_VERSION, VERSION
from tests.support.dry_runs import NEXT, SUBTENSOR, SUDO, code, hook, migrating, patch, problems
from tests.support.host import MemoryHost

ITEMS = "runtime/pallets/subtensor/storage_subnets.py"
WIDER = {
    "network_modality: StorageMap[NetUid, U16] = storage_map(identity, default=U16(0))": (
        "network_modality: StorageMap[NetUid, U64] = storage_map(identity, default=U64(0))"
    )
}
NET = NetUid(3)
MODALITY = storage_key("SubtensorModule", "NetworkModality") + b"\3\0"
NEWER = {"migrations.STORAGE_VERSION": "migrations.STORAGE_VERSION + 1"}


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
def good():
    hooks = {"\n    def genesis_default(self)": WATCHED.removeprefix("\n")}
    return code(
        NEXT,
        patch(ITEMS, WIDER),
        patch(SUBTENSOR, migrating(WIDEN)),
        patch(SUBTENSOR, NEWER | hooks),
    )


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
        "order",
        "weight",
        "time",
        "storage decodes",
        "storage versions",
        "try-state",
        "idempotency",
        "1 empty block",
        "try-state after the empty blocks",
    ]
    assert {check.verdict for check in report.checks} == {Verdict.PASSED}
    assert 0 < report.cost.ref_time < report.cost.ref_time_limit == 4 * 10**12
    assert 0 < report.cost.seconds < report.cost.seconds_limit == 8.0


def test_missing_migration_and_forgotten_storage_version_are_named(run):
    report = run(code(NEXT, patch(ITEMS, WIDER), patch(SUBTENSOR, NEWER)))
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


def entry(pallet, item, *key_and_value):
    """An entry as the installed runtime writes it."""
    host = MemoryHost()
    owner = next(each for each in Runtime(host).in_order if each.name == pallet)
    getattr(owner, item).insert(*key_and_value)
    return {key: host.get(key) for key in host.keys(b"")}


def test_fields_that_change_places_are_found_where_no_migration_moved_them(run):
    """Both are a byte, so every entry decodes as well as before."""
    words = '    """Version of the address: 4 or 6."""\n'
    swapped = {
        f"    ip_type: U8\n{words}    protocol: U8\n": (
            f"    protocol: U8\n{words}    ip_type: U8\n"
        )
    }
    next_code = code(NEXT, patch("runtime/pallets/subtensor/types.py", swapped))
    axon = AxonInfo(1, 2, 3, 4, U8(4), U8(0), U8(0), U8(0))
    alike = AxonInfo(1, 2, 3, 4, U8(4), U8(4), U8(0), U8(0))

    def serving(info):
        return entry("SubtensorModule", "axons", NET, bytes(32), info)

    assert problems(run(next_code, more=serving(axon)))["storage decodes"] == [
        "SubtensorModule.Axons: 1 entries as before say something else now: "
        "pallet_subtensor::pallet::AxonInfo has block, version, port, ip, protocol, ip_type, "
        "placeholder1, placeholder2 where it had block, version, port, ip, ip_type, protocol, "
        "placeholder1, placeholder2"
    ]
    assert problems(run(next_code, more=serving(alike))) == {}
    assert problems(run(next_code)) == {}


def test_variants_that_change_places_are_found(run):
    swapped = {"    STAKING = 8\n    REGISTRATION = 9\n": "    STAKING = 9\n    REGISTRATION = 8\n"}
    next_code = code(
        NEXT,
        patch("runtime/pallets/proxy_types.py", swapped),
        patch("runtime/version.py", {"TRANSACTION_VERSION = 2": "TRANSACTION_VERSION = 3"}),
    )

    def proxy(kind):
        definition = ProxyDefinition(bytes([7]) * 32, kind, 0)
        return entry("Proxy", "proxies", bytes(32), ([definition], 0))

    (problem,) = problems(run(next_code, more=proxy(ProxyType.STAKING)))["storage decodes"]
    assert problem.startswith("Proxy.Proxies: 1 entries as before say something else now: ")
    assert problem.endswith(
        "ProxyType::Staking is 9 where it was 8; "
        "node_subtensor_runtime::ProxyType::Registration is 8 where it was 9"
    )
    assert "storage decodes" not in problems(run(next_code, more=proxy(ProxyType.ANY)))


def test_a_list_longer_than_its_new_bound_is_found(run):
    """Metadata says nothing of bounds."""
    smaller = {"MAX_SCHEDULED_PER_BLOCK: Final = 50": "MAX_SCHEDULED_PER_BLOCK: Final = 2"}
    next_code = code(NEXT, patch("runtime/pallets/scheduler_tasks.py", smaller))
    tasks = entry("Scheduler", "agenda", 100, [None, None, None])
    (problem,) = problems(run(next_code, more=tasks))["storage decodes"]
    assert problem.startswith("Scheduler.Agenda: 1 undecodable, as 0x")
    assert problems(run(code(NEXT), more=tasks)) == {}


def test_a_key_with_a_wrong_hash_is_found(run):
    """It reads well, but nobody who asks for the account finds it."""
    account = storage_key("System", "Account")
    move = (
        f"for key in host.keys({account!r})[:1]:\n"
        "    host.put(key[:32] + bytes(16) + key[48:], host.get(key))\n    host.delete(key)"
    )
    (problem,) = problems(run(code(NEXT, hook(SUDO, move))))["storage decodes"]
    assert problem.startswith("System.Account: 1 undecodable, as 0x")
    assert problem.endswith(
        f"the key: 0x{bytes(16).hex()} is not the Blake2_128Concat of what follows"
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("host.delete(b':code')", "absent"),
        ("host.put(b':code', b'other')", "unknown (0x"),
    ],
)
def test_a_migration_that_changes_the_code_is_found(run, line, told):
    (problem,) = problems(run(code(NEXT, hook(SUDO, line))))["migration"]
    assert problem.startswith(f"the code after the first block is not the new one: {told}")


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
    assert asked(other) == [
        "it is the runtime of another chain: its spec name is other, that of this chain "
        "node-subtensor"
    ]


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
    report = run(code(NEXT, patch(SUBTENSOR, raising), patch(SUBTENSOR, asking)), blocks=5)
    assert problems(report)["migration"] == [
        "SubtensorModule.pre_upgrade raises ValueError: odd",
        "SubtensorModule.on_runtime_upgrade raises KeyError: 'lost'",
        "the first block under the new runtime does not begin: KeyError: 'lost'",
    ]
    assert report.blocks == 0
    assert report.checks[-1].name == "migration"


@pytest.mark.parametrize(
    ("answer", "kind"), [("pass", "NoneType"), ("return 7", "int"), ("return 'seven'", "str")]
)
def test_pre_upgrade_that_returns_no_bytes_is_a_fault(run, answer, kind):
    asking = (
        f"\n    def pre_upgrade(self):\n        {answer}\n"
        "\n    def post_upgrade(self, before):\n        yield 'all is lost'\n"
    )
    assert problems(run(code(NEXT, (SUDO, asking))))["migration"] == [
        f"Sudo.pre_upgrade returns {kind} and no bytes, so that post_upgrade is not asked"
    ]


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
    report = run(code(NEXT, patch(SUBTENSOR, migrating(body)), patch(SUBTENSOR, hooks)), blocks=4)
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
    (weight,) = found["weight"]
    assert weight.endswith(
        "a block may have 4000000000000; spread over blocks, the migrations need 2 of them"
    )
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
