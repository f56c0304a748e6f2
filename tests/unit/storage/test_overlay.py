"""What the overlay promises beyond the model in tests/property."""

from storage.kv import WriteBatch
from storage.memory import MemoryKv
from storage.overlay import Overlay


class KvView:
    """A state view over an engine that counts lookups."""

    def __init__(self, **state):
        self.kv = MemoryKv()
        self.kv.write(WriteBatch({key.encode(): value for key, value in state.items()}))
        self.lookups = 0

    def get(self, key):
        self.lookups += 1
        return self.kv.get(key)

    def next_key(self, after):
        return next(self.kv.keys(start=after + b"\0"), None)

    def keys(self, prefix):
        return list(self.kv.keys(prefix))


def test_a_key_is_looked_up_once():
    view = KvView(a=b"1")
    overlay = Overlay(view)
    assert [overlay.get(b"a"), overlay.get(b"a"), overlay.get(b"b"), overlay.get(b"b")] == [
        b"1",
        b"1",
        None,
        None,
    ]
    assert view.lookups == 2


def test_limit_counts_keys_of_the_state_below_even_those_removed_before():
    """Given keys a1 to a3 below and x above, when a1 is removed and two keys may be cleared,
    then a1 counts as one of them, every new key goes, and a3 is left."""
    overlay = Overlay(KvView(a1=b"1", a2=b"2", a3=b"3"))
    overlay.delete(b"a1")
    overlay.put(b"a0", b"new")
    overlay.put(b"a9", b"new")
    assert overlay.clear_prefix(b"a", 2) == (2, False)
    assert overlay.keys(b"a") == [b"a3"]


def test_limit_does_not_hold_back_changed_keys():
    overlay = Overlay(KvView(a1=b"1", a2=b"2"))
    overlay.put(b"a2", b"changed")
    assert overlay.clear_prefix(b"a", 0) == (0, False)
    assert overlay.keys(b"a") == [b"a1"]


def test_append_replaces_what_is_no_sequence():
    overlay = Overlay(KvView(a=b"\x03\x00", b=b"\x07\x00\x00\x00\x00\x01"))
    for key in (b"a", b"b"):
        overlay.append(key, b"item")
        assert overlay.get(key) == b"\x04item"


def test_rollback_of_an_append_leaves_outer_items():
    overlay = Overlay(KvView())
    overlay.begin()
    overlay.append(b"events", b"1")
    overlay.begin()
    overlay.append(b"events", b"2")
    overlay.delete(b"events")
    overlay.append(b"events", b"3")
    overlay.rollback()
    overlay.append(b"events", b"4")
    overlay.commit()
    assert overlay.changes() == {b"events": b"\x0814"}
