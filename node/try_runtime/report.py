"""What a dry run found, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Final

from node.runtime_tools.growth import Grown

_SHOWN: Final = 20
"""Lines of one check that people are shown; programs get all."""


class Verdict(Enum):
    """How a check went."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(slots=True)
class Check:
    """One question to the new runtime."""

    name: str
    verdict: Verdict = Verdict.PASSED
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is no fault of the upgrade and yet worth knowing."""

    def fail(self, problem: str) -> None:
        """Note that something is wrong."""
        self.verdict = Verdict.FAILED
        self.problems.append(problem)

    def skip(self, reason: str) -> None:
        """Note that the question cannot be asked."""
        self.verdict = Verdict.SKIPPED
        self.notes.append(reason)


@dataclass(slots=True)
class ItemChanges:
    """What the migrations did to one storage item."""

    item: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    examples: list[str] = field(default_factory=list)

    def told(self) -> str:
        """All of it in one line, with one example."""
        counted = f"{self.added} added, {self.changed} changed, {self.removed} removed"
        return f"{counted}, as {self.examples[0]}"


@dataclass(slots=True)
class Cost:
    """What the first block under the new runtime takes before its extrinsics."""

    seconds: float
    seconds_limit: float
    ref_time: int
    ref_time_limit: int
    proof_size: int
    proof_size_limit: int
    migration_seconds: float | None
    """Beyond the same block without migrations; None if there can be no such block."""
    migration_ref_time: int | None
    migration_proof_size: int | None


@dataclass(slots=True)
class ScaledCost:
    """The same on a state that has grown."""

    times: int
    cost: Cost
    items: list[Grown]


@dataclass(slots=True)
class Replayed:
    """What became of the blocks that followed on the chain."""

    blocks: int = 0
    extrinsics: int = 0
    changed: dict[str, int] = field(default_factory=dict)
    """How many of the extrinsics ended otherwise, by `then -> now`."""


@dataclass(slots=True)
class Report:
    """All of it."""

    runtime: dict[str, Any]
    state: dict[str, Any]
    checks: list[Check] = field(default_factory=list)
    cost: Cost | None = None
    scaled: ScaledCost | None = None
    storage: list[ItemChanges] = field(default_factory=list)
    blocks: int = 0
    """Empty blocks that went well, after the first one."""
    replayed: Replayed | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.verdict is not Verdict.FAILED for check in self.checks)

    def check(self, name: str) -> Check:
        """Begin a check."""
        self.checks.append(Check(name))
        return self.checks[-1]

    def document(self) -> dict[str, Any]:
        """For programs."""
        checks = [asdict(check) | {"verdict": check.verdict.value} for check in self.checks]
        return {"passed": self.passed} | asdict(self) | {"checks": checks}

    def lines(self) -> Iterator[str]:
        """For people."""
        new, state = self.runtime, self.state
        yield f"state    {state['chain']} after block {state['block']}, {state['keys']} keys"
        yield f"runtime  {state['spec_name']} {state['spec_version']} -> {_version(new)}"
        yield ""
        for check in self.checks:
            yield f"{check.verdict.value:<8} {check.name}"
            yield from (f"           {line}" for line in _cut(check.problems))
            yield from (f"           note: {line}" for line in _cut(check.notes))
        if self.cost is not None:
            yield ""
            yield "The first block before its extrinsics, against what a block may take:"
            yield from _cost_lines(self.cost)
        if self.scaled is not None:
            yield ""
            yield f"The same if the state were {self.scaled.times} times as large:"
            yield from _cost_lines(self.scaled.cost)
            for item in self.scaled.items:
                yield f"  {item.item}: {item.before} -> {item.after} entries"
        if self.storage:
            yield ""
            yield from _storage_lines(self.storage)
        yield ""
        wrong = sum(check.verdict is Verdict.FAILED for check in self.checks)
        counted = "1 check" if wrong == 1 else f"{wrong} checks"
        yield "The upgrade is sound." if self.passed else f"The upgrade fails {counted}."


def _version(runtime: dict[str, Any]) -> str:
    if "spec_name" not in runtime:
        return str(runtime["file"])
    return f"{runtime['spec_name']} {runtime['spec_version']}"


def _cut(lines: list[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"… and {len(lines) - _SHOWN} more"


def _cost_lines(cost: Cost) -> Iterator[str]:
    yield f"  time       {cost.seconds:.3f} s of {cost.seconds_limit:.3f} s"
    yield f"  ref time   {cost.ref_time} of {cost.ref_time_limit}"
    yield f"  proof size {cost.proof_size} of {cost.proof_size_limit}"
    if cost.migration_seconds is not None:
        yield f"  migrations {cost.migration_seconds:.3f} s, ref time {cost.migration_ref_time}"


def _storage_lines(storage: list[ItemChanges]) -> Iterator[str]:
    yield f"{'storage changed by migrations':<48} {'added':>8} {'changed':>8} {'removed':>8}"
    for item in storage:
        yield f"  {item.item:<46} {item.added:>8} {item.changed:>8} {item.removed:>8}"
        yield from (f"      {example}" for example in item.examples)
