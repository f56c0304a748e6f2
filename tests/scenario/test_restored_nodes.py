"""Whole nodes that began with a snapshot: they sync on, serve, author, finalize, prune, restart."""

from dataclasses import replace

import pytest
import trio

from node.config import StorageConfig
from node.snapshot.restore import restore
from primitives.types import BlockNumber
from runtime.version import SPEC_VERSION
from storage.errors import StateDiscarded
from tests.support.running import grow, height, running_node
from tests.support.snapshots import write_snapshot_of
from tests.support.upgrades import NEXT, Signer, member, spec_version, upgrade

PATIENCE = 60.0
"""No test waits for it; it only keeps a failure from hanging."""


@pytest.fixture
def patience():
    return lambda: trio.fail_after(PATIENCE)


@pytest.fixture
def begun(tmp_path):
    """Settings of a node that begins with a snapshot of a running one's block."""

    def begin(name, other, number, *, knows=(), pruning=0):
        snapshot = tmp_path / f"{name}.snap"
        storage = StorageConfig(tmp_path / name, pruning)
        settings = member(name, knows=knows, storage=storage)
        write_snapshot_of(other.node.client, block_hash(other, number), snapshot)
        restore(snapshot, settings.spec, storage.database, pruning)
        return at_time_of(settings, other)

    return begin


def at_time_of(settings, other):
    return replace(settings, clock=replace(settings.clock, origin=other.node.clock.now()))


def block_hash(running, number):
    return running.node.client.block_hash(BlockNumber(number))


def chain(running, first):
    """Hashes and state roots from a block on."""
    client = running.node.client
    hashes = [block_hash(running, number) for number in range(first, client.best().number + 1)]
    return [(block, client.header(block).state_root) for block in hashes]


def standing(running):
    """What the peers of a node have earned."""
    hub = running.node.network._service._hub
    now = trio.current_time()
    return {peer: hub.network.peers.reputation.points(peer, now) for peer in hub.links}


async def upgraded(alice):
    """A chain of seven blocks, the third of which has the next code."""
    await grow(alice, 2)
    updated = await upgrade(alice, Signer(alice))
    assert updated.number == 3
    return await grow(alice, 7)


@pytest.mark.parametrize("number", [2, 3, 4, 6, 7])
async def test_it_syncs_on_from_there(patience, begun, number):
    """Given snapshots before, at and behind an upgrade. Then both nodes have one chain from there
    on, and of what is below the new one has nothing."""
    with patience():
        async with running_node(member("Alice")) as alice:
            best = await upgraded(alice)
            settings = begun("Restored", alice, number, knows=[alice])
            async with running_node(settings) as restored:
                assert await height(restored, 7) == best
                assert chain(restored, number) == chain(alice, number)
                below = [block_hash(restored, height) for height in range(number)]
                genesis = alice.node.client.genesis_hash
                assert below == [genesis, *[None] * (number - 1)]
                versions = [spec_version(restored, block) for block, _ in chain(restored, number)]
                assert versions == [SPEC_VERSION if n < 3 else NEXT for n in range(number, 8)]
                last = await grow(alice, 9, restored)
                assert await height(restored, 9) == last
                while restored.node.client.finalized().number < 8:
                    final = restored.node.client.finalized()
                    await restored.node.client.next_change(last.hash, final.hash)
                assert min([*standing(alice).values(), *standing(restored).values()]) >= 0


async def test_it_serves_what_it_has(patience, begun):
    """Given a node from block 2 on. Then nodes that began with blocks 2 and 5 sync from it alone;
    one that begins with genesis hears from it of a peer that has the rest, and blames nobody."""
    with patience():
        async with running_node(member("Alice")) as alice:
            best = await upgraded(alice)
            async with running_node(begun("First", alice, 2, knows=[alice])) as first:
                await height(first, 7)
                async with (
                    running_node(begun("Second", alice, 2, knows=[first])) as second,
                    running_node(begun("Third", first, 5, knows=[first])) as third,
                    running_node(at_time_of(member("Fresh", knows=[first]), alice)) as fresh,
                ):
                    assert await height(second, 7) == best
                    assert await height(third, 7) == best
                    assert await height(fresh, 7) == best
                    assert chain(fresh, 0) == chain(alice, 0)
                    assert chain(second, 2) == chain(first, 2) == chain(alice, 2)
                    assert chain(third, 5) == chain(alice, 5)
                    for node in (alice, first, second, third, fresh):
                        assert min(standing(node).values()) >= 0
                    assert first.node.network.peer_id in standing(fresh)


async def test_it_authors_and_goes_on_after_a_restart(patience, begun):
    """Given the only authority, with nothing but a snapshot. Then its chain grows as before."""
    with patience():
        async with running_node(member("Alice")) as whole:
            await upgraded(whole)
            settings = begun("Alice", whole, 5)
        async with running_node(settings) as alice:
            best = await grow(alice, 7)
            now = alice.node.clock.now()
        settings = replace(settings, clock=replace(settings.clock, origin=now))
        async with running_node(settings) as alice:
            client = alice.node.client
            assert (client.best(), client.finalized().number) == (best, 6)
            assert client.base == (block_hash(alice, 5), 5)
            await grow(alice, 8)
            late = begun("Late", alice, 7, knows=[alice])
            async with running_node(late) as follower:
                assert await height(follower, 8) == client.best()


async def test_it_prunes(patience, begun):
    """Given a node that keeps two finalized states. Then that of the snapshot goes in its turn."""
    with patience():
        async with running_node(member("Alice")) as alice:
            await upgraded(alice)
            settings = begun("Pruned", alice, 4, knows=[alice], pruning=2)
            async with running_node(settings) as pruned:
                client = pruned.node.client
                best = await height(pruned, 7)
                while client.finalized().number < 6:
                    await client.next_change(best.hash, client.finalized().hash)
                for number in (5, 6, 7):
                    assert spec_version(pruned, block_hash(pruned, number)) == NEXT
                with pytest.raises(StateDiscarded):
                    client.state(block_hash(pruned, 4))
