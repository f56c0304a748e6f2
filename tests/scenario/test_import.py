"""Blocks from peers on their way into the chain: honest, lying, early, doubled, orphaned."""

import logging

import pytest

from consensus.messages import PeerGone
from genesis.dev_keys import dev_key
from node.executor.errors import UnknownCode
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from p2p.interface import BlockForgotten, BlockImported, BlockRefused, FetchBlock, ReportPeer
from p2p.wire.reason import Reason
from primitives.types import Hash
from tests.support.forge import Forge, new_client
from tests.support.node import core_node
from tests.support.upgrade_forks import forked_by_an_upgrade

WRONG = Hash(b"w" * 32)


async def test_a_chain_of_blocks_is_executed_to_the_same_state_roots():
    """Given three blocks. When they arrive at once. Then each is stored, with its author's root."""
    forge = Forge()
    blocks = await forge.chain(forge.genesis, [0, 1, 2])
    async with core_node(slot=2) as node:
        await node.receive_blocks(*blocks)
        await node.reaches(blocks[-1])
        assert [node.client.header(b.header.hash()) for b in blocks] == [b.header for b in blocks]
        assert node.network.commands == [BlockImported(b.header.hash()) for b in blocks]


async def test_a_block_that_lies_about_its_state_root_is_refused(caplog):
    """Given a well sealed block with a wrong root. Then it is refused, once, and its child too."""
    forge = Forge()
    honest = await forge.make(forge.genesis, 0)
    lying = forge.lie(honest, state_root=WRONG)
    async with core_node() as node:
        await node.receive_blocks(lying)
        await node.network.until(BlockRefused(lying.header.hash()))
        assert node.client.best().number == 0
        assert "Storage root must match that calculated." in caplog.text

        await node.receive_blocks(honest)
        await node.reaches(honest)


async def test_a_block_of_another_author_is_refused():
    forge = Forge()
    stranger = Forge(author="Bob")
    block = await stranger.make(forge.genesis, 0)
    async with core_node() as node:
        await node.receive_blocks(block)
        await node.network.until(BlockRefused(block.header.hash()))
        assert node.client.best().number == 0


async def test_a_body_of_another_block_is_refused_and_the_block_stays_welcome():
    forge = Forge()
    block = await forge.make(forge.genesis, 0)
    wrong = type(block)(block.header, [*block.extrinsics, forge.transfer(0)])
    async with core_node() as node:
        await node.receive_blocks(wrong)
        await node.network.until(BlockRefused(block.header.hash()))
        await node.receive_blocks(block)
        await node.reaches(block)


async def test_a_block_of_a_later_slot_waits_until_its_time():
    """Given a block three slots ahead. When time reaches the slot before. Then it is imported."""
    forge = Forge()
    block = await forge.make(forge.genesis, 3)
    async with core_node() as node:
        await node.receive_blocks(block)
        node.advance()
        honest = await forge.make(forge.genesis, 0)
        await node.receive_blocks(honest)
        await node.reaches(honest)
        assert node.client.header(block.header.hash()) is None

        node.advance()
        await node.network.until(BlockImported(block.header.hash()))


async def test_a_block_from_the_far_future_is_not_kept():
    forge = Forge()
    block = await forge.make(forge.genesis, 100)
    async with core_node() as node:
        await node.receive_blocks(block)
        await node.network.until(ReportPeer("P", Reason.UNAVAILABLE))
        assert node.network.commands[0] == BlockForgotten(block.header.hash())


async def test_an_orphan_asks_for_its_parent():
    forge = Forge()
    first, second = await forge.chain(forge.genesis, [0, 1])
    async with core_node(slot=1) as node:
        await node.receive_blocks(second)
        await node.network.until(FetchBlock(1, first.header.hash(), "P"))
        await node.receive_blocks(first)
        await node.reaches(second)


