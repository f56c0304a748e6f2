"""A chain that stands still is noticed, and one that moves is left alone."""

import pytest
import trio

from node.devnet.errors import ConnectionLost, DevnetError
from node.devnet.heartbeat import STILL_SECONDS, watch_heartbeat
from primitives.block import Header
from primitives.types import BlockNumber, Hash

ZERO = Hash(bytes(32))


class Chains:
    """Nodes whose best blocks are functions of time; None means that a node is down."""

    def __init__(self, directory, *heights):
        self.heights = heights
        self.nodes = range(len(heights))
        self.plans = [type("Plan", (), {"log": directory / "node.log"})]

    def access(self, node):
        height = self.heights[node](trio.current_time())
        if height is None:
            raise ConnectionLost("down")
        return Chain(height)


class Chain:
    def __init__(self, height):
        self.height = height

    async def best(self):
        return Header(ZERO, BlockNumber(int(self.height)), ZERO, ZERO)


async def seconds_until_noticed(chains, speed):
    started = trio.current_time()
    with pytest.raises(DevnetError, match="stands still"):
        await watch_heartbeat(chains, speed)
    return trio.current_time() - started


async def test_a_standstill_is_noticed(tmp_path, autojump_clock):
    chains = Chains(tmp_path, lambda now: 7, lambda now: None)
    seconds = await seconds_until_noticed(chains, 48)
    assert STILL_SECONDS <= seconds <= STILL_SECONDS + 2


async def test_slow_chains_are_given_forty_slots(tmp_path, autojump_clock):
    assert 480 <= await seconds_until_noticed(Chains(tmp_path, lambda now: 7), 1) <= 482


async def test_one_node_that_moves_is_enough_until_it_stops(tmp_path, autojump_clock):
    chains = Chains(tmp_path, lambda now: 7, lambda now: min(now // 50, 20))
    seconds = await seconds_until_noticed(chains, 48)
    assert seconds > 10 * STILL_SECONDS


async def test_nodes_that_are_all_down_for_a_while_are_no_standstill(tmp_path, autojump_clock):
    chains = Chains(tmp_path, lambda now: None if now % 100 < 40 else 7)
    with trio.move_on_after(1000) as limit:
        await watch_heartbeat(chains, 48)
    assert limit.cancelled_caught
