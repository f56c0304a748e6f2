"""A host over a dict: real overlay, real trie, real signatures, no database."""

from bisect import bisect_left, bisect_right, insort

from node.executor.host import ExecutionHost
from primitives.crypto import KeyPair
from primitives.scheme import Scheme
from storage.trie.backend import MappedSource, Nodes
from storage.trie.children import apply_with_children
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Trie


class DictView:
    """A state in a dict, with its keys in order, and its child tries in more of them."""

    def __init__(self, state):
        self.state = dict(state)
        self.order = sorted(self.state)
        self.children = {}

    def get(self, key):
        return self.state.get(key)

    def next_key(self, after):
        at = bisect_right(self.order, after)
        return self.order[at] if at < len(self.order) else None

    def keys(self, prefix):
        at = bisect_left(self.order, prefix)
        found = []
        while at < len(self.order) and self.order[at].startswith(prefix):
            found.append(self.order[at])
            at += 1
        return found

    def child(self, name):
        return self.children.setdefault(name, DictView({}))

    def apply(self, changes):
        for key, value in changes.items():
            if value is None:
                if key in self.state:
                    del self.state[key]
                    self.order.pop(bisect_left(self.order, key))
            else:
                if key not in self.state:
                    insort(self.order, key)
                self.state[key] = value


def _derive_key(scheme, key_type, seed):
    return KeyPair.from_uri(seed, Scheme(scheme)).public


class MemoryHost(ExecutionHost):
    """Host functions over a state in memory; `settle` makes the changes part of it."""

    def __init__(self, initial=None, versions=None, children=None):
        self.below = DictView(initial or {})
        self._nodes, self._values = {}, {}
        self._trie = Trie(Nodes(MappedSource(self._nodes, self._values)))
        self.root = EMPTY_ROOT
        self.lines = []
        codes = versions or {}
        super().__init__(
            self.below,
            self._grow,
            codes.get,
            lambda *line: self.lines.append(line),
            _derive_key,
        )
        self.root = self._keep(self._trie.apply(EMPTY_ROOT, self.below.state))
        for name, entries in (children or {}).items():
            for key, value in entries.items():
                self.child(name).put(key, value)
        self.settle()

    def _keep(self, update):
        self._nodes.update(update.nodes)
        self._values.update(update.values)
        return update.root

    def _grow(self, changes, children, version=1):
        update = apply_with_children(self._trie, self.root, changes, children, version)
        self._keep(update)
        return update

    def settle(self):
        """Make the changes so far the state below; answers those in the top trie."""
        changes = {
            key: value for key, value in self.changes().items() if self.below.get(key) != value
        }
        children = self.child_changes()
        update = self._grow(changes, children)
        self.root = update.root
        self.below.apply(changes | update.child_roots)
        for name, entries in children.items():
            self.below.child(name).apply(entries)
        self.reset(self.below)
        return changes
