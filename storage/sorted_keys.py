"""A growing set of keys that can be read in order."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator


class SortedKeys:
    """Adding is O(1); the first ordered read after additions sorts them in."""

    __slots__ = ("_known", "_order", "_sorted")

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        self._known = set(keys)
        self._order = sorted(self._known)
        self._sorted = True

    def add(self, key: bytes) -> None:
        if key not in self._known:
            self._known.add(key)
            self._order.append(key)
            self._sorted = False

    def starting_with(self, prefix: bytes) -> list[bytes]:
        """The keys under `prefix`, ascending."""
        order = self._settle()
        first = last = bisect_left(order, prefix)
        while last < len(order) and order[last].startswith(prefix):
            last += 1
        return order[first:last]

    def after(self, key: bytes) -> Iterator[bytes]:
        """The keys greater than `key`, ascending."""
        order = self._settle()
        for at in range(bisect_left(order, key + b"\0"), len(order)):
            yield order[at]

    def _settle(self) -> list[bytes]:
        # Timsort sees one long run and a short tail: close to linear.
        if not self._sorted:
            self._order.sort()
            self._sorted = True
        return self._order
