"""Devnets of real nodes: the main job whole, and what is left behind when it is interrupted."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

DEVNET = [sys.executable, "-m", "node", "devnet"]
PATIENCE = 180


def children_of(directory):
    """Processes whose command line names the directory."""
    found = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True)
    return [line for line in found.stdout.splitlines() if str(directory) in line]


def pids_of(directory):
    """The nodes of a devnet that lives below the directory."""
    found = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True, check=True)
    return [int(line.split()[0]) for line in found.stdout.splitlines() if str(directory) in line]


def run(*flags, tmp_path):
    result = subprocess.run(
        [*DEVNET, "--exit", "--json", *flags],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert result.stdout, result.stderr
    return result.returncode, json.loads(result.stdout.splitlines()[-1])


def test_two_nodes_make_the_same_blocks_and_leave_nothing(tmp_path):
    status, report = run("--nodes", "2", tmp_path=tmp_path)
    assert report["failures"] == []
    assert status == 0
    assert report["state_roots_equal"]
    assert set(report["blocks_authored"]) == {"alice", "bob"}
    assert list(tmp_path.iterdir()) == []
    assert children_of(tmp_path) == []


def test_staking_on_four_nodes(tmp_path):
    status, report = run("--scenario", "staking", tmp_path=tmp_path)
    assert report["failures"] == []
    assert status == 0
    assert report["issuance_after"] - report["issuance_before"] == report["emission_expected"]
    assert report["restarted_node_caught_up"]
    assert report["epochs"] >= 3
    assert min(report["blocks_authored"].values()) > 0
    assert list(tmp_path.iterdir()) == []
    assert children_of(tmp_path) == []


@pytest.mark.parametrize("scenario", ["upgrade-crash", "upgrade-held-back"])
def test_upgrades_of_processes_that_are_killed_and_that_end_by_themselves(tmp_path, scenario):
    status, report = run("--scenario", scenario, tmp_path=tmp_path)
    assert report["failures"] == []
    assert status == 0
    assert len(report["versions"]) == 2
    assert list(tmp_path.iterdir()) == []
    assert children_of(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_all_and_leaves_nothing(tmp_path, number):
    devnet = subprocess.Popen(
        [*DEVNET, "--nodes", "2"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with devnet:
        try:
            assert any("Ctrl-C stops all nodes" in line for line in devnet.stdout)
            nodes = children_of(tmp_path)
        finally:
            devnet.send_signal(number)
        assert devnet.wait(PATIENCE) == 0
    assert len(nodes) == 2
    assert children_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for processes of others")
def test_nodes_end_with_a_devnet_that_is_killed(tmp_path):
    devnet = subprocess.Popen(
        [*DEVNET, "--nodes", "2"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with devnet:
        try:
            assert any("Ctrl-C stops all nodes" in line for line in devnet.stdout)
            nodes = pids_of(tmp_path)
        finally:
            devnet.kill()
    assert len(nodes) == 2
    wait_for_ends(nodes)
    (left,) = tmp_path.iterdir()  # nobody was there to remove it
    for log in left.glob("*/node.log"):
        assert "Stopped" in log.read_text()
    shutil.rmtree(left)


def wait_for_ends(pids):
    """Wait until processes that are not our children have ended."""
    with selectors.DefaultSelector() as selector:
        for pid in pids:
            try:
                selector.register(os.pidfd_open(pid), selectors.EVENT_READ)
            except ProcessLookupError:
                continue
        while selector.get_map():
            ended = selector.select(PATIENCE)
            assert ended, "a node goes on without its devnet"
            for key, _ in ended:
                selector.unregister(key.fd)
                os.close(key.fd)
