"""The state watch: it judges a block by the states before and after it."""

from genesis.build import EMBEDDED_CODE
from genesis.spec import CODE_KEY
from node.replay.stage import MemoryState
from node.state_watch import problems_after
from primitives.types import Balance
from runtime.framework.address import IdAddress
from runtime.framework.calls import make_call
from tests.support.little_chain import ALICE, BOB, LittleChain


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
    assert problems_after(*block_of(pay)) == []


def test_money_made_by_root_is_told():
    make = make_call(
        "Balances", "force_set_balance", who=IdAddress(BOB), new_free=Balance(2 * 10**14)
    )
    before, after = block_of(make_call("Sudo", "sudo", call=make))
    (problem,) = problems_after(before, after)
    assert problem.startswith("Onward.issuance_keeps_up: ")


def test_other_runtimes_are_not_judged():
    before, after = block_of()
    assert after.get(CODE_KEY) == EMBEDDED_CODE
    after.values[CODE_KEY] = b"\0asm"
    assert problems_after(before, after) == []
