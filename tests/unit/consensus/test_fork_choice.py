"""Fork choice: by hand on small trees, and against brute force on random ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.fork_choice import ForkChoice
from consensus.messages import (
    BlockAdded,
    BlockFinalized,
    BlockRef,
    ChainFinalized,
    Displaced,
    NewBest,
)
from primitives.errors import InvariantBroken

TREE = {"b": "a", "c": "b", "d": "c", "b2": "a", "c2": "b2", "d2": "c2", "e2": "d2", "c3": "b"}
"""a ── b ── c ── d, with b2 ── c2 ── d2 ── e2 on a, and c3 on b."""


def number(name):
    return number(TREE[name]) + 1 if name in TREE else 10


def ref(name):
    return BlockRef(number(name), name)


def added(name):
    return BlockAdded(ref(name), TREE[name])


def tree_of(names):
    choice = ForkChoice(ref("a"))
    for name in names:
        choice.handle(added(name))
    return choice


def test_a_longer_chain_becomes_best():
    choice = tree_of(["b"])
    assert choice.handle(added("c")) == [NewBest(ref("c"), (), ("c",))]
    assert choice.best == ref("c")


def test_a_tie_keeps_the_first_seen():
    choice = tree_of(["b2", "c2", "b"])
    assert choice.handle(added("c")) == []
    assert choice.best == ref("c2")


def test_a_reorganisation_says_what_is_left_and_entered():
    choice = tree_of(["b", "c", "d", "b2", "c2", "d2"])
    assert choice.handle(added("e2")) == [
        NewBest(ref("e2"), retracted=("d", "c", "b"), enacted=("b2", "c2", "d2", "e2"))
    ]


def test_a_block_added_twice_changes_nothing():
    assert tree_of(["b"]).handle(added("b")) == []


def test_a_block_outside_the_tree_is_displaced():
    assert tree_of(["b"]).handle(added("c2")) == [Displaced(("c2",))]


def test_a_block_of_the_wrong_height_is_our_bug():
    with pytest.raises(InvariantBroken, match="block 12 was added on top of 10"):
        tree_of([]).handle(BlockAdded(BlockRef(12, "x"), "a"))


def test_finalizing_prunes_what_stands_beside():
    choice = tree_of(["b", "c", "b2", "c2", "c3", "d"])
    assert choice.handle(BlockFinalized("c")) == [
        ChainFinalized(("b", "c")),
        Displaced(("b2", "c2", "c3")),
    ]
    assert choice.finalized == ref("c")
    assert choice.leaves() == [ref("d")]
    assert [choice.number_of(name) for name in ("b", "c", "d", "c2")] == [None, 12, 13, None]


def test_finalizing_another_fork_moves_the_head_first():
    choice = tree_of(["b", "c", "d", "b2", "c2"])
    assert choice.handle(BlockFinalized("b2")) == [
        NewBest(ref("c2"), retracted=("d", "c", "b"), enacted=("b2", "c2")),
        ChainFinalized(("b2",)),
        Displaced(("b", "c", "d")),
    ]


def test_finalizing_the_finalized_block_again_changes_nothing():
    assert tree_of(["b"]).handle(BlockFinalized("a")) == []


def test_finalizing_an_unknown_block_is_our_bug():
    with pytest.raises(InvariantBroken, match="is not in the tree"):
        ForkChoice(BlockRef(0, b"a")).handle(BlockFinalized(b"b"))


def test_a_late_block_of_a_displaced_fork_stays_out():
    choice = tree_of(["b", "b2"])
    choice.handle(BlockFinalized("b"))
    assert choice.handle(added("c2")) == [Displaced(("c2",))]


def test_best_containing_is_the_highest_leaf_above():
    choice = tree_of(["b", "c", "d", "b2", "c2", "d2", "e2", "c3"])
    assert choice.best_containing("a") == ref("e2")
    assert choice.best_containing("b") == ref("d")
    assert choice.best_containing("c3") == ref("c3")


def test_a_tree_of_one_block_has_one_leaf():
    assert tree_of([]).leaves() == [ref("a")]


def test_ancestors():
    choice = tree_of(["b", "c", "b2"])
    assert choice.is_ancestor("a", "c")
    assert choice.is_ancestor("c", "c")
    assert not choice.is_ancestor("b2", "c")
    assert not choice.is_ancestor("c", "b")


class Model:
    """The same by brute force: a dict of parents, and every question answered from scratch."""

    def __init__(self):
        self.parents = {0: None}
        self.best = self.finalized = 0

    def path(self, block):
        """From the root to the block."""
        return [] if block is None else [*self.path(self.parents[block]), block]

    def number(self, block):
        return len(self.path(block)) - 1

    def lives(self, block):
        return self.finalized in self.path(block)

    def add(self, block, parent):
        self.parents[block] = parent
        if not self.lives(block):
            del self.parents[block]
        elif self.number(block) > self.number(self.best):
            self.best = block

    def finalize(self, block):
        self.finalized = block
        if block not in self.path(self.best):
            alive = [other for other in self.parents if self.lives(other)]
            self.best = max(alive, key=lambda other: (self.number(other), -other))

    def route(self, old, new):
        left, entered = self.path(old), self.path(new)
        while left and entered and left[0] == entered[0]:
            del left[0], entered[0]
        return tuple(reversed(left)), tuple(entered)


@given(st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 9)), max_size=60))
def test_fork_choice_agrees_with_brute_force(steps):
    choice, model = ForkChoice(BlockRef(0, 0)), Model()
    for block, (pick, kind) in enumerate(steps, start=1):
        before, final = model.best, model.finalized
        if kind == 0:
            living = [b for b in model.parents if model.lives(b)]
            target = living[pick % len(living)]
            alive = [b for b in living if b != final]
            model.finalize(target)
            effects = choice.handle(BlockFinalized(target))
            path = tuple(model.route(final, target)[1])
            gone = tuple(b for b in alive if not model.lives(b) and b not in path)
            tail = [ChainFinalized(path)] * bool(path) + [Displaced(gone)] * bool(gone)
        else:
            parent = list(model.parents)[-1 - pick % min(6, len(model.parents))]
            model.add(block, parent)
            number_on_parent = model.number(parent) + 1
            effects = choice.handle(BlockAdded(BlockRef(number_on_parent, block), parent))
            tail = [] if block in model.parents else [Displaced((block,))]

        best = BlockRef(model.number(model.best), model.best)
        moved = [NewBest(best, *model.route(before, model.best))] if model.best != before else []
        assert effects == moved + tail
        assert choice.best == best
        assert choice.finalized.hash == model.finalized
        for other in model.parents:
            known = model.number(other) if model.lives(other) else None
            assert choice.number_of(other) == known
            if known is not None:
                on_other = [b for b in model.parents if other in model.path(b)]
                top = max(on_other, key=lambda b: (model.number(b), b == model.best, -b))
                assert choice.best_containing(other).hash == top
