"""The blocks that followed on the chain, on the upgraded state: what becomes of their extrinsics.

    state, with the old code ── block ── block ── …     results as they were
    state, with the new code ── block ── block ── …     results as they are now

The first of them is the first block under the new runtime, so migrations run in it. Headers have
the parents, slots and times that they had; nothing looks at their roots.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, Final

from genesis.spec import CODE_KEY
from node.executor.errors import MethodNotFound, RuntimePanic
from node.executor.host import ExecutionHost
from node.replay.errors import RecordError
from node.replay.explain import Explainer
from node.replay.record import ChainBlock
from node.runtime_tools.extrinsics import ExtrinsicReader
from node.snapshot.file import About
from node.try_runtime.report import Check, Replayed
from node.try_runtime.subject import Subject, is_refused
from node.try_runtime.versions import Candidate
from node.whole_state import WholeState
from primitives.block import Header, RuntimeEnvironmentUpdated
from primitives.host import Host
from primitives.scale.errors import ScaleError

LISTED: Final = 100
"""Extrinsics that are told one by one; all are counted."""
_FAILED: Final = b"\0\1"
_IN_THE_BLOCK: Final = "in the block"
"""All that is known of an extrinsic if the chain's code does not run here."""


class TrustingHost(ExecutionHost):
    """Takes every signature as valid.

    What is signed names the runtime's version, so under another one no signature of the chain's
    extrinsics holds. The chain has checked them. Runtimes in WebAssembly ask in the same way, but
    for ECDSA: there they want to know who signed, which cannot be said of other words.
    """

    def verify(
        self,
        scheme: int,  # noqa: ARG002
        signature: bytes,  # noqa: ARG002
        message: bytes,  # noqa: ARG002
        public: bytes,  # noqa: ARG002
    ) -> bool:
        """Believe it."""
        return True


class Outcome(Enum):
    """What became of an extrinsic."""

    OK = "ok"
    FAILED = "failed"
    """It is in the block, and its call changed nothing."""
    REFUSED = "refused"
    """It may not be in the block."""
    UNDECODABLE = "undecodable"
    """The runtime does not know such a call."""

    @classmethod
    def of(cls, result: bytes) -> "Outcome":
        """By what `BlockBuilder_apply_extrinsic` answers."""
        if is_refused(result):
            return cls.REFUSED
        return cls.FAILED if result.startswith(_FAILED) else cls.OK


_MAY_BE_IN_A_BLOCK: Final = (Outcome.OK.value, Outcome.FAILED.value)


class Replay:
    """Both chains side by side, as far as they go."""

    def __init__(
        self,
        about: About,
        state: WholeState,
        code: bytes,
        runtimes: tuple[Candidate | None, Candidate],
        check: Check,
    ) -> None:
        old, new = runtimes
        header, upgraded = about.header, state.with_top({CODE_KEY: code})
        self._then = None if old is None else Subject(old.runtime, header, state, TrustingHost)
        self._now = Subject(new.runtime, header, upgraded, TrustingHost)
        self._reader = ExtrinsicReader(new.metadata)
        self._explain_then = Explainer((old or new).metadata)
        self._explain_now = Explainer(new.metadata)
        self._check = check
        self._where = ""
        self._listed: list[str] = []
        self.counts = Replayed()

    @property
    def host(self) -> Host:
        """Over the upgraded state after the last block that went well."""
        return self._now.host

    @property
    def state_then(self) -> WholeState | None:
        """What the chain had after the last block, if its code runs here."""
        return None if self._then is None else self._then.stage.state.whole()

    def run(self, blocks: Sequence[ChainBlock]) -> None:
        """Replay them until one does not go well, or changes the chain's code.

        Raises:
            RecordError: the chain's own code does not make of a block what its header says.
        """
        if self._then is None:
            self._check.notes.append("what became of the extrinsics on the chain is not known")
        for block in blocks:
            if RuntimeEnvironmentUpdated() in block.header.digest.items:
                self._check.notes.append(
                    f"block {block.header.number} changes the code of the chain, so the replay "
                    "ends before it"
                )
                break
            try:
                self._run_block(block)
            except (RuntimePanic, MethodNotFound, ScaleError) as error:
                self._check.fail(f"{self._where}: {error}")
                self._now.stage.forget()
                break
            self.counts.blocks += 1
        self._tell()

    def _run_block(self, block: ChainBlock) -> None:
        header = _unsealed(block.header)
        results = self._results_then(header, block.extrinsics)
        self._where = f"block {header.number} does not begin"
        self._now.open(header)
        for index, (extrinsic, then) in enumerate(zip(block.extrinsics, results, strict=True)):
            name = self._explain_then.call_name(extrinsic)
            self._where = f"block {header.number}, extrinsic {index}, {name}"
            fault = self._reader.fault(extrinsic)
            now = None if fault is not None else self._now.apply(extrinsic)
            self.counts.extrinsics += 1
            self._compare(then, now, fault)
        self._where = f"block {header.number} does not end"
        self._now.end()

    def _results_then(self, header: Header, extrinsics: list[bytes]) -> Sequence[bytes | None]:
        """Execute the block as the chain did; None for each result if that cannot be done."""
        if self._then is None:
            return [None] * len(extrinsics)
        try:
            self._then.open(header)
            results = [self._then.apply(extrinsic) for extrinsic in extrinsics]
            made = self._then.end()
        except (RuntimePanic, MethodNotFound, ScaleError) as error:
            raise RecordError(
                f"block {header.number} cannot be executed by the chain's own code: {error}"
            ) from error
        if replace(made, state_root=header.state_root) != header:
            raise RecordError(f"executing block {header.number} does not give what its header says")
        return results

    def _compare(self, then: bytes | None, now: bytes | None, fault: str | None) -> None:
        """Note if an extrinsic ends in another way, and not only for another reason."""
        before = _IN_THE_BLOCK if then is None else Outcome.of(then).value
        after = Outcome.UNDECODABLE.value if now is None else Outcome.of(now).value
        stayed = after == before or (then is None and after in _MAY_BE_IN_A_BLOCK)
        if stayed:
            return
        change, changed = f"{before} -> {after}", self.counts.changed
        changed[change] = changed.get(change, 0) + 1
        if sum(changed.values()) <= LISTED:
            was = before if then is None else _words(self._explain_then.result(then))
            became = f"{after}: {fault}" if now is None else _words(self._explain_now.result(now))
            self._listed.append(f"{self._where}: {was} -> {became}")

    def _tell(self) -> None:
        """The sums first: of a long list people are shown the beginning."""
        changed, every = self.counts.changed, self.counts.extrinsics
        total, notes = sum(changed.values()), self._check.notes
        if not total:
            notes.append(f"{every} extrinsics, which end as they did on the chain")
            return
        kinds = ", ".join(f"{count} {change}" for change, count in sorted(changed.items()))
        notes.append(f"{total} of {every} extrinsics end otherwise: {kinds}")
        notes += self._listed
        if total > LISTED:
            notes.append(f"{total - LISTED} more of them are not listed")


def _unsealed(header: Header) -> Header:
    parts = header.split_seal()
    return header if parts is None else parts[0]


def _words(result: Any) -> str:
    """What an Explainer says, without its quotes."""
    if isinstance(result, dict):
        return ", ".join(f"{name}: {_words(inner)}" for name, inner in result.items())
    return str(result)
