"""What the first block costs before its extrinsics, against what a block may have."""

from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from node.executor.errors import MethodNotFound, RuntimePanic
from node.replay.trace import Changes
from node.runtime_tools.storage import StorageReader, storage_key
from node.try_runtime.report import Check, Cost
from node.try_runtime.subject import Subject

BLOCK_WEIGHT: Final = storage_key("System", "BlockWeight")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a block did and took before its extrinsics."""

    seconds: float
    ref_time: int
    proof_size: int
    changes: Changes


def begin(subject: Subject, storage: StorageReader) -> Beginning:
    """Begin a block. What it writes stays."""
    subject.stage.forget()
    seconds = subject.begin()
    return Beginning(seconds, *_weight_so_far(subject, storage), subject.after())


def begin_without_migrations(
    subject: Subject, storage: StorageReader, last_upgrade: bytes
) -> Beginning | None:
    """The same block if the new version had run before; None if it does not even begin so."""
    try:
        subject.stage.forget()
        with subject.supposing(last_upgrade):
            seconds = subject.begin()
            return Beginning(seconds, *_weight_so_far(subject, storage), subject.after())
    except (RuntimePanic, MethodNotFound):
        return None


def cost_of(
    block: Beginning, without: Beginning | None, storage: StorageReader, budget: float
) -> Cost:
    """Compare a block with the limits that a runtime sets itself, and with an author's time."""
    limits = storage.constant("System", "BlockWeights") or {}
    ref_time, proof_size = _weight(limits.get("max_block"))
    return Cost(
        seconds=round(block.seconds, 4),
        seconds_limit=budget,
        ref_time=block.ref_time,
        ref_time_limit=ref_time,
        proof_size=block.proof_size,
        proof_size_limit=proof_size,
        migration_seconds=None if without is None else _beyond(block.seconds, without.seconds),
        migration_ref_time=None if without is None else block.ref_time - without.ref_time,
        migration_proof_size=None if without is None else block.proof_size - without.proof_size,
    )


def check_weight(cost: Cost, check: Check) -> None:
    """Whether the weight of the beginning leaves a block that may be."""
    for name, used, most, share in (
        ("ref time", cost.ref_time, cost.ref_time_limit, cost.migration_ref_time),
        ("proof size", cost.proof_size, cost.proof_size_limit, cost.migration_proof_size),
    ):
        if used > most:
            check.fail(
                f"{name} {used} before any extrinsic; a block may have {most}"
                + _spread(used, most, share)
            )


def check_time(cost: Cost, check: Check) -> None:
    """Whether an author gets that far."""
    used, most = cost.seconds, cost.seconds_limit
    if used > most:
        check.fail(
            f"{used:.3f} s before any extrinsic; an author has {most:.3f} s for a block"
            + _spread(used, most, cost.migration_seconds)
        )


def _spread(used: float, most: float, share: float | None) -> str:
    """Over how many blocks the migrations would have to be spread.

    What the block takes without them, every one of those blocks takes too.
    """
    share = used if share is None else share
    room = most - (used - share)
    if room <= 0:
        return "; there would be no room for it without migrations either"
    return f"; spread over blocks, the migrations need {ceil(share / room)} of them"


def _beyond(seconds: float, without: float) -> float:
    """Clocks are not so exact that the difference could not be below zero."""
    return round(max(0.0, seconds - without), 4)


def _weight_so_far(subject: Subject, storage: StorageReader) -> tuple[int, int]:
    """What the block under way weighs."""
    stored = subject.stage.get(BLOCK_WEIGHT)
    if stored is None or storage.item(BLOCK_WEIGHT) is None:
        return 0, 0
    weights = [_weight(weight) for weight in storage.value(BLOCK_WEIGHT, stored).values()]
    return sum(weight[0] for weight in weights), sum(weight[1] for weight in weights)


def _weight(value: Any) -> tuple[int, int]:
    """Reference time and proof size; older runtimes know only the one."""
    match value:
        case {"ref_time": int(ref_time), "proof_size": int(proof_size)}:
            return ref_time, proof_size
        case int(ref_time):
            return ref_time, 0
        case _:
            return 0, 0
