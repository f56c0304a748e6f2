"""The installed runtime does what spec 185 did, block for block, but for what spec 186 changed.

It replays the traces of spec 185 under that version's numbers, for which extrinsics are signed.
Blocks that use what has changed may come out otherwise, and no others.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from node.executor.archive.loader import load_release
from node.executor.loaded import INSTALLED, LoadedRuntime
from node.replay.difference import Difference, Kind
from node.replay.files import read_trace
from node.replay.machine import Replay
from node.replay.stage import EmbeddedRuntime
from node.runtime_tools.storage import storage_key
from primitives.types import U32

TRACES = sorted((Path(__file__).parent / "traces").glob("*.json.gz"))

VERSION_185 = replace(INSTALLED.version, spec_version=U32(185), transaction_version=U32(1))

OTHER_ANSWERS = {
    "Metadata_metadata",
    "Metadata_metadata_at_version",
    # A period of epochs instead of an interval of blocks.
    "SubnetInfoRuntimeApi_get_subnet_hyperparams",
    # Storage of version 7.
    "GenesisBuilder_build_config",
}
"""Methods that tell of what has changed."""

CHANGED_CALLS = {
    "SubtensorModule.commit_weights",
    "SubtensorModule.reveal_weights",
    "AdminUtils.sudo_set_commit_reveal_weights_interval",
}
LAST_UPGRADE = storage_key("System", "LastRuntimeUpgrade")
"""Written where migrations run; the list of spec 185 ran twice, and today's has one more."""


def as_185(host):
    runtime = INSTALLED.over(host)
    runtime.system.version = VERSION_185
    return runtime


POSING = LoadedRuntime(
    VERSION_185, as_185, INSTALLED.call, INSTALLED.methods, INSTALLED.panic, INSTALLED.module
)


def may_differ(release, block):
    """Whether a block does anything that has changed."""
    tried = [*block.extrinsics, *(refusal.extrinsic for refusal in block.refused)]
    names = {name for extrinsic in tried for name in calls_in(release, extrinsic)}
    return bool(names & CHANGED_CALLS) or LAST_UPGRADE in (block.diff or {})


def calls_in(release, extrinsic):
    """Names of the calls of an extrinsic, as spec 185 reads it, however deep."""
    try:
        _, call = release.module("runtime.executive").decode_call(extrinsic)
    except release.panic:
        return
    waiting = [call]
    while waiting:
        match waiting.pop():
            case list() | tuple() as parts:
                waiting += parts
            case part if hasattr(part, "spec"):
                yield f"{part.pallet}.{part.name}"
                waiting += part.args


def differing_blocks(trace):
    """Blocks that come out otherwise, each replaced by what the trace says it did."""
    known = [answer for answer in trace.api_calls if answer.method not in OTHER_ANSWERS]
    replay = Replay(replace(trace, api_calls=known), lambda host: EmbeddedRuntime(host, POSING))
    replay.begin()
    for block in trace.blocks:
        try:
            replay.step(block)
        except Difference as difference:
            yield block, difference
            if difference.kind is not Kind.API:  # then the block itself went well
                replay.skip(block)


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_only_what_changed_differs(path):
    trace, release = read_trace(path), load_release(185)
    for block, difference in differing_blocks(trace):
        assert may_differ(release, block) or asks_of_a_changed_call(release, difference), (
            difference.text()
        )


def asks_of_a_changed_call(release, difference):
    """Whether it is the question of a pool: source, extrinsic, hash of a block."""
    method, _, argument = difference.subject.partition("(0x")
    if not method.endswith("validate_transaction"):
        return False
    extrinsic = bytes.fromhex(argument.rstrip(")"))[1:-32]
    return any(name in CHANGED_CALLS for name in calls_in(release, extrinsic))


def test_some_blocks_do_differ():
    """Or else the test above would not see what it is for."""
    trace = read_trace(Path(__file__).parent / "traces" / "net-weights.json.gz")
    assert len(list(differing_blocks(trace))) > 5
