"""The pool while the best chain changes its mind."""

import pytest

from genesis.dev_keys import dev_key
from node.txpool.refusal import ExtrinsicRefused, RefusalCode
from node.txpool.status import InBlock, Place, Retracted
from primitives.transaction_validity import TransactionSource
from tests.support.forge import Forge
from tests.support.node import core_node


async def test_retracted_extrinsics_return_to_the_pool():
    """Given a transfer in block A1. When B2 on B1 takes over without it. Then it is ready again."""
    forge = Forge()
    transfer = forge.transfer(0)
    a1 = await forge.make(forge.genesis, 0, transfer)
    b1 = await forge.make(forge.genesis, 1)
    b2 = await forge.make(b1.header, 2)
    b3 = await forge.make(b2.header, 3, transfer)
    async with core_node(slot=3) as node:
        extrinsic, statuses = await node.pool.watch(transfer)
        assert await statuses.receive() == Place.READY

        await node.receive_blocks(a1)
        assert await statuses.receive() == InBlock(a1.header.hash())
        assert node.pool.pending() == []

        await node.receive_blocks(b1, b2)
        assert await statuses.receive() == Retracted(a1.header.hash())
        assert await statuses.receive() == Place.READY
        assert node.pool.pending() == [transfer]
        assert node.client.best().hash == b2.header.hash()

        await node.receive_blocks(b3)
        assert await statuses.receive() == InBlock(b3.header.hash())
        assert node.pool.get(extrinsic) is None


async def test_an_extrinsic_that_both_branches_hold_stays_out_of_the_pool():
    forge = Forge()
    transfer = forge.transfer(0)
    a1 = await forge.make(forge.genesis, 0, transfer)
    b1 = await forge.make(forge.genesis, 1, transfer)
    b2 = await forge.make(b1.header, 2)
    async with core_node(slot=2) as node:
        _, statuses = await node.pool.watch(transfer)
        await node.receive_blocks(a1, b1, b2)
        told = [await statuses.receive() for _ in range(2)]
        assert told[0] == Place.READY
        while told[-1] != InBlock(b1.header.hash()):
            told.append(await statuses.receive())
        assert node.pool.pending() == []


async def test_a_stranger_in_a_block_lets_the_next_nonce_in():
    """Given nonce 1 in the future queue. When a block brings nonce 0 unseen. Then 1 is ready."""
    forge = Forge()
    first, second = forge.transfer(0), forge.transfer(1)
    block = await forge.make(forge.genesis, 0, first)
    async with core_node() as node:
        _, statuses = await node.pool.watch(second)
        assert await statuses.receive() == Place.FUTURE
        await node.receive_blocks(block)
        assert await statuses.receive() == Place.READY


async def test_a_used_nonce_is_refused_and_a_taken_one_needs_a_higher_tip():
    forge = Forge()
    block = await forge.make(forge.genesis, 0, forge.transfer(0))
    async with core_node() as node:
        await node.receive_blocks(block)
        await node.reaches(block)
        with pytest.raises(ExtrinsicRefused) as stale:
            await node.pool.submit(forge.transfer(0, amount=5), TransactionSource.EXTERNAL)
        assert stale.value.refusal.data == "Transaction is outdated"

        await node.pool.submit(forge.transfer(1), TransactionSource.EXTERNAL)
        with pytest.raises(ExtrinsicRefused) as cheap:
            await node.pool.submit(forge.transfer(1, amount=5), TransactionSource.EXTERNAL)
        assert cheap.value.refusal.code is RefusalCode.TOO_LOW_PRIORITY
        assert node.pool.next_index(dev_key("Bob").account) == 2
