"""Child tries under pruning: equal nodes at places that mean different things."""

import pytest

from storage.columns import CHILD_INDEX, NODES, REFERENCES
from storage.database import Database
from storage.memory import MemoryKv
from tests.support.blocks import ROOTS, add_block, begin_chain
from tests.support.plain_trie import plain_root

ENTRIES = {b"%d" % at: b"v" * 40 for at in range(20)}
TWIN = b"J" + ROOTS[1:] + b"a"
"""A key whose leaf is the very node that holds the root of the child trie `a`."""


@pytest.fixture
def kv():
    return MemoryKv()


@pytest.fixture
def database(kv):
    return Database.open(kv, pruning=1)


def finalized(database, parent, changes=None, children=None):
    """Put a final block on another one, whose state goes."""
    block = add_block(database, parent, changes or {}, children)
    database.finalize(block.hash())
    return block


def test_child_tries_stay_as_long_as_a_state_has_them_and_then_go(kv, database):
    genesis = begin_chain(database, {b"key": b"value"}, {b"a": ENTRIES})
    first = finalized(database, genesis, {b"key": b"other"})
    assert database.states.at(first.hash()).child(b"a").keys(b"") == sorted(ENTRIES)
    gone = finalized(database, first, children={b"a": dict.fromkeys(ENTRIES)})
    assert database.states.at(gone.hash()).child(b"a").keys(b"") == []
    assert list(kv.keys(CHILD_INDEX.prefix)) == []
    assert list(kv.keys(NODES.prefix)) == [NODES.prefix + gone.state_root]


def test_two_child_tries_with_the_same_entries_are_one_that_is_held_twice(database):
    genesis = begin_chain(database, {}, {b"a": ENTRIES, b"b": ENTRIES})
    block = finalized(database, genesis, children={b"a": dict.fromkeys(ENTRIES)})
    view = database.states.at(block.hash())
    assert [view.child(b"b").get(key) for key in ENTRIES] == list(ENTRIES.values())


def test_a_value_that_spells_a_root_does_not_hold_the_child_trie(kv, database):
    """Given a twin of the leaf with the root, at a place that means nothing."""
    root = plain_root(ENTRIES)
    genesis = begin_chain(database, {TWIN: root}, {b"a": ENTRIES})
    leaf = next(
        key[1:] for key in REFERENCES.all_keys(kv) if root in kv.get(key) and key[:1] == b"t"
    )
    assert kv.get(CHILD_INDEX.prefix + leaf) is not None
    block = finalized(database, genesis, children={b"a": dict.fromkeys(ENTRIES)})
    assert database.states.at(block.hash()).get(TWIN) == root
    assert kv.get(NODES.prefix + root) is None


def test_a_child_trie_does_not_go_with_a_value_that_spells_its_root(database):
    """Given that the twin was there first. When it goes. Then the child trie stays."""
    genesis = begin_chain(database, {TWIN: plain_root(ENTRIES)})
    grown = finalized(database, genesis, children={b"a": ENTRIES})
    block = finalized(database, grown, {TWIN: None})
    view = database.states.at(block.hash()).child(b"a")
    assert {key: view.get(key) for key in view.keys(b"")} == ENTRIES
