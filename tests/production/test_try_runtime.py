"""Dry runs with production code, of which only metadata and behaviour are known."""

import json

import pytest
from click.testing import CliRunner

from genesis.build import genesis_header
from genesis.spec import CODE_KEY
from node.executor.archive.build import archive_of
from node.executor.archive.shipped import archive_of_spec
from node.executor.host import ExecutionHost
from node.executor.runtimes import Runtimes
from node.replay.record import ChainBlock
from node.runtime_tools.command import runtime
from node.snapshot.file import About
from node.try_runtime.dry_run import Task, dry_run
from node.try_runtime.replayed import TrustingHost
from node.try_runtime.report import Replayed, Verdict
from node.try_runtime.subject import Subject
from node.whole_state import WholeState
from primitives.crypto import KeyPair
from primitives.hashing import blake2_256
from primitives.scale.compact import encode_compact
from primitives.scale.types import decode
from primitives.scheme import Scheme
from primitives.signing import sign_extrinsic
from runtime.pallets.system_types import RuntimeVersion
from runtime.version import SPEC_VERSION
from tests.support.runtime_sources import with_spec_version
from tests.support.specs import first_block, fresh_host, genesis_state, runtimes, spec_files


def version(state):
    return decode(RuntimeVersion, Runtimes().version_of(state[CODE_KEY]))


def about(path, state):
    code, header = version(state), genesis_header(state)
    return About(path.stem, header.hash(), header, code.spec_name, code.spec_version)


@pytest.mark.parametrize("path", spec_files(), ids=lambda path: path.stem)
def test_whole_genesis_decodes_by_its_own_metadata(path):
    state = genesis_state(path)
    report = dry_run(Task("same", state[CODE_KEY], about(path, state), WholeState(state), blocks=0))
    checks = {check.name: check for check in report.checks}
    assert checks["spec version"].verdict is Verdict.FAILED
    assert checks["idempotency"].verdict is Verdict.SKIPPED
    assert checks["storage decodes"].problems == []
    assert [name for name, check in checks.items() if check.verdict is Verdict.FAILED] == [
        "spec version"
    ]


def state_of(spec_version):
    """The genesis of the first spec with this version."""
    for path in spec_files():
        state = genesis_state(path)
        if version(state).spec_version == spec_version:
            return path, state
    pytest.skip(f"no spec of {spec_version}")


OLD, NEW = 103, 185
"""Two versions of production code, and an upgrade that the chain went through."""


def test_python_runtime_takes_over():
    path, state = state_of(NEW)
    code = archive_of(with_spec_version(SPEC_VERSION + 1))
    report = dry_run(Task("next", code, about(path, state), WholeState(state), blocks=2))
    assert report.passed
    assert report.blocks == 2


def test_production_code_and_the_python_release_make_the_same_of_a_real_upgrade():
    path, state = state_of(OLD)
    code = state_of(NEW)[1][CODE_KEY]
    reports = [
        dry_run(Task("next", new, about(path, state), WholeState(state), blocks=2, scale=3))
        for new in (code, archive_of_spec(NEW))
    ]
    for report in reports:
        failed = [check.name for check in report.checks if check.verdict is Verdict.FAILED]
        assert failed == ["transaction version"], "calls have moved since, and did on the chain"
        assert report.blocks == 2
    wasm, python = reports
    assert wasm.storage == python.storage
    assert len(wasm.storage) > 30
    for ours, theirs in ((python.cost, wasm.cost), (python.scaled.cost, wasm.scaled.cost)):
        assert (ours.ref_time, ours.proof_size) == (theirs.ref_time, theirs.proof_size)
        assert ours.migration_ref_time == theirs.migration_ref_time > 0
    assert wasm.scaled.items == python.scaled.items


def pay(state, spec_version):
    """A transfer from Alice, signed for some version."""
    return sign_extrinsic(
        b"\5\3\0" + b"F" * 32 + encode_compact(10**6),
        KeyPair.from_uri("//Alice", Scheme.SR25519),
        nonce=0,
        genesis_hash=genesis_header(state).hash(),
        spec_version=spec_version,
        transaction_version=1,
    )


@pytest.mark.parametrize(
    ("host", "signed_for", "result"),
    [
        (ExecutionHost, NEW, b"\0\0"),
        (ExecutionHost, NEW - 1, b"\1\0\4"),
        (TrustingHost, NEW - 1, b"\0\0"),
    ],
    ids=["good", "bad proof", "trusted"],
)
def test_production_code_believes_signatures_of_another_version_if_the_host_does(
    host, signed_for, result
):
    _, state = state_of(NEW)
    subject = Subject(
        Runtimes().of(state[CODE_KEY]), genesis_header(state), WholeState(state), host
    )
    subject.begin()
    assert subject.apply(pay(state, signed_for)) == result


def test_block_of_production_code_is_replayed_by_the_next_release():
    path, state = state_of(NEW)
    block = first_block(runtimes().of(state[CODE_KEY]), fresh_host(state), [pay(state, NEW)])
    followed = [ChainBlock(block.header.hash(), block.header, block.extrinsics)]
    code = archive_of(with_spec_version(SPEC_VERSION + 1))
    report = dry_run(Task("next", code, about(path, state), WholeState(state), 1, followed))
    assert report.passed
    assert report.replayed == Replayed(blocks=1, extrinsics=2)


@pytest.mark.parametrize("path", spec_files(), ids=lambda path: path.stem)
def test_production_code_is_sound_here(path, tmp_path):
    state = genesis_state(path)
    (tmp_path / "blob").write_bytes(state[CODE_KEY])
    checked = CliRunner().invoke(runtime, ["check", str(tmp_path / "blob")])
    assert (checked.exit_code, checked.output) == (0, "sound\n")
    told = CliRunner().invoke(runtime, ["inspect", str(tmp_path / "blob"), "--json"])
    document = json.loads(told.output)
    assert document["spec_version"] == version(state).spec_version
    assert document["hash"] == f"0x{blake2_256(state[CODE_KEY]).hex()}"
    assert document["unpacked_size"] > document["size"] == len(state[CODE_KEY])
    assert "ext_storage_get_version_1" in document["imports"]
    assert all("_benchmarking_" in name for name in document["missing"])
