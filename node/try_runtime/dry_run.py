"""A dry run: the first block under a new runtime, on a copy of the state, and what to say of it.

    state, with the new code ── first block as it would be without migrations
                             ├─ first block, watched ── in other orders
                             └─ first block ── checks ── second round of migrations
                                            └─ more empty blocks ── checks

A state that has grown (`scale`) and the blocks that followed on the chain (`replayed`) begin again
at the left, each for itself.

Nothing here asks of what kind the runtime is: migrations show in how the same block differs with
and without them. What only Python runtimes can tell besides comes from `python` and `hooks`.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from genesis.spec import CODE_KEY
from node.executor.code import describe_code
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.executor.runtimes import Runtimes
from node.replay.record import ChainBlock
from node.snapshot.file import About
from node.try_runtime.cost import (
    Beginning,
    begin,
    begin_without_migrations,
    check_time,
    check_weight,
    cost_of,
)
from node.try_runtime.hooks import run_round, watched_hooks
from node.try_runtime.invariants import Soundness, check_invariants
from node.try_runtime.meaning import check_meaning
from node.try_runtime.order import OrderCheck
from node.try_runtime.python import check_versions, pallets_of
from node.try_runtime.replayed import Replay
from node.try_runtime.report import Check, Report
from node.try_runtime.scale import ScaledBlock
from node.try_runtime.storage import check_readable, compare, differing, summarize
from node.try_runtime.subject import LAST_UPGRADE, Subject
from node.try_runtime.versions import Candidate, check_numbers, make_candidate
from node.whole_state import WholeState
from primitives.hashing import blake2_256
from primitives.host import Host
from primitives.scale.errors import ScaleError
from primitives.scale.types import decode, encode
from runtime.pallets.system_types import LastRuntimeUpgradeInfo

EVERY_CHECK: Final = b"\1"
"""`UpgradeCheckSelect::All`, for runtimes that were built with `TryRuntime`."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is tried on what."""

    file: str
    code: bytes
    about: About
    state: WholeState
    blocks: int
    following: Sequence[ChainBlock] = ()
    """Blocks that the chain has after the state, of which so many are replayed."""
    scale: int = 1
    """How many times as large the state may become; 1 asks for nothing."""


def dry_run(task: Task) -> Report:
    """Find out what an upgrade would do. The state of the task stays as it is."""
    report = Report(
        {"file": task.file, "code_hash": f"0x{blake2_256(task.code).hex()}"},
        task.about.document() | {"keys": task.state.size},
    )
    runtimes = Runtimes()
    check = report.check("runtime")
    try:
        new = make_candidate(runtimes, task.code)
    except UnknownCode as error:
        check.fail(f"{task.file}: {error}")
        return report
    version = new.version
    report.runtime |= {
        "spec_name": version.spec_name,
        "spec_version": version.spec_version,
        "transaction_version": version.transaction_version,
    }
    old: Candidate | None = None
    try:
        old = make_candidate(runtimes, task.state.top.get(CODE_KEY))
    except UnknownCode as error:
        check.notes.append(f"the code on the chain cannot be compared with: {error}")
    check_numbers(report, old, new)
    try:
        upgraded = task.state.with_top({CODE_KEY: task.code})
        subject = Subject(new.runtime, task.about.header, upgraded)
    except (MethodNotFound, RuntimePanic, ScaleError) as error:
        check.fail(f"it does not answer on this state: {error}")
        return report
    _DryRun(task, report, subject, old, new).run()
    return report


