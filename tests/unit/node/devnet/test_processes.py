"""Processes start together, are watched while they run, and never stay behind."""

import os

import pytest
import trio

from node.devnet import fleet
from node.devnet.errors import ConnectionLost, NodeDied, RpcError
from node.devnet.fleet import running
from tests.support.fake_devnet import fake_plans

pytestmark = pytest.mark.slow


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pids_of(devnet):
    return [node.running.pid for node in devnet.nodes]


def deaths_in(group):
    """The NodeDied errors of a group, which must hold nothing else."""
    died, others = group.split(NodeDied)
    assert others is None
    while isinstance(died, BaseExceptionGroup):
        (died,) = died.exceptions
    return died


async def test_nodes_are_reachable_and_gone_afterwards(tmp_path):
    async with running(fake_plans(tmp_path, "polite", "polite")) as devnet:
        assert devnet.names == ["alice", "bob"]
        assert (await devnet.access(1).best()).number == 7
        pids = pids_of(devnet)
        assert all(map(is_running, pids))
    assert not any(map(is_running, pids))


async def test_nodes_are_gone_when_the_body_raises(tmp_path):
    pids = []

    async def fail():
        async with running(fake_plans(tmp_path, "polite", "polite")) as devnet:
            pids.extend(pids_of(devnet))
            raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        await fail()
    assert len(pids) == 2
    assert not any(map(is_running, pids))


async def test_node_that_ignores_the_request_to_stop_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(fleet, "STOP_SECONDS", 0.2)
    async with running(fake_plans(tmp_path, "stubborn")) as devnet:
        pids = pids_of(devnet)
    assert not any(map(is_running, pids))


async def test_death_of_a_node_is_told_with_the_end_of_its_log(tmp_path):
    with pytest.raises(ExceptionGroup) as caught:
        async with running(fake_plans(tmp_path, "polite", "broken")):
            pytest.fail("a broken node is no reason to go on")
    reason = deaths_in(caught.value).reason
    assert reason.startswith("bob ended with status 3")
    assert "Error: the database is broken" in reason


async def test_unexpected_death_ends_the_devnet(tmp_path):
    async def lose_alice():
        async with running(fake_plans(tmp_path, "polite", "polite")) as devnet:
            devnet.nodes[0].running.kill()
            await trio.sleep_forever()

    with pytest.raises(ExceptionGroup) as caught:
        await lose_alice()
    assert deaths_in(caught.value).reason.startswith("alice ended by SIGKILL")


async def test_death_in_mid_call_lets_down_the_caller(tmp_path):
    async def ask(access, task_status):
        task_status.started()
        with pytest.raises(ConnectionLost):
            await access._client.call("hang")

    async with running(fake_plans(tmp_path, "polite")) as devnet, trio.open_nursery() as nursery:
        await nursery.start(ask, devnet.access(0))
        await devnet.access(0).best()
        await devnet.kill(0)


async def test_killed_node_is_down_until_it_is_restarted(tmp_path):
    async with running(fake_plans(tmp_path, "polite", "polite")) as devnet:
        first = devnet.nodes[1].running.pid
        await devnet.kill(1)
        assert not is_running(first)
        with pytest.raises(ConnectionLost, match="bob is down"):
            devnet.access(1)
        await devnet.restart(1)
        assert (await devnet.access(1).best()).number == 7
        assert devnet.nodes[1].running.pid != first


async def test_nodes_that_do_not_find_each_other_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(fleet, "START_SECONDS", 1)
    with pytest.raises(ExceptionGroup) as caught:
        async with running(fake_plans(tmp_path, "polite", "polite", peers=0)):
            pytest.fail("lonely nodes are no devnet")
    reason = deaths_in(caught.value).reason
    assert reason.startswith("no devnet within 1 seconds")
    assert reason.count("fake node says hello") == 2


async def test_client_tells_errors_apart_and_puts_long_answers_together(tmp_path):
    async with running(fake_plans(tmp_path, "polite")) as devnet:
        access = devnet.access(0)
        with pytest.raises(RpcError, match="1010: Invalid Transaction: outdated"):
            await access.submit(b"\0")
        assert len(await access._client.call("long")) == 300_000
        await access.wait_for(10)


async def test_a_node_that_may_end_by_itself_tells_why(tmp_path):
    plans = fake_plans(tmp_path, "polite", "polite")
    async with running(plans) as devnet:
        devnet.expect_end(1)
        with plans[1].log.open("a") as log:
            log.write("Error: the road ends here\nand some more\n")
        devnet.nodes[1].running.kill()
        await devnet.wait_for_end(1)
        assert devnet.last_words(1) == "the road ends here"
        assert devnet.last_words(0) == ""
        await devnet.restart(1)
        assert (await devnet.access(1).best()).number == 7


async def test_an_end_that_was_expected_of_one_run_is_not_of_the_next(tmp_path):
    async def lose_bob():
        async with running(fake_plans(tmp_path, "polite", "polite")) as devnet:
            devnet.expect_end(1)
            await devnet.stop(1)
            await devnet.restart(1)
            devnet.nodes[1].running.kill()
            await trio.sleep_forever()

    with pytest.raises(ExceptionGroup) as caught:
        await lose_bob()
    assert deaths_in(caught.value).reason.startswith("bob ended by SIGKILL")
