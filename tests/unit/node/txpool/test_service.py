"""The pool's driver on a real chain: what it makes of gossip, and of blocks that come and go."""

import pytest
import trio

from node.executor.errors import MethodNotFound
from node.runtime_apis import VALIDATE
from node.txpool import pool
from node.txpool.service import GossipVerdict
from primitives.extrinsic import BareExtrinsic
from primitives.hashing import blake2_256
from primitives.transaction_validity import TransactionSource
from runtime.framework.calls import CALL_CODEC
from storage.errors import StateDiscarded
from tests.support.forge import Forge
from tests.support.node import core_node
from tests.support.upgrades import NEXT, as_root, next_code, system

PEER, OTHER = "P", "O"


async def test_an_extrinsic_for_another_version_says_nothing_of_its_sender():
    forge = Forge()
    early, now = (
        forge.sign(system("remark", remark=b""), sender="Bob", **version)
        for version in ({"spec_version": NEXT}, {})
    )
    async with core_node() as node:
        node.pool.gossip.put((PEER, early))
        node.pool.gossip.put((OTHER, now))
        assert await node.pool.verdicts.take(5) == [(OTHER, GossipVerdict.USEFUL)]


async def test_what_the_runtime_cannot_read_is_told():
    async with core_node() as node:
        node.pool.gossip.put((PEER, b"\x10oops"))
        assert await node.pool.verdicts.take(5) == [(PEER, GossipVerdict.UNREADABLE)]


async def test_an_extrinsic_is_validated_at_the_next_best_block_when_the_state_goes(monkeypatch):
    async with core_node() as node:
        call_each, asked = node.client.call_each, []

        def forgetful(block, method, each):
            asked.append(len(each))
            return [] if len(asked) == 1 else call_each(block, method, each)

        monkeypatch.setattr(node.client, "call_each", forgetful)
        extrinsic = Forge().transfer(0)
        await node.pool.submit(extrinsic, TransactionSource.EXTERNAL)
        assert (asked, node.pool.pending()) == ([1, 1], [extrinsic])


@pytest.mark.parametrize("failure", [StateDiscarded, MethodNotFound])
async def test_a_block_comes_in_though_nothing_can_be_validated(monkeypatch, failure):
    """Given a pooled extrinsic. When nothing is validated any more. Then the pool goes on."""
    forge = Forge()
    block = await forge.make(forge.genesis, 0, forge.transfer(0, sender="Dave"))
    async with core_node() as node:
        await node.pool.submit(forge.transfer(0), TransactionSource.EXTERNAL)
        ask = node.client._ask

        def ask_other_things(block, method, args):
            if method == VALIDATE:
                raise failure("none")
            return ask(block, method, args)

        monkeypatch.setattr(node.client, "_ask", ask_other_things)
        await node.receive_blocks(block)
        await node.reaches(block)
        while node.pool.ready_count:
            await trio.lowlevel.checkpoint()
        with pytest.raises(failure):
            await node.pool.submit(forge.transfer(1), TransactionSource.EXTERNAL)


async def test_authorized_code_handed_in_unsigned_returns_after_a_reorganisation():
    """Given it in a block. When another branch wins. Then it waits again, without the inherent."""
    forge = Forge()
    code_hash = blake2_256(next_code())
    authorize = forge.sign(as_root(system("authorize_upgrade", code_hash=code_hash)))
    call = CALL_CODEC.encode(system("apply_authorized_upgrade", code=next_code()))
    applied = BareExtrinsic(call).encode()
    first = await forge.make(forge.genesis, 0, authorize)
    held = await forge.make(first.header, 1, applied)
    winners = await forge.chain(first.header, [2, 3])
    async with core_node(slot=4) as node:
        await node.receive_blocks(first)
        await node.reaches(first)
        await node.pool.submit(applied, TransactionSource.EXTERNAL)
        await node.receive_blocks(held)
        await node.reaches(held)
        while node.pool.ready_count:
            await trio.lowlevel.checkpoint()
        await node.receive_blocks(*winners)
        await node.reaches(winners[-1])
        while not node.pool.ready_count:
            await trio.lowlevel.checkpoint()
        assert node.pool.pending() == [applied]


async def test_an_upgrade_and_a_step_back_from_it_have_the_whole_pool_checked(monkeypatch):
    """Given more extrinsics than are checked in turn. When the code changes. Then all fall out."""
    monkeypatch.setattr(pool, "REVALIDATION_BATCH", 1)
    forge = Forge()
    upgrade = forge.sign(as_root(system("set_code", code=next_code())))
    first = await forge.make(forge.genesis, 0, upgrade)
    winners = await forge.chain(forge.genesis, [1, 2])
    old, new = (
        [
            forge.sign(system("remark", remark=b""), sender=name, **version)
            for name in ("Bob", "Charlie", "Dave")
        ]
        for version in ({}, {"spec_version": NEXT})
    )
    async with core_node(slot=4) as node:
        for extrinsics, blocks in ((old, [first]), (new, winners)):
            for extrinsic in extrinsics:
                await node.pool.submit(extrinsic, TransactionSource.EXTERNAL)
            await node.receive_blocks(*blocks)
            await node.reaches(blocks[-1])
            while set(extrinsics) & set(node.pool.pending()):
                await trio.lowlevel.checkpoint()
        for extrinsic in old:
            await node.pool.submit(extrinsic, TransactionSource.EXTERNAL)
