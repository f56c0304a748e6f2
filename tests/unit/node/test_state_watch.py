"""The state watch: it judges a block by the states before and after it."""

import threading
from contextlib import asynccontextmanager

import pytest
import trio

from genesis.spec import CODE_KEY
from node import client as client_module
from node import state_watch
from node.executor.archive.build import archive_of
from node.executor.runtimes import Runtimes
from node.replay.stage import MemoryState
from node.state_watch import problems_after, run_state_watch
from primitives.types import Balance
from runtime.framework.address import IdAddress
from runtime.framework.calls import make_call
from storage.errors import StateDiscarded
from tests.support.forge import Forge, new_client
from tests.support.little_chain import ALICE, BOB, LittleChain
from tests.support.node import PATIENCE
from tests.support.runtime_sources import TINY, changed, installed_sources
from tests.support.wasm import ECHO, module


def block_of(*calls):
    """States before and after a block of Alice's calls."""
    chain = LittleChain()
    before = MemoryState(chain.state.values)
    chain.begin()
    for call in calls:
        chain.apply(ALICE, call)
    chain.end()
    return before, chain.state


def test_a_transfer_breaks_nothing():
    pay = make_call("Balances", "transfer_keep_alive", dest=IdAddress(BOB), value=Balance(10**9))
    assert problems_after(Runtimes(), *block_of(pay)) == {}


def test_money_made_by_root_is_told():
    make = make_call(
        "Balances", "force_set_balance", who=IdAddress(BOB), new_free=Balance(2 * 10**14)
    )
    before, after = block_of(make_call("Sudo", "sudo", call=make))
    ((problem, by_design_after),) = problems_after(Runtimes(), before, after).items()
    assert problem.startswith("Onward.issuance_keeps_up: ")
    assert "Balances.force_set_balance" in by_design_after


def test_a_runtime_is_judged_by_its_own_invariants():
    """Given a runtime that finds fault with everything. Then that is what is told."""
    before, after = block_of()
    sources = installed_sources()
    sources = changed(
        sources,
        "runtime/pallets/sudo.py",
        {
            "class Sudo(Pallet):": (
                "class Sudo(Pallet):\n"
                "    def try_state(self):\n"
                '        yield "never_content: it could be better"\n'
            )
        },
    )
    before.values[CODE_KEY] = archive_of(sources)
    found = problems_after(Runtimes(), before, after)
    assert found == {"Sudo.never_content: it could be better": "nothing"}


def test_what_raises_is_named_and_hides_nothing():
    """Given invariants of which some raise. Then all the others are judged still."""
    before, after = block_of()
    sources = changed(
        installed_sources(),
        "runtime/pallets/sudo.py",
        {
            "class Sudo(Pallet):": (
                "class Sudo(Pallet):\n"
                "    def try_state(self):\n"
                '        yield "never_content: it could be better"\n'
                '        raise KeyError("s")\n'
            )
        },
    )
    sources = changed(
        sources,
        "runtime/pallets/balances.py",
        {
            "class Balances(Pallet):": (
                "from runtime.framework.invariants import invariant as _invariant\n\n"
                "class Balances(Pallet):\n"
                "    @_invariant()\n"
                "    def a_raises(self):\n"
                '        yield "first"\n'
                '        raise KeyError("b")\n\n'
                "    @_invariant()\n"
                "    def b_is_broken(self):\n"
                '        yield "second"\n'
            )
        },
    )
    before.values[CODE_KEY] = archive_of(sources)
    assert set(problems_after(Runtimes(), before, after)) == {
        "Sudo.try_state cannot be looked at: KeyError: 's'",
        "Balances.a_raises: first",
        "Balances.a_raises cannot be looked at: KeyError: 'b'",
        "Balances.b_is_broken: second",
    }


@pytest.mark.parametrize("code", [lambda: module(ECHO), lambda: archive_of(TINY)])
def test_runtimes_without_invariants_are_not_judged(code):
    before, after = block_of()
    before.values[CODE_KEY] = code()
    assert problems_after(Runtimes(), before, after) == {}


async def test_a_state_that_is_gone_is_not_judged(monkeypatch, caplog):
    def gone(*_):
        raise StateDiscarded("it is gone")

    monkeypatch.setattr(state_watch, "_judge", gone)
    async with watched() as (client, blocks):
        for block in blocks[:2]:
            await client.import_block(block)
        while len(caplog.messages) < 2:
            await trio.lowlevel.checkpoint()
    assert caplog.messages == ["Cannot judge #1: it is gone", "Cannot judge #2: it is gone"]


async def test_a_watch_that_does_not_keep_up_says_so_and_goes_on(monkeypatch, caplog):
    """Given a watch that takes its time for the first block. Then it judges the last again."""
    imported, judged = threading.Event(), []

    def slow(_client, _runtimes, event):
        imported.wait()
        judged.append(event.header.number)
        return {}

    monkeypatch.setattr(client_module, "SUBSCRIPTION_BUFFER", 1)
    monkeypatch.setattr(state_watch, "_judge", slow)
    async with watched() as (client, blocks):
        for block in blocks[:4]:
            await client.import_block(block)
        imported.set()
        while not any("did not keep up" in message for message in caplog.messages):
            await trio.lowlevel.checkpoint()
        await client.import_block(blocks[4])
        while judged[-1] < 5:
            await trio.lowlevel.checkpoint()


@asynccontextmanager
async def watched():
    """A client under the eyes of the watch, and blocks for it."""
    client = new_client()
    blocks = await Forge().chain(client.header(client.genesis_hash), range(5))
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_state_watch, client, Runtimes())
            while not client._subscribers:
                await trio.lowlevel.checkpoint()
            yield client, blocks
            nursery.cancel_scope.cancel()
