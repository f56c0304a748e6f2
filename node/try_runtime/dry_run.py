"""A dry run: the first block under a new runtime, on a copy of the state, and what to say of it.

    state, with the new code ── first block as it would be without migrations
                             └─ first block ── checks ── second round of migrations
                                            └─ more empty blocks ── checks

Nothing here asks of what kind the runtime is: migrations show in how the same block differs with
and without them. What only Python runtimes can tell besides comes from `python`.
"""

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from genesis.spec import CODE_KEY
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.executor.host import host_over
from node.executor.runtimes import Runtimes
from node.invariants import Invariants
from node.replay.stage import MemoryState
from node.replay.trace import Changes
from node.runtime_tools.storage import storage_key
from node.snapshot.file import About
from node.try_runtime.python import check_versions, pallets_of, watch_hooks
from node.try_runtime.report import Check, Cost, Report
from node.try_runtime.storage import check_readable, differing, summarize
from node.try_runtime.subject import LAST_UPGRADE, Subject
from node.try_runtime.versions import (
    Candidate,
    check_spec,
    check_transactions,
    make_candidate,
)
from primitives.hashing import blake2_256
from primitives.scale.errors import ScaleError
from primitives.scale.types import decode, encode
from runtime.pallets.system_types import LastRuntimeUpgradeInfo

log = logging.getLogger("try_runtime")

BLOCK_WEIGHT: Final = storage_key("System", "BlockWeight")
EVERY_CHECK: Final = b"\1"
"""`UpgradeCheckSelect::All`, for runtimes that were built with `TryRuntime`."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is tried on what."""

    file: str
    code: bytes
    about: About
    state: dict[bytes, bytes]
    """The roots of child tries are among it."""
    blocks: int
    children: dict[bytes, dict[bytes, bytes]] = field(default_factory=dict)
    """Child tries by their names."""


