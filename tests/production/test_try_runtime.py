"""Dry runs with production code, of which only metadata and behaviour are known."""

import pytest

from genesis.build import genesis_header
from genesis.spec import CODE_KEY
from node.executor.archive.build import archive_of
from node.executor.runtimes import Runtimes
from node.snapshot.file import About
from node.try_runtime.dry_run import Task, dry_run
from node.try_runtime.report import Verdict
from primitives.scale.types import decode
from runtime.pallets.system_types import RuntimeVersion
from tests.support.runtime_sources import with_spec_version
from tests.support.specs import genesis_state, spec_files

PALLETS_OF_185 = 20


def version(state):
    return decode(RuntimeVersion, Runtimes().version_of(state[CODE_KEY]))


def about(path, state):
    code, header = version(state), genesis_header(state)
    return About(path.stem, header.hash(), header, code.spec_name, code.spec_version)


@pytest.mark.parametrize("path", spec_files(), ids=lambda path: path.stem)
def test_whole_genesis_decodes_by_its_own_metadata(path):
    state = genesis_state(path)
    report = dry_run(Task("same", state[CODE_KEY], about(path, state), state, blocks=0))
    checks = {check.name: check for check in report.checks}
    assert checks["spec version"].verdict is Verdict.FAILED
    assert checks["idempotency"].verdict is Verdict.SKIPPED
    assert checks["storage decodes"].problems == []
    assert [name for name, check in checks.items() if check.verdict is Verdict.FAILED] == [
        "spec version"
    ]


@pytest.mark.parametrize("path", spec_files(), ids=lambda path: path.stem)
def test_python_runtime_takes_over(path):
    state = genesis_state(path)
    if version(state).spec_version != 185:
        pytest.skip("another runtime")
    code = archive_of(with_spec_version(186))
    report = dry_run(Task("next", code, about(path, state), state, blocks=2))
    assert report.passed
    assert report.blocks == 2