class _DryRun:
    """The steps, which share what they found."""

    def __init__(
        self, task: Task, report: Report, subject: Subject, old: Candidate | None, new: Candidate
    ) -> None:
        self._task = task
        self._report = report
        self._subject = subject
        self._old, self._new = old, new
        self._old_runtime = None if old is None else old.runtime
        self._old_storage = None if old is None else old.storage
        self._pallets = pallets_of(subject.bound)
        self._before = task.state.top.get(LAST_UPGRADE)
        version = new.version
        info = LastRuntimeUpgradeInfo(version.spec_version, version.spec_name)
        self._after = encode(LastRuntimeUpgradeInfo, info)

    def run(self) -> None:
        before = Soundness.of(self._old_runtime, self._task.state)
        if not self._migrate():
            return
        self._check_storage()
        self._check_invariants(self._subject.host, before)
        self._run_again()
        if self._task.blocks and self._task.following:
            self._replay(before)
        elif self._task.blocks:
            self._go_on()
            self._check_invariants(self._subject.host, before, " after the empty blocks")

    @property
    def _is_due(self) -> bool:
        """Whether migrations run, by what the state says of the last runtime that did any."""
        try:
            last = decode(LastRuntimeUpgradeInfo, self._before or b"")
        except ScaleError:
            return True
        version = self._new.version
        is_newer: bool = version.spec_version > last.spec_version
        return is_newer or last.spec_name != version.spec_name

    def _migrate(self) -> bool:
        """Run the first block; False if there is no such block."""
        subject, check = self._subject, self._report.check("migration")
        if not self._is_due:
            check.notes.append("none runs: the chain has seen this version, or a later one")
        storage = self._new.storage
        without = begin_without_migrations(subject, storage, self._after)
        try:
            self._watch(check)
            block = begin(subject, storage)
        except (RuntimePanic, MethodNotFound) as error:
            check.fail(f"the first block under the new runtime does not begin: {error}")
            return False
        self._tell(block, without)
        try:
            subject.finish()
        except (RuntimePanic, MethodNotFound, ScaleError) as error:
            check.fail(f"the first block under the new runtime does not end: {error}")
            return False
        code = subject.stage.state.get(CODE_KEY)
        if code != self._task.code:
            check.fail(f"the code after the first block is not the new one: {describe_code(code)}")
        return True

    def _watch(self, check: Check) -> None:
        """Run it once for those who look on: they must not count as time that it takes."""
        subject, pallets = self._subject, self._pallets
        if pallets is None:
            ask_try_runtime(subject.stage, check)
            self._report.check("order").skip(
                "the hooks of a WebAssembly runtime cannot be told apart"
            )
            return
        given = run_round(subject, pallets, watched_hooks(pallets, subject.host, check))
        order = self._report.check("order")
        if not self._is_due:
            order.skip("no migration runs")
            return
        readers = self._old_storage, self._new.storage
        OrderCheck(subject, pallets, given, readers, order).run()

    def _tell(self, block: Beginning, without: Beginning | None) -> None:
        """What the first block did to storage, and what it costs."""
        report = self._report
        whole = self._subject.stage.state.whole()
        state = whole.top
        baseline = {LAST_UPGRADE: self._after} if without is None else without.changes
        found = differing(state, block.changes, baseline)
        report.storage = summarize(state, found, self._old_storage, self._new.storage)
        report.cost = cost_of(block, without, self._new.storage, self._subject.budget)
        check_weight(report.cost, report.check("weight"))
        check_time(report.cost, report.check("time"))
        if self._task.scale > 1:
            grown = ScaledBlock(self._task.about, whole, self._old_storage, self._new, self._after)
            grown.run(self._task.scale, report)

    def _check_storage(self) -> None:
        before, state = self._task.state.top, self._subject.stage.state.values
        old, new = self._old_storage, self._new.storage
        check = self._report.check("storage decodes")
        check_readable(before, state, old, new, check)
        if old is not None:
            check_meaning(before, state, old, new, check)
        check = self._report.check("storage versions")
        check_versions(self._pallets, self._subject.host, check)

    def _check_invariants(self, host: Host, before: Soundness, when: str = "") -> None:
        check = self._report.check(f"try-state{when}")
        check_invariants(self._new.runtime, host, before, check)

    def _run_again(self) -> None:
        """Whether the same block comes out the same if migrations run once more in it."""
        subject, check = self._subject, self._report.check("idempotency")
        if not self._is_due:
            check.skip("no migration runs")
            return
        when = ""
        try:
            with subject.supposing(self._after):
                subject.begin()
                once = subject.after()
            when = " if migrations run again"
            with subject.supposing(self._before):
                subject.begin()
                twice = subject.after()
        except (RuntimePanic, MethodNotFound) as error:
            check.fail(f"the second block does not begin{when}: {error}")
            return
        storage = self._new.storage
        items, _ = compare(subject.stage.state.values, once, twice, storage, storage)
        for item in items:
            check.fail(f"run again, migrations change {item.item}: {item.told()}")

    def _replay(self, before: Soundness) -> None:
        """Go on as the chain did, again from the state before the upgrade."""
        task, wanted = self._task, self._task.blocks
        blocks = task.following[:wanted]
        check = self._report.check(_counted(len(blocks), "replayed block"))
        if len(blocks) < wanted:
            check.notes.append(f"the chain has no more than that, where {wanted} were asked for")
        replay = Replay(task.about, task.state, task.code, (self._old, self._new), check)
        replay.run(blocks)
        self._report.replayed = replay.counts
        if replay.state_then is not None:
            before = before.later(self._old_runtime, replay.state_then)
        self._check_invariants(replay.host, before, " after the replayed blocks")

    def _go_on(self) -> None:
        check = self._report.check(_counted(self._task.blocks, "empty block"))
        for number in range(1, self._task.blocks + 1):
            try:
                self._subject.begin()
                self._subject.finish()
            except (RuntimePanic, MethodNotFound, ScaleError) as error:
                check.fail(f"empty block {number} of {self._task.blocks}: {error}")
                self._subject.stage.forget()
                return
            self._report.blocks = number


class Asked(Protocol):
    """A runtime over a state, which it may be asked to leave as it was."""

    def call(self, method: str, args: bytes = b"") -> bytes: ...

    def attempt(self) -> AbstractContextManager[None]: ...


def ask_try_runtime(stage: Asked, check: Check) -> None:
    """Runtimes that were built with `TryRuntime` check their migrations themselves."""
    try:
        with stage.attempt():
            stage.call("TryRuntime_on_runtime_upgrade", EVERY_CHECK)
    except MethodNotFound:
        check.notes.append("the runtime has no TryRuntime, so its migrations check nothing")
    except RuntimePanic as panic:
        check.fail(f"TryRuntime_on_runtime_upgrade: {panic}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
