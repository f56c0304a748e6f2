"""A bounded memory of hashes: the oldest goes first, and none stays past its lifetime."""

from collections import OrderedDict
from dataclasses import dataclass, field

from primitives.types import Hash


@dataclass(slots=True)
class SeenCache:
    """Remembers up to `capacity` hashes for `lifetime` seconds."""

    capacity: int
    lifetime: float
    _seen_at: OrderedDict[Hash, float] = field(default_factory=OrderedDict)

    def add(self, item: Hash, now: float) -> bool:
        """Remember a hash; true if it was not remembered."""
        self._expire(now)
        if item in self._seen_at:
            return False
        if len(self._seen_at) >= self.capacity:
            self._seen_at.popitem(last=False)
        self._seen_at[item] = now
        return True

    def __contains__(self, item: Hash) -> bool:
        return item in self._seen_at

    def __len__(self) -> int:
        return len(self._seen_at)

    def _expire(self, now: float) -> None:
        """Entries stand in the order of their time, so only the front can be too old."""
        while self._seen_at:
            oldest = next(iter(self._seen_at))
            if now < self._seen_at[oldest] + self.lifetime:
                return
            del self._seen_at[oldest]
