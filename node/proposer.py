"""The proposer: one block on top of a parent, with as much from the pool as fits in time.

initialize ── inherents ── extrinsics in the pool's order ── finalize
                            until the deadline, or until nothing seems to fit

New code is judged only where an extrinsic brings it. What the chain itself puts in place, as it has
scheduled, no author can leave out: the import of the block says whether the node goes on.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from node.executor.errors import CodeNotPermitted, RuntimePanic, UnknownCode
from node.executor.executor import Executor
from node.runtime_apis import APPLY, read_answer, read_apply_refusal
from node.txpool.order import ExecutionOrder
from primitives.block import Block, Digest, Header
from primitives.errors import Rejected
from primitives.transaction_validity import Invalid, InvalidTransaction, TransactionValidityError
from primitives.types import BlockNumber, Hash
from runtime.wire_types import OpaqueExtrinsic
from storage.columns import Head
from storage.trie.trie import Changes, TrieUpdate

log = logging.getLogger("author")

MAX_SKIPPED: Final = 8
"""Extrinsics too big for what is left of the block, before the rest is believed to be so too."""

ONLY_INHERENTS: Final = b"\1"
"""`ExtrinsicInclusionMode`: so runtimes answer in the midst of migrations of several blocks. Those
that say nothing take all extrinsics."""

_NO_ROOT: Final = Hash(bytes(32))
_EXHAUSTED: Final = Invalid(InvalidTransaction.EXHAUSTS_RESOURCES)


class CannotPropose(Rejected):
    """The runtime does not let this node make a block here and now."""


@dataclass(frozen=True, slots=True)
class Task:
    """What block to make, and for how long."""

    parent: Head
    digest: Digest
    inherent_data: bytes
    seconds: float
    """Wall time for all of it."""

    @property
    def header(self) -> Header:
        number = BlockNumber(self.parent.number + 1)
        return Header(self.parent.hash, number, _NO_ROOT, _NO_ROOT, self.digest)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A block without a seal, and what it does to the state of its parent."""

    block: Block
    update: TrieUpdate
    changes: Changes
    invalid: tuple[Hash, ...]
    """Extrinsics of the pool that can be in no block."""
    seconds: float


def propose(
    executor: Executor,
    task: Task,
    ready: ExecutionOrder,
    monotonic: Callable[[], float] = time.monotonic,
) -> Proposal:
    """Make a block with an executor that stands on the parent's state."""
    started = monotonic()
    try:
        mode = executor.call("Core_initialize_block", task.header.encode())
        body = _inherents(executor, task.inherent_data)
        executor.accept_code()
        deadline = _Deadline(monotonic, started, task.seconds)
        chosen, invalid = ([], []) if mode == ONLY_INHERENTS else _fill(executor, ready, deadline)
        header = _finished(executor.call("BlockBuilder_finalize_block", b""))
    except RuntimePanic as panic:
        raise CannotPropose(panic.reason) from panic
    update, changes = executor.outcome()
    seconds = monotonic() - started
    return Proposal(Block(header, body + chosen), update, changes, tuple(invalid), seconds)


def _finished(answer: bytes) -> Header:
    try:
        return Header.decode(answer)
    except ValueError as error:
        raise CannotPropose(f"the runtime finishes the block with no header: {error}") from error


@dataclass(frozen=True, slots=True)
class _Deadline:
    """When to stop adding extrinsics. The last third of the time is for finalizing the block."""

    monotonic: Callable[[], float]
    started: float
    seconds: float

    def is_over(self) -> bool:
        return self.monotonic() >= self.started + self.seconds * 2 / 3

    def is_half_over(self) -> bool:
        return self.monotonic() >= self.started + self.seconds / 3


def _inherents(executor: Executor, inherent_data: bytes) -> list[bytes]:
    """What the author itself has to say. All of it must be accepted."""
    answer = executor.call("BlockBuilder_inherent_extrinsics", inherent_data)
    inherents: list[bytes] = read_answer(
        list[OpaqueExtrinsic], "BlockBuilder_inherent_extrinsics", answer
    )
    for inherent in inherents:
        if refusal := read_apply_refusal(executor.call(APPLY, inherent)):
            raise CannotPropose(f"the runtime refuses an inherent: {refusal}")
    return inherents


def _fill(
    executor: Executor, ready: ExecutionOrder, deadline: _Deadline
) -> tuple[list[bytes], list[Hash]]:
    """Apply extrinsics in order; answer those that went in, and those that never will."""
    chosen: list[bytes] = []
    invalid: list[Hash] = []
    skipped = 0
    for member in ready:
        if deadline.is_over():
            break
        try:
            refusal = _apply(executor, member.extrinsic)
        except CodeNotPermitted as error:
            log.warning(
                "Extrinsic 0x%s is left to other authors: %s", member.hash.hex(), error.reason
            )
            ready.skip_dependents()
            continue
        except UnknownCode as error:
            log.warning("Extrinsic 0x%s can be in no block: %s", member.hash.hex(), error.reason)
            invalid.append(member.hash)
            ready.skip_dependents()
            continue
        except RuntimePanic as panic:
            log.info("extrinsic trapped hash=0x%s reason=%s", member.hash.hex(), panic.reason)
            invalid.append(member.hash)
            ready.skip_dependents()
            continue
        if refusal is None:
            chosen.append(member.extrinsic)
            continue
        ready.skip_dependents()
        if refusal != _EXHAUSTED:
            invalid.append(member.hash)
        elif skipped < MAX_SKIPPED:
            skipped += 1
        elif deadline.is_half_over():
            break
    return chosen, invalid


def _apply(executor: Executor, extrinsic: bytes) -> TransactionValidityError | None:
    """Apply one extrinsic in a layer; undo it if the block may not hold it.

    Raises:
        CodeNotPermitted: after it the chain would go on without this node. It is undone.
        UnknownCode: after it the chain would not go on at all. It is undone.
    """
    with executor.layer() as layer:
        refusal = read_apply_refusal(executor.call(APPLY, extrinsic))
        if refusal is None:
            executor.ensure_runs_new_code()
            layer.keep()
    return refusal
