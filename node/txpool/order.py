"""The order in which an author executes the ready extrinsics."""

from heapq import heapify, heappop, heappush

from node.txpool.messages import Tag
from node.txpool.queues import Pooled, ReadyQueue


class ExecutionOrder:
    """Iterates over the ready queue as it was: by priority, then arrival, requirements first."""

    def __init__(self, queue: ReadyQueue) -> None:
        self._members = {member.hash: member for member in queue}
        self._unmet = {m.hash: sum(map(queue.provides, m.requires)) for m in queue}
        self._requiring: dict[Tag, list[Pooled]] = {}
        for member in queue:
            for tag in member.requires:
                self._requiring.setdefault(tag, []).append(member)
        self._heap = [(m.place, m.hash) for m in queue if not self._unmet[m.hash]]
        heapify(self._heap)
        self._last: Pooled | None = None

    def __iter__(self) -> "ExecutionOrder":
        return self

    def __next__(self) -> Pooled:
        if self._last is not None:
            self._release(self._last)
        if not self._heap:
            self._last = None
            raise StopIteration
        _, extrinsic = heappop(self._heap)
        self._last = self._members[extrinsic]
        return self._last

    def skip_dependents(self) -> None:
        """The extrinsic just given did not go into the block: leave out what depends on it."""
        self._last = None

    def _release(self, member: Pooled) -> None:
        for tag in member.provides:
            for dependent in self._requiring.get(tag, ()):
                self._unmet[dependent.hash] -= 1
                if not self._unmet[dependent.hash]:
                    heappush(self._heap, (dependent.place, dependent.hash))
