"""Sync over a simulated network: late nodes, forks, partitions, peers that fail or lie."""

import pytest

from p2p.wire.messages import BlockData, GetBlocks
from tests.support.p2p_chain import FakeChain
from tests.support.simnet import SimNet, SimNode

SEEDS = range(5)


def mesh(net: SimNet, size: int) -> list[SimNode]:
    names = [f"N{number}" for number in range(size)]
    return [net.add(name, knows=tuple(names[:at])) for at, name in enumerate(names)]


def agree(nodes: list[SimNode]) -> bool:
    return len({node.chain.best.hash() for node in nodes}) == 1


def no_faults(nodes: list[SimNode]) -> bool:
    return not any(node.faults for node in nodes)


@pytest.mark.parametrize("seed", SEEDS)
def test_late_node_catches_up_from_several_peers(seed):
    """Given three nodes with 1,000 blocks, when a fourth comes with none,
    then it has them all soon, in order, and nobody was blamed."""
    net = SimNet(seed)
    nodes = mesh(net, 3)
    blocks = FakeChain().extend(1000)
    for node in nodes:
        for block in blocks:
            node.chain.add(block)
    late = net.add("N9", knows=("N0", "N1", "N2"))
    net.run_until(lambda: agree([*nodes, late]), within=60)
    assert no_faults([*nodes, late])
    assert late.network.sync.target is None


@pytest.mark.parametrize("seed", SEEDS)
def test_blocks_reach_every_node_of_a_line(seed):
    """Given nodes in a line, when the first makes blocks, then the last has them."""
    net = SimNet(seed)
    nodes = [net.add(f"N{i}", knows=(f"N{i - 1}",) if i else ()) for i in range(6)]
    net.run(5)
    for _ in range(5):
        nodes[0].author()
        net.run(3)
    net.run_until(lambda: agree(nodes), within=20)
    assert nodes[-1].chain.best.number == 5
    assert no_faults(nodes)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("lengths", [(1, 2), (30, 31), (300, 140)])
def test_partition_heals_to_the_longer_chain(seed, lengths):
    """Given two halves that were apart and built on, when the network heals,
    then all follow the longer chain."""
    net = SimNet(seed)
    nodes = mesh(net, 4)
    net.run(5)
    nodes[0].author(10, "common")
    net.run_until(lambda: agree(nodes), within=30)
    net.partition(set(nodes[:2]), set(nodes[2:]))
    nodes[0].author(lengths[0], "left")
    nodes[2].author(lengths[1], "right")
    net.run(30)
    assert not agree(nodes)
    net.heal()
    net.run_until(lambda: agree(nodes), within=120)
    assert nodes[0].chain.best.number == 10 + max(lengths)
    assert no_faults(nodes)


@pytest.mark.parametrize("seed", SEEDS)
def test_sync_survives_links_that_break(seed):
    """Given links that break at one delivery in fifty, when a node syncs, then it gets there."""
    net = SimNet(seed)
    nodes = mesh(net, 4)
    for block in FakeChain().extend(600):
        for node in nodes[:3]:
            node.chain.add(block)
    net.cut_chance = 0.02
    net.run_until(lambda: agree(nodes), within=1200)


@pytest.mark.parametrize("seed", SEEDS)
def test_silent_peer_is_passed_over(seed):
    """Given a peer that claims the longest chain and answers no query,
    when a node syncs, then another peer serves it, and the silent one pays."""
    net = SimNet(seed)
    honest, silent = net.add("N1"), net.add("N2")
    for block in FakeChain().extend(300):
        honest.chain.add(block)
        silent.chain.add(block)
    silent.chain.extend(5)
    silent.is_mute = True
    late = net.add("N0", knows=("N1", "N2"))
    net.run_until(lambda: late.chain.best == honest.chain.best, within=120)
    net.run_until(lambda: late.peers.reputation.points("N2", net.now) < 0, within=60)
    assert late.peers.reputation.points("N1", net.now) > 0


def shuffled(blocks: list[BlockData]) -> list[BlockData]:
    return blocks[::-1]


def unlinked(blocks: list[BlockData]) -> list[BlockData]:
    return [block for at, block in enumerate(blocks) if at != 1]


def foreign(blocks: list[BlockData]) -> list[BlockData]:
    return FakeChain().extend(len(blocks) + 1, "foreign")[1:]


def garbage(blocks: list[BlockData]) -> list[BlockData]:
    return [BlockData(b"garbage", block.body) for block in blocks]


def nothing(_: list[BlockData]) -> list[BlockData]:
    return []


