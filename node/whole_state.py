"""A whole state: as entries that come one at a time, and all at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from storage.overlay import StateView
from storage.trie.children import child_at


class Entry(NamedTuple):
    """One entry of a state. Those of a child trie follow the one that holds its root."""

    key: bytes
    value: bytes
    child: bytes | None = None
    """The name of the child trie that it is in; None in the top trie."""


@dataclass(frozen=True, slots=True)
class WholeState:
    """Every entry of a state."""

    top: dict[bytes, bytes] = field(default_factory=dict)
    """The roots of the child tries are among them."""
    children: dict[bytes, dict[bytes, bytes]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.top) + sum(map(len, self.children.values()))

    def with_top(self, entries: dict[bytes, bytes]) -> "WholeState":
        """The same with other entries in the top trie."""
        return WholeState(self.top | entries, self.children)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "WholeState":
        """Gather entries."""
        state = cls()
        for key, value, child in entries:
            into = state.top if child is None else state.children.setdefault(child, {})
            into[key] = value
        return state


def read_entries(view: StateView) -> Iterator[Entry]:
    """Every entry of a state, in order, looked up when it is asked for."""
    for key, value in _pairs(view):
        yield Entry(key, value)
        child = child_at(key)
        if child is not None:
            yield from (Entry(*pair, child) for pair in _pairs(view.child(child)))


def _pairs(view: StateView) -> Iterator[tuple[bytes, bytes]]:
    value, key = view.get(b""), view.next_key(b"")
    if value is not None:
        yield b"", value
    while key is not None:
        value = view.get(key)
        if value is not None:
            yield key, value
        key = view.next_key(key)
