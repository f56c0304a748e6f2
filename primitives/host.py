"""The seam between node and runtime: what a runtime may ask of whoever runs it."""

from typing import Protocol


class Storage(Protocol):
    """Ordered bytes to bytes with nested transactions: the state as one block sees it."""

    def get(self, key: bytes) -> bytes | None:
        """The value under `key`, or None."""

    def put(self, key: bytes, value: bytes) -> None:
        """Set the value under `key`."""

    def delete(self, key: bytes) -> None:
        """Remove `key`; no error when it is absent."""

    def append(self, key: bytes, item: bytes) -> None:
        """Add one encoded item to the SCALE sequence under `key` (absent counts as empty)."""

    def keys(self, prefix: bytes) -> list[bytes]:
        """Every key that starts with `prefix`, ascending."""

    def next_key(self, after: bytes) -> bytes | None:
        """The smallest key greater than `after`."""

    def clear_prefix(self, prefix: bytes, limit: int | None) -> tuple[int, bool]:
        """Remove keys under `prefix`; `limit` counts only keys that stood before the block.

        Returns how many of those were removed, and whether none is left.
        """

    def begin(self) -> None:
        """Open a nested transaction."""

    def commit(self) -> None:
        """Keep what the innermost transaction changed."""

    def rollback(self) -> None:
        """Undo what the innermost transaction changed."""


class Host(Storage, Protocol):
    """The part of Substrate's host functions that the runtime uses."""

    def state_root(self) -> bytes:
        """Root of the state with all changes so far (StateVersion 1)."""

    def ordered_root(self, values: list[bytes], version: int) -> bytes:
        """Root of the trie that maps compact(i) to values[i]."""

    def verify(self, scheme: int, signature: bytes, message: bytes, public: bytes) -> bool:
        """Check a signature; schemes are numbered as in MultiSignature."""

    def generate_key(self, scheme: int, key_type: bytes, seed: str | None) -> bytes:
        """Put a key pair for one purpose into the keystore; answer its public key.

        Without a seed (a secret URI) it is a new one.
        """

    def runtime_version(self, code: bytes) -> bytes | None:
        """The SCALE RuntimeVersion of a code blob, or None if it is no runtime."""

    def log(self, level: int, target: str, message: str) -> None:
        """Write a line to the node's log (1 error … 5 trace)."""
