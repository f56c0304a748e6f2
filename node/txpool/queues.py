"""The pool's two queues: what may go into the next block, and what waits for something first."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from node.txpool.messages import Tag
from node.txpool.refusal import CYCLE, Refusal, too_low_priority
from primitives.transaction_validity import ValidTransaction
from primitives.types import U64, BlockNumber, Hash


@dataclass(frozen=True, slots=True)
class Pooled:
    """An extrinsic with what the pool must know of it."""

    hash: Hash
    extrinsic: bytes
    priority: U64
    requires: tuple[Tag, ...]
    provides: tuple[Tag, ...]
    valid_till: BlockNumber
    """The first block at which the runtime's answer no longer holds."""
    propagate: bool
    arrival: int

    @classmethod
    def of(
        cls,
        extrinsic_hash: Hash,
        extrinsic: bytes,
        valid: ValidTransaction,
        at: BlockNumber,
        arrival: int,
    ) -> "Pooled":
        return cls(
            extrinsic_hash,
            extrinsic,
            valid.priority,
            tuple(dict.fromkeys(valid.requires)),
            tuple(dict.fromkeys(valid.provides)),
            BlockNumber(at + valid.longevity),
            valid.propagate,
            arrival,
        )

    @property
    def place(self) -> tuple[int, int]:
        """Sorts by the order in which extrinsics should be executed."""
        return -self.priority, self.arrival

    @property
    def worth(self) -> tuple[int, int]:
        """Sorts by what to keep when room is short: of equals the newer, as others had a chance."""
        return self.priority, self.arrival


class Queue:
    """Extrinsics by hash, with an index of the tags that they require."""

    def __init__(self) -> None:
        self._members: dict[Hash, Pooled] = {}
        self._requiring: dict[Tag, dict[Hash, None]] = {}
        self.size = 0
        """Bytes of all extrinsics together."""

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, extrinsic: Hash) -> bool:
        return extrinsic in self._members

    def __iter__(self) -> Iterator[Pooled]:
        return iter(self._members.values())

    def get(self, extrinsic: Hash) -> Pooled | None:
        return self._members.get(extrinsic)

    def requiring(self, tags: Iterable[Tag]) -> list[Pooled]:
        """Members that require any of the tags."""
        found = dict.fromkeys(h for tag in tags for h in self._requiring.get(tag, ()))
        return [self._members[extrinsic] for extrinsic in found]

    def worst(self) -> Pooled:
        """The first to go when room is short."""
        return min(self, key=lambda member: member.worth)

    def insert(self, member: Pooled) -> None:
        self._members[member.hash] = member
        self.size += len(member.extrinsic)
        for tag in member.requires:
            self._requiring.setdefault(tag, {})[member.hash] = None

    def refresh(self, member: Pooled) -> None:
        """Put a member in place of itself: same tags and bytes, newer date."""
        self._members[member.hash] = member

    def remove(self, extrinsic: Hash) -> Pooled | None:
        member = self._members.pop(extrinsic, None)
        if member is None:
            return None
        self.size -= len(member.extrinsic)
        for tag in member.requires:
            del self._requiring[tag][extrinsic]
            if not self._requiring[tag]:
                del self._requiring[tag]
        return member


class ReadyQueue(Queue):
    """Extrinsics all of whose requirements are met, by the state or by other members.

    Invariant: no two members provide the same tag, and no member requires itself in any number of
    steps.
    """

    def __init__(self) -> None:
        super().__init__()
        self._provider: dict[Tag, Hash] = {}

    def provides(self, tag: Tag) -> bool:
        return tag in self._provider

    def provider(self, tag: Tag) -> Pooled | None:
        owner = self._provider.get(tag)
        return None if owner is None else self._members[owner]

    def insert(self, member: Pooled) -> None:
        super().insert(member)
        for tag in member.provides:
            self._provider[tag] = member.hash

    def remove(self, extrinsic: Hash) -> Pooled | None:
        member = super().remove(extrinsic)
        for tag in () if member is None else member.provides:
            del self._provider[tag]
        return member

    def subtree(self, roots: Iterable[Pooled], spared: tuple[Tag, ...] = ()) -> list[Pooled]:
        """The roots, then what depends on them, except through tags that another will provide."""
        found: dict[Hash, Pooled] = {}
        to_visit = deque(roots)
        while to_visit:
            member = to_visit.popleft()
            if member.hash not in found:
                found[member.hash] = member
                to_visit += self.requiring(tag for tag in member.provides if tag not in spared)
        return list(found.values())

    def objection(self, member: Pooled) -> Refusal | None:
        """Why an extrinsic cannot enter although its requirements are met."""
        if self._closes_a_cycle(member):
            return CYCLE
        rivals = self._rivals_of(member)
        old = U64(min(sum(rival.priority for rival in rivals), 2**64 - 1))
        if rivals and member.priority <= old:
            return too_low_priority(old, member.priority)
        return None

    def replace(self, member: Pooled) -> list[Pooled]:
        """Insert an extrinsic without objection; answer those that had to give way."""
        ousted = self.subtree(self._rivals_of(member), spared=member.provides)
        for loser in ousted:
            self.remove(loser.hash)
        self.insert(member)
        return ousted

    def _rivals_of(self, member: Pooled) -> list[Pooled]:
        """Members that provide what the newcomer provides: it stays only if it outweighs them."""
        rivals = [self.provider(tag) for tag in member.provides]
        return list({rival.hash: rival for rival in rivals if rival is not None}.values())

    def _closes_a_cycle(self, member: Pooled) -> bool:
        """Whether the newcomer requires what it provides, itself or through members between."""
        if any(tag in member.provides for tag in member.requires):
            return True
        dependents = self.subtree(self.requiring(member.provides))
        return any(tag in below.provides for below in dependents for tag in member.requires)
