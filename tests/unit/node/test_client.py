"""The client: one door into the chain, many ways to ask, and those who follow."""

import sys
from dataclasses import replace
from threading import Thread

import pytest
import trio

from genesis.build import EMBEDDED_CODE
from genesis.presets import preset
from node.client import InvalidBlock
from node.executor.archive.build import archive_of
from node.executor.code import describe_code
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from node.known_blocks import KnownBlocks
from node.runtime_apis import (
    authorities,
    inherent_data,
    objection_to_inherents,
    read_apply_refusal,
    runtime_version,
    slot_duration,
)
from primitives.errors import Rejected
from primitives.types import Hash, Moment
from runtime.version import VERSION
from storage.errors import UnknownBlock
from tests.support.forge import FIRST_SLOT, SLOT, Forge, new_client
from tests.support.runtime_sources import changed, with_spec_version
from tests.support.upgrade_forks import forked_by_an_upgrade, upgrade_to
from tests.support.upgrades import NEXT

NOWHERE = Hash(b"n" * 32)


async def test_a_block_is_imported_once():
    forge = Forge()
    block = await forge.make(forge.genesis, 0)
    with pytest.raises(Rejected, match="stored already"):
        await forge.client.import_block(block)


async def test_a_block_on_nothing_is_refused():
    forge = Forge()
    _, second = await forge.chain(forge.genesis, [0, 1])
    client = new_client()
    with pytest.raises(UnknownBlock):
        await client.import_block(second)


async def test_a_failed_import_leaves_the_client_fit():
    forge = Forge()
    block = await forge.make(forge.genesis, 0)
    client = new_client()
    with pytest.raises(InvalidBlock, match="Storage root must match"):
        await client.import_block(forge.lie(block, state_root=NOWHERE))
    event = await client.import_block(block)
    assert (event.is_new_best, event.enacted, event.own) == (True, [block.header.hash()], False)


async def test_blocks_that_the_spec_rules_out_are_refused():
    """Given a spec that names blocks. Then neither bad ones nor rivals of chosen ones come in."""
    forge = Forge()
    a1 = await forge.make(forge.genesis, 0)
    b1 = await forge.make(forge.genesis, 1)
    b2 = await forge.make(b1.header, 2)
    spec = replace(
        preset("dev"), bad_blocks=(b2.header.hash(),), fork_blocks=((1, b1.header.hash()),)
    )
    client = new_client(known_blocks=KnownBlocks.of(spec))
    with pytest.raises(InvalidBlock, match="names another block 1 under forkBlocks"):
        await client.import_block(a1)
    await client.import_block(b1)
    with pytest.raises(InvalidBlock, match="lists it under badBlocks"):
        await client.import_block(b2)
    await client.import_block(await forge.make(b1.header, 3))


async def test_a_timestamp_ahead_of_the_checkers_clock_is_refused():
    """Given a checker whose clock is more than thirty seconds behind the author's."""
    forge = Forge()
    block = await forge.make(forge.genesis, 0)
    client = new_client()
    now = Moment(FIRST_SLOT * SLOT - 31_000)
    with pytest.raises(InvalidBlock, match="timstap0=01"):
        await client.import_block(block, facts=inherent_data(now, FIRST_SLOT))
    await client.import_block(block, facts=inherent_data(Moment(now + 1_000), FIRST_SLOT))


async def test_followers_hear_of_each_block_and_of_reorganisations():
    forge = Forge()
    a1 = await forge.make(forge.genesis, 0)
    b1, b2 = await forge.chain(forge.genesis, [1, 2])
    client = new_client()
    with client.subscribe() as events:
        for block in (a1, b1, b2):
            await client.import_block(block)
        heard = [await events.receive() for _ in range(3)]
    hashes = [block.header.hash() for block in (a1, b1, b2)]
    assert [event.hash for event in heard] == hashes
    assert [event.is_new_best for event in heard] == [True, False, True]
    assert (heard[2].retracted, heard[2].enacted) == ([hashes[0]], hashes[1:])


async def test_a_subscriber_that_does_not_read_is_dropped(monkeypatch):
    monkeypatch.setattr("node.client.SUBSCRIPTION_BUFFER", 4)
    forge = Forge()
    blocks = await forge.chain(forge.genesis, range(5))
    client = new_client()
    with client.subscribe() as events:
        for block in blocks:
            await client.import_block(block)
        heard = [event async for event in events]
    assert len(heard) == 4


async def test_a_late_follower_sees_one_long_step():
    forge = Forge()
    blocks = await forge.chain(forge.genesis, [0, 1, 2])
    assert await forge.client.next_best(forge.client.genesis_hash) == forge.client.best()
    route = forge.client.route(forge.client.genesis_hash, forge.client.best().hash)
    assert [head.hash for head in route.enacted] == [block.header.hash() for block in blocks]


async def test_questions_change_nothing():
    """Given a call that writes. When it is asked twice. Then both answers are the same."""
    forge = Forge()
    block = await forge.make(forge.genesis, 0)
    unsealed = block.header.split_seal()[0]
    genesis = forge.client.genesis_hash
    for _ in range(2):
        assert forge.client.call(genesis, "Core_initialize_block", unsealed.encode()) == b"\0"


def test_answers_of_the_runtime_come_typed():
    client = new_client()
    genesis = client.genesis_hash
    assert slot_duration(client, genesis) == SLOT
    assert authorities(client, genesis) == [Forge().author.public]
    assert client.runtime_version(genesis) == VERSION


