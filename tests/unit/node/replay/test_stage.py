"""The state in memory and its roots, against a plain dict and the root of a whole trie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.replay.roots import StandInRoots, TrieRoots
from node.replay.stage import MemoryState
from node.whole_state import WholeState
from storage.trie.children import root_key
from storage.trie.node import EMPTY_ROOT
from storage.trie.root import trie_root

keys = st.binary(max_size=3)
states = st.dictionaries(keys, st.binary(max_size=40))
changes = st.dictionaries(keys, st.none() | st.binary(max_size=40))
child_changes = st.dictionaries(st.sampled_from([b"one", b"other"]), changes)


def applied(values, steps):
    for step in steps:
        values = {key: value for key, value in (values | step).items() if value is not None}
    return values


def whole(values, children):
    """The top trie with the roots of child tries that are not empty."""
    return values | {
        root_key(name): trie_root(entries) for name, entries in children.items() if entries
    }


@given(states, st.lists(changes, max_size=4), keys)
def test_state_is_a_dict_with_its_keys_in_order(values, steps, key):
    state = MemoryState(values)
    for step in steps:
        state.apply(step)
    plain = applied(values, steps)
    assert state.values == plain
    assert state.keys(b"") == sorted(plain)
    assert state.keys(key) == sorted(found for found in plain if found.startswith(key))
    assert state.next_key(key) == min((found for found in plain if found > key), default=None)


@given(states, states, st.lists(st.tuples(changes, child_changes), max_size=3))
def test_child_tries_move_on_by_themselves(values, child, steps):
    state = MemoryState(values, {b"one": child})
    for top, children in steps:
        state.apply(top, children)
    expected = {
        name: applied(
            child if name == b"one" else {}, [children.get(name, {}) for _, children in steps]
        )
        for name in (b"one", b"other")
    }
    assert state.whole() == WholeState(
        applied(values, [top for top, _ in steps]),
        {name: entries for name, entries in expected.items() if entries},
    )


@given(states, states, st.lists(st.tuples(changes, child_changes), max_size=4))
def test_roots_are_those_of_the_whole_trie(values, child, steps):
    children = {b"one": child, b"other": {}}
    roots = TrieRoots(whole(values, children), children)
    for top, below in steps:
        ahead = roots.after(top, below).root
        roots.adopt(top, below)
        assert roots.root == ahead
        values = applied(values, [top])
        children = {
            name: applied(children[name], [below.get(name, {})]) for name in (b"one", b"other")
        }
    assert roots.root == trie_root(whole(values, children))


@given(states, st.lists(child_changes, max_size=3), child_changes)
def test_stand_ins_know_the_roots_of_child_tries(child, steps, last):
    children = {b"one": child}
    real, stand_in = [make(whole({}, children), children) for make in (TrieRoots, StandInRoots)]
    for step in steps:
        real.adopt({}, step)
        stand_in.adopt({}, step)
    assert stand_in.after({}, last).child_roots == real.after({}, last).child_roots


@pytest.mark.parametrize("make", [TrieRoots, StandInRoots])
def test_roots_tell_states_apart_and_do_not_move_when_asked(make):
    one, other = {b"a": b"1", b"b": None}, {b"a": b"1"}
    below = {b"b": b"2"}
    roots = make(below)
    start = roots.root
    assert roots.after(one).root == roots.after(dict(reversed(one.items()))).root
    assert len({start, roots.after(one).root, roots.after(other).root, EMPTY_ROOT}) >= 3
    in_child = roots.after({}, {b"c": {b"a": b"1"}}), roots.after({}, {b"c": {b"a": b"2"}})
    assert len({start, *(update.root for update in in_child)}) == 3
    assert roots.root == start
    roots.adopt(one)
    assert roots.root not in {start, make(below).after(other).root}
