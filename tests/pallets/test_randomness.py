"""RandomnessCollectiveFlip: the ring of parent hashes."""

import pytest

from primitives.types import BlockNumber, Hash
from runtime.framework.weights import Weight
from tests.support.governed import governed


def parent_of(block):
    return Hash(block.to_bytes(32, "little"))


def run(world, blocks):
    for block in blocks:
        world.system.parent_hash.put(parent_of(block))
        assert world.randomness.on_initialize(BlockNumber(block)) == Weight(125_000_000, 0)


@pytest.fixture
def world():
    with governed() as made:
        yield made


def test_ring_fills_in_order(world):
    run(world, range(1, 82))
    assert world.randomness.random_material.get() == [parent_of(n) for n in range(1, 82)]


def test_full_ring_replaces_its_oldest_hash(world):
    run(world, range(1, 84))
    expected = [parent_of(n) for n in (82, 83, *range(3, 82))]
    assert world.randomness.random_material.get() == expected
