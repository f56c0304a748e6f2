"""The invariants hold on the production chain: on the recorded states of every trace.

A state is the genesis of a trace with the recorded changes of its blocks, so what is judged here
is the production runtime's work and not ours. Where a trace leaves changes out (long runs of empty
blocks) it is judged up to there.
"""

from pathlib import Path

import pytest

from genesis.host import GenesisHost
from node.replay.files import read_trace
from node.replay.stage import MemoryState
from runtime.executive import decode_call
from runtime.framework.calls import RuntimeCall
from runtime.framework.errors import Panic
from runtime.framework.invariants import GENESIS_STAKES, MIGRATIONS
from runtime.framework.pallet import call_specs_of
from runtime.runtime import PALLETS, Runtime
from runtime.try_state import ONWARD, check, measure, waivers

TRACES = sorted(Path(__file__).with_name("traces").glob("*.json.gz"))

EVERY = 4
"""Blocks from one look at the state to the next."""

CAUSES = {"genesis-built": GENESIS_STAKES, "extra-runtime-upgrade": MIGRATIONS}
"""What waives an invariant and is no call."""

BY_HAND = {
    # Accounts with reserves of the old form, which nobody took as a deposit.
    "core-balances": {"Runtime.reserves_are_deposits", "Balances.references_follow_balances"},
    # A status of the old form without a preimage.
    "core-scheduler": {"Preimage.preimages_are_wanted"},
}
"""What raw storage writes break: the trace shows how the chain deals with it."""


def calls_in(value):
    """Names of the calls in a call's arguments, however deep, and of itself."""
    if isinstance(value, RuntimeCall):
        yield f"{value.pallet}.{value.name}"
        value = value.args
    if isinstance(value, list | tuple):
        for part in value:
            yield from calls_in(part)


def calls_of(block):
    for extrinsic in block.extrinsics:
        try:
            _, call = decode_call(extrinsic)
        except Panic:
            continue
        yield from calls_in(call)


@pytest.mark.slow
@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name.split(".")[0])
def test_the_production_chain_keeps_the_invariants(path):
    name, trace, waived_by = path.name.split(".")[0], read_trace(path), waivers()
    state, host = MemoryState(trace.genesis), GenesisHost()
    runtime = Runtime(host)
    host.reset(state)
    lately, before, ever = set(), measure(runtime), {CAUSES.get(name)}

    def unexplained():
        ever.update(lately)
        for problem in check(runtime, before):
            broken = problem.partition(":")[0]
            causes = lately if broken.startswith(ONWARD) else ever
            if not (waived_by[broken] & causes or broken in BY_HAND.get(name, ())):
                yield problem

    assert list(unexplained()) == []
    for block in trace.blocks:
        if block.diff is None:
            break
        lately.update(calls_of(block))
        state.apply(block.diff)
        if block.number % EVERY == 0:
            host.reset(state)
            assert (block.number, list(unexplained())) == (block.number, [])
            lately.clear()
            before = measure(runtime)


def test_waivers_name_calls_that_exist():
    known = {
        f"{pallet}.{spec.name}"
        for pallet, (_, cls) in PALLETS.items()
        for spec in call_specs_of(cls).values()
    }
    named = set().union(*waivers().values()) - {GENESIS_STAKES, MIGRATIONS}
    assert named - known == set()
