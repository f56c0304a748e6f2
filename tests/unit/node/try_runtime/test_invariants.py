"""Invariants over a dry run: what the upgrade breaks is its fault, and nothing else."""

import pytest
import trio

from genesis.dev_keys import dev_key
from genesis.presets import preset
from node.executor.archive.build import installed_archive
from node.replay.record import ChainBlock
from node.runtime_tools.storage import storage_key
from node.try_runtime.report import Verdict
from runtime.framework.calls import make_call
from tests.support.dry_runs import COMMITMENTS, NEXT, SUDO, check_of, code, hook
from tests.support.followed_chain import signed
from tests.support.forge import Forge

TOTAL = storage_key("SubtensorModule", "TotalColdkeyStake")
ALICE, BOB = (bytes(dev_key(name).account) for name in ("Alice", "Bob"))
ISSUANCE = storage_key("Balances", "TotalIssuance")
BROKEN = "SubtensorModule.stake_adds_up_by_key"


def total_of(coldkey):
    """A total without any stake that would add up to it."""
    return {TOTAL + coldkey: (7).to_bytes(8, "little")}


def writing(entries):
    return hook(
        COMMITMENTS, "\n".join(f"host.put({key!r}, {value!r})" for key, value in entries.items())
    )


@pytest.fixture
def judged(run):
    """The try-state check of an upgrade that writes some things, over a state with others."""
    return lambda after, before: check_of(run(code(NEXT, writing(after)), more=before), "try-state")


def test_what_was_broken_before_is_a_note(judged):
    check = judged({b":note": b""}, total_of(ALICE))
    assert check.verdict is Verdict.PASSED
    assert check.notes == [f"{BROKEN}: broken 1 x, without the upgrade 1 x"]


def test_what_breaks_in_more_places_is_a_fault_there(judged):
    check = judged(total_of(BOB), total_of(ALICE))
    (problem,) = check.problems
    assert problem.startswith(f"{BROKEN}: coldkey {BOB.hex()} has 7")
    assert check.notes == []


def test_what_breaks_for_the_first_time_is_a_fault(judged):
    check = judged(total_of(BOB), {})
    (problem,) = check.problems
    assert problem.startswith(f"{BROKEN}: coldkey {BOB.hex()} has 7")


def test_an_invariant_that_raises_is_named_and_hides_no_other(run):
    raising = (
        "\n    from runtime.framework.invariants import invariant\n"
        "\n    @invariant()\n"
        "    def keys_are_known(self):\n"
        "        raise KeyError('x')\n"
        "        yield\n"
    )
    fault = "Sudo.keys_are_known cannot be looked at: KeyError: 'x'"
    after = writing(total_of(BOB))
    found = check_of(run(code(NEXT, (SUDO, raising), after)), "try-state").problems
    assert found[1:] == [fault]
    assert found[0].startswith(f"{BROKEN}: coldkey {BOB.hex()} has 7")


async def make_breaking_block():
    """Root writes raw storage, as it may."""
    forge = Forge(preset("dev", installed_archive()))
    write = make_call("System", "set_storage", items=list(total_of(ALICE).items()))
    block = await forge.make(
        forge.genesis, 1, signed(forge, make_call("Sudo", "sudo", call=write), "Alice", 0)
    )
    return ChainBlock(block.header.hash(), block.header, block.extrinsics)


def test_what_the_chain_itself_breaks_later_is_a_note(run):
    block = trio.run(make_breaking_block)
    report = run(code(NEXT), blocks=1, following=[block])
    assert report.passed
    assert check_of(report, "try-state after the replayed blocks").notes == [
        f"{BROKEN}: broken 1 x, without the upgrade 1 x"
    ]
