"""The import queue: from blocks in any order to blocks whose turn it is, ancestors first.

    arrived ──> FUTURE ──> WAITING ──> VERIFYING ──> EXECUTING ──> imported
             slot ahead   no parent   header check   on its parent

Each step is skipped when there is nothing to wait for. A refused block takes the blocks on it along
and is remembered, so that it costs the work only once. One on code that this node does not run
takes them along, but all of them may come again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, Protocol, assert_never

from consensus.aura import is_due, slot_of
from consensus.equivocation import EquivocationDetector
from consensus.invalid_blocks import InvalidBlocks
from consensus.messages import (
    BlockImported,
    BlockRef,
    BlockRefused,
    BlocksReady,
    DeferredHeader,
    EquivocationFound,
    Execute,
    FetchFailed,
    FetchParent,
    Forgotten,
    HeaderChecked,
    HeaderVerdict,
    ImportEffect,
    ImportInput,
    InvalidHeader,
    OwnBlock,
    PeerGone,
    PeerId,
    Reject,
    RejectionReason,
    SlotStarted,
    VerifiedHeader,
    Verify,
)
from primitives.block import Block, Header
from primitives.types import BlockNumber, Hash, Slot

BLOCK_OVERHEAD: Final = 2_048
"""What a queued block costs beside its bytes, so that many empty ones are not free."""
EXTRINSIC_OVERHEAD: Final = 64
"""What an extrinsic costs beside its bytes."""


class Chain(Protocol):
    """What the queue asks of the block tree: fork choice is one."""

    @property
    def finalized(self) -> BlockRef: ...

    def number_of(self, block: Hash) -> BlockNumber | None: ...


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How much is kept for peers that may be lying."""

    bytes_per_peer: int = 16 << 20
    """Three blocks of the greatest size, or thousands of usual ones."""
    bytes_in_all: int = 64 << 20
    """Beyond it the peer that uses most gives way to the one that uses less."""
    slots_ahead: int = 32
    """A block of a later slot is not kept until then."""
    slots_waiting: int = 64
    """A block whose parent has not come by then is dropped; it can be fetched again."""


class _Stage(Enum):
    FUTURE = auto()
    WAITING = auto()
    VERIFYING = auto()
    EXECUTING = auto()


_IDLE: Final = (_Stage.FUTURE, _Stage.WAITING)
"""Stages in which nobody works on the block, so that it may be dropped."""


@dataclass(slots=True, eq=False)
class _Entry:
    block: Block
    hash: Hash
    peer: PeerId
    slot: Slot
    arrived: Slot
    size: int
    stage: _Stage = _Stage.WAITING

    @property
    def header(self) -> Header:
        return self.block.header


