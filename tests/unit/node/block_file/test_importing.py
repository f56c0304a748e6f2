"""Blocks of a file on their way into a chain: the first that does not fit ends it, by name."""

from dataclasses import replace
from itertools import count

import pytest

from genesis.presets import preset
from node.block_file.importing import REPORT_SECONDS, CannotImport, Importing
from node.block_file.signed_block import SignedBlock
from node.client import Client
from node.known_blocks import KnownBlocks
from primitives.block import Block
from primitives.types import Hash
from storage.columns import Head
from storage.database import Database
from storage.memory import MemoryKv
from tests.support.forge import Forge, new_client, restored_database
from tests.support.node import standing_clock

WRONG = Hash(b"w" * 32)


def importing(client=None, *, slot=10, **parts):
    """An import into a fresh chain, by a clock that stands."""
    return Importing(client or new_client(), standing_clock(slot), print, **parts)


def signed(*blocks):
    return [SignedBlock(block, []) for block in blocks]


async def refusal(work, *blocks):
    with pytest.raises(CannotImport) as refused:
        await work.run(signed(*blocks))
    return refused.value.reason


def named(block):
    return f"block {block.header.number} (0x{block.header.hash().hex()}) is refused: "


async def test_blocks_come_in_to_the_same_state_roots_and_are_finalized():
    forge = Forge()
    blocks = await forge.chain(forge.genesis, range(5))
    work = importing()
    await work.run(signed(*blocks))
    assert (work.imported, work.skipped) == (5, 0)
    last = blocks[-1].header
    assert work.client.best() == Head(last.hash(), 5)
    assert work.client.header(last.hash()) == last
    assert work.client.state(last.hash()).get(b":code") is not None
    assert work.client.finalized().number == 4


async def test_what_is_known_is_skipped():
    """Given an import of some blocks, genesis among them. When it is begun again with more."""
    forge = Forge()
    blocks = await forge.chain(forge.genesis, range(5))
    whole = [Block(forge.genesis, []), *blocks]
    first = importing()
    await first.run(signed(*whole[:3]))
    again = importing(first.client)
    await again.run(signed(*whole))
    assert (again.imported, again.skipped) == (3, 3)
    assert again.client.best().number == 5


async def test_blocks_below_the_base_are_skipped():
    forge = Forge()
    blocks = await forge.chain(forge.genesis, range(5))
    client = Client(restored_database(forge.client, blocks[1].header.hash()))
    work = importing(client)
    await work.run(signed(*blocks))
    assert (work.imported, work.skipped) == (3, 2)
    rivals = await forge.chain(blocks[0].header, [7, 8])
    assert "it does not stand on the block 2 with which" in await refusal(work, *rivals)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"state_root": WRONG}, "Storage root must match"),
        ({"extrinsics_root": WRONG}, "its extrinsics are not those that the header names"),
    ],
)
async def test_a_block_that_lies_ends_the_import(fields, why):
    """Given three blocks, the second of which lies. Then the first is in the chain."""
    forge = Forge()
    first, second, third = await forge.chain(forge.genesis, range(3))
    lying = forge.lie(second, **fields)
    work = importing()
    assert why in await refusal(work, first, lying, third)
    assert work.client.best() == Head(first.header.hash(), 1)
    await work.run(signed(first, second, third))
    assert work.client.best().number == 3


async def test_a_seal_of_somebody_else_ends_the_import():
    forge = Forge()
    block = await forge.make(forge.genesis, 0)
    forged = Forge(author="Bob").seal(Block(block.header.split_seal()[0], block.extrinsics))
    reason = await refusal(importing(), forged)
    assert reason == named(forged) + "its header is wrong (bad_signature)"
    unsealed = Block(block.header.split_seal()[0], block.extrinsics)
    reason = await refusal(importing(), unsealed)
    assert reason == named(unsealed) + "its header is wrong (no_seal)"


async def test_a_block_without_its_parent_ends_the_import():
    forge = Forge()
    _, first, second = await forge.chain(forge.genesis, range(3))
    parent = f"its parent 0x{first.header.hash().hex()} is not here; import the blocks below it"
    assert await refusal(importing(), second) == named(second) + parent + " first"


async def test_a_block_of_a_displaced_fork_ends_the_import():
    forge = Forge()
    rival = await forge.make(forge.genesis, 5)
    above = await forge.make(rival.header, 6)
    blocks = await forge.chain(forge.genesis, range(3))
    work = importing()
    await work.run(signed(rival, *blocks))
    assert work.client.finalized().number == 2
    reason = await refusal(work, above)
    assert reason == named(above) + "it stands on a fork that finality has left"


async def test_another_chain_is_known_by_its_first_block():
    forge = Forge(preset("local"))
    other = Block(forge.genesis, [])
    work = importing()
    genesis = work.client.genesis_hash.hex()
    reason = await refusal(work, other)
    assert reason == named(other) + f"this chain begins with another block 0, 0x{genesis}"
    first = await forge.make(forge.genesis, 0)
    reason = await refusal(work, first)
    begins = f"the block 0 with which this chain begins, 0x{genesis}"
    assert reason == named(first) + f"it does not stand on {begins}"


async def test_a_block_ahead_of_the_clock_ends_the_import():
    forge = Forge()
    first = await forge.make(forge.genesis, 0)
    late = await forge.make(first.header, 50)
    work = importing()
    assert "lies ahead of this node's clock; " in await refusal(work, first, late)
    assert work.client.best().number == 1


async def test_a_block_that_the_spec_rules_out_ends_the_import():
    forge = Forge()
    blocks = await forge.chain(forge.genesis, range(2))
    spec = replace(preset("dev"), bad_blocks=(blocks[1].header.hash(),))
    work = importing(new_client(known_blocks=KnownBlocks.of(spec)))
    reason = await refusal(work, *blocks)
    assert reason == named(blocks[1]) + "the chain spec lists it under badBlocks"


async def test_a_longer_fork_becomes_the_best_chain():
    forge = Forge()
    ours = await forge.make(forge.genesis, 0)
    theirs = await forge.chain(forge.genesis, [1, 2])
    work = importing()
    await work.client.import_block(ours)
    await work.run(signed(*theirs))
    assert work.client.best().hash == theirs[1].header.hash()


async def test_states_are_pruned_on_the_way(monkeypatch):
    monkeypatch.setattr("node.block_file.importing.FINALITY_PERIOD", 2)
    forge = Forge()
    blocks = await forge.chain(forge.genesis, range(6))
    database = Database.open(MemoryKv(), pruning=2)
    database.commit_genesis(forge.genesis, state_of(forge.client, forge.genesis.hash()))
    work = importing(Client(database))
    kept = []

    def and_look():
        for block in signed(*blocks):
            kept.append(database.blocks.finalized.number)
            yield block

    await work.run(and_look())
    assert kept == [0, 0, 1, 1, 3, 3]
    states = [database.states.is_kept(block.header.hash()) for block in blocks]
    assert states == [False] * 3 + [True] * 3


def state_of(client, block):
    view = client.state(block)
    return {key: view.get(key) for key in view.keys(b"")}


async def test_it_says_now_and_then_how_far_it_is():
    """Given blocks that take a second each by the clock that it reads."""
    forge = Forge()
    blocks = await forge.chain(forge.genesis, range(8))
    seconds = count()
    said = []
    client = new_client()
    work = Importing(client, standing_clock(10), said.append, monotonic=lambda: next(seconds))
    await work.run(signed(*blocks))
    assert REPORT_SECONDS == 3
    assert said == ["Current best block: 3 (1.0 bps)", "Current best block: 6 (1.0 bps)"]