@pytest.mark.parametrize("lie", [shuffled, unlinked, foreign, garbage, nothing])
@pytest.mark.parametrize("seed", SEEDS)
def test_lying_peer_is_banned_and_the_sync_goes_on(seed, lie):
    """Given a peer that promises more and answers wrong, when a node syncs,
    then no wrong block reaches it and the liar is banned in the end."""
    net = SimNet(seed)
    honest, liar = net.add("N1"), net.add("N2")
    for block in FakeChain().extend(300):
        honest.chain.add(block)
        liar.chain.add(block)
    liar.chain.extend(9, "promise")
    truth = liar.chain.read_blocks

    def lies(query: GetBlocks) -> list[BlockData]:
        return lie(truth(query)) if query.count > 1 or lie in (nothing, garbage) else truth(query)

    liar.chain.read_blocks = lies
    late = net.add("N0", knows=("N1", "N2"))
    net.run_until(lambda: late.chain.best == honest.chain.best, within=120)
    net.run_until(lambda: late.peers.reputation.is_banned("N2", net.now), within=600)
    assert not late.peers.reputation.is_banned("N1", net.now)


def test_peer_that_delivers_an_invalid_block_is_banned():
    """Given a peer whose block 150 is invalid, when a node syncs from it and an honest shorter one,
    then the node bans the first and ends on the honest chain."""
    net = SimNet(1)
    honest, evil = net.add("N1"), net.add("N2")
    for block in FakeChain().extend(149):
        honest.chain.add(block)
        evil.chain.add(block)
    honest.author(30, "good")
    evil.author(100, "bad")
    late = net.add("N0", knows=("N1", "N2"))
    bad = {block.header for block in evil.chain.read_blocks(GetBlocks(150, 100))}
    late.refuses = lambda block: block.header in bad
    net.run_until(lambda: late.chain.best == honest.chain.best, within=120)
    net.run_until(lambda: late.peers.reputation.is_banned("N2", net.now), within=120)
    assert late.chain.best == honest.chain.best
    assert "N2" not in late.links


def test_chain_that_parts_below_the_finalized_block_is_not_followed():
    """Given a peer on a longer fork below our finalized block, when it joins,
    then we ask a few headers and leave it at that."""
    net = SimNet(1)
    ours, theirs = net.add("N0", knows=("N1",)), net.add("N1")
    for block in FakeChain().extend(5):
        ours.chain.add(block)
        theirs.chain.add(block)
    ours.chain.extend(40, "ours")
    ours.chain.finalized = ours.chain.best
    theirs.chain.extend(60, "theirs")
    net.run(60)
    assert ours.chain.best.number == 45
    assert ours.network.sync.target is None
    assert ours.peers.reputation.points("N1", net.now) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_node_without_old_blocks_serves_who_is_far_enough_and_blames_nobody(seed):
    """Given a node that began with block 400 of 600, and one from genesis that knows only it.
    When a node with all blocks comes, and another that began with block 500.
    Then the first could not be helped and then is, and nobody pays for what is not there."""
    net = SimNet(seed)
    blocks = FakeChain()
    blocks.extend(600)
    begun = net.add("N1")
    begun.chain.restore(blocks, 400)
    for block in blocks.read_blocks(GetBlocks(401, 200)):
        begun.chain.add(block)
    fresh = net.add("N0", knows=("N1",))
    net.run(60)
    assert fresh.chain.best.number == 0
    late = net.add("N2", knows=("N1",))
    late.chain.restore(blocks, 500)
    net.run_until(lambda: agree([begun, late]), within=60)
    whole = net.add("N3", knows=("N0", "N1", "N2"))
    for block in blocks.read_blocks(GetBlocks(1, 600)):
        whole.chain.add(block)
    nodes = [begun, fresh, late, whole]
    net.run_until(lambda: agree(nodes), within=120)
    whole.author(3, "more")
    net.run_until(lambda: agree(nodes) and fresh.chain.best.number == 603, within=60)
    assert no_faults(nodes)
    for node in nodes:
        points = [node.peers.reputation.points(other.peer, net.now) for other in nodes]
        assert min(points) >= 0


def test_one_seed_is_one_run():
    def trace(seed: int) -> list[tuple[float, int]]:
        net = SimNet(seed)
        nodes = mesh(net, 4)
        steps = []
        for _ in range(20):
            nodes[0].author()
            net.run(1.5)
            steps.append((net.now, nodes[3].chain.best.number))
        return steps

    assert trace(7) == trace(7)
