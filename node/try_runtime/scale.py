"""What the first block would cost if the state were many times as large.

What the migrations read or change grows, and nothing else: the rest would not tell in their cost.
Only where no block begins on such a state, not even without migrations, all maps of these pallets
grow: it takes several of them together to make sense.
"""

from collections import Counter
from typing import Final

from node.executor.errors import MethodNotFound, RuntimePanic
from node.executor.host import ExecutionHost
from node.replay.trace import Changes
from node.runtime_tools.growth import ITEM, Growth, grow
from node.runtime_tools.storage import NAME, StorageReader
from node.snapshot.file import About
from node.try_runtime.cost import (
    Beginning,
    begin,
    begin_without_migrations,
    check_time,
    check_weight,
    cost_of,
)
from node.try_runtime.report import Report, ScaledCost
from node.try_runtime.storage import differing, is_noise
from node.try_runtime.subject import Subject
from node.try_runtime.versions import Candidate
from node.whole_state import WholeState
from primitives.errors import Rejected
from storage.overlay import StateView

_SHOWN: Final = 10
"""Names in one note."""


class CountingHost(ExecutionHost):
    """Counts how often each storage item was read."""

    def reset(self, view: StateView) -> None:
        """Begin to count anew."""
        super().reset(view)
        self.reads: Counter[bytes] = Counter()

    def get(self, key: bytes) -> bytes | None:
        """One value."""
        self.reads[key[:ITEM]] += 1
        return super().get(key)

    def keys(self, prefix: bytes) -> list[bytes]:
        """Every key that starts with a prefix."""
        found = super().keys(prefix)
        self.reads.update(key[:ITEM] for key in found)
        return found

    def next_key(self, after: bytes) -> bytes | None:
        """One key, which ends an item if it is of another."""
        found = super().next_key(after)
        if found is not None and found.startswith(after[:ITEM]):
            self.reads[found[:ITEM]] += 1
        return found


class ScaledBlock:
    """The first block on a state that has grown."""

    def __init__(
        self,
        about: About,
        state: WholeState,
        old: StorageReader | None,
        new: Candidate,
        last_upgrade: bytes,
    ) -> None:
        self._about = about
        self._state = state
        self._old, self._new = old, new
        self._last_upgrade = last_upgrade

    def run(self, times: int, report: Report) -> None:
        """Measure it."""
        weight = report.check(f"weight at {times} x")
        time = report.check(f"time at {times} x")
        maps, others, usual = self._touched()
        try:
            growth, subject, without = self._grown(maps, times, usual)
        except Rejected as error:
            weight.skip(str(error))
            time.skip(str(error))
            return
        storage = self._new.storage
        weight.notes += growth.notes
        if not growth.items:
            weight.notes.append("the migrations touch no map, so nothing has grown")
        if others:
            more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
            weight.notes.append(
                f"single values stay as they are: {', '.join(others[:_SHOWN])}{more}"
            )
        try:
            block = begin(subject, storage)
        except (RuntimePanic, MethodNotFound) as error:
            weight.fail(f"the first block does not begin: {error}")
            time.skip("there is none to be measured")
            return
        cost = cost_of(block, without, storage, subject.budget)
        check_weight(cost, weight)
        check_time(cost, time)
        report.scaled = ScaledCost(times, cost, growth.items)

    def _grown(
        self, maps: dict[bytes, StorageReader], times: int, usual: Beginning | None
    ) -> tuple[Growth, Subject, Beginning | None]:
        """A state so many times as large, and the first block on it without migrations.

        `usual` is that block on the state as it is.

        Raises:
            Rejected: it would be too large, or no block begins on it.
        """
        for grown in (maps, self._pallets_of(maps)):
            growth = grow(self._state.top, grown, times)
            subject = self._subject(self._state.with_top(growth.entries), ExecutionHost)
            without = self._without_migrations(subject)
            if without is not None or usual is None:
                return growth, subject, without
        raise Rejected("no block begins on a state so much larger, not even without migrations")

    def _pallets_of(self, maps: dict[bytes, StorageReader]) -> dict[bytes, StorageReader]:
        """All maps of the pallets that these are of."""
        pallets = {prefix[:NAME] for prefix in maps}
        prefixes = {key[:ITEM] for key in self._state.top if key[:NAME] in pallets}
        return maps | {
            prefix: reader
            for prefix in sorted(prefixes)
            if (reader := self._reader(prefix)) is not None
            and (item := reader.item(prefix)) is not None
            and item.hashers
        }

    def _touched(self) -> tuple[dict[bytes, StorageReader], list[str], Beginning | None]:
        """Items that more is read of, or other things are written to, because of migrations.

        Maps by their prefixes, with who can read them as they are; the names of single values; and
        the first block without migrations.
        """
        subject, storage = self._subject(self._state, CountingHost), self._new.storage
        host = subject.host
        assert isinstance(host, CountingHost)
        without = self._without_migrations(subject)
        other_reads = Counter[bytes]() if without is None else host.reads
        changes = begin(subject, storage).changes
        found = {prefix for prefix, count in host.reads.items() if count > other_reads[prefix]}
        baseline: Changes = {} if without is None else without.changes
        found |= {key[:ITEM] for key in differing(self._state.top, changes, baseline)}
        maps, others = {}, []
        for prefix in sorted(found):
            reader = self._reader(prefix)
            item = None if reader is None else reader.item(prefix)
            if reader is None or item is None or is_noise(prefix):
                continue
            if item.hashers:
                maps[prefix] = reader
            else:
                others.append(str(item))
        return maps, others, without

    def _without_migrations(self, subject: Subject) -> Beginning | None:
        return begin_without_migrations(subject, self._new.storage, self._last_upgrade)

    def _reader(self, prefix: bytes) -> StorageReader | None:
        """Who knows an item as it is before the upgrade."""
        known = (reader for reader in (self._old, self._new.storage) if reader is not None)
        return next((reader for reader in known if reader.item(prefix) is not None), None)

    def _subject(self, state: WholeState, host: type[ExecutionHost]) -> Subject:
        return Subject(self._new.runtime, self._about.header, state, host)