def dry_run(task: Task) -> Report:
    """Find out what an upgrade would do. The state of the task stays as it is."""
    report = Report(
        {"file": task.file, "code_hash": f"0x{blake2_256(task.code).hex()}"},
        task.about.document() | {"keys": len(task.state)},
    )
    runtimes = Runtimes()
    check = report.check("runtime")
    try:
        new = make_candidate(runtimes, task.code)
        state = task.state | {CODE_KEY: task.code}
        subject = Subject(new.runtime, task.about.header, state, task.children)
    except (UnknownCode, MethodNotFound, RuntimePanic) as error:
        check.fail(str(error))
        return report
    version = new.version
    report.runtime |= {
        "spec_name": version.spec_name,
        "spec_version": version.spec_version,
        "transaction_version": version.transaction_version,
    }
    old: Candidate | None = None
    try:
        old = make_candidate(runtimes, task.state.get(CODE_KEY))
    except UnknownCode as error:
        check.notes.append(f"the code on the chain cannot be compared with: {error}")
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
        self._pallets = pallets_of(subject.bound)
        self._before = task.state.get(LAST_UPGRADE)
        version = new.version
        info = LastRuntimeUpgradeInfo(version.spec_version, version.spec_name)
        self._after = encode(LastRuntimeUpgradeInfo, info)

    def run(self) -> None:
        self._check_numbers()
        below = self._state_before()
        if not self._migrate():
            return
        self._check_storage()
        self._check_invariants(below)
        self._run_again()
        if self._task.blocks:
            self._go_on()
            self._check_invariants(below, " after the empty blocks")

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

    def _check_numbers(self) -> None:
        check, transactions = self._report.check("spec version"), None
        if self._old is not None:
            check_spec(self._old.version, self._new.version, check)
            transactions = self._report.check("transaction version")
            check_transactions(self._old, self._new, transactions)
        else:
            check.skip("the version on the chain is not known")

    def _state_before(self) -> tuple[Any, list[str]]:
        """What was broken before the upgrade, and totals to compare with."""
        old = None if self._old is None else Invariants.of(self._old.runtime)
        if old is None:
            return None, []
        host = host_over(MemoryState(self._task.state, self._task.children))
        try:
            return old.measure(host), old.broken(host)
        except Exception:
            log.exception("the old runtime cannot judge the state")
            return None, []

    def _migrate(self) -> bool:
        """Run the first block; False if there is no such block."""
        subject, check = self._subject, self._report.check("migration")
        if not self._is_due:
            check.notes.append("none runs: the chain has seen this version, or a later one")
        without = self._without_migrations()
        if self._pallets is None:
            ask_try_runtime(subject.stage, check)
        end = watch_hooks(self._pallets or [], subject.host, check)
        try:
            seconds = subject.begin()
        except (RuntimePanic, MethodNotFound) as error:
            check.fail(f"the first block under the new runtime does not begin: {error}")
            return False
        finally:
            end()
        changes = subject.after()
        state = self._task.state | {CODE_KEY: self._task.code}
        baseline = {LAST_UPGRADE: self._after} if without is None else without.changes
        found = differing(state, changes, baseline)
        old = None if self._old is None else self._old.storage
        self._report.storage = summarize(state, found, old, self._new.storage)
        self._check_cost(seconds, without)
        try:
            subject.finish()
        except (RuntimePanic, MethodNotFound, ScaleError) as error:
            check.fail(f"the first block under the new runtime does not end: {error}")
            return False
        return True

    def _without_migrations(self) -> "_Baseline | None":
        try:
            with self._subject.supposing(self._after):
                seconds = self._subject.begin()
                return _Baseline(seconds, self._weight(), self._subject.after())
        except (RuntimePanic, MethodNotFound):
            return None

    def _check_cost(self, seconds: float, without: "_Baseline | None") -> None:
        weight, subject = self._weight(), self._subject
        limits = self._new.storage.constant("System", "BlockWeights") or {}
        limit = _weight(limits.get("max_block"))
        budget = subject.budget
        self._report.cost = Cost(
            seconds=round(seconds, 4),
            seconds_limit=budget,
            ref_time=weight[0],
            ref_time_limit=limit[0],
            proof_size=weight[1],
            proof_size_limit=limit[1],
            migration_seconds=None
            if without is None
            else round(max(0.0, seconds - without.seconds), 4),
            migration_ref_time=None if without is None else weight[0] - without.weight[0],
        )
        check = self._report.check("weight")
        for name, used, most in zip(("ref time", "proof size"), weight, limit, strict=True):
            if used > most:
                check.fail(f"{name} {used} before any extrinsic; a block may have {most}")
        if seconds > budget:
            self._report.check("time").fail(
                f"{seconds:.3f} s before any extrinsic; an author has {budget:.3f} s for a block"
            )
        else:
            self._report.check("time")

    def _weight(self) -> tuple[int, int]:
        """What the block under way weighs so far."""
        stored = self._subject.stage.get(BLOCK_WEIGHT)
        if stored is None or self._new.storage.item(BLOCK_WEIGHT) is None:
            return 0, 0
        classes = self._new.storage.value(BLOCK_WEIGHT, stored)
        weights = [_weight(weight) for weight in classes.values()]
        return sum(weight[0] for weight in weights), sum(weight[1] for weight in weights)

    def _check_storage(self) -> None:
        old = None if self._old is None else self._old.storage
        state = self._subject.stage.state.values
        check_readable(state, old, self._new.storage, self._report.check("storage decodes"))
        check = self._report.check("storage versions")
        check_versions(self._pallets, self._subject.host, check)

    def _check_invariants(self, below: tuple[Any, list[str]], when: str = "") -> None:
        check = self._report.check(f"try-state{when}")
        totals, broken_before = below
        new = Invariants.of(self._new.runtime)
        if new is None:
            check.skip("the runtime has no invariants that can be asked about")
            return
        try:
            problems = new.broken(self._subject.host, totals)
        except Exception as error:
            log.exception("try-state failed")
            check.fail(f"the invariants cannot be looked at: {type(error).__name__}: {error}")
            return
        known = {_invariant(problem) for problem in broken_before}
        for problem in problems:
            if _invariant(problem) in known:
                check.notes.append(f"{problem} (broken before the upgrade too)")
            else:
                check.fail(problem)

    def _run_again(self) -> None:
        """Whether the same block comes out the same if migrations run once more in it."""
        subject, check = self._subject, self._report.check("idempotency")
        if not self._is_due:
            check.skip("no migration runs")
            return
        try:
            with subject.supposing(self._after):
                subject.begin()
                once = subject.after()
            with subject.supposing(self._before):
                subject.begin()
                twice = subject.after()
        except (RuntimePanic, MethodNotFound) as error:
            check.fail(f"the second block does not begin if migrations run again: {error}")
            return
        state = subject.stage.state.values
        changed = differing(state, twice, once)
        for item in summarize(state | _kept(once), changed, self._new.storage, self._new.storage):
            check.fail(
                f"run again, migrations change {item.item}: "
                f"{item.added} added, {item.changed} changed, {item.removed} removed, "
                f"as {item.examples[0]}"
            )

    def _go_on(self) -> None:
        check = self._report.check(f"{self._task.blocks} empty blocks")
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


@dataclass(frozen=True, slots=True)
class _Baseline:
    """The first block as it would be without migrations."""

    seconds: float
    weight: tuple[int, int]
    changes: Changes


def _kept(changes: Changes) -> dict[bytes, bytes]:
    return {key: value for key, value in changes.items() if value is not None}


def _weight(value: Any) -> tuple[int, int]:
    """Reference time and proof size; older runtimes know only the one."""
    match value:
        case {"ref_time": int(ref_time), "proof_size": int(proof_size)}:
            return ref_time, proof_size
        case int(ref_time):
            return ref_time, 0
        case _:
            return 0, 0


def _invariant(problem: str) -> str:
    return problem.partition(":")[0]
