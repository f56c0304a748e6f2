"""The pool of extrinsics that wait for a block: ready ones, and future ones that wait for others.

    submitted ──> future ──> ready ──> in a block ──> finalized
                     └─────────┴── usurped, dropped, invalid      retracted ──> back to the start

Tags connect extrinsics: one is ready when each tag it requires is provided by a ready one, or was
provided by the chain. The runtime leaves out the requirements which the state meets already.
"""

from collections.abc import Iterable
from dataclasses import replace
from heapq import nsmallest
from typing import Final, assert_never

from node.txpool.bans import Bans
from node.txpool.base import BasePool, Limit
from node.txpool.messages import (
    BestChanged,
    BlocksFinalized,
    EnactedBlock,
    FoundInvalid,
    PoolEffect,
    PoolInput,
    Propagated,
    Refused,
    RetractedBlock,
    Revalidate,
    Revalidated,
    StatusChanged,
    Submitted,
    Tag,
)
from node.txpool.order import ExecutionOrder
from node.txpool.queues import Pooled
from node.txpool.refusal import (
    BANNED,
    IMMEDIATELY_DROPPED,
    NO_TAGS,
    UNACTIONABLE,
    Refusal,
    already_imported,
    refused_by_runtime,
)
from node.txpool.status import (
    Broadcast,
    FinalityTimeout,
    Finalized,
    InBlock,
    Place,
    Retracted,
    Status,
)
from primitives.transaction_validity import ValidTransaction
from primitives.types import Hash, Moment

