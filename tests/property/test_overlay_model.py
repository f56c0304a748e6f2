"""The overlay against copies of a dict, one per open transaction."""

from bisect import bisect_right

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError
from storage.overlay import Overlay

KEYS = st.sampled_from([b"", b"a", b"a\x00", b"a\xff", b"ab", b"\xff"])
VALUES = st.one_of(st.binary(max_size=3), st.just(encode_compact(63) + bytes(63)))
PREFIXES = st.lists(st.sampled_from([b"a", b"b", b"\xff"]), max_size=2).map(b"".join)


class DictView:
    def __init__(self, state):
        self.state = state

    def get(self, key):
        return self.state.get(key)

    def next_key(self, after):
        ordered = sorted(self.state)
        at = bisect_right(ordered, after)
        return ordered[at] if at < len(ordered) else None

    def keys(self, prefix):
        return [key for key in sorted(self.state) if key.startswith(prefix)]


class OverlayModel(RuleBasedStateMachine):
    @initialize(state=st.dictionaries(KEYS, VALUES, max_size=8))
    def start(self, state):
        self.below = state
        self.overlay = Overlay(DictView(state))
        self.layers = [dict(state)]

    @property
    def now(self):
        return self.layers[-1]

    @rule(key=KEYS, value=VALUES)
    def put(self, key, value):
        self.overlay.put(key, value)
        self.now[key] = value

    @rule(key=KEYS)
    def delete(self, key):
        self.overlay.delete(key)
        self.now.pop(key, None)

    @rule(key=st.sampled_from([b"a", b"ab"]), item=st.binary(max_size=2))
    def append(self, key, item):
        self.overlay.append(key, item)
        value = self.now.get(key, b"\0")
        try:
            count, at = decode_compact(value, 0)
        except ScaleError:
            count, at = 0, len(value)
        self.now[key] = encode_compact(count + 1) + value[at:] + item

    @rule(prefix=PREFIXES, limit=st.none() | st.integers(0, 4))
    def clear_prefix(self, prefix, limit):
        standing = [key for key in sorted(self.below) if key.startswith(prefix)]
        visited = standing[:limit]
        for key in [key for key in self.now if key.startswith(prefix)]:
            if key not in self.below or key in visited or self.is_changed(key):
                del self.now[key]
        assert self.overlay.clear_prefix(prefix, limit) == (len(visited), visited == standing)

    def is_changed(self, key):
        return key in self.overlay.changes()

    @rule()
    def begin(self):
        self.overlay.begin()
        self.layers.append(dict(self.now))

    @precondition(lambda self: len(self.layers) > 1)
    @rule()
    def commit(self):
        self.overlay.commit()
        top = self.layers.pop()
        self.layers[-1] = top

    @precondition(lambda self: len(self.layers) > 1)
    @rule()
    def rollback(self):
        self.overlay.rollback()
        self.layers.pop()

    @rule()
    def next_block(self):
        while len(self.layers) > 1:
            self.commit()
        self.below = dict(self.now)
        self.overlay.reset(DictView(self.below))
        assert self.overlay.changes() == {}

    @rule(key=KEYS)
    def get(self, key):
        assert self.overlay.get(key) == self.now.get(key)

    @rule(after=KEYS)
    def next_key(self, after):
        assert self.overlay.next_key(after) == min((k for k in self.now if k > after), default=None)

    @rule(prefix=PREFIXES)
    def keys(self, prefix):
        assert self.overlay.keys(prefix) == sorted(k for k in self.now if k.startswith(prefix))

    @invariant()
    def changes_lead_from_the_state_below_to_the_present_one(self):
        merged = self.below | self.overlay.changes()
        assert {key: value for key, value in merged.items() if value is not None} == self.now


TestOverlayModel = OverlayModel.TestCase
# Steps are cheap, and the rare bug needs four of them on one key.
TestOverlayModel.settings = settings(max_examples=4 * settings.default.max_examples)


@given(st.lists(st.binary(max_size=3), max_size=80))
def test_appended_items_become_a_sequence(items):
    overlay = Overlay(DictView({}))
    for item in items:
        overlay.append(b"events", item)
    expected = encode_compact(len(items)) + b"".join(items) if items else None
    assert overlay.get(b"events") == expected
