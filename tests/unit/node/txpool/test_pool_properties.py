"""The pool against a plain list of extrinsics, over random submissions, blocks and removals."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from node.txpool.base import Limit
from node.txpool.messages import (
    Announce,
    BestChanged,
    EnactedBlock,
    FoundInvalid,
    Included,
    Refused,
    Revalidated,
    StatusChanged,
    Submitted,
)
from node.txpool.pool import Pool
from node.txpool.status import Place, is_terminal
from primitives.transaction_validity import ValidTransaction


@dataclass
class Item:
    name: bytes
    priority: int
    requires: list
    provides: list
    arrival: int


class Model:
    """Two lists, searched from end to end for every question."""

    def __init__(self):
        self.ready, self.future, self.pruned = [], [], []

    def provided(self):
        return [tag for item in self.ready for tag in item.provides]

    def lacks(self, item):
        have = self.provided() + [tag for tags in self.pruned[-2:] for tag in tags]
        return any(tag not in have for tag in item.requires)

    def below(self, item):
        """Ready items that need the given one, in any number of steps."""
        found = []
        tags = list(item.provides)
        while more := [
            i for i in self.ready if i not in found and any(t in tags for t in i.requires)
        ]:
            found += more
            tags += [tag for i in more for tag in i.provides]
        return found

    def fits(self, item):
        reachable = [tag for i in [item, *self.below(item)] for tag in i.provides]
        if any(tag in reachable for tag in item.requires):
            return False
        rivals = [i for i in self.ready if any(tag in item.provides for tag in i.provides)]
        return not rivals or item.priority > sum(rival.priority for rival in rivals)

    def insert(self, item):
        gone = [i for i in self.ready if any(tag in item.provides for tag in i.provides)]
        while True:
            lost = [t for i in gone for t in i.provides if t not in item.provides]
            more = [i for i in self.ready if i not in gone and any(t in lost for t in i.requires)]
            if not more:
                break
            gone += more
        self.ready = [i for i in self.ready if i not in gone] + [item]

    def enter(self, item):
        if self.lacks(item):
            self.future.append(item)
        elif self.fits(item):
            self.insert(item)
            self.promote(item.provides)

    def promote(self, tags):
        tags = list(tags)
        while tags:
            tag = tags.pop(0)
            for item in [i for i in self.future if tag in i.requires]:
                if not self.lacks(item):
                    self.future.remove(item)
                    if self.fits(item):
                        self.insert(item)
                        tags += item.provides

    def include(self, names):
        held = [i for name in names for i in self.ready + self.future if i.name == name]
        tags = [tag for item in held for tag in item.provides]
        self.ready = [i for i in self.ready if i.name not in names]
        self.future = [i for i in self.future if i.name not in names]
        self.ready = [i for i in self.ready if not any(t in tags for t in i.provides)]
        self.pruned.append(tags)
        self.promote(dict.fromkeys(tags))

    def discard(self, name):
        root = [i for i in self.ready if i.name == name]
        gone = root + [i for r in root for i in self.below(r)]
        self.ready = [i for i in self.ready if i not in gone]
        self.future = [i for i in self.future if i.name != name]

    def order(self):
        left, done = list(self.ready), []
        while True:
            waiting = [tag for item in left for tag in item.provides]
            free = [i for i in left if not any(tag in waiting for tag in i.requires)]
            if not free:
                return done
            best = min(free, key=lambda i: (-i.priority, i.arrival))
            left.remove(best)
            done.append(best.name)


def tags(least):
    letters = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
    return st.lists(letters, min_size=least, max_size=2, unique=True)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submit"] * 6 + ["block", "invalid"]),
        st.integers(0, 4),
        tags(0),
        tags(1),
        st.integers(0, 99),
    ),
    max_size=40,
)


def names_of(queue):
    return sorted(item.name for item in queue)


def pooled(pool, names):
    order = [member.hash for member in pool.ready()]
    return order, sorted(name for name in names if name in pool)


@given(STEPS)
def test_the_pool_agrees_with_a_plain_list(steps):
    pool, model, names = Pool(is_author=True), Model(), []
    for number, (kind, priority, requires, provides, pick) in enumerate(steps, start=1):
        chosen = names[pick % len(names)] if names else b"none"
        if kind == "submit":
            name = b"%d" % number
            names.append(name)
            pool.handle(Submitted(name, name, ValidTransaction(priority, requires, provides), 0, 0))
            model.enter(Item(name, priority, requires, provides, number))
        elif kind == "block":
            held = list(dict.fromkeys([chosen, *names[pick % 5 : pick % 7]]))
            block = EnactedBlock(b"block%d" % number, number, tuple(map(Included, held)))
            pool.handle(BestChanged((), (block,), 0))
            model.include(held)
        else:
            pool.handle(FoundInvalid((chosen,), 0))
            model.discard(chosen)

        order, inside = pooled(pool, names)
        assert order == model.order()
        assert pool.ready_count == len(model.ready)
        assert inside == sorted(names_of(model.ready) + names_of(model.future))


@given(STEPS, st.integers(1, 6), st.integers(1, 4))
def test_limits_hold_and_every_extrinsic_hears_a_consistent_story(steps, most_ready, most_future):
    limits = {"ready_limit": Limit(most_ready, 12), "future_limit": Limit(most_future, 8)}
    pool, names, stories = Pool(is_author=True, **limits), [], {}
    for number, (kind, priority, requires, provides, pick) in enumerate(steps, start=1):
        chosen = names[pick % len(names)] if names else b"none"
        validity = ValidTransaction(priority, requires, provides)
        if kind == "submit":
            name = b"%d" % number
            names.append(name)
            effects = pool.handle(Submitted(name, name, validity, 0, 0))
        elif kind == "block":
            effects = pool.handle(Revalidated(chosen, chosen, validity, 0, 0))
        else:
            effects = pool.handle(FoundInvalid((chosen,), 0))

        assert pool.ready_count <= most_ready
        assert pool.future_count <= most_future
        for effect in effects:
            match effect:
                case StatusChanged(name, status):
                    stories.setdefault(name, []).append(status)
                case Refused(name, _):
                    assert name not in stories
                    stories[name] = [Place.INVALID]
                case Announce(name, _):
                    assert stories[name][-1] is Place.READY
    ready = {member.hash for member in pool.ready()}
    for name in names:
        story = stories[name]
        assert not any(is_terminal(status) for status in story[:-1])
        assert all(before != after for before, after in pairwise(story))
        assert is_terminal(story[-1]) == (name not in pool)
        assert (name in ready) == (story[-1] is Place.READY)
