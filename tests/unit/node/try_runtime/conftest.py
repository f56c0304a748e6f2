"""The state that dry runs begin with, and a short way to run one."""

import pytest

from genesis.build import build_state, genesis_header
from genesis.presets import preset
from node.executor.archive.build import installed_archive
from node.executor.python import embedded_call
from node.snapshot.file import About
from node.try_runtime.dry_run import Task, dry_run
from node.whole_state import WholeState
from runtime.version import SPEC_VERSION


@pytest.fixture(scope="session")
def state():
    return build_state(preset("dev", installed_archive()), embedded_call)


@pytest.fixture(scope="session")
def about(state):
    header = genesis_header(state)
    return About("dev", header.hash(), header, "node-subtensor", SPEC_VERSION)


@pytest.fixture(scope="session")
def run(about, state):
    def run(code, *, blocks=0, more=None, **asked):
        return dry_run(Task("next", code, about, WholeState(state | (more or {})), blocks, **asked))

    return run
