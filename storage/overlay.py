"""Uncommitted changes over a state, with nested transactions.

Changes live in one dict; a journal notes what each change replaced; a mark per open transaction
says how long the journal was when it began. So `begin` and `commit` are O(1) and `rollback` takes
as many steps as there were changes. The object outlives blocks: `reset` puts it over another state.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final, Protocol

from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError
from storage.sorted_keys import SortedKeys

_COUNT_END: Final = 1 << 32
"""SCALE counts are u32."""


class StateView(Protocol):
    """The state after one block, for reading."""

    def get(self, key: bytes) -> bytes | None:
        """The value under `key`, or None."""

    def next_key(self, after: bytes) -> bytes | None:
        """The smallest key greater than `after`."""

    def keys(self, prefix: bytes) -> list[bytes]:
        """Every key that starts with `prefix`, ascending."""

    def child(self, name: bytes) -> "StateView":
        """The entries of a child trie; it is empty if there is none of this name."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of a wish to remove many keys."""

    cursor: bytes | None
    """The first key of the state below that was not visited; None if all were."""
    below: int
    """Keys of the state below that were removed by it, and not before."""
    unique: int
    """The same, and keys that this block had changed."""
    visited: int
    """Keys of the state below that were visited: one that the block had removed counts too."""


class _Sequence:
    """A value that is being appended to: a SCALE sequence, in pieces until someone reads it.

    It grows and shrinks in place, and each step is in the journal.
    """

    __slots__ = ("count", "parts")

    def __init__(self, value: bytes | None) -> None:
        self.count, self.parts = 0, [b""]
        if value is None:
            return
        try:
            count, at = decode_compact(value, 0)
        except ScaleError:
            return  # As in Substrate, what is no sequence is replaced by a new one.
        if count < _COUNT_END:
            self.count, self.parts = count, [value[at:]]

    def push(self, item: bytes) -> None:
        self.parts.append(item)
        self.count += 1

    def pop(self) -> None:
        self.parts.pop()
        self.count -= 1

    def encode(self) -> bytes:
        return encode_compact(self.count) + b"".join(self.parts)


class _Mark:
    """What the journal holds where there was no value to note."""


_UNCHANGED: Final = _Mark()
"""The key had not been changed before."""
_APPENDED: Final = _Mark()
"""The sequence under the key grew by one item."""

_Change = bytes | _Sequence | None
"""A new value; None stands for removal."""


class Overlay:
    """The storage that a runtime writes to while it executes a block."""

    _not_for_writers: tuple[bytes, ...] = ()
    """Prefixes of keys under which writing does nothing."""

    def __init__(self, view: StateView) -> None:
        self.reset(view)

    def reset(self, view: StateView) -> None:
        """Drop all changes and transactions, and continue over another state."""
        self._view = view
        self._read: dict[bytes, bytes | None] = {}
        """What the view answered, so that each key is looked up once."""
        self._changes: dict[bytes, _Change] = {}
        self._touched = SortedKeys()
        """Every key that is or was in `_changes`."""
        self._journal: list[tuple[bytes, _Change | _Mark]] = []
        self._marks: list[int] = []
        self._followers: list[Overlay] = []
        """Overlays that begin, commit and roll back with this one."""

    def get(self, key: bytes) -> bytes | None:
        """The value under `key`, or None."""
        try:
            change = self._changes[key]
        except KeyError:
            return self._get_below(key)
        return change.encode() if isinstance(change, _Sequence) else change

    def is_changed(self, key: bytes) -> bool:
        """Whether `key` was written or removed since the state below."""
        return key in self._changes

    def put(self, key: bytes, value: bytes) -> None:
        """Set the value under `key`."""
        if not key.startswith(self._not_for_writers):
            self._change(key, value)

    def delete(self, key: bytes) -> None:
        """Remove `key`; no error when it is absent."""
        if not key.startswith(self._not_for_writers):
            self._change(key, None)

    def append(self, key: bytes, item: bytes) -> None:
        """Add one encoded item to the SCALE sequence under `key` (absent counts as empty)."""
        sequence = self._changes.get(key)
        if not isinstance(sequence, _Sequence):
            if key.startswith(self._not_for_writers):
                return
            sequence = _Sequence(self.get(key))
            self._change(key, sequence)
        if self._marks:
            self._journal.append((key, _APPENDED))
        sequence.push(item)

    def keys(self, prefix: bytes) -> list[bytes]:
        """Every key that starts with `prefix`, ascending."""
        below = self._view.keys(prefix)
        own = self._touched.starting_with(prefix)
        if not own:
            return below
        alive = dict.fromkeys(below)
        for key in own:
            if self._changes.get(key, _UNCHANGED) is None:
                alive.pop(key, None)
            elif key in self._changes:
                alive[key] = None
        return sorted(alive)

    def next_key(self, after: bytes) -> bytes | None:
        """The smallest key greater than `after`."""
        below = self._view.next_key(after)
        while below is not None and self._changes.get(below, _UNCHANGED) is None:
            below = self._view.next_key(below)
        for key in self._touched.after(after):
            if below is not None and key >= below:
                break
            if self._changes.get(key) is not None:
                return key
        return below

    def clear_prefix(self, prefix: bytes, limit: int | None) -> tuple[int, bool]:
        """Remove keys under `prefix`; `limit` counts only keys that stood before the block.

        Returns how many of those were visited, and whether none is left.
        """
        removal = self.remove(prefix, limit)
        return removal.visited, removal.cursor is None

    def remove(self, prefix: bytes, limit: int | None, start: bytes = b"") -> Removal:
        """Remove keys under `prefix`: changed ones all, and `limit` others from `start` on."""
        changed = [
            key for key in self._touched.starting_with(prefix) if self._changes.get(key) is not None
        ]
        for key in changed:
            self._change(key, None)
        standing = self._view.keys(prefix)
        first = bisect_left(standing, start)
        end = len(standing) if limit is None else min(first + limit, len(standing))
        below = 0
        for key in standing[first:end]:
            if self._changes.get(key, _UNCHANGED) is not None:
                self._change(key, None)
                below += 1
        cursor = standing[end] if end < len(standing) else None
        return Removal(cursor, below, len(changed) + below, end - first)

    def begin(self) -> None:
        """Open a nested transaction."""
        self._marks.append(len(self._journal))
        for follower in self._followers:
            follower.begin()

    def commit(self) -> None:
        """Keep what the innermost transaction changed."""
        self._marks.pop()
        if not self._marks:
            self._journal.clear()
        for follower in self._followers:
            follower.commit()

    def rollback(self) -> None:
        """Undo what the innermost transaction changed."""
        mark = self._marks.pop()
        while len(self._journal) > mark:
            key, before = self._journal.pop()
            if before is _APPENDED:
                sequence = self._changes[key]
                assert isinstance(sequence, _Sequence)
                sequence.pop()
            elif isinstance(before, _Mark):
                del self._changes[key]
            else:
                self._changes[key] = before
        for follower in self._followers:
            follower.rollback()

    def changes(self) -> dict[bytes, bytes | None]:
        """What differs from the state below: new values by key, None for removed ones."""
        return {
            key: change.encode() if isinstance(change, _Sequence) else change
            for key, change in self._changes.items()
        }

    def _get_below(self, key: bytes) -> bytes | None:
        try:
            return self._read[key]
        except KeyError:
            value = self._read[key] = self._view.get(key)
            return value

    def _change(self, key: bytes, change: _Change) -> None:
        before = self._changes.get(key, _UNCHANGED)
        if self._marks:
            self._journal.append((key, before))
        if before is _UNCHANGED:
            self._touched.add(key)
        self._changes[key] = change
