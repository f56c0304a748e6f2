"""Whether it matters in which order the pallets migrate. It should not: nobody wrote it down."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from node.executor.errors import MethodNotFound, RuntimePanic
from node.runtime_tools.storage import StorageReader
from node.try_runtime.hooks import Hook, Round, hooks_of, run_round
from node.try_runtime.report import Check
from node.try_runtime.storage import compare, item_name
from node.try_runtime.subject import Subject

ROTATIONS: Final = 3
SHUFFLES: Final = 3
"""Orders to try, besides the reverse: each costs as much as the migrations themselves.

The reverse alone has the other order of every two pallets.
"""
SEED: Final = 0


class OrderCheck:
    """Runs the same block with the hooks in other orders, and compares."""

    def __init__(
        self,
        subject: Subject,
        pallets: Sequence[Any],
        given: Round,
        readers: tuple[StorageReader | None, StorageReader],
        check: Check,
    ) -> None:
        self._subject = subject
        self._pallets = pallets
        self._hooks = hooks_of(pallets)
        self._given = given
        self._old, self._new = readers
        self._check = check
        self._active = given.active

    def run(self) -> None:
        """Stop at the first order that comes out different: others would say the same."""
        check = self._check
        if not self._agrees(self._hooks[::-1]):
            return
        active = [hook for hook in self._hooks if hook.pallet in self._active]
        if len(active) < 2:
            who = f"only {active[0].pallet}" if active else "no pallet"
            check.notes.append(f"{who} changes anything, so there is no order to get wrong")
            return
        tried = 2
        for order in _orders(active):
            places = iter(order)
            hooks = [next(places) if hook in active else hook for hook in self._hooks]
            if not self._agrees(hooks):
                return
            tried += 1
        check.notes.append(f"{tried} orders of {_names(active)} come out alike")

    def _agrees(self, hooks: list[Hook]) -> bool:
        try:
            found = run_round(self._subject, self._pallets, hooks)
        except (RuntimePanic, MethodNotFound) as error:
            self._check.fail(f"{self._told(hooks)} the first block does not begin: {error}")
            return False
        self._active = self._active | found.active
        state = self._subject.stage.state.values
        items, keys = compare(state, self._given.changes, found.changes, self._old, self._new)
        for item in items:
            own = [key for key in keys if item_name(key, self._new, self._old) == item.item]
            self._check.fail(
                f"{self._told(hooks)} {item.item} comes out different: {item.told()}; "
                f"written by {self._writers(own, found.writers)}"
            )
        return not items

    def _told(self, hooks: list[Hook]) -> str:
        """Only those that change anything matter."""
        return f"in the order {_names([h for h in hooks if h.pallet in self._active])},"

    def _writers(self, keys: list[bytes], writers: Mapping[bytes, list[str]]) -> str:
        found = {
            name
            for written in (self._given.writers, writers)
            for key in keys
            for name in written.get(key, ())
        }
        names = [hook.pallet for hook in self._hooks if hook.pallet in found]
        return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _orders(hooks: list[Hook]) -> Iterator[list[Hook]]:
    """Orders of some hooks beyond the given one and its reverse, the same ones every time."""
    seen = [hooks, hooks[::-1]]
    rotations = [hooks[by:] + hooks[:by] for by in range(1, min(len(hooks), ROTATIONS + 1))]
    draw = random.Random(SEED)
    shuffles = [draw.sample(hooks, len(hooks)) for _ in range(SHUFFLES)]
    for order in rotations + shuffles:
        if order not in seen:
            seen.append(order)
            yield order


def _names(hooks: list[Hook]) -> str:
    return ", ".join(hook.pallet for hook in hooks)
