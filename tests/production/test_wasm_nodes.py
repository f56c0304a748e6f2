"""Whole nodes on production code: they author, gossip and sync, and move on to our own runtime."""

import pytest
import trio

from genesis.spec import CODE_KEY, load_spec
from primitives.hashing import blake2_256
from tests.support.running import advance, config, height, running_node
from tests.support.specs import CODE_185, genesis_state, spec_files
from tests.support.upgrades import (
    NEXT,
    UPGRADES,
    Signer,
    as_root,
    next_code,
    spec_version,
    submit,
    system,
    value,
)

PATIENCE = 60.0
"""Compiling takes seconds, and no test waits for it otherwise."""


@pytest.fixture
def spec():
    path = next(
        path for path in spec_files() if blake2_256(genesis_state(path)[CODE_KEY]).hex() == CODE_185
    )
    return load_spec(path)


def roots(running):
    client = running.node.client
    numbers = range(client.best().number + 1)
    return [client.header(client.block_hash(number)).state_root for number in numbers]


async def grow_together(nodes, number):
    """The chain has two authors, who take turns: each must have the block of the other."""
    for target in range(nodes[0].node.client.best().number + 1, number + 1):
        advance(*nodes)
        best = [await height(running, target) for running in nodes]
        assert best[0] == best[1]
    return nodes[0].node.client.best()


async def test_two_nodes_agree_on_every_root_and_upgrade_to_our_own_runtime(spec):
    """Given the spec of version 185. When root sets our next version. Then both nodes run it."""
    with trio.fail_after(PATIENCE):
        async with (
            running_node(config("Alice", author=True, spec=spec)) as alice,
            running_node(config("Bob", author=True, knows=[alice], spec=spec)) as bob,
        ):
            nodes = [alice, bob]
            before = await grow_together(nodes, 4)
            upgrade = Signer(alice).sign(as_root(system("set_code", code=next_code())))
            for running in nodes:
                await submit(running, upgrade)
            updated = await grow_together(nodes, 5)
            after = await grow_together(nodes, 8)
            for running in nodes:
                versions = [spec_version(running, at.hash) for at in (before, updated, after)]
                assert versions == [185, NEXT, NEXT]
                assert value(running, after.hash, UPGRADES) == b"\1"
            assert roots(alice) == roots(bob)
