"""The in-memory engine: the twin of LevelDB for tests and throw-away nodes."""

from bisect import bisect_left
from collections.abc import Iterator
from threading import Lock

from storage.kv import WriteBatch


class MemoryKv:
    """A dict with its keys sorted on demand."""

    def __init__(self) -> None:
        self._values: dict[bytes, bytes] = {}
        self._order: list[bytes] | None = []
        """Every key in order; None after a batch that added or removed some."""
        self._lock = Lock()
        """Held by whoever sorts or writes: an order from before a batch must not stay after it."""

    def get(self, key: bytes) -> bytes | None:
        return self._values.get(key)

    def iterate(
        self, prefix: bytes = b"", *, start: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        values = self._values
        with self._lock:
            return iter([(key, values[key]) for key in self._range(prefix, start)])

    def keys(self, prefix: bytes = b"", *, start: bytes | None = None) -> Iterator[bytes]:
        with self._lock:
            return iter(self._range(prefix, start))

    def write(self, batch: WriteBatch, *, sync: bool = False) -> None:  # noqa: ARG002
        with self._lock:
            for key, value in batch.changes.items():
                if value is not None:
                    if key not in self._values:
                        self._order = None
                    self._values[key] = value
                elif self._values.pop(key, None) is not None:
                    self._order = None

    def close(self) -> None:
        """Nothing to give back."""

    def _range(self, prefix: bytes, start: bytes | None) -> list[bytes]:
        order = self._order
        if order is None:
            order = self._order = sorted(self._values)
        first = last = bisect_left(order, prefix if start is None else max(prefix, start))
        while last < len(order) and order[last].startswith(prefix):
            last += 1
        return order[first:last]
