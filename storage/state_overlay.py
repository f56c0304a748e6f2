"""Uncommitted changes over a whole state: over its top trie, and over child tries beside it."""

from storage.overlay import Overlay, Removal, StateView
from storage.trie.children import RESERVED

_NOTHING = Removal(cursor=None, below=0, unique=0, visited=0)


class StateOverlay(Overlay):
    """The overlay of the top trie, followed by one for each child trie that is looked at.

    Writing to the top does not reach the roots of child tries, as in Substrate. There appending
    does, and the next look at such a child trie is the end of the node; here it does not.
    """

    _not_for_writers = (RESERVED,)

    def reset(self, view: StateView) -> None:
        """Drop all changes and transactions, and continue over another state."""
        super().reset(view)
        self._children: dict[bytes, Overlay] = {}

    def child(self, name: bytes) -> Overlay:
        """The storage of a child trie."""
        child = self._children.get(name)
        if child is None:
            child = self._children[name] = Overlay(self._view.child(name))
            for _ in self._marks:
                child.begin()
            self._followers.append(child)
        return child

    def child_changes(self) -> dict[bytes, dict[bytes, bytes | None]]:
        """What differs in child tries, by their names."""
        changes = {name: child.changes() for name, child in self._children.items()}
        return {name: entries for name, entries in changes.items() if entries}

    def remove(self, prefix: bytes, limit: int | None, start: bytes = b"") -> Removal:
        """Remove keys under `prefix`, unless roots of child tries could be among them."""
        if prefix.startswith(RESERVED) or RESERVED.startswith(prefix):
            return _NOTHING
        return super().remove(prefix, limit, start)
