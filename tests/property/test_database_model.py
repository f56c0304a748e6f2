"""A database under forks, reorganisations, finality and pruning against a dict of states."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storage.columns import CHILD_INDEX, LEAVES, MIRROR, NODES, REFERENCES, VALUES, Head
from storage.database import Database
from storage.errors import StateDiscarded
from storage.memory import MemoryKv
from storage.trie.node import EMPTY_ROOT, decode_node
from tests.support.blocks import (
    ROOTS,
    add_block,
    begin_chain,
    merged,
    merged_children,
    with_roots,
)
from tests.support.plain_trie import plain_root

TWIN = b"J" + ROOTS[1:] + b"a"
"""Beside the root of the child trie `a`, its leaf is the same node: the first digits differ."""
KEYS = st.binary(max_size=2) | st.sampled_from([b"account-a", b"account-b", b"account-ab", TWIN])
VALUES_ = st.sampled_from([b"", b"1", b"x" * 40, b"y" * 40, plain_root({b"": b"1"})])
CHANGES = st.dictionaries(KEYS, st.none() | VALUES_, max_size=5)
NAMES = [b"", b"a", b"ab", b"b"]
CHILD_KEYS = st.sampled_from([b"", b"k", b"account-a", b"account-b"])
CHILDREN = st.dictionaries(
    st.sampled_from(NAMES), st.dictionaries(CHILD_KEYS, st.none() | VALUES_, max_size=3), max_size=3
)
PICK = st.integers(0, 1 << 16)


class DatabaseModel(RuleBasedStateMachine):
    @initialize(
        state=st.dictionaries(KEYS, VALUES_, max_size=6),
        children=CHILDREN,
        pruning=st.integers(0, 3),
    )
    def start(self, state, children, pruning):
        self.kv = MemoryKv()
        self.pruning = pruning
        self.database = Database.open(self.kv, pruning=pruning)
        children = merged_children({}, children)
        genesis = begin_chain(self.database, state, children)
        self.headers = {genesis.hash(): genesis}
        self.states = {genesis.hash(): (state, children)}
        self.best = self.finalized = genesis.hash()
        self.stale = set()
        self.views = []

    @rule(pick=PICK, changes=CHANGES, children=CHILDREN, is_best=st.booleans())
    def add(self, pick, changes, children, is_best):
        parent = self.pick(self.above_finalized(), pick)
        header = add_block(
            self.database,
            self.headers[parent],
            changes,
            children,
            is_best=is_best,
            salt=len(self.headers),
        )
        top, below = self.states[parent]
        state = (merged(top, changes), merged_children(below, children))
        assert header.state_root == plain_root(with_roots(*state))
        self.headers[header.hash()] = header
        self.states[header.hash()] = state
        if is_best:
            self.best = header.hash()

    @rule(pick=PICK)
    def set_best(self, pick):
        old, self.best = self.best, self.pick(self.above_finalized(), pick)
        route = self.database.set_best(self.best)
        left, entered = self.chain_of(old), self.chain_of(self.best)
        assert [head.hash for head in route.retracted] == [b for b in left if b not in entered]
        assert [head.hash for head in route.enacted] == [b for b in entered if b not in left][::-1]

    @rule(pick=PICK)
    def finalize(self, pick):
        chain = self.chain_of(self.best)
        self.finalized = self.pick(chain[: chain.index(self.finalized) + 1], pick)
        below = self.chain_of(self.finalized)
        stale = {*self.headers} - {*self.above_finalized(), *below} - self.stale
        assert {head.hash for head in self.database.finalize(self.finalized)} == stale
        self.stale |= stale
        if self.pruning:
            for block in {*stale, *below[self.pruning :]}:
                self.states.pop(block, None)

    @rule()
    def look(self):
        self.views.append((self.database.states.at(self.best), self.best))

    @rule()
    def reopen(self):
        self.database = Database.open(self.kv, pruning=self.pruning)
        self.views = []

    def above_finalized(self):
        return [block for block in self.headers if self.finalized in self.chain_of(block)]

    def pick(self, blocks, pick):
        return blocks[pick % len(blocks)]

    def chain_of(self, block):
        chain = []
        while block in self.headers:
            chain.append(block)
            block = self.headers[block].parent_hash
        return chain

    @invariant()
    def mirror_shows_the_best_state(self):
        flat = {key[1:]: value for key, value in self.kv.iterate(MIRROR.prefix)}
        assert flat == with_roots(*self.states[self.best])

    @invariant()
    def kept_states_are_whole_and_others_are_refused(self):
        for block in self.headers:
            if block in self.states:
                check_view(self.database.states.at(block), self.states[block])
            else:
                with pytest.raises(StateDiscarded):
                    self.database.states.at(block)

    @invariant()
    def views_stay_right(self):
        for view, block in self.views:
            if block in self.states:
                check_view(view, self.states[block])

    @invariant()
    def chain_leads_from_genesis_to_the_best_block(self):
        blocks = self.database.blocks
        chain = self.chain_of(self.best)[::-1]
        assert [blocks.canonical(number) for number in range(len(chain) + 1)] == [*chain, None]
        assert blocks.best == Head(self.best, len(chain) - 1)
        assert blocks.finalized.hash == self.finalized

    @invariant()
    def leaves_are_the_blocks_without_children(self):
        parents = {header.parent_hash for header in self.headers.values()}
        expected = {
            Head(block, header.number)
            for block, header in self.headers.items()
            if block not in parents and block not in self.stale
        }
        assert set(LEAVES.all_keys(self.kv)) == expected

    @invariant()
    def counts_are_those_of_the_kept_tries(self):
        if not self.pruning:
            return
        counts = {}
        roots = [self.headers[block].state_root for block in self.states]
        pending = [NODES.prefix + root for root in roots]
        pending += [CHILD_INDEX.prefix + top for root in roots for top in self.index_tops(root)]
        while pending:
            key = pending.pop()
            if key == NODES.prefix + EMPTY_ROOT:
                continue
            counts[key] = counts.get(key, 0) + 1
            if counts[key] == 1 and not key.startswith(VALUES.prefix):
                node = decode_node(self.kv.get(key))
                is_index = key.startswith(CHILD_INDEX.prefix)
                pending += index_references(node) if is_index else references(node)
        prefixes = (NODES.prefix, VALUES.prefix, CHILD_INDEX.prefix)
        stored = {key for prefix in prefixes for key in self.kv.keys(prefix)}
        written = {key: REFERENCES.get(self.kv, key) for key in REFERENCES.all_keys(self.kv)}
        assert stored == set(counts)
        assert written == {key: count for key, count in counts.items() if count > 1}

    def index_tops(self, root):
        """The nodes of a trie that are the first on their way to stand below the prefix."""
        pending = [] if root == EMPTY_ROOT else [("", root)]
        while pending:
            path, reference = pending.pop()
            node = decode_node(
                self.kv.get(NODES.prefix + reference) if len(reference) == 32 else reference
            )
            path += node.partial
            if path.startswith(ROOTS.hex()):
                yield reference
                continue
            pending += [
                (f"{path}{digit:x}", child)
                for digit, child in enumerate(node.children or ())
                if child
            ]


def index_references(node):
    found = [NODES.prefix + node.value] if node.value is not None else []
    return found + [CHILD_INDEX.prefix + child for child in node.children or () if child]


def references(node):
    found = [VALUES.prefix + node.value] if node.hashed else []
    for child in node.children or ():
        if len(child) == 32:
            found.append(NODES.prefix + child)
        elif child:
            found += references(decode_node(child))
    return found


def check_view(view, state):
    top, children = state
    check_entries(view, with_roots(top, children))
    for name in NAMES:
        check_entries(view.child(name), children.get(name, {}))


def check_entries(view, state):
    assert view.keys(b"") == sorted(state)
    assert view.keys(b"acc") == sorted(key for key in state if key.startswith(b"acc"))
    for key in (*state, b"account", b"\x00"):
        assert view.get(key) == state.get(key)
        assert view.next_key(key) == min((k for k in state if k > key), default=None)


TestDatabaseModel = DatabaseModel.TestCase
