"""The pool's driver on a real chain: what it makes of gossip, and of blocks that come and go."""

import threading
from contextlib import asynccontextmanager, suppress

import pytest
import trio

from consensus.slots import Duration
from node.authoring import Author
from node.client import READER_THREADS
from node.executor.errors import MethodNotFound
from node.finality import raise_finalized
from node.keystore import AURA, Keystore
from node.runtime_apis import VALIDATE
from node.txpool import pool
from node.txpool.service import GossipVerdict
from node.txpool.status import Finalized, Place
from primitives.extrinsic import BareExtrinsic
from primitives.hashing import blake2_256
from primitives.transaction_validity import TransactionSource
from primitives.types import Slot
from runtime.framework.calls import CALL_CODEC
from storage.errors import StateDiscarded
from tests.support.forge import FIRST_SLOT, SLOT, Forge
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


@asynccontextmanager
async def busy_readers(client):
    """Both reading threads have something long to do, for as long as the body."""
    gate = threading.Event()
    async with trio.open_nursery() as nursery:
        for _ in range(READER_THREADS):
            nursery.start_soon(client.read_in_thread, gate.wait)
        while client._reader_limiter.available_tokens:
            await trio.lowlevel.checkpoint()
        try:
            yield
        finally:
            gate.set()


async def waiting_readers(client, count):
    """Wait until so many wait for a reading thread."""
    while client._reader_limiter.statistics().tasks_waiting < count:
        await trio.lowlevel.checkpoint()


def told(statuses):
    """What a watcher has heard so far."""
    found = []
    with suppress(trio.WouldBlock):
        while True:
            found.append(statuses.receive_nowait())
    return found


async def test_a_block_that_becomes_final_while_the_pool_follows_is_told():
    """Given a pool that asks what a block holds. Then later ones come, and one is final."""
    forge = Forge()
    ours = forge.transfer(0, sender="Bob")
    first = await forge.make(forge.genesis, 0, forge.transfer(0, sender="Dave"))
    second = await forge.make(first.header, 1, ours)
    third = await forge.make(second.header, 2)
    async with core_node(slot=4) as node:
        _, statuses = await node.pool.watch(ours)
        async with busy_readers(node.client):
            await node.receive_blocks(first)
            await node.reaches(first)
            await waiting_readers(node.client, 1)
            await node.receive_blocks(second, third)
            await node.reaches(third)
            await raise_finalized(node.client, node.client.best())
            assert node.client.finalized().hash == second.header.hash()
        async for status in statuses:
            if status == Finalized(second.header.hash()):
                break


async def test_what_the_parent_holds_is_not_called_invalid_by_its_author():
    """Given an author whose parent the pool has not followed yet."""
    forge = Forge()
    ours = [forge.transfer(nonce, sender="Bob") for nonce in range(3)]
    first = await forge.make(forge.genesis, 0, forge.transfer(0, sender="Dave"), ours[0])
    async with core_node(slot=1) as node:
        watched = [(await node.pool.watch(one))[1] for one in ours]
        keys = Keystore(None)
        keys.insert_for_this_run(AURA, "//Alice")
        author = Author(node.client, node.pool, keys, node.clock, node.network, needs_peers=False)
        async with busy_readers(node.client):
            await node.receive_blocks(first)
            await node.reaches(first)
            await waiting_readers(node.client, 1)
            now = node.clock.now()
            assert await author._try_slot(Slot(FIRST_SLOT + 1), now, Duration(SLOT))
        while not node.pool.has_followed(node.client.best()):
            await trio.lowlevel.checkpoint()
        assert [Place.INVALID for one in watched if Place.INVALID in told(one)] == []
        assert node.pool.pending() == ours[1:]


async def test_what_a_block_holds_is_not_called_invalid_by_a_check_in_turn():
    """Given a check that waits for a thread while the block comes in."""
    forge = Forge()
    ours = [forge.transfer(nonce, sender="Bob") for nonce in range(3)]
    first = await forge.make(forge.genesis, 0)
    second = await forge.make(first.header, 1, forge.transfer(0, sender="Dave"), ours[0])
    async with core_node(slot=4) as node:
        watched = [(await node.pool.watch(one))[1] for one in ours]
        async with busy_readers(node.client):
            await node.receive_blocks(first)
            await node.reaches(first)
            await waiting_readers(node.client, 1)
            await node.receive_blocks(second)
            await node.reaches(second)
            await waiting_readers(node.client, 2)
        while not node.pool.has_followed(node.client.best()):
            await trio.lowlevel.checkpoint()
        assert [Place.INVALID for one in watched if Place.INVALID in told(one)] == []
        assert node.pool.pending() == ours[1:]