READY_LIMIT: Final = Limit(8_192, 20 << 20)
FUTURE_LIMIT: Final = Limit(READY_LIMIT.count // 10, READY_LIMIT.size // 10)
"""Future extrinsics cost nothing to make, so they get a tenth."""
BLOCKS_AWAITING_FINALITY: Final = 512
"""Extrinsics of older blocks that are not final yet are given up on."""
REVALIDATION_BATCH: Final = 32
"""Pooled extrinsics checked anew at each best block, in turn: a bounded part of a slot."""


class Pool:
    """Takes validated extrinsics, follows the chain, and tells watchers what happens."""

    def __init__(
        self,
        *,
        is_author: bool,
        ready_limit: Limit = READY_LIMIT,
        future_limit: Limit = FUTURE_LIMIT,
    ) -> None:
        self._is_author = is_author
        self._members = BasePool(ready_limit, future_limit)
        self._bans = Bans()
        self._arrivals = 0
        self._last_checked = 0
        """Arrival of the member whose validity was asked for last; the next in turn follow it."""
        self._unsettled: dict[Hash, None] = {}
        """Fallen out of a block or a queue, until `Revalidated` tells what to do with them."""
        self._in_blocks: dict[Hash, tuple[Hash, ...]] = {}
        """Extrinsics that were ours, by the best block that holds them, oldest block first."""

    def handle(self, event: PoolInput) -> list[PoolEffect]:
        """Take one input to its end. The only method that changes this object."""
        match event:
            case Submitted():
                return self._submit(event)
            case Revalidated():
                return self._revalidate(event)
            case FoundInvalid(hashes, now):
                return self._discard([one for one in hashes if one in self], now)
            case Propagated(extrinsic, peers):
                return [_told(extrinsic, Broadcast(peers))] if extrinsic in self else []
            case BestChanged():
                return self._follow(event)
            case BlocksFinalized(blocks):
                return [effect for block in blocks for effect in self._settle(block)]
            case _:
                assert_never(event)

    def __contains__(self, extrinsic: Hash) -> bool:
        return extrinsic in self._members

    def get(self, extrinsic: Hash) -> bytes | None:
        """The bytes of a pooled extrinsic."""
        member = self._members.find(extrinsic)
        return None if member is None else member.extrinsic

    def is_provided(self, tag: Tag) -> bool:
        """Whether a ready extrinsic provides a tag."""
        return self._members.ready.provides(tag)

    @property
    def ready_count(self) -> int:
        return len(self._members.ready)

    @property
    def future_count(self) -> int:
        return len(self._members.future)

    def ready(self) -> ExecutionOrder:
        """A snapshot of the ready extrinsics in the order in which to execute them."""
        return ExecutionOrder(self._members.ready)

    def objection(self, extrinsic: Hash, now: Moment) -> Refusal | None:
        """Why validating an extrinsic would be a waste; to be asked before the runtime is."""
        if self._bans.is_banned(extrinsic, now):
            return BANNED
        return already_imported(extrinsic) if extrinsic in self else None

    def _submit(self, event: Submitted) -> list[PoolEffect]:
        refusal = self.objection(event.hash, event.now)
        if refusal is not None:
            return [Refused(event.hash, refusal)]
        if not isinstance(event.validity, ValidTransaction):
            return self._refuse(event, refused_by_runtime(event.validity))
        if not event.validity.provides:
            return self._refuse(event, NO_TAGS)
        if not event.validity.propagate and not self._is_author:
            return [Refused(event.hash, UNACTIONABLE)]

        news = self._members.enter(self._measure(event, event.validity))
        if isinstance(news, Refusal):
            return [Refused(event.hash, news)]
        news += self._enforce_limits(event.now)
        if event.hash in self:
            return [*news]
        others = [one for one in news if one.hash != event.hash]
        return [Refused(event.hash, IMMEDIATELY_DROPPED), *others]

    def _refuse(self, event: Submitted, refusal: Refusal) -> list[PoolEffect]:
        self._bans.ban(event.hash, event.now)
        return [Refused(event.hash, refusal)]

    def _measure(self, event: Submitted | Revalidated, valid: ValidTransaction) -> Pooled:
        self._arrivals += 1
        return Pooled.of(event.hash, event.extrinsic, valid, event.at, self._arrivals)

    def _revalidate(self, event: Revalidated) -> list[PoolEffect]:
        """Bring a pooled extrinsic up to date, or take one back that was outside."""
        pooled = self._members.find(event.hash)
        if pooled is None and event.hash not in self._unsettled:
            return []  # it went its way in the meantime
        self._unsettled.pop(event.hash, None)
        if not isinstance(event.validity, ValidTransaction) or not event.validity.provides:
            outside: list[PoolEffect] = [_told(event.hash, Place.INVALID)] if not pooled else []
            return outside + self._discard((event.hash,), event.now)

        fresh = self._measure(event, event.validity)
        if pooled is not None:
            news = self._members.exchange(pooled, replace(fresh, arrival=pooled.arrival))
        elif isinstance(entered := self._members.enter(fresh), Refusal):
            news = [_told(event.hash, Place.INVALID)]
        else:
            news = entered
        return [*news, *self._enforce_limits(event.now)]

    def _discard(self, extrinsics: Iterable[Hash], now: Moment) -> list[PoolEffect]:
        """Throw out and ban invalid extrinsics; what depends on them goes too, without a ban."""
        effects: list[PoolEffect] = []
        for extrinsic in extrinsics:
            self._bans.ban(extrinsic, now)
            taken = self._members.take_with_dependents(extrinsic)
            effects += [_told(member.hash, Place.INVALID) for member in taken]
        return effects

    def _enforce_limits(self, now: Moment) -> list[StatusChanged]:
        dropped = self._members.take_excess()
        for member in dropped:
            self._bans.ban(member.hash, now)
        return [_told(member.hash, Place.DROPPED) for member in dropped]

    def _follow(self, event: BestChanged) -> list[PoolEffect]:
        """Go along with the best chain: out with what it holds, back in with what it lost.

        Under other rules all may be different: what was signed for them is good now.
        """
        if event.has_other_code:
            self._bans.lift_all()
        effects = [effect for left in event.retracted for effect in self._retract(left)]
        pruned: dict[Tag, None] = {}
        for block in event.enacted:
            effects += self._include(block, pruned, event.now)
        to_check = self._take_rivals(pruned)
        effects += self._members.prune(pruned)
        effects += self._discard(self._stale_at(event.enacted), event.now)
        effects += self._enforce_limits(event.now)

        for left in event.retracted:
            to_check |= {h: data for h, data in left.extrinsics if h in self._unsettled}
        if event.has_other_code:
            to_check |= {member.hash: member.extrinsic for member in self._members}
        else:
            to_check |= self._next_to_check()
        if to_check:
            effects.append(Revalidate(tuple(to_check.items())))
        return effects

    def _retract(self, block: RetractedBlock) -> list[PoolEffect]:
        for extrinsic, _ in block.extrinsics:
            self._unsettled[extrinsic] = None
            self._bans.lift(extrinsic)
        held = self._in_blocks.pop(block.hash, ())
        return [_told(extrinsic, Retracted(block.hash)) for extrinsic in held]

    def _include(
        self, block: EnactedBlock, pruned: dict[Tag, None], now: Moment
    ) -> list[PoolEffect]:
        """Take out what a block holds, and note the tags which the chain provides by it."""
        ours: list[Hash] = []
        for included in block.extrinsics:
            member = self._members.take(included.hash)
            pruned |= dict.fromkeys(included.provides if member is None else member.provides)
            if member is not None or included.hash in self._unsettled:
                self._unsettled.pop(included.hash, None)
                self._bans.ban(included.hash, now)  # peers will go on offering it for a while
                ours.append(included.hash)
        if not ours:
            return []
        self._in_blocks[block.hash] = tuple(ours)
        effects: list[PoolEffect] = [_told(extrinsic, InBlock(block.hash)) for extrinsic in ours]
        return effects + self._give_up_on_oldest()

    def _give_up_on_oldest(self) -> list[PoolEffect]:
        if len(self._in_blocks) <= BLOCKS_AWAITING_FINALITY:
            return []
        oldest = next(iter(self._in_blocks))
        return [_told(held, FinalityTimeout(oldest)) for held in self._in_blocks.pop(oldest)]

    def _take_rivals(self, pruned: Iterable[Tag]) -> dict[Hash, bytes]:
        """Take out ready extrinsics in whose place the chain holds others. Most are stale now."""
        providers = [self._members.ready.provider(tag) for tag in pruned]
        rivals = {rival.hash: rival.extrinsic for rival in providers if rival is not None}
        for rival in rivals:
            self._members.take(rival)
            self._unsettled[rival] = None
        return rivals

    def _stale_at(self, enacted: tuple[EnactedBlock, ...]) -> list[Hash]:
        """Extrinsics about which the runtime's answer ends with the new best block."""
        number = max((block.number for block in enacted), default=0)
        return [member.hash for member in self._members if member.valid_till <= number]

    def _next_to_check(self) -> dict[Hash, bytes]:
        """Those whose validity was asked for longest ago; they go to the end of the line."""
        turn = nsmallest(
            REVALIDATION_BATCH,
            self._members,
            key=lambda member: (member.arrival <= self._last_checked, member.arrival),
        )
        if turn:
            self._last_checked = turn[-1].arrival
        return {member.hash: member.extrinsic for member in turn}

    def _settle(self, block: Hash) -> list[PoolEffect]:
        held = self._in_blocks.pop(block, ())
        return [_told(extrinsic, Finalized(block)) for extrinsic in held]


def _told(extrinsic: Hash, status: Status) -> StatusChanged:
    return StatusChanged(extrinsic, status)
