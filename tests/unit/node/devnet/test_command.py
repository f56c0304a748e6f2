"""The command: what it prints, what it leaves behind, and with which status it ends."""

import json
import os
import signal

import pytest
import trio
from click.testing import CliRunner

from node.devnet import run as runner
from node.devnet.command import SCENARIO_NAMES
from node.devnet.command import devnet as command
from node.devnet.errors import CallFailed
from tests.support.fake_devnet import fake_plans

pytestmark = pytest.mark.slow

FIELDS = {
    "nodes",
    "best_height",
    "state_roots_equal",
    "blocks_authored",
    "extrinsics_included",
    "epochs",
    "issuance_before",
    "issuance_after",
    "emission_expected",
    "metagraph",
    "refused",
    "restarted_node_caught_up",
    "seconds",
}


async def good(network, report, say):
    say("all is well")


async def bad(network, report, say):
    report.check(False, "all is well")


async def failing(network, report, say):
    raise CallFailed("SubtensorModule.add_stake", "SubtensorModule.NotRegistered")


async def impatient(network, report, say):
    os.kill(os.getpid(), signal.SIGTERM)
    await trio.sleep_forever()


@pytest.fixture
def devnet(monkeypatch):
    """Runs the command over stand-ins with a scenario of the test's choice."""
    seen = []

    def plans(directory, **options):
        seen.append(directory)
        return fake_plans(directory, *["polite"] * options["nodes"])

    def run(scenario, *flags):
        monkeypatch.setattr(runner, "make_plan", plans)
        monkeypatch.setitem(runner.SCENARIOS, "staking", scenario)
        arguments = ["--nodes", "2", "--scenario", "staking", *flags]
        result = CliRunner().invoke(command, arguments)
        assert not any(directory.exists() for directory in seen)
        return result

    return run


def last_line(result):
    return json.loads(result.stdout.splitlines()[-1])


def test_good_verdict_is_status_0_and_json_is_the_last_line(devnet):
    result = devnet(good, "--exit", "--json")
    assert result.exit_code == 0
    report = last_line(result)
    assert report.keys() >= FIELDS
    assert report["ok"] is True
    assert "all is well" in result.stderr


def test_bad_verdict_is_status_1(devnet):
    result = devnet(bad, "--exit", "--json")
    assert result.exit_code == 1
    assert last_line(result)["failures"] == ["not so: all is well"]


def test_failed_call_is_status_1_and_is_named(devnet):
    result = devnet(failing, "--exit")
    assert result.exit_code == 1
    assert "SubtensorModule.add_stake failed: SubtensorModule.NotRegistered" in result.output


def test_signal_stops_all_and_is_no_success(devnet):
    result = devnet(impatient, "--exit", "--json")
    assert result.exit_code == 1
    assert last_line(result)["failures"] == ["stopped by a signal before the end"]


def test_hints_can_be_copied_whole_however_narrow_the_window(devnet, monkeypatch):
    monkeypatch.setattr(runner, "_FILE_WIDTH", 40)
    assert '.get_block_number(None))"\n' in devnet(good, "--exit").output


def test_scenario_of_a_single_node_is_refused():
    result = CliRunner().invoke(command, ["--nodes", "1", "--scenario", "staking"])
    assert result.exit_code == 2
    assert "at least two" in result.output


def test_every_scenario_of_the_command_line_exists():
    assert set(SCENARIO_NAMES) == set(runner.SCENARIOS)
