"""`taonode replay`: which runtime it replays on, and what it says of the state."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.executor.archive.shipped import archive_of_spec
from node.replay.command import replay
from runtime.version import SPEC_VERSION

TRACES = Path(__file__).parents[3] / "conformance" / "traces"
STAKE = str(TRACES / "net-stake.json.gz")
BALANCES = str(TRACES / "core-balances.json.gz")


def run(*arguments):
    result = CliRunner().invoke(replay, [*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def archive_in(tmp_path, spec_version):
    path = tmp_path / "runtime.archive"
    path.write_bytes(archive_of_spec(spec_version))
    return str(path)


def test_a_trace_replays_on_its_release_and_on_that_in_a_file(tmp_path):
    for flags in ((), ("--runtime", archive_in(tmp_path, 185))):
        status, report = run(STAKE, *flags)
        assert (status, report["equal"]) == (0, True)
        assert report["traces"][0]["extrinsics"] == 104


def test_on_another_version_nobody_has_signed(tmp_path):
    status, report = run(STAKE, "--runtime", archive_in(tmp_path, SPEC_VERSION))
    assert (status, report["equal"]) == (1, False)
    assert report["traces"][0]["difference"]["got"] == {"refused": {"Invalid": "BadProof"}}


def test_a_trace_of_a_release_that_is_not_here_asks_for_a_runtime(tmp_path):
    document = json.loads(gzip.decompress(Path(BALANCES).read_bytes()))
    path = tmp_path / "later.json"
    path.write_text(json.dumps(document | {"name": "later", "spec_version": 9_000}))
    result = CliRunner().invoke(replay, [str(path)])
    assert result.exit_code == 2
    assert "later is of spec 9000, and the releases here are 185, " in result.stderr
    assert "--runtime" in result.stderr


@pytest.mark.parametrize("content", [b"", b"# no runtime at all", b"\0asm\1\0\0\0"])
def test_what_is_no_runtime_is_refused(tmp_path, content):
    path = tmp_path / "runtime"
    path.write_bytes(content)
    result = CliRunner().invoke(replay, [STAKE, "--runtime", str(path)])
    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert "Traceback" not in result.output


def test_try_state_tells_what_root_broke_and_after_which_block():
    """Block 15 of the trace forces the total issuance to another number."""
    status, report = run(BALANCES, "--try-state")
    assert status == 0
    found = [
        line
        for line in report["traces"][0]["broken"]
        if "Balances.issuance_is_what_accounts_hold" in line
    ]
    assert found[0].startswith("after 15 blocks: ")
    assert "by design after Balances.force_adjust_total_issuance" in found[0]


def test_without_the_flag_nothing_is_judged():
    _, report = run(BALANCES)
    assert "broken" not in report["traces"][0]
