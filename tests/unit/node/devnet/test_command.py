"""The command: what it prints, what it leaves behind, and with which status it ends."""

import json
import os
import signal

import pytest
import trio
from click.testing import CliRunner

from node.devnet import run as runner
from node.devnet.catalogue import SCENARIO_NAMES, UPGRADE_SCENARIOS, UPGRADES
from node.devnet.command import devnet as command
from node.devnet.errors import CallFailed
from node.devnet.scenarios.staking_report import StakingReport
from node.devnet.setting import Setting
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
        monkeypatch.setitem(runner.SETTINGS, "staking", Setting(scenario, StakingReport))
        arguments = ["--nodes", "3", "--scenario", "staking", *flags]
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


@pytest.mark.parametrize(("scenario", "least"), [("staking", 3), ("upgrade-plain", 4)])
def test_a_scenario_that_takes_more_nodes_is_refused(scenario, least):
    result = CliRunner().invoke(command, ["--nodes", str(least - 1), "--scenario", scenario])
    assert result.exit_code == 2
    assert f"takes at least {least} nodes" in result.output


def test_every_scenario_of_the_command_line_exists():
    assert set(SCENARIO_NAMES) - {UPGRADES} == runner.SETTINGS.keys() - {None}
    assert UPGRADE_SCENARIOS.keys() <= runner.SETTINGS.keys()


@pytest.mark.parametrize("flags", [("--spec", "185"), ("--runtime", __file__)])
def test_a_scenario_of_an_upgrade_chooses_what_it_begins_with(flags):
    result = CliRunner().invoke(command, ["--scenario", "upgrade-plain", *flags])
    assert result.exit_code == 2
    assert "begins with a runtime of its own choice" in result.output


def test_the_report_goes_to_a_file_as_well(devnet, tmp_path):
    result = devnet(bad, "--exit", "--json", "--report", str(tmp_path / "report.json"))
    assert json.loads((tmp_path / "report.json").read_text()) == last_line(result)


def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(tmp_path, monkeypatch):
    def refused(file):
        result = CliRunner().invoke(command, ["--exit", "--report", str(file)])
        assert result.exit_code == 2
        return result.stderr.splitlines()[-1]

    monkeypatch.setattr(runner, "run_devnet", lambda *_: pytest.fail("it runs"))
    absent = tmp_path / "absent"
    assert f"--report': {absent} is no directory; make it" in refused(absent / "report.json")
    monkeypatch.setattr("os.access", lambda _, mode: not mode & os.W_OK)
    assert f"--report': {tmp_path} cannot be written to" in refused(tmp_path / "report.json")
    (tmp_path / "old.json").touch()
    assert "is not writable" in refused(tmp_path / "old.json")


def test_a_scenario_cut_off_by_a_signal_is_no_success_even_if_the_devnet_was_to_stay(devnet):
    result = devnet(impatient, "--json")
    assert result.exit_code == 1
    assert last_line(result)["failures"] == ["stopped by a signal before the end"]


@pytest.mark.parametrize("flags", [["--json"], ["--report", "report.json"]])
def test_there_is_no_report_of_nothing(flags):
    result = CliRunner().invoke(command, flags)
    assert result.exit_code == 2
    assert "add --scenario NAME or --exit" in result.stderr


class TestSuite:
    """All scenarios of upgrades, one after the other."""

    @pytest.fixture
    def suite(self, monkeypatch):
        def run(**scenarios):
            monkeypatch.setattr(
                runner, "make_plan", lambda path, **_: fake_plans(path, *["polite"] * 4)
            )
            monkeypatch.setattr(runner, "UPGRADE_SCENARIOS", dict.fromkeys(scenarios, "what"))
            for name, play in scenarios.items():
                monkeypatch.setitem(runner.SETTINGS, name, Setting(play))
            return CliRunner().invoke(command, ["--scenario", "upgrades", "--exit", "--json"])

        return run

    def test_all_are_run_whatever_becomes_of_each(self, suite):
        result = suite(one=failing, two=bad, three=good)
        assert result.exit_code == 1
        report = last_line(result)
        assert [(one["scenario"], one["ok"]) for one in report["scenarios"]] == [
            ("one", False),
            ("two", False),
            ("three", True),
        ]
        assert report["failures"] == [
            "one: SubtensorModule.add_stake failed: SubtensorModule.NotRegistered",
            "two: not so: all is well",
        ]

    def test_it_holds_if_all_of_them_do(self, suite):
        result = suite(one=good, two=good)
        assert result.exit_code == 0
        assert last_line(result)["ok"] is True

    def test_a_signal_is_no_success(self, suite):
        result = suite(one=impatient, two=good)
        assert result.exit_code == 1
        report = last_line(result)
        assert len(report["scenarios"]) == 1
        assert report["failures"] == ["stopped by a signal before the end"]
