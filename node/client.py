"""The client: the node's view of chain and state, and the one place where a block enters it.

    import_block ── worker thread: execute, commit ── fork choice ── subscribers, followers

Blocks are executed and stored one at a time, in one worker thread. Everything else only reads, with
executors of its own, and never waits for that thread.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Final, TypeVar

import trio

from consensus.messages import BlockAdded, BlockFinalized, BlockRef, ChainFinalized, NewBest
from genesis.spec import CODE_KEY
from node.block_tree import load_tree
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.executor.executor import Executor
from node.executor.pool import ExecutorPool
from node.executor.runtimes import Runtimes
from node.known_blocks import KnownBlocks
from node.proposer import Proposal
from node.runtime_apis import ensure_answers, objection_to_inherents, runtime_version
from primitives.block import Block, Header
from primitives.errors import InvariantBroken, Rejected
from primitives.hashing import blake2_256
from primitives.types import BlockNumber, Hash
from runtime.pallets.system_types import RuntimeVersion
from storage.block_store import Route
from storage.columns import Head, Justification
from storage.database import Database
from storage.errors import StateDiscarded
from storage.overlay import StateView
from storage.trie.trie import Changes, TrieUpdate

T = TypeVar("T")

SUBSCRIPTION_BUFFER: Final = 256
"""Events that a subscriber may lag behind before it is dropped: a minute of the fastest devnet."""
READER_THREADS: Final = 2
"""Long reads at a time. More would only take turns, as Python runs one of them at once."""
CACHED_ANSWERS: Final = 16
"""Answers that depend on the code alone: a version and a few forms of metadata per code."""

_DESCRIPTIONS: Final = "Metadata_"
_FIXED_BY_CODE: Final = ("Core_version", _DESCRIPTIONS)
"""Methods whose answer depends on nothing but the code and the arguments."""


@dataclass(frozen=True, slots=True)
class BlockImported:
    """A block was executed and stored."""

    hash: Hash
    header: Header
    is_new_best: bool
    retracted: list[Hash]
    """Blocks that left the best chain by it, downwards."""
    enacted: list[Hash]
    """Blocks that entered the best chain, upwards; this block is the last of them."""
    own: bool
    """Whether this node authored it."""


@dataclass(frozen=True, slots=True)
class Finalized:
    """These blocks became final, upwards."""

    hashes: list[Hash]


ChainEvent = BlockImported | Finalized


class InvalidBlock(Rejected):
    """Executing the block does not give what its header says."""


class LeftOut(Rejected):
    """The block stands on code that this node does not run, and would not be the best one."""

    def __init__(self, reason: str, obstacle: UnknownCode) -> None:
        super().__init__(reason)
        self.obstacle = obstacle
        """Why the node would have to end if the fork led on to a new best block."""


class Client:
    """Everything that the parts of a node ask about the chain."""

    def __init__(
        self,
        database: Database,
        runtimes: Runtimes | None = None,
        known_blocks: KnownBlocks | None = None,
    ) -> None:
        """By default it runs whatever the chain says, and has no opinion on single blocks."""
        runtimes = runtimes or Runtimes()
        self._database = database
        self._runtimes = runtimes
        self._known_blocks = known_blocks or KnownBlocks()
        self._blocks = database.blocks
        self._executors = ExecutorPool(database.states, runtimes)
        self._worker = Executor(runtimes)
        """Executes blocks. Only the worker thread touches it."""
        self._worker_limiter = trio.CapacityLimiter(1)
        self._reader_limiter = trio.CapacityLimiter(READER_THREADS)
        self._importing = trio.Lock()
        self._subscribers: set[trio.MemorySendChannel[ChainEvent]] = set()
        self._moved = trio.Event()
        self._fixed_answers: dict[tuple[bytes, str, bytes], bytes] = {}
        self._keeping = Lock()
        """Held while an answer is kept: any thread may ask."""
        self._describing = Lock()
        """Held while a runtime describes itself: release 185 does not do so in two threads."""
        self.genesis_hash = self._blocks.genesis
        self.base = self._blocks.base
        """Where the chain begins here. Between genesis and it there is nothing."""
        self.tree = load_tree(database.blocks)
        """Fork choice: read by the import queue, changed only here."""

    def best(self) -> Head:
        """The head of the best chain; from any thread."""
        best = self.tree.best
        return Head(best.hash, best.number)

    def finalized(self) -> Head:
        """The highest finalized block."""
        return Head(self.tree.finalized.hash, self.tree.finalized.number)

    def header(self, block: Hash) -> Header | None:
        """The header of any known block."""
        return self._blocks.header(block)

    def body(self, block: Hash) -> list[bytes] | None:
        """The extrinsics of any known block."""
        return self._blocks.body(block)

    def justifications(self, block: Hash) -> list[Justification]:
        """Why a block is final, as far as this node was told."""
        return self._blocks.justifications(block)

    def block_hash(self, number: BlockNumber) -> Hash | None:
        """The block at a height of the best chain."""
        return self._blocks.canonical(number)

    def state(self, block: Hash) -> StateView:
        """The state after a block; UnknownBlock or StateDiscarded if there is none here."""
        self._blocks.expect_header(block)
        return self._database.states.at(block)

    def read_proof(self, block: Hash, keys: list[bytes]) -> list[bytes]:
        """Trie nodes that prove what these keys hold after a block."""
        self._blocks.expect_header(block)
        return self._database.states.read_proof(block, keys)

    def read_child_proof(self, block: Hash, name: bytes, keys: list[bytes]) -> list[bytes]:
        """Trie nodes that prove what these keys of a child trie hold after a block."""
        self._blocks.expect_header(block)
        return self._database.states.read_child_proof(block, name, keys)

    def route(self, old: Hash, new: Hash) -> Route:
        """How to get from one known block to another."""
        return self._blocks.route(old, new)

    def call(self, block: Hash, method: str, args: bytes) -> bytes:
        """Ask the runtime on the state after a block, and drop what it writes. For short ones."""
        if method.startswith(_FIXED_BY_CODE):
            return self._fixed_answer(block, method, args)
        return self._ask(block, method, args)

    async def call_in_thread(self, block: Hash, method: str, args: bytes) -> bytes:
        """Ask something that may take long."""
        return await self.read_in_thread(partial(self.call, block, method, args))

    def call_each(
        self, block: Hash, method: str, each: Sequence[bytes]
    ) -> list[bytes | RuntimePanic | MethodNotFound]:
        """Ask the same on one state with several arguments, from a reading thread.

        What the runtime has against it counts as an answer. When the state goes meanwhile, the
        answers end.
        """
        answers: list[bytes | RuntimePanic | MethodNotFound] = []
        for args in each:
            try:
                answers.append(self._ask(block, method, args))
            except (RuntimePanic, MethodNotFound) as failure:
                answers.append(failure)
            except StateDiscarded:
                break
        return answers

    async def read_in_thread(self, read: Callable[[], T]) -> T:
        """Run something long that only reads, off the main loop."""
        return await trio.to_thread.run_sync(read, limiter=self._reader_limiter)

    def runtime_version(self, block: Hash) -> RuntimeVersion:
        """Which rules the state after a block stands under."""
        return runtime_version(self, block)

    async def with_worker(self, block: Hash, work: Callable[[Executor], T]) -> T:
        """Let the thread that executes blocks do something on the state after a block."""

        def on_state() -> T:
            self._stand_on(block)
            return work(self._worker)

        return await trio.to_thread.run_sync(on_state, limiter=self._worker_limiter)

    async def import_block(
        self, block: Block, *, own: Proposal | None = None, facts: bytes | None = None
    ) -> BlockImported:
        """Execute a block and store it with what it did. The one way into the chain.

        A block that this node has just made is not executed again: `own` says what it did. `facts`
        are the inherent data against which the block of somebody else is checked.

        Raises:
            InvalidBlock: its header does not tell the truth.
            Rejected: it is known already, or stands on nothing that is.
            LeftOut: it stands on code that this node does not run.
            UnknownCode: it is in the chain, and the last one that this node can execute.
        """
        async with self._importing:
            if objection := self._known_blocks.objection(block.header):
                raise InvalidBlock(objection)
            is_best = block.header.number > self.tree.best.number
            store = partial(self._execute_and_store, block, own, facts, is_best=is_best)
            obstacle = await trio.to_thread.run_sync(store, limiter=self._worker_limiter)
            event = self._added(block.header, own=own is not None)
            if obstacle is not None and event.is_new_best:
                raise obstacle
            return event

    def ensure_can_go_on(self) -> None:
        """Make ready the runtime that the best block leaves in place.

        Raises:
            UnknownCode: this node does not run it, so it cannot follow the chain any further.
        """
        if obstacle := self._obstacle(self._blocks.expect_header(self.best().hash)):
            raise obstacle

    async def finalize(self, block: Hash) -> None:
        """Make a block of the best chain final, and all below it; the forks beside them go."""
        async with self._importing:
            await trio.to_thread.run_sync(
                self._database.finalize, block, limiter=self._worker_limiter
            )
            for effect in self.tree.handle(BlockFinalized(block)):
                if isinstance(effect, ChainFinalized):
                    self._publish(Finalized(list(effect.blocks)))

    @contextmanager
    def subscribe(self) -> Iterator[trio.MemoryReceiveChannel[ChainEvent]]:
        """Every event from now on. Whoever does not keep up finds the channel closed."""
        send, receive = trio.open_memory_channel[ChainEvent](SUBSCRIPTION_BUFFER)
        self._subscribers.add(send)
        try:
            with receive:
                yield receive
        finally:
            self._subscribers.discard(send)
            send.close()

    async def next_best(self, seen: Hash) -> Head:
        """Wait until the best block is another than that. Who is late sees one long step."""
        while self.tree.best.hash == seen:
            await self._moved.wait()
        await trio.lowlevel.checkpoint()
        return self.best()

    async def next_change(self, best: Hash, finalized: Hash) -> None:
        """Wait until the best or the finalized block is another than that."""
        while (self.tree.best.hash, self.tree.finalized.hash) == (best, finalized):
            await self._moved.wait()
        await trio.lowlevel.checkpoint()

    def _ask(self, block: Hash, method: str, args: bytes) -> bytes:
        with self._executors.at(block) as executor:
            return executor.call(method, args)

    def _fixed_answer(self, block: Hash, method: str, args: bytes) -> bytes:
        code = self.state(block).get(CODE_KEY) or b""
        key = (blake2_256(code), method, args)
        answer = self._fixed_answers.get(key)
        if answer is None:
            with self._describing if method.startswith(_DESCRIPTIONS) else nullcontext():
                answer = self._fixed_answers.get(key) or self._ask(block, method, args)
            with self._keeping:
                self._fixed_answers[key] = answer
                while len(self._fixed_answers) > CACHED_ANSWERS:
                    del self._fixed_answers[next(iter(self._fixed_answers))]
        return answer

    def _stand_on(self, block: Hash) -> None:
        states = self._database.states
        self._worker.stand_on(self.state(block), partial(states.root_after, block))

    def _execute_and_store(
        self, block: Block, own: Proposal | None, facts: bytes | None, *, is_best: bool
    ) -> UnknownCode | None:
        """Answers why the next block cannot be executed, if the code has changed."""
        if own is None:
            self._stand_on_parent(block.header, is_best=is_best)
            update, changes = _execute(self._worker, block, facts)
        else:
            update, changes = own.update, own.changes
        self._database.commit_block(
            block.header, block.extrinsics, update, changes, is_best=is_best
        )
        return self._obstacle(block.header) if CODE_KEY in changes else None

    def _stand_on_parent(self, header: Header, *, is_best: bool) -> None:
        """A fork may hold code that this node does not run: its end, if that is where it leads.

        Raises:
            UnknownCode: it would be the best block.
            LeftOut: it would not.
        """
        try:
            self._stand_on(header.parent_hash)
        except UnknownCode as error:
            obstacle = self._obstacle(self._blocks.expect_header(header.parent_hash)) or error
            if is_best:
                raise obstacle from error
            reason = f"block {header.number} cannot be executed: {error.reason}"
            raise LeftOut(reason, obstacle) from error

    def _obstacle(self, header: Header) -> UnknownCode | None:
        """Make ready the runtime that a block leaves in place, or answer what is in the way."""
        block = header.hash()
        try:
            self._runtimes.of(self.state(block).get(CODE_KEY))
            ensure_answers(self, block)
        except UnknownCode as error:
            return UnknownCode(
                f"cannot go on after block #{header.number} (0x{block.hex()}): {error.reason}. "
                "The node keeps the chain up to this block, and goes on from there once it is "
                "started so that it can"
            )
        return None

    def _added(self, header: Header, *, own: bool) -> BlockImported:
        block = header.hash()
        added = BlockAdded(BlockRef(header.number, block), header.parent_hash)
        retracted: list[Hash] = []
        enacted: list[Hash] = []
        is_new_best = False
        for effect in self.tree.handle(added):
            if not isinstance(effect, NewBest):
                raise InvariantBroken(f"block {header.number} is stored, and {effect} says no")
            retracted, enacted = list(effect.retracted), list(effect.enacted)
            is_new_best = True
        event = BlockImported(block, header, is_new_best, retracted, enacted, own)
        self._publish(event)
        return event

    def _publish(self, event: ChainEvent) -> None:
        for subscriber in list(self._subscribers):
            try:
                subscriber.send_nowait(event)
            except (trio.WouldBlock, trio.BrokenResourceError):
                self._subscribers.discard(subscriber)
                subscriber.close()
        self._moved.set()
        self._moved = trio.Event()


def _execute(executor: Executor, block: Block, facts: bytes | None) -> tuple[TrieUpdate, Changes]:
    """Run a block without its seal; answer what it did."""
    parts = block.header.split_seal()
    unsealed = Block(block.header if parts is None else parts[0], block.extrinsics).encode()
    try:
        if facts is not None:
            with executor.layer():
                answer = executor.call("BlockBuilder_check_inherents", unsealed + facts)
            if objection := objection_to_inherents(answer):
                raise InvalidBlock(objection)
        executor.call("Core_execute_block", unsealed)
    except RuntimePanic as panic:
        raise InvalidBlock(panic.reason) from panic
    return executor.outcome()
