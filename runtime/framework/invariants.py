"""Invariants: what is true of the state after every block, declared beside what it is about.

    @invariant(waived_by=("Balances.force_adjust_total_issuance",))
    def issuance_is_what_accounts_hold(self) -> Iterator[str]:
        if …:
            yield "5 issued, 6 in accounts"

The method's name says what holds, its docstring why, and what it yields how that is broken. Some
calls, nearly all of them root's, are there to break it, or break it on the production chain too:
they are named, and after one of them the invariant says nothing any more. Calls that write raw
storage (System.set_storage and its like) can break anything and are not named.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

Check = TypeVar("Check", bound=Callable[..., Iterator[str]])

GENESIS_STAKES: Final = "a genesis with stakes"
MIGRATIONS: Final = "a migration"
"""These two stand among the calls where no call breaks the invariant."""


def invariant(*, waived_by: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Declare a method as an invariant.

    Args:
        waived_by: calls, as `Pallet.call`, after which it may be broken for good.
    """

    def attach(check: Check) -> Check:
        check.__waived_by__ = waived_by  # type: ignore[attr-defined]
        return check

    return attach


def waivers_of(cls: type[Any]) -> dict[str, tuple[str, ...]]:
    """The invariants of a class by name, each with the calls that waive it."""
    return {
        name: value.__waived_by__
        for base in reversed(cls.__mro__)
        for name, value in vars(base).items()
        if hasattr(value, "__waived_by__")
    }


def broken(owner: object) -> Iterator[str]:
    """What is broken of an object's invariants, with the name of each in front."""
    for name in waivers_of(type(owner)):
        for problem in getattr(owner, name)():
            yield f"{name}: {problem}"
