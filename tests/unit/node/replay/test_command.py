"""`taonode replay`: which runtime it replays on, and what it says of the state."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.executor.archive.build import installed_archive
from node.replay.command import replay

TRACES = Path(__file__).parents[3] / "conformance" / "traces"
STAKE = str(TRACES / "net-stake.json.gz")
BALANCES = str(TRACES / "core-balances.json.gz")


def run(*arguments):
    result = CliRunner().invoke(replay, [*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_an_archive_replays_as_the_installed_runtime_does(tmp_path):
    archive = tmp_path / "runtime.archive"
    archive.write_bytes(installed_archive())
    status, report = run(STAKE, "--runtime", str(archive))
    assert (status, report["equal"]) == (0, True)
    assert report["traces"][0]["extrinsics"] == 104


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
