"""The replay: every block of a trace again, and everything compared that the trace recorded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from genesis.host import GenesisHost
from node.executor.errors import MethodNotFound, RuntimePanic
from node.replay.difference import Difference, KeyDifference, Kind
from node.replay.explain import Explainer
from node.replay.metadata import same_answer
from node.replay.stage import (
    BindRuntime,
    EmbeddedRuntime,
    MemoryState,
    RuntimeFailed,
    Stage,
    release,
)
from node.replay.trace import ApiAnswer, Changes, Refusal, Trace, TraceBlock
from node.runtime_tools.metadata import metadata_of
from primitives.block import Header
from primitives.types import BlockNumber, Hash
from storage.trie.node import EMPTY_ROOT

BEGIN: Final = "Core_initialize_block"
APPLY: Final = "BlockBuilder_apply_extrinsic"
END: Final = "BlockBuilder_finalize_block"
EXECUTE: Final = "Core_execute_block"

PANIC: Final = "panic"
"""Stands for the answer of a runtime that panicked."""


@dataclass(slots=True)
class Totals:
    """What was compared and found equal."""

    blocks: int = 0
    extrinsics: int = 0
    refused: int = 0
    answers: int = 0
    dead_ends: int = 0
    bad_blocks: int = 0


Progress = Callable[[Totals], None]
"""Told after every block."""


class Replay:
    """One trace on one runtime: by default the release that it was recorded from."""

    def __init__(self, trace: Trace, bind: BindRuntime | None = None) -> None:
        self._trace = trace
        self._bind = bind or partial(EmbeddedRuntime, loaded=release(trace))
        self._stage = Stage(trace.genesis, self._bind, trace.children)
        self.totals = Totals()
        self.expect(trace)

    @cached_property
    def _explain(self) -> Explainer:
        """Only differences need explaining."""
        return Explainer(metadata_of(self._bind(GenesisHost())))

    @property
    def state(self) -> MemoryState:
        """The state after the blocks so far."""
        return self._stage.state

    def expect(self, trace: Trace) -> None:
        """Take questions and traps from a trace; a longer record of the same chain will do."""
        self._asked = _by_block(trace.api_calls, lambda answer: answer.at_block)
        self._dead = _by_block(trace.dead_ends, lambda end: end.after_block)
        self._bad = _by_block(trace.bad_blocks, lambda bad: bad.after_block)

    def run(self, progress: Progress = lambda _: None) -> Totals:
        """Replay all of it.

        Raises:
            Difference: the runtime did something else than recorded.
        """
        trace = self._trace
        self.begin()
        for block in trace.blocks:
            self.step(block)
            progress(self.totals)
        return self.totals

    def begin(self) -> None:
        """Compare what the trace has from before the first block."""
        self._compare_genesis()
        for answer in self._asked.get(None, ()):
            self._ask_alone(answer)
        self._between(self._trace.first - 1)

    def step(self, block: TraceBlock) -> None:
        """Compare the next block, and what was asked after it."""
        self._run_block(block)
        self._between(block.number)

    def skip(self, block: TraceBlock) -> None:
        """Go on as if a block had done what the trace says of its storage."""
        self._stage.adopt(block.diff or {}, block.children)

    def _compare_genesis(self) -> None:
        trace = self._trace
        if trace.first != 1:
            return
        root, none = Hash(self._stage.root), Hash(bytes(32))
        made = Header(none, BlockNumber(0), root, Hash(EMPTY_ROOT)).hash()
        if made != trace.genesis_hash:
            raise Difference(
                Kind.GENESIS, 0, _hex(trace.genesis_hash), _hex(made), "hash of the genesis header"
            )

    def _run_block(self, block: TraceBlock) -> None:
        stage, number = self._stage, block.number
        try:
            self._call(number, BEGIN, blank_header(block))
            for index, extrinsic in enumerate(block.extrinsics):
                self._refuse(block, index)
                got = self._call(number, APPLY, extrinsic, index)
                if got != block.results[index]:
                    raise self._result_difference(block, index, got)
            self._refuse(block, len(block.extrinsics))
            made = self._call(number, END, b"")
            if block.diff is not None and stage.changes() != block.diff:
                raise self._storage_difference(block, stage.changes(), block.diff)
            if made != block.header:
                raise _header_difference(block, Header.decode(made))
        except Difference as difference:
            difference.note = difference.note or block.note
            raise
        stage.settle()
        self.totals.blocks += 1
        self.totals.extrinsics += len(block.extrinsics)

    def _call(self, number: int, method: str, args: bytes, index: int | None = None) -> bytes:
        """A call that a valid block needs."""
        try:
            return self._stage.call(method, args)
        except (RuntimePanic, RuntimeFailed, MethodNotFound) as error:
            subject = method if index is None else self._explain.call_name(args)
            raise Difference(
                Kind.FAILURE, number, "the block goes on", _told(error), subject, index
            ) from error

    def _refuse(self, block: TraceBlock, applied: int) -> None:
        for refusal in block.refused:
            if refusal.after == applied:
                self._compare_refusal(block, refusal)
                self.totals.refused += 1

    def _compare_refusal(self, block: TraceBlock, refusal: Refusal) -> None:
        with self._stage.attempt():
            got = self._answer(APPLY, refusal.extrinsic)
        if got != refusal.result:
            raise Difference(
                Kind.REFUSAL,
                block.number,
                self._told_result(refusal.result, refusal.trap),
                self._told_result(got, None),
                self._explain.call_name(refusal.extrinsic),
                refusal.after,
            )

    def _answer(self, method: str, args: bytes) -> bytes | str | None:
        """What the runtime answers: None for a panic, a text where it failed in another way."""
        try:
            return self._stage.call(method, args)
        except RuntimePanic:
            return None
        except (RuntimeFailed, MethodNotFound) as error:
            return _told(error)

    def _told_result(self, result: bytes | str | None, trap: str | None) -> Any:
        if isinstance(result, str):
            return result
        return f"{PANIC}: {trap}" if result is None and trap else self._explain.result(result)

    def _between(self, number: int) -> None:
        """What was asked and tried after a block, on its state and without a trace."""
        for answer in self._asked.get(number, ()):
            with self._stage.attempt():
                got = self._answer(answer.method, answer.argument)
            self._stage.forget()
            self._compare_answer(number, answer, got)
        for end in self._dead.get(number, ()):
            self._must_panic(
                Kind.DEAD_END, number, BEGIN, end.initialize_header, end.note, end.panic
            )
            self.totals.dead_ends += 1
        for bad in self._bad.get(number, ()):
            self._must_panic(Kind.BAD_BLOCK, number, EXECUTE, bad.block, bad.note, bad.panic)
            self.totals.bad_blocks += 1

    def _must_panic(
        self, kind: Kind, number: int, method: str, args: bytes, note: str, panic: str
    ) -> None:
        with self._stage.attempt():
            got = self._answer(method, args)
        self._stage.forget()
        if got is not None:
            told = got if isinstance(got, str) else "no panic"
            raise Difference(kind, number, f"{PANIC}: {panic}", told, method, note=note)

    def _ask_alone(self, answer: ApiAnswer) -> None:
        """A question on a state of its own, with what it writes there."""
        stage = self._stage
        self._stage = Stage(answer.state or {}, self._bind)
        try:
            got = self._answer(answer.method, answer.argument)
            self._compare_answer(0, answer, got)
            changes = self._stage.changes()
            if got is not None and answer.changes is not None and changes != answer.changes:
                keys = self._key_differences(changes, answer.changes)
                raise Difference(Kind.API, 0, "", "", answer.method, keys=keys, note=answer.note)
        finally:
            self._stage = stage

    def _compare_answer(self, number: int, answer: ApiAnswer, got: bytes | str | None) -> None:
        is_same = not isinstance(got, str) and same_answer(answer.method, got, answer.result)
        if not is_same:
            raise Difference(
                Kind.API,
                number,
                _told_answer(answer.result, answer.trap),
                _told_answer(got, None),
                f"{answer.method}(0x{answer.argument.hex()})",
                note=answer.note,
            )
        self.totals.answers += 1

    def _result_difference(self, block: TraceBlock, index: int, got: bytes) -> Difference:
        explain = self._explain
        return Difference(
            Kind.RESULT,
            block.number,
            explain.result(block.results[index]),
            explain.result(got),
            explain.call_name(block.extrinsics[index]),
            index,
        )

    def _storage_difference(self, block: TraceBlock, got: Changes, want: Changes) -> Difference:
        keys = self._key_differences(got, want)
        written = self._writers(block, [difference.key for difference in keys])
        for difference in keys:
            difference.written.extend(written[difference.key])
        index = next((i for d in keys for i in [_only_extrinsic(d.written)] if i is not None), None)
        subject = "" if index is None else self._explain.call_name(block.extrinsics[index])
        return Difference(Kind.STORAGE, block.number, "", "", subject, index, keys)

    def _key_differences(self, got: Changes, want: Changes) -> list[KeyDifference]:
        below, explain = self._stage.state, self._explain
        differences = []
        for key in sorted(got.keys() | want.keys()):
            before = below.get(key)
            ours, theirs = got.get(key, before), want.get(key, before)
            if ours != theirs:
                differences.append(
                    KeyDifference(
                        key,
                        explain.item_name(key),
                        explain.item_keys(key),
                        *(explain.value(key, value) for value in (before, theirs, ours)),
                    )
                )
        return differences

    def _writers(self, block: TraceBlock, keys: list[bytes]) -> dict[bytes, list[str]]:
        """Run the block once more to see which of its parts change which of the keys."""
        stage = self._stage
        stage.forget()
        written: dict[bytes, list[str]] = {key: [] for key in keys}
        values = {key: stage.get(key) for key in keys}
        steps = [("the block's beginning", BEGIN, blank_header(block))]
        for index, extrinsic in enumerate(block.extrinsics):
            name = f"{_EXTRINSIC} {index} {self._explain.call_name(extrinsic)}"
            steps.append((name, APPLY, extrinsic))
        for name, method, args in [*steps, ("the block's end", END, b"")]:
            stage.call(method, args)
            for key in keys:
                if values[key] != (value := stage.get(key)):
                    values[key] = value
                    written[key].append(name)
        return written


_EXTRINSIC: Final = "extrinsic"


def _only_extrinsic(written: list[str]) -> int | None:
    """The extrinsic that alone wrote a key."""
    words = written[0].split() if len(written) == 1 else [""]
    return int(words[1]) if words[0] == _EXTRINSIC else None


def blank_header(block: TraceBlock) -> bytes:
    """The header that a block is begun with: nothing is known yet of what comes of it."""
    header, none = Header.decode(block.header), Hash(bytes(32))
    return Header(header.parent_hash, header.number, none, none, header.digest).encode()


def _by_block(
    items: Iterable[Any], block: Callable[[Any], int | None]
) -> dict[int | None, list[Any]]:
    found: dict[int | None, list[Any]] = {}
    for item in items:
        found.setdefault(block(item), []).append(item)
    return found


def _header_difference(block: TraceBlock, made: Header) -> Difference:
    recorded = Header.decode(block.header)
    if made.state_root != recorded.state_root:
        return Difference(
            Kind.STATE_ROOT, block.number, _hex(recorded.state_root), _hex(made.state_root)
        )
    return Difference(Kind.HEADER, block.number, str(recorded), str(made))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _told(error: Exception) -> str:
    return f"{PANIC}: {error}" if isinstance(error, RuntimePanic) else f"failure: {error}"


def _told_answer(answer: bytes | str | None, trap: str | None) -> str:
    if answer is None:
        return f"{PANIC}: {trap}" if trap else PANIC
    return answer if isinstance(answer, str) else _hex(answer)