def test_unknown_methods_and_bad_arguments_are_told_apart():
    client = new_client()
    with pytest.raises(MethodNotFound, match="Core_fly"):
        client.call(client.genesis_hash, "Core_fly", b"")
    with pytest.raises(RuntimePanic, match="Bad input data"):
        client.call(client.genesis_hash, "Core_execute_block", b"\0")
    assert slot_duration(client, client.genesis_hash) == SLOT


def test_states_that_are_not_known_are_refused():
    client = new_client()
    with pytest.raises(UnknownBlock):
        client.state(NOWHERE)
    with pytest.raises(Rejected):
        client.call(NOWHERE, "Core_version", b"")


async def test_reads_do_not_wait_for_the_worker():
    """Given a worker that is busy. Then questions are answered, at once and from threads."""
    client = new_client()
    release, busy = trio.Event(), trio.Event()

    def work(executor):
        trio.from_thread.run_sync(busy.set)
        trio.from_thread.run(release.wait)

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.with_worker, client.genesis_hash, work)
            await busy.wait()
            assert slot_duration(client, client.genesis_hash) == SLOT
            await client.call_in_thread(client.genesis_hash, "AuraApi_authorities", b"")
            release.set()


async def test_code_for_others_on_a_fork_ends_the_node_when_the_fork_is_the_best_chain():
    """Given a node that must not run the code of b1, beside its best block a1. When b2 makes that
    the best chain. Then the node says after which block it cannot go on."""
    _, a1, b1, b2 = await forked_by_an_upgrade()
    careful = new_client(runtimes=Runtimes(OnchainCode.REFUSE))
    await careful.import_block(a1)
    assert not (await careful.import_block(b1)).is_new_best
    words = f"cannot go on after block #1 .0x{b1.header.hash().hex()}.*--onchain-code refuse"
    with pytest.raises(UnknownCode, match=words):
        await careful.import_block(b2)
    assert careful.best().hash == a1.header.hash()


async def test_code_for_others_on_a_shorter_fork_is_left_alone():
    forge, a1, b1, b2 = await forked_by_an_upgrade()
    a2 = await forge.make(a1.header, 3)
    careful = new_client(runtimes=Runtimes(OnchainCode.REFUSE))
    for block in (a1, a2, b1):
        await careful.import_block(block)
    with pytest.raises(Rejected, match=r"block 2 cannot be executed: .*--onchain-code refuse"):
        await careful.import_block(b2)
    assert (await careful.import_block(await forge.make(a2.header, 4))).is_new_best


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (None, "absent"),
        (b"\0asm\1\0\0\0", "a WebAssembly runtime"),
        (bytes.fromhex("52bc537646db8e05") + b"zstd", "a compressed WebAssembly runtime"),
        (EMBEDDED_CODE[:-1], "unknown"),
    ],
)
def test_code_for_others_is_named(code, words):
    assert words in describe_code(code)
    with pytest.raises(UnknownCode, match=words):
        Runtimes().of(code)


_API = "runtime/api.py"
_AUTHORITIES = "def authorities(runtime: Runtime) -> list[AuraKey]:\n"
_DURATION = '@api("AuraApi")\ndef slot_duration'


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (_AUTHORITIES, _AUTHORITIES + "    raise KeyError(1)\n", "AuraApi_authorities: KeyError"),
        (
            _AUTHORITIES,
            f"def authorities(runtime: Runtime) -> U64:\n    return U64(7)\n\n\n"
            f"{_AUTHORITIES.replace('authorities', '_keys', 1)}",
            "AuraApi_authorities: .* in another shape",
        ),
        (_DURATION, _DURATION.replace("Aura", "Babe"), "AuraApi_slot_duration: .* no method"),
    ],
    ids=["fails", "other shape", "missing"],
)
async def test_code_that_does_not_answer_what_a_node_needs_is_an_obstacle(old, new, words):
    """Given an upgrade to code whose API is broken. Then its block ends the node by name, at once
    and at each start."""
    code = archive_of(changed(with_spec_version(NEXT), _API, {old: new}))
    forge = Forge()
    words = f"cannot go on after block #1 .*: the chain's code does not answer {words}"
    with pytest.raises(UnknownCode, match=words):
        await forge.make(forge.genesis, 0, upgrade_to(code, forge))
    assert forge.client.best().number == 1
    with pytest.raises(UnknownCode, match=words):
        forge.client.ensure_can_go_on()


def test_answers_of_another_shape_are_the_runtimes_fault():
    client = new_client()

    class Garbled:
        def call(self, block, method, args):
            return b"\xff"

    for ask in (slot_duration, authorities, runtime_version):
        with pytest.raises(RuntimePanic, match="in another shape"):
            ask(Garbled(), client.genesis_hash)
    for read in (objection_to_inherents, read_apply_refusal):
        with pytest.raises(RuntimePanic, match="in another shape"):
            read(b"\xff")


def test_answers_are_kept_for_several_threads(monkeypatch):
    """Given more questions than are kept, by two threads that take turns all the time."""
    client, done = new_client(), []
    best = client.best().hash
    monkeypatch.setattr(client, "_ask", lambda _block, _method, args: args)

    def ask(numbers):
        for number in numbers:
            args = number.to_bytes(4, "little")
            assert client.call(best, "Metadata_metadata_at_version", args) == args
        done.append(numbers)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [Thread(target=ask, args=(range(k, 20_000, 2),)) for k in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(done) == 2
