"""The host's storage with child tries against dicts, and every root against one from nothing."""

from copy import deepcopy

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.blocks import ROOTS, merged, merged_children, with_roots
from tests.support.host import MemoryHost
from tests.support.plain_trie import plain_root

NAMES = [b"", b"a", b"ab"]
NAME = st.sampled_from(NAMES)
KEYS = [b"", b"a", b"a\x00", b"ab", b"b", b":child_storage:default:a"]
KEY = st.sampled_from(KEYS)
TOP_KEY = st.sampled_from([b"a", b":", b":child", b":child_storage:x", ROOTS, ROOTS + b"a", b"z"])
VALUE = st.sampled_from([b"", b"1", b"x" * 32, b"y" * 33])
PREFIX = st.sampled_from([b"", b"a", b"ab", b"c"])
TOP_PREFIX = st.sampled_from([b"", b"a", b":", b":child_storage:", ROOTS + b"a", b":child_stop"])
LIMIT = st.none() | st.integers(0, 3)
ENTRIES = st.dictionaries(KEY, VALUE, max_size=4)


class Layer:
    """What a transaction and those around it changed."""

    def __init__(self):
        self.top, self.children = {}, {name: {} for name in NAMES}


class ChildOverlayModel(RuleBasedStateMachine):
    @initialize(
        top=st.dictionaries(st.sampled_from([b"a", b":child", b"z"]), VALUE),
        children=st.dictionaries(NAME, ENTRIES),
    )
    def start(self, top, children):
        self.top, self.children = top, merged_children({}, children)
        self.host = MemoryHost(top, children=self.children)
        self.layers = [Layer()]

    @property
    def changes(self):
        return self.layers[-1]

    def child(self, name):
        return merged(self.children.get(name, {}), self.changes.children[name])

    def shown(self):
        """The top trie as a runtime reads it: roots are those below, or those last asked for."""
        return merged(with_roots(self.top, self.children), self.changes.top)

    @rule(name=NAME, key=KEY, value=VALUE)
    def put(self, name, key, value):
        self.host.child(name).put(key, value)
        self.changes.children[name][key] = value

    @rule(name=NAME, key=KEY)
    def delete(self, name, key):
        self.host.child(name).delete(key)
        self.changes.children[name][key] = None

    @rule(name=NAME, prefix=PREFIX, limit=LIMIT, start=st.just(b"") | KEY)
    def remove(self, name, prefix, limit, start):
        changes, alive = self.changes.children[name], self.child(name)
        standing = sorted(key for key in self.children.get(name, {}) if key.startswith(prefix))
        reached = [key for key in standing if key >= start]
        visited = reached if limit is None else reached[:limit]
        changed = [key for key in changes if key in alive and key.startswith(prefix)]
        gone = [key for key in visited if key in alive and key not in changed]
        changes |= dict.fromkeys([*changed, *gone])
        removal = self.host.child(name).remove(prefix, limit, start)
        assert removal.cursor == next(iter(reached[len(visited) :]), None)
        assert (removal.below, removal.unique) == (len(gone), len(changed) + len(gone))
        assert removal.visited == len(visited)

    @rule(key=TOP_KEY, value=st.none() | VALUE)
    def change_top(self, key, value):
        if value is None:
            self.host.delete(key)
        else:
            self.host.put(key, value)
        if not key.startswith(b":child_storage:"):
            self.changes.top[key] = value

    @rule(prefix=TOP_PREFIX)
    def clear_top(self, prefix):
        alive = self.shown()
        visited, all_gone = self.host.clear_prefix(prefix, None)
        assert all_gone
        is_refused = b":child_storage:".startswith(prefix) or prefix.startswith(b":child_storage:")
        below = [key for key in self.top if key.startswith(prefix)]
        assert visited == (0 if is_refused else len(below))
        if not is_refused:
            self.changes.top |= {key: None for key in alive if key.startswith(prefix)}

    @rule(name=NAME)
    def ask_child_root(self, name):
        entries = self.child(name)
        root = plain_root(entries)
        assert self.host.child_root(name, 1) == root
        if self.changes.children[name]:
            self.changes.top[ROOTS + name] = root if entries else None

    @rule()
    def ask_state_root(self):
        children = merged_children(self.children, self.changes.children)
        top = {key: value for key, value in self.shown().items() if not key.startswith(ROOTS)}
        assert self.host.state_root() == plain_root(with_roots(top, children))

    @rule()
    def begin(self):
        self.host.begin()
        self.layers.append(deepcopy(self.changes))

    @precondition(lambda self: len(self.layers) > 1)
    @rule()
    def commit(self):
        self.host.commit()
        self.layers[-2:] = [self.layers[-1]]

    @precondition(lambda self: len(self.layers) > 1)
    @rule()
    def rollback(self):
        self.host.rollback()
        self.layers.pop()

    @rule()
    def next_block(self):
        while len(self.layers) > 1:
            self.commit()
        self.children = merged_children(self.children, self.changes.children)
        self.top = {key: value for key, value in self.shown().items() if not key.startswith(ROOTS)}
        self.host.settle()
        self.layers = [Layer()]
        assert (self.host.changes(), self.host.child_changes()) == ({}, {})

    @invariant()
    def reads_agree(self):
        check_reads(self.host, self.shown(), [*KEYS, *(ROOTS + name for name in NAMES)])

    @rule(name=NAME)
    def child_reads_agree(self, name):
        check_reads(self.host.child(name), self.child(name), KEYS)

    @invariant()
    def changes_in_child_tries_lead_to_what_they_hold(self):
        """Without a look at each, which would open them all at once."""
        changed = self.host.child_changes()
        for name in NAMES:
            assert changed.get(name, {}) == self.changes.children[name]


def check_reads(storage, entries, keys):
    assert storage.keys(b"") == sorted(entries)
    for key in keys:
        assert storage.get(key) == entries.get(key)
        assert storage.next_key(key) == min((k for k in entries if k > key), default=None)


TestChildOverlayModel = ChildOverlayModel.TestCase
# As with the overlay alone, steps are cheap, and the rare bug needs several on one key.
TestChildOverlayModel.settings = settings(max_examples=2 * settings.default.max_examples)
