"""Who is in which queue: entering, replacing, moving from future to ready, leaving."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from node.txpool.messages import Announce, StatusChanged, Tag
from node.txpool.queues import Pooled, Queue, ReadyQueue
from node.txpool.refusal import Refusal
from node.txpool.status import Place, Usurped
from primitives.types import Hash

REMEMBERED_PRUNINGS: Final = 2
"""A validation takes a moment: it may still ask for what the latest blocks have just provided."""

News = StatusChanged | Announce


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a queue holds."""

    count: int
    size: int
    """Bytes of all extrinsics."""

    def is_exceeded_by(self, queue: Queue) -> bool:
        return len(queue) > self.count or queue.size > self.size


class BasePool:
    """The two queues, kept consistent: a member is in one of them, and in the right one."""

    def __init__(self, ready_limit: Limit, future_limit: Limit) -> None:
        self.ready = ReadyQueue()
        self.future = Queue()
        self._limits = ((self.ready, ready_limit), (self.future, future_limit))
        self._pruned: deque[dict[Tag, None]] = deque(maxlen=REMEMBERED_PRUNINGS)

    def __contains__(self, extrinsic: Hash) -> bool:
        return extrinsic in self.ready or extrinsic in self.future

    def __iter__(self) -> Iterator[Pooled]:
        yield from self.ready
        yield from self.future

    def find(self, extrinsic: Hash) -> Pooled | None:
        return self.ready.get(extrinsic) or self.future.get(extrinsic)

    def enter(self, member: Pooled) -> list[News] | Refusal:
        """Queue an extrinsic that is in neither queue; let in those that waited for it."""
        if self._lacks_something(member):
            self.future.insert(member)
            return [StatusChanged(member.hash, Place.FUTURE)]
        refusal = self.ready.objection(member)
        if refusal is not None:
            return refusal
        return [*self._make_ready(member), *self._promote(member.provides)]

    def exchange(self, old: Pooled, new: Pooled) -> list[News]:
        """Put a newer opinion in place of an older one. Who stays in its queue hears nothing."""
        if new == replace(old, valid_till=new.valid_till):
            queue = self.ready if old.hash in self.ready else self.future
            queue.refresh(new)
            return []
        before = self._place_of(old)
        moved = {member.hash: member for member in self.take_with_dependents(old.hash)}
        moved[new.hash] = new
        others: list[News] = []
        for member in moved.values():
            entered = self.enter(member)
            if isinstance(entered, Refusal):
                others.append(StatusChanged(member.hash, Place.INVALID))
            else:
                others += [one for one in entered if one.hash not in moved or _is_parting(one)]
        here = [member for member in moved.values() if member.hash in self]
        movers = [member for member in here if self._place_of(member) is not before]
        return [news for member in movers for news in self._whereabouts(member)] + others

    def prune(self, tags: dict[Tag, None]) -> list[News]:
        """Let future extrinsics in which waited for what the chain provides now."""
        self._pruned.append(tags)
        return self._promote(tags)

    def take(self, extrinsic: Hash) -> Pooled | None:
        """Take one extrinsic out; what depends on it stays, as if the chain had provided it."""
        return self.ready.remove(extrinsic) or self.future.remove(extrinsic)

    def take_with_dependents(self, extrinsic: Hash) -> list[Pooled]:
        """Take an extrinsic out, and the ready ones that need it; it comes first."""
        root = self.find(extrinsic)
        if root is None:
            return []
        taken = self.ready.subtree([root]) if extrinsic in self.ready else [root]
        for member in taken:
            self.take(member.hash)
        return taken

    def take_excess(self) -> list[Pooled]:
        """Take out what is worth least, and what depends on it, until both queues fit."""
        taken: list[Pooled] = []
        for queue, limit in self._limits:
            while limit.is_exceeded_by(queue):
                taken += self.take_with_dependents(queue.worst().hash)
        return taken

    def _lacks_something(self, member: Pooled) -> bool:
        return not all(
            self.ready.provides(tag) or any(tag in pruned for pruned in self._pruned)
            for tag in member.requires
        )

    def _make_ready(self, member: Pooled) -> list[News]:
        ousted = self.ready.replace(member)
        usurped = [StatusChanged(loser.hash, Usurped(member.hash)) for loser in ousted]
        return [*self._whereabouts(member), *usurped]

    def _promote(self, tags: Iterable[Tag]) -> list[News]:
        """Move future extrinsics to ready which lack nothing now, and what they enable in turn."""
        news: list[News] = []
        provided = deque(tags)
        while provided:
            for member in self.future.requiring([provided.popleft()]):
                if self._lacks_something(member):
                    continue
                self.future.remove(member.hash)
                if self.ready.objection(member) is None:
                    news += self._make_ready(member)
                    provided += member.provides
                else:
                    news.append(StatusChanged(member.hash, Place.INVALID))
        return news

    def _place_of(self, member: Pooled) -> Place:
        return Place.READY if member.hash in self.ready else Place.FUTURE

    def _whereabouts(self, member: Pooled) -> list[News]:
        place = self._place_of(member)
        told = StatusChanged(member.hash, place)
        if place is Place.READY and member.propagate:
            return [told, Announce(member.hash, member.extrinsic)]
        return [told]


def _is_parting(news: News) -> bool:
    """Whether the news says that an extrinsic left the pool."""
    return isinstance(news, StatusChanged) and news.status not in (Place.READY, Place.FUTURE)
