"""The incremental trie against a dict, and against tries rebuilt by definition."""

from hypothesis import given
from hypothesis import strategies as st

from storage.trie.backend import MappedSource, Nodes
from storage.trie.difference import difference
from storage.trie.node import EMPTY_ROOT
from storage.trie.proof import read_proof, verify_proof
from storage.trie.trie import Trie
from tests.support.plain_trie import plain_root

KEYS = st.one_of(
    st.binary(max_size=3),
    st.lists(st.sampled_from([b"\x00", b"\x01", b"\x10", b"\xff"]), max_size=5).map(b"".join),
    st.binary(min_size=31, max_size=34),
)
VALUES = st.one_of(st.binary(max_size=4), st.binary(min_size=31, max_size=34))
STATES = st.dictionaries(KEYS, VALUES, max_size=20)
CHANGES = st.dictionaries(KEYS, st.none() | VALUES, max_size=12)


class StoredTrie:
    """A trie whose updates all end up in two dicts; a small cache, so that nodes are read back."""

    def __init__(self):
        self.nodes, self.values = {}, {}
        self.source = MappedSource(self.nodes, self.values)
        self.trie = Trie(Nodes(self.source, generation=4))

    def apply(self, root, changes, version=1):
        update = self.trie.apply(root, changes, version)
        self.nodes |= update.nodes
        self.values |= update.values
        return update.root


def changed(state, changes):
    merged = state | changes
    return {key: value for key, value in merged.items() if value is not None}


@given(STATES, st.lists(CHANGES, max_size=5), st.sampled_from([0, 1]))
def test_changes_lead_to_the_trie_of_the_resulting_map(state, steps, version):
    stored = StoredTrie()
    root = stored.apply(EMPTY_ROOT, state, version)
    for changes in steps:
        # Deletions of keys that are there are rare by chance; make every second one real.
        changes |= dict.fromkeys(sorted(state)[::2][: len(changes) // 2])
        state = changed(state, changes)
        root = stored.apply(root, changes, version)
        assert root == plain_root(state, version)
    assert dict(stored.trie.items(root)) == state


@given(STATES, CHANGES)
def test_old_tries_stay_readable(state, changes):
    stored = StoredTrie()
    before = stored.apply(EMPTY_ROOT, state)
    stored.apply(before, changes)
    assert dict(stored.trie.items(before)) == state
    for key in changes:
        assert stored.trie.get(before, key) == state.get(key)


@given(STATES)
def test_setting_what_is_there_makes_no_new_node(state):
    stored = StoredTrie()
    root = stored.apply(EMPTY_ROOT, state)
    update = stored.trie.apply(root, state)
    assert (update.root, update.nodes) == (root, {})


@given(STATES, KEYS, KEYS)
def test_keys_come_in_order_from_any_start_under_any_prefix(state, prefix, start):
    stored = StoredTrie()
    root = stored.apply(EMPTY_ROOT, state)
    expected = [key for key in sorted(state) if key.startswith(prefix) and key >= start]
    assert list(stored.trie.keys(root, prefix, start)) == expected


@given(STATES, CHANGES)
def test_difference_leads_from_one_trie_to_the_other(state, changes):
    stored = StoredTrie()
    old = stored.apply(EMPTY_ROOT, state)
    new = stored.apply(old, changes)
    target = changed(state, changes)
    steps = dict(difference(stored.trie.nodes, old, new))
    assert changed(state, steps) == target
    assert all(state.get(key) != value for key, value in steps.items())


@given(STATES, CHANGES)
def test_large_values_keep_their_form_until_they_are_written_again(state, changes):
    """Given a trie of version 0, when version 1 changes some keys, then only those keys' values
    are hashed, and writing all keys again gives the trie of version 1."""
    stored = StoredTrie()
    old = stored.apply(EMPTY_ROOT, state, version=0)
    mixed = stored.apply(old, changes)
    target = changed(state, changes)
    assert dict(stored.trie.items(mixed)) == target
    untouched = {value for key, value in state.items() if key not in changes}
    rewritten = {value for value in changes.values() if value is not None}
    assert set(stored.values.values()) <= rewritten
    assert untouched <= set(target.values())
    assert stored.apply(mixed, target) == plain_root(target)


@given(STATES, st.lists(KEYS, max_size=4), st.data())
def test_proof_shows_what_the_trie_holds_and_nothing_else(state, others, data):
    stored = StoredTrie()
    root = stored.apply(EMPTY_ROOT, state)
    keys = [
        *data.draw(st.lists(st.sampled_from(sorted(state)), max_size=4) if state else st.just([]))
    ]
    keys += others
    proof = read_proof(stored.source, root, keys)
    assert verify_proof(root, proof, keys) == {key: state.get(key) for key in keys}
    assert set(proof) <= {*stored.nodes.values(), *stored.values.values()}


def test_thousand_changes_touch_only_the_nodes_on_their_ways():
    stored = StoredTrie()
    state = {b"%032d" % (at * 7919): b"%d" % at for at in range(4_000)}
    root = stored.apply(EMPTY_ROOT, state)
    reads = []
    source = MappedSource(stored.nodes, stored.values)
    lookup = source.node
    source.node = lambda hash_: reads.append(hash_) or lookup(hash_)
    update = Trie(Nodes(source)).apply(root, {b"%032d" % (7919 * 40): b"new"})
    assert len(reads) == len(update.nodes) <= 14