@dataclass(slots=True)
class ImportQueue:
    """Orders the blocks that peers send. Memory per peer and in all is bounded by `limits`.

    `body_matches` tells whether the extrinsics are those of the header: checked on arrival, as a
    header with another's body would otherwise make a good hash look bad.
    """

    chain: Chain
    now: Slot
    body_matches: Callable[[Block], bool]
    limits: QueueLimits = field(default_factory=QueueLimits)
    _entries: dict[Hash, _Entry] = field(default_factory=dict)
    _children: dict[Hash, dict[Hash, None]] = field(default_factory=dict)
    """Queued blocks by parent, in order of arrival; the parent may be queued, stored or unknown."""
    _bytes_of: dict[PeerId, int] = field(default_factory=dict)
    _invalid: InvalidBlocks = field(default_factory=InvalidBlocks)
    _equivocations: EquivocationDetector = field(default_factory=EquivocationDetector)

    def handle(self, event: ImportInput) -> list[ImportEffect]:
        """Take one input to its end. The only method that changes this object."""
        match event:
            case BlocksReady(peer, blocks):
                return [effect for block in blocks for effect in self._arrive(peer, block)]
            case SlotStarted(slot):
                return self._enter_slot(slot)
            case HeaderChecked(block_hash, verdict):
                return self._take_verdict(block_hash, verdict)
            case BlockRefused(block_hash, reason):
                return self._refuse_queued(block_hash, reason)
            case BlockImported(block_hash):
                return self._imported(block_hash)
            case OwnBlock(header, verdict):
                return [*self._observe(header, verdict), *self._imported(header.hash())]
            case FetchFailed(peer, parent):
                return self._drop(e for e in self._waiting_on(parent) if e.peer == peer)
            case PeerGone(peer):
                return self._drop(self._idle_of(peer))
            case _:
                assert_never(event)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes_in_all(self) -> int:
        """What the queued blocks weigh, overheads included."""
        return sum(self._bytes_of.values())

    def bytes_of(self, peer: PeerId) -> int:
        """What the queued blocks of one peer weigh."""
        return self._bytes_of.get(peer, 0)

    def waiting_on(self, parent: Hash) -> list[Block]:
        """The queued blocks that wait for a block."""
        return [entry.block for entry in self._waiting_on(parent)]

    def _arrive(self, peer: PeerId, block: Block) -> list[ImportEffect]:
        header, block_hash = block.header, block.header.hash()
        if block_hash in self._entries or self.chain.number_of(block_hash) is not None:
            return []
        if header.number <= self.chain.finalized.number:
            return []
        if block_hash in self._invalid:
            return [Reject(peer, block_hash, RejectionReason.KNOWN_INVALID)]
        if header.parent_hash in self._invalid:
            return self._refuse(peer, block_hash, RejectionReason.INVALID_PARENT)

        slot = slot_of(header)
        if isinstance(slot, RejectionReason):
            return self._refuse(peer, block_hash, slot)
        if slot > self.now + self.limits.slots_ahead:
            return [Reject(peer, block_hash, RejectionReason.TOO_FAR_AHEAD)]
        return self._admit(_Entry(block, block_hash, peer, slot, self.now, _size_of(block)))

    def _admit(self, entry: _Entry) -> list[ImportEffect]:
        """Queue a block that may be good, if its sender has room left and its body is its own."""
        evicted = self._make_room(entry)
        if evicted is None:
            return [Reject(entry.peer, entry.hash, RejectionReason.QUEUE_FULL)]
        if not self.body_matches(entry.block):
            return [*evicted, Reject(entry.peer, entry.hash, RejectionReason.BODY_MISMATCH)]
        self._insert(entry)
        return [*evicted, *self._advance(entry)]

    def _advance(self, entry: _Entry) -> list[ImportEffect]:
        """Move a block that nobody works on as far as it may go now."""
        header = entry.header
        if not is_due(entry.slot, self.now):
            entry.stage = _Stage.FUTURE
            return []

        entry.stage = _Stage.WAITING
        parent_number = self.chain.number_of(header.parent_hash)
        if parent_number is None:
            return self._await_parent(entry)
        if header.number != parent_number + 1:
            return self._refuse_queued(entry.hash, RejectionReason.WRONG_NUMBER)
        entry.stage = _Stage.VERIFYING
        return [Verify(entry.block)]

    def _await_parent(self, entry: _Entry) -> list[ImportEffect]:
        parent = BlockRef(BlockNumber(entry.header.number - 1), entry.header.parent_hash)
        if parent.hash in self._entries:
            return []
        if parent.number <= self.chain.finalized.number:
            return self._refuse_queued(entry.hash, RejectionReason.DISPLACED_FORK)
        first_of_peer = next(e for e in self._waiting_on(parent.hash) if e.peer == entry.peer)
        return [FetchParent(entry.peer, parent)] if first_of_peer is entry else []

    def _enter_slot(self, slot: Slot) -> list[ImportEffect]:
        self.now = max(self.now, slot)
        effects = self._drop_overdue()
        due = [
            entry
            for entry in self._entries.values()
            if entry.stage is _Stage.FUTURE and is_due(entry.slot, self.now)
        ]
        for entry in sorted(due, key=_number_of):
            if entry.hash in self._entries:  # else it fell with an ancestor in this very loop
                effects += self._advance(entry)
        return effects

    def _take_verdict(self, block_hash: Hash, verdict: HeaderVerdict) -> list[ImportEffect]:
        """Answers about blocks that nobody asked about are ignored."""
        entry = self._entries.get(block_hash)
        if entry is None or entry.stage is not _Stage.VERIFYING:
            return []
        match verdict:
            case VerifiedHeader():
                entry.stage = _Stage.EXECUTING
                return [*self._observe(entry.header, verdict), Execute(entry.block)]
            case DeferredHeader():
                entry.stage = _Stage.FUTURE
                return []
            case InvalidHeader(reason):
                return self._refuse_queued(block_hash, reason)
            case _:
                assert_never(verdict)

    def _imported(self, block_hash: Hash) -> list[ImportEffect]:
        entry = self._entries.get(block_hash)
        if entry is not None:
            self._remove(entry)
        released = self._waiting_on(block_hash)
        return [effect for child in released for effect in self._advance(child)]

    def _observe(self, header: Header, sighting: VerifiedHeader) -> list[ImportEffect]:
        proof = self._equivocations.observe(header, sighting, self.now)
        return [] if proof is None else [EquivocationFound(proof)]

    def _refuse_queued(self, block_hash: Hash, reason: RejectionReason) -> list[ImportEffect]:
        """Refuse a queued block, and all that stands on it."""
        entry = self._entries.get(block_hash)
        if entry is None:
            return []
        if reason is RejectionReason.CODE_NOT_RUN:
            return self._leave_out(entry)
        self._remove(entry)
        return self._refuse(entry.peer, block_hash, reason)

    def _refuse(
        self, peer: PeerId, block_hash: Hash, reason: RejectionReason
    ) -> list[ImportEffect]:
        self._invalid.remember(block_hash)
        effects: list[ImportEffect] = [Reject(peer, block_hash, reason)]
        to_visit = self._children_of(block_hash)
        while to_visit:
            entry = to_visit.pop()
            to_visit += self._children_of(entry.hash)
            self._remove(entry)
            self._invalid.remember(entry.hash)
            effects.append(Reject(entry.peer, entry.hash, RejectionReason.INVALID_PARENT))
        return effects

    def _leave_out(self, entry: _Entry) -> list[ImportEffect]:
        """Forget a block, and all that stands on it, without a word against any."""
        fork = [entry]
        for member in fork:
            fork += self._children_of(member.hash)
        return self._drop(fork)

    def _drop_overdue(self) -> list[ImportEffect]:
        """Forget blocks whose parents do not come, and what waits for them in turn."""
        overdue = [
            entry
            for entry in self._entries.values()
            if entry.stage is _Stage.WAITING
            and entry.header.parent_hash not in self._entries
            and entry.arrived + self.limits.slots_waiting < self.now
        ]
        for entry in overdue:
            overdue += self._children_of(entry.hash)
        return self._drop(overdue)

    def _drop(self, doomed: Iterable[_Entry]) -> list[ImportEffect]:
        """Forget blocks without a verdict. Blocks that stay behind ask anew for their parents."""
        doomed = list(doomed)
        for entry in doomed:
            self._remove(entry)
        orphans = [child for entry in doomed for child in self._waiting_on(entry.hash)]
        effects: list[ImportEffect] = [Forgotten(entry.hash) for entry in doomed]
        return effects + [effect for orphan in orphans for effect in self._advance(orphan)]

    def _make_room(self, entry: _Entry) -> list[ImportEffect] | None:
        """Answer the effects of making room for a block; None if its sender has had its share."""
        wanted = self.bytes_of(entry.peer) + entry.size
        if wanted > self.limits.bytes_per_peer:
            return None
        effects: list[ImportEffect] = []
        while self.bytes_in_all + entry.size > self.limits.bytes_in_all:
            greediest = max(self._bytes_of, key=self.bytes_of, default=entry.peer)
            idle = self._idle_of(greediest)
            if self.bytes_of(greediest) <= wanted or not idle:
                return None
            effects += self._drop([max(idle, key=_number_of)])
        return effects

    def _children_of(self, parent: Hash) -> list[_Entry]:
        return [self._entries[child] for child in self._children.get(parent, ())]

    def _waiting_on(self, parent: Hash) -> list[_Entry]:
        return [entry for entry in self._children_of(parent) if entry.stage is _Stage.WAITING]

    def _idle_of(self, peer: PeerId) -> list[_Entry]:
        return [e for e in self._entries.values() if e.peer == peer and e.stage in _IDLE]

    def _insert(self, entry: _Entry) -> None:
        self._entries[entry.hash] = entry
        self._children.setdefault(entry.header.parent_hash, {})[entry.hash] = None
        self._bytes_of[entry.peer] = self.bytes_of(entry.peer) + entry.size

    def _remove(self, entry: _Entry) -> None:
        del self._entries[entry.hash]
        siblings = self._children[entry.header.parent_hash]
        del siblings[entry.hash]
        if not siblings:
            del self._children[entry.header.parent_hash]
        self._bytes_of[entry.peer] -= entry.size
        if not self._bytes_of[entry.peer]:
            del self._bytes_of[entry.peer]


def _size_of(block: Block) -> int:
    body = sum(len(extrinsic) + EXTRINSIC_OVERHEAD for extrinsic in block.extrinsics)
    return BLOCK_OVERHEAD + len(block.header.encode()) + body


def _number_of(entry: _Entry) -> BlockNumber:
    return entry.header.number