async def test_an_equivocating_author_is_reported_once(caplog):
    """Given two blocks of one author in one slot. Then both are imported, and a line says so."""
    caplog.set_level(logging.INFO)
    forge = Forge()
    first = await forge.make(forge.genesis, 0)
    second = await forge.make(forge.genesis, 0, forge.transfer(0))
    third = await forge.make(forge.genesis, 0, forge.transfer(0, amount=7))
    async with core_node() as node:
        await node.receive_blocks(first, second, third)
        await node.network.until(BlockImported(third.header.hash()))
        assert node.client.best().hash == first.header.hash()
    lines = [r.getMessage() for r in caplog.records if "equivocating" in r.getMessage()]
    assert len(lines) == 1
    assert f"second=0x{second.header.hash().hex()}" in lines[0]


async def test_when_a_peer_goes_its_future_block_may_be_fetched_again():
    forge = Forge()
    block = await forge.make(forge.genesis, 5)
    async with core_node() as node:
        await node.receive_blocks(block)
        await node.inbox.send(PeerGone("P"))
        await node.network.until(BlockForgotten(block.header.hash()))


def careful_client():
    """A client that runs no code but its own."""
    return new_client(runtimes=Runtimes(OnchainCode.REFUSE))


def is_about(block):
    """Whether an exception ends a node after a block."""
    words = f"cannot go on after block #{block.header.number} (0x{block.header.hash().hex()})"
    return lambda error: words in str(error)


async def test_a_shorter_fork_with_code_for_others_is_left_alone():
    """Given a node whose best chain is a1 a2. When b2 comes on b1, whose code it must not run.
    Then it forgets b2, blames nobody, and goes on to a3."""
    forge, a1, b1, b2 = await forked_by_an_upgrade()
    a2 = await forge.make(a1.header, 3)
    a3 = await forge.make(a2.header, 4)
    async with core_node(slot=10, client=careful_client()) as node:
        await node.receive_blocks(a1, a2, b1, b2)
        await node.network.until(BlockForgotten(b2.header.hash()))
        await node.receive_blocks(a3)
        await node.network.until(BlockImported(a3.header.hash()))
        assert node.network.commands == [
            *(BlockImported(block.header.hash()) for block in (a1, a2, b1)),
            BlockForgotten(b2.header.hash()),
            BlockImported(a3.header.hash()),
        ]


async def test_a_fork_with_code_for_others_ends_the_node_once_it_is_the_longer_one():
    """Given the node that has forgotten b2. When b3 comes, and b2 again as it asks for it."""
    forge, a1, b1, b2 = await forked_by_an_upgrade()
    a2 = await forge.make(a1.header, 3)
    b3 = await forge.make(b2.header, 5)
    client = careful_client()
    with pytest.RaisesGroup(pytest.RaisesExc(UnknownCode, check=is_about(b1))):
        async with core_node(slot=10, client=client) as node:
            await node.receive_blocks(a1, a2, b1, b2)
            await node.network.until(BlockForgotten(b2.header.hash()))
            await node.receive_blocks(b3)
            await node.network.until(FetchBlock(2, b2.header.hash(), "P"))
            await node.receive_blocks(b2)
            await node.reaches(b3)
    assert client.best().hash == a2.header.hash()


async def test_no_stranger_ends_a_node_beside_a_fork_with_code_for_others():
    """Given a best chain a1 and b1 beside it. When blocks on b1 come that no author has sealed.
    Then none of them ends the node, be it the next or one on it."""
    forge, a1, b1, b2 = await forked_by_an_upgrade()
    a2 = await forge.make(a1.header, 3)
    b3 = await forge.make(b2.header, 5)
    stranger = dev_key("Bob")
    unsealed = [type(block)(block.header.split_seal()[0], block.extrinsics) for block in (b2, b3)]
    false_b2, false_b3 = (forge.seal(block, stranger) for block in unsealed)
    async with core_node(slot=10, client=careful_client()) as node:
        await node.receive_blocks(a1, b1, false_b2)
        await node.network.until(BlockForgotten(false_b2.header.hash()))
        await node.receive_blocks(a2, false_b3, b2)
        await node.network.until(BlockForgotten(b2.header.hash()))
        await node.network.until(BlockForgotten(false_b3.header.hash()))
        assert node.client.best().hash == a2.header.hash()
