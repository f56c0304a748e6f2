"""The subject of a dry run: a runtime over a state in memory, and blocks on it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from consensus.aura import pre_digest
from consensus.slots import proposing_budget, slot_start
from node.executor.errors import RuntimePanic
from node.executor.host import ExecutionHost, StateHost
from node.executor.runtimes import Bound, CodeRuntime
from node.replay.machine import APPLY, BEGIN, END
from node.replay.roots import StandInRoots
from node.replay.stage import Stage
from node.replay.trace import Changes
from node.runtime_apis import inherent_data, read_apply_refusal, slot_duration
from node.runtime_tools.storage import storage_key
from node.whole_state import WholeState
from primitives.block import Digest, Header
from primitives.scale.types import decode
from primitives.types import BlockNumber, Hash, Slot
from runtime.wire_types import OpaqueExtrinsic

LAST_UPGRADE: Final = storage_key("System", "LastRuntimeUpgrade")
_NOW: Final = storage_key("Timestamp", "Now")
_NO_ROOT: Final = Hash(bytes(32))
_REFUSED: Final = b"\1"
"""How a result begins whose extrinsic may not be in the block."""


def is_refused(result: bytes) -> bool:
    """Whether a result says that the extrinsic may not be in the block."""
    return result.startswith(_REFUSED)


class Subject:
    """A runtime over the state after a block, which its blocks move on.

    Their headers go nowhere, so a stand-in will do for their state roots.
    """

    def __init__(
        self,
        runtime: CodeRuntime,
        parent: Header,
        state: WholeState,
        host: type[ExecutionHost] = ExecutionHost,
    ) -> None:
        self._runtime = runtime
        self.stage = Stage(state.top, self._bind, state.children, StandInRoots, host)
        self._parent = parent
        self._duration = slot_duration(self, parent.hash())

    def _bind(self, host: StateHost) -> Bound:
        self.host = host
        self.bound = self._runtime.over(host)
        return self.bound

    def call(self, block: Hash, method: str, args: bytes) -> bytes:  # noqa: ARG002
        """Ask on the state as it is, which no answer changes."""
        with self.stage.attempt():
            return self.stage.call(method, args)

    @property
    def budget(self) -> float:
        """Seconds an author has for a block."""
        slot = self._slot()
        start = slot_start(slot, self._duration)
        return proposing_budget(slot, start, self._duration, Slot(slot - 1)) / 1000

    def begin(self) -> float:
        """Begin an empty block, and answer the seconds that the runtime took before the rest."""
        digest = Digest((pre_digest(self._slot()),))
        number = BlockNumber(self._parent.number + 1)
        return self.open(Header(self._parent.hash(), number, _NO_ROOT, _NO_ROOT, digest))

    def open(self, header: Header) -> float:
        """Begin the block of a header, as far as that is known before the block is made."""
        blank = Header(header.parent_hash, header.number, _NO_ROOT, _NO_ROOT, header.digest)
        started = time.perf_counter()
        self.stage.call(BEGIN, blank.encode())
        return time.perf_counter() - started

    def apply(self, extrinsic: bytes) -> bytes:
        """Try an extrinsic, and answer its result. What a refused one wrote is undone."""
        self.host.begin()
        result = self.stage.call(APPLY, extrinsic)
        if is_refused(result):
            self.host.rollback()
        else:
            self.host.commit()
        return result

    def finish(self) -> None:
        """Tell the time, and end the block that was begun."""
        slot = self._slot()
        facts = inherent_data(slot_start(slot, self._duration), slot)
        answer = self.stage.call("BlockBuilder_inherent_extrinsics", facts)
        inherents: list[bytes] = decode(list[OpaqueExtrinsic], answer)
        for inherent in inherents:
            refusal = read_apply_refusal(self.apply(inherent))
            if refusal is not None:
                raise RuntimePanic(f"the runtime refuses an inherent: {refusal}")
        self.end()

    def end(self) -> Header:
        """End the block that was begun, and stand on the state after it."""
        self._parent = Header.decode(self.stage.call(END))
        self.stage.settle()
        return self._parent

    @contextmanager
    def supposing(self, last_upgrade: bytes | None) -> Iterator[None]:
        """Pretend for a while that a certain version ran before: whether migrations run."""
        with self.stage.attempt():
            if last_upgrade is None:
                self.host.delete(LAST_UPGRADE)
            else:
                self.host.put(LAST_UPGRADE, last_upgrade)
            yield

    def after(self) -> Changes:
        """What the block under way has changed so far."""
        return self.stage.changes()

    def _slot(self) -> Slot:
        """The first slot that begins a whole slot after the chain's time.

        So it is another one, and late enough for any least time between blocks.
        """
        stored = self.stage.state.get(_NOW) or b""
        earliest = int.from_bytes(stored, "little") + self._duration
        return Slot(-(-earliest // self._duration))
