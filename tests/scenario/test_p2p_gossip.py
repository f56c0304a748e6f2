"""Gossip over a simulated network: everything reaches all, and few hear it twice."""

import pytest

from p2p.wire import limits
from p2p.wire.messages import GetTx
from primitives.hashing import blake2_256
from runtime.runtime import Runtime
from tests.support.host import MemoryHost
from tests.support.simnet import SimNet

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
def test_extrinsics_reach_every_node_once(seed):
    """Given twelve nodes, each joined to four others, when each submits extrinsics,
    then every node is given every extrinsic of the others exactly once."""
    net = SimNet(seed)
    names = [f"N{number:02}" for number in range(12)]
    nodes = [
        net.add(name, knows=tuple(names[(at + step) % 12] for step in (1, 5)))
        for at, name in enumerate(names)
    ]
    net.run(10)
    sent = []
    for at, node in enumerate(nodes):
        sent.append(b"extrinsic %d" % at)
        node.submit(sent[-1])
    net.run_until(lambda: all(len(node.chain.pool) == 12 for node in nodes), within=30)
    for at, node in enumerate(nodes):
        assert sorted(node.received) == sorted(sent[:at] + sent[at + 1 :])
        assert not node.faults


@pytest.mark.parametrize("seed", SEEDS)
def test_extrinsic_too_long_to_push_is_fetched(seed):
    """Given an extrinsic of the size of a runtime upgrade, when it is submitted,
    then it is announced by hash and each node fetches it."""
    net = SimNet(seed)
    nodes = [net.add(f"N{i}", knows=(f"N{i - 1}",) if i else ()) for i in range(4)]
    net.run(10)
    upgrade = bytes(limits.EXTRINSIC_MAX // 4)
    nodes[0].submit(upgrade)
    net.run_until(lambda: blake2_256(upgrade) in nodes[3].chain.pool, within=60)
    assert not any(node.faults for node in nodes)


@pytest.mark.parametrize("seed", SEEDS[:1])
def test_extrinsic_at_the_limit_travels_and_one_beyond_it_harms_nobody(seed):
    """Given the longest extrinsic and a longer one, when both are submitted, then the first is
    everywhere, the second stays where it is, and nobody is blamed, not even when asked for it."""
    net = SimNet(seed)
    nodes = [net.add(f"N{i}", knows=(f"N{i - 1}",) if i else ()) for i in range(4)]
    net.run(10)
    longest, too_long = bytes(limits.EXTRINSIC_MAX), bytes(limits.EXTRINSIC_MAX + 1)
    nodes[0].submit(too_long)
    nodes[0].submit(longest)
    net.run_until(lambda: blake2_256(longest) in nodes[3].chain.pool, within=60)
    link = nodes[1].links[nodes[0].peer]
    link.sessions[nodes[1].peer].ask(GetTx((blake2_256(too_long),)), net.now)
    net.flush(link, nodes[1].peer)
    net.run(30)
    pools = [blake2_256(too_long) in node.chain.pool for node in nodes]
    assert pools == [True, False, False, False]
    assert not any(node.faults for node in nodes)
    assert all(node.links for node in nodes)


def test_the_limit_is_the_longest_block_of_the_runtime():
    """Whatever a block has room for can get to whoever authors it."""
    longest = Runtime(MemoryHost()).system.block_length.max
    assert max(longest.normal, longest.operational) <= limits.EXTRINSIC_MAX


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_extrinsics_go_to_the_square_root_only(seed):
    """Given a star of sixteen, when the centre submits, then four get it whole, and all get it."""
    net = SimNet(seed)
    centre = net.add("N")
    leaves = [net.add(f"N{i:02}", knows=("N",)) for i in range(16)]
    net.run(10)
    pushed = count_pushes(centre)
    centre.submit(b"extrinsic")
    net.run_until(lambda: all(leaf.chain.pool for leaf in leaves), within=30)
    assert pushed == ["Tx"] * 4 + ["TxInv"] * 12


def count_pushes(node):
    told = []
    for link in node.links.values():
        session = link.sessions[node.peer]

        def tell(message, tell=session.tell):
            told.append(type(message).__name__)
            tell(message)

        session.tell = tell
    return told
