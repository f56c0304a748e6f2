"""The key-value engine under everything that is kept on disk: ordered, written in batches."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(slots=True)
class WriteBatch:
    """Changes that reach the disk together or not at all; the last one of a key wins."""

    changes: dict[bytes, bytes | None] = field(default_factory=dict)
    """New values; None removes the key."""

    def put(self, key: bytes, value: bytes) -> None:
        self.changes[key] = value

    def delete(self, key: bytes) -> None:
        self.changes[key] = None


class KeyValue(Protocol):
    """An ordered map from bytes to bytes. Reads are safe from any thread, beside one writer."""

    def get(self, key: bytes) -> bytes | None:
        """The value under `key`, or None."""

    def iterate(
        self, prefix: bytes = b"", *, start: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """Keys under `prefix` with their values, in order, from `start` (included) on."""

    def keys(self, prefix: bytes = b"", *, start: bytes | None = None) -> Iterator[bytes]:
        """The keys that `iterate` would give, without reading the values."""

    def write(self, batch: WriteBatch, *, sync: bool = False) -> None:
        """Apply a batch atomically; with `sync`, return only when it is safe on disk."""

    def close(self) -> None:
        """Give the engine's resources back. Closing twice is no error."""
