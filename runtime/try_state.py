"""Try-state: whether the state after a block is as it should be, by every pallet and across them.

Each pallet declares its own invariants (`runtime/framework/invariants.py`); here are those that no
pallet or no single state can judge, and the door: `check`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from primitives.arith import U64_MAX
from primitives.types import AccountId, Balance
from runtime.framework.invariants import broken, invariant, waivers_of
from runtime.runtime import PALLETS, Runtime

ACROSS: Final = "Runtime"
"""Stands for a pallet's name where an invariant is about several."""
ONWARD: Final = "Onward"
"""Stands there where it is about two states; then a waiver lasts for the blocks between them."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What has to be known of an earlier state to judge a later one of the same chain."""

    uncounted: int
    """See `SubtensorInvariants.uncounted`."""


def measure(runtime: Runtime) -> Totals:
    """The totals of the state between two blocks."""
    return Totals(runtime.subtensor.uncounted())


def check(runtime: Runtime, before: Totals | None = None) -> list[str]:
    """Everything that is broken, as `Pallet.invariant: how`; empty if the state is sound.

    Reads the whole state. To be asked between blocks: within one, much is under way.

    Args:
        runtime: over the state to judge.
        before: totals of an ancestor; without them what compares the two is left out.
    """
    problems = [
        f"{pallet.name}.{problem}" for pallet in runtime.in_order for problem in pallet.try_state()
    ]
    problems += [f"{ACROSS}.{problem}" for problem in broken(Across(runtime))]
    if before is not None:
        problems += [f"{ONWARD}.{problem}" for problem in broken(Onward(runtime, before))]
    return problems


def waivers() -> dict[str, frozenset[str]]:
    """Every invariant as `Pallet.invariant`, with the calls after which it may be broken."""
    owners: dict[str, type[object]] = {name: cls for name, (_, cls) in PALLETS.items()}
    return {
        f"{name}.{known}": frozenset(calls)
        for name, cls in (owners | {ACROSS: Across, ONWARD: Onward}).items()
        for known, calls in waivers_of(cls).items()
    }


class Across:
    """Invariants over several pallets."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @invariant(waived_by=("Balances.force_unreserve", "Proxy.create_pure"))
    def reserves_are_deposits(self) -> Iterator[str]:
        """What is reserved of an account is what pallets hold of it and took from it as deposits.

        Root can free reserves that pallets count on. Who made a pure account pays the deposit for
        its first proxy, and nothing in the state says who that was.
        """
        runtime = self._runtime
        known: Counter[AccountId] = Counter()
        for who, holds in runtime.balances.holds.items():
            known[who] += sum(hold.amount for hold in holds)
        for pallet in runtime.in_order:
            for who, deposit in pallet.deposits():
                known[who] += deposit
        reserved = {
            who: account.data.reserved
            for who, account in runtime.system.account.items()
            if account.data.reserved
        }
        for who in sorted(reserved.keys() | known.keys()):
            of_it = reserved.get(who, Balance(0))
            if of_it != known[who]:
                yield f"{of_it} reserved of {who.hex()}, {known[who]} of it known"


class Onward:
    """Invariants from one state to a later one of the same chain."""

    def __init__(self, runtime: Runtime, before: Totals) -> None:
        self._runtime = runtime
        self._before = before

    @invariant(
        waived_by=(
            "AdminUtils.sudo_set_total_issuance",
            "AdminUtils.sudo_set_nominator_min_required_stake",
            "Balances.force_set_balance",
            "Balances.force_adjust_total_issuance",
        )
    )
    def issuance_keeps_up(self) -> Iterator[str]:
        """Nothing comes to exist, as balance, stake or lock, that SubtensorModule does not count.

        Root can set either side; set to the greatest number there is, the issuance stays there.
        Paying out small nominations takes them off the issuance although they only change hands.
        """
        if self._runtime.subtensor.total_issuance.get() == U64_MAX:
            return
        grown = self._runtime.subtensor.uncounted() - self._before.uncounted
        if grown > 0:
            yield f"{grown} rao came out of nowhere"
