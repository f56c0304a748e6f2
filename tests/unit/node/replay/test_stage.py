"""The state in memory and its roots, against a plain dict and the root of a whole trie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.replay.roots import StandInRoots, TrieRoots
from node.replay.stage import MemoryState
from storage.trie.node import EMPTY_ROOT
from storage.trie.root import trie_root

keys = st.binary(max_size=3)
changes = st.dictionaries(keys, st.none() | st.binary(max_size=40))


def applied(values, steps):
    for step in steps:
        values = {key: value for key, value in (values | step).items() if value is not None}
    return values


@given(st.dictionaries(keys, st.binary(max_size=3)), st.lists(changes, max_size=4), keys)
def test_state_is_a_dict_with_its_keys_in_order(values, steps, key):
    state = MemoryState(values)
    for step in steps:
        state.apply(step)
    plain = applied(values, steps)
    assert state.values == plain
    assert state.keys(b"") == sorted(plain)
    assert state.keys(key) == sorted(found for found in plain if found.startswith(key))
    assert state.next_key(key) == min((found for found in plain if found > key), default=None)


@given(st.dictionaries(keys, st.binary(max_size=40)), st.lists(changes, max_size=4))
def test_roots_are_those_of_the_whole_trie(values, steps):
    roots = TrieRoots(values)
    for step in steps:
        ahead = roots.after(step).root
        roots.adopt(step)
        assert roots.root == ahead
    assert roots.root == trie_root(applied(values, steps))


@pytest.mark.parametrize("make", [TrieRoots, StandInRoots])
def test_roots_tell_states_apart_and_do_not_move_when_asked(make):
    one, other = {b"a": b"1", b"b": None}, {b"a": b"1"}
    below = {b"b": b"2"}
    roots = make(below)
    start = roots.root
    assert roots.after(one).root == roots.after(dict(reversed(one.items()))).root
    assert len({start, roots.after(one).root, roots.after(other).root, EMPTY_ROOT}) >= 3
    assert roots.root == start
    roots.adopt(one)
    assert roots.root not in {start, make(below).after(other).root}
