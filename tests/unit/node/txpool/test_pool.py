"""The pool, driven by hand: extrinsics named by letters, tags too."""

import pytest

from node.txpool.bans import BAN_TIME, KEPT_BANS, Bans
from node.txpool.base import Limit
from node.txpool.messages import (
    Announce,
    BestChanged,
    BlocksFinalized,
    EnactedBlock,
    FoundInvalid,
    Included,
    Propagated,
    Refused,
    RetractedBlock,
    Revalidate,
    Revalidated,
    StatusChanged,
    Submitted,
)
from node.txpool.pool import BLOCKS_AWAITING_FINALITY, REVALIDATION_BATCH, Pool
from node.txpool.refusal import (
    BANNED,
    CYCLE,
    IMMEDIATELY_DROPPED,
    NO_TAGS,
    UNACTIONABLE,
    already_imported,
    refused_by_runtime,
    too_low_priority,
)
from node.txpool.status import (
    Broadcast,
    FinalityTimeout,
    Finalized,
    InBlock,
    Place,
    Retracted,
    Usurped,
)
from primitives.transaction_validity import (
    Invalid,
    InvalidTransaction,
    Unknown,
    UnknownTransaction,
    ValidTransaction,
)

STALE = Invalid(InvalidTransaction.STALE)
NOW = 1_000_000


def valid(provides, requires="", priority=1, longevity=100, propagate=True):
    """Tags are single letters: "ab" means two tags."""
    tags = [bytes((letter,)) for letter in provides.encode()]
    needs = [bytes((letter,)) for letter in requires.encode()]
    return ValidTransaction(priority, needs, tags, longevity, propagate)


def data_of(name):
    return b"extrinsic " + name


def h(name):
    return name.encode()


class Bench:
    def __init__(self, **options):
        self.pool = Pool(**({"is_author": True} | options))

    def submit(self, name, validity, now=NOW, at=10):
        return self.pool.handle(Submitted(h(name), data_of(h(name)), validity, at, now))

    def revalidate(self, name, validity, at=11):
        return self.pool.handle(Revalidated(h(name), data_of(h(name)), validity, at, NOW))

    def enact(self, block, names, number=11, retracted=()):
        """A new best block with these extrinsics, on top of retracted ones {block: names}."""
        left = tuple(
            RetractedBlock(h(old), tuple((h(n), data_of(h(n))) for n in held))
            for old, held in retracted
        )
        entered = EnactedBlock(h(block), number, tuple(Included(h(n)) for n in names))
        return self.pool.handle(BestChanged(left, (entered,), NOW))

    def order(self):
        return [member.hash.decode() for member in self.pool.ready()]

    def counts(self):
        return self.pool.ready_count, self.pool.future_count


def told(name, status):
    return StatusChanged(h(name), status)


def announce(name):
    return Announce(h(name), data_of(h(name)))


def ready(name):
    return [told(name, Place.READY), announce(name)]


def recheck(*names):
    return Revalidate(tuple((h(name), data_of(h(name))) for name in names))


def refused(name, refusal):
    return [Refused(h(name), refusal)]


@pytest.fixture
def bench():
    return Bench()


def test_an_extrinsic_without_needs_is_ready_and_announced(bench):
    assert bench.submit("A", valid("a")) == ready("A")
    assert bench.pool.get(h("A")) == data_of(h("A"))
    assert bench.counts() == (1, 0)


def test_an_extrinsic_not_to_be_spread_is_not_announced(bench):
    assert bench.submit("A", valid("a", propagate=False)) == [told("A", Place.READY)]


def test_a_nonce_gap_waits_and_then_both_are_ready(bench):
    assert bench.submit("B", valid("b", "a")) == [told("B", Place.FUTURE)]
    assert bench.counts() == (0, 1)
    assert bench.submit("A", valid("a")) == ready("A") + ready("B")
    assert bench.order() == ["A", "B"]


def test_a_long_gap_closes_in_one_go(bench):
    for name, needs in (("D", "c"), ("B", "a"), ("C", "b")):
        bench.submit(name, valid(name.lower(), needs))
    assert bench.submit("A", valid("a")) == ready("A") + ready("B") + ready("C") + ready("D")


def test_order_is_priority_then_arrival_with_dependencies_first(bench):
    bench.submit("L", valid("l", priority=1))
    bench.submit("M", valid("m", priority=5))
    bench.submit("N", valid("n", priority=5))
    bench.submit("H", valid("h", "l", priority=9))
    assert bench.order() == ["M", "N", "L", "H"]


def test_the_order_is_a_snapshot(bench):
    bench.submit("A", valid("a"))
    order = bench.pool.ready()
    bench.pool.handle(FoundInvalid((h("A"),), NOW))
    assert [member.hash for member in order] == [b"A"]


def test_dependents_of_a_skipped_extrinsic_are_left_out(bench):
    for name, needs in (("A", ""), ("B", "a"), ("C", "b"), ("D", "")):
        bench.submit(name, valid(name.lower(), needs, priority=2 if name == "A" else 1))
    order, seen = bench.pool.ready(), []
    for member in order:
        seen.append(member.hash)
        if member.hash == b"A":
            order.skip_dependents()
    assert seen == [b"A", b"D"]
    assert next(order, None) is None


def test_the_same_extrinsic_twice(bench):
    bench.submit("A", valid("a"))
    assert bench.submit("A", valid("a")) == refused("A", already_imported(b"A"))
    bench.submit("C", valid("c", "b"))
    assert bench.submit("C", valid("c", "b")) == refused("C", already_imported(b"C"))


def test_a_higher_priority_usurps_the_place(bench):
    bench.submit("A", valid("n", priority=5))
    assert bench.submit("B", valid("n", priority=6)) == [*ready("B"), told("A", Usurped(b"B"))]
    assert bench.order() == ["B"]


@pytest.mark.parametrize("priority", [4, 5])
def test_an_equal_or_lower_priority_does_not(bench, priority):
    bench.submit("A", valid("n", priority=5))
    refusal = too_low_priority(5, priority)
    assert bench.submit("B", valid("n", priority=priority)) == refused("B", refusal)
    assert bench.submit("B", valid("n", priority=6)) != []


def test_a_usurper_must_outweigh_all_whom_it_replaces(bench):
    bench.submit("A", valid("a", priority=5))
    bench.submit("B", valid("b", priority=5))
    assert bench.submit("C", valid("ab", priority=10)) == refused("C", too_low_priority(10, 10))
    assert bench.submit("C", valid("ab", priority=11)) == [
        *ready("C"),
        told("A", Usurped(b"C")),
        told("B", Usurped(b"C")),
    ]


def test_dependents_survive_when_the_usurper_provides_what_they_need(bench):
    bench.submit("A", valid("a", priority=1))
    bench.submit("B", valid("b", "a"))
    bench.submit("C", valid("a", priority=2))
    assert bench.order() == ["C", "B"]


def test_dependents_fall_when_the_usurper_does_not(bench):
    bench.submit("A", valid("ax", priority=1))
    bench.submit("B", valid("b", "x"))
    assert bench.submit("C", valid("a", priority=2)) == [
        *ready("C"),
        told("A", Usurped(b"C")),
        told("B", Usurped(b"C")),
    ]


def test_a_promoted_extrinsic_may_find_its_place_taken(bench):
    bench.submit("A", valid("a", priority=9))
    bench.submit("F", valid("a", "x", priority=1))
    assert bench.submit("X", valid("x")) == [*ready("X"), told("F", Place.INVALID)]
    assert bench.counts() == (2, 0)


def test_cycles_are_refused(bench):
    bench.submit("A", valid("a"))
    assert bench.submit("S", valid("a", "a", priority=9)) == refused("S", CYCLE)
    bench.submit("B", valid("b", "a"))
    assert bench.submit("C", valid("a", "b", priority=9)) == refused("C", CYCLE)
    assert bench.order() == ["A", "B"]


def test_the_runtimes_verdict_is_passed_on_and_the_invalid_banned(bench):
    assert bench.submit("A", STALE) == refused("A", refused_by_runtime(STALE))
    assert bench.submit("A", valid("a"), now=NOW + BAN_TIME - 1) == refused("A", BANNED)
    assert bench.submit("A", valid("a"), now=NOW + BAN_TIME) == ready("A")


def test_what_nobody_vouches_for_is_banned_too(bench):
    nobody = Unknown(UnknownTransaction.NO_UNSIGNED_VALIDATOR)
    assert bench.submit("A", nobody) == refused("A", refused_by_runtime(nobody))
    assert bench.pool.objection(b"A", NOW) == BANNED


def test_an_extrinsic_without_tags_is_refused(bench):
    assert bench.submit("A", valid("")) == refused("A", NO_TAGS)


def test_an_extrinsic_that_may_not_spread_needs_an_author():
    bench = Bench(is_author=False)
    assert bench.submit("A", valid("a", propagate=False)) == refused("A", UNACTIONABLE)


def test_when_full_the_lowest_priority_goes_with_its_dependents():
    bench = Bench(ready_limit=Limit(3, 10**6))
    bench.submit("A", valid("a", priority=1))
    bench.submit("B", valid("b", "a", priority=7))
    bench.submit("C", valid("c", priority=5))
    assert bench.submit("D", valid("d", priority=5)) == [
        *ready("D"),
        told("A", Place.DROPPED),
        told("B", Place.DROPPED),
    ]
    assert bench.order() == ["C", "D"]
    assert bench.submit("A", valid("a")) == refused("A", BANNED)


def test_when_full_the_newcomer_of_lowest_priority_is_refused():
    bench = Bench(ready_limit=Limit(1, 10**6))
    bench.submit("A", valid("a", priority=5))
    assert bench.submit("B", valid("b", priority=1)) == refused("B", IMMEDIATELY_DROPPED)
    assert bench.order() == ["A"]


def test_bytes_count_too():
    bench = Bench(ready_limit=Limit(10, 2 * len(data_of(b"A"))))
    for name in "ABC":
        bench.submit(name, valid(name.lower()))
    assert bench.order() == ["B", "C"]


def test_the_future_queue_has_its_own_limit():
    bench = Bench(future_limit=Limit(2, 10**6))
    for priority, name in enumerate("BCD", start=1):
        effects = bench.submit(name, valid(name.lower(), "x", priority=priority))
    assert effects == [told("D", Place.FUTURE), told("B", Place.DROPPED)]
    assert bench.submit("E", valid("e", "x", priority=0)) == refused("E", IMMEDIATELY_DROPPED)
    assert bench.counts() == (0, 2)


def test_an_included_extrinsic_leaves_and_its_dependents_stay(bench):
    bench.submit("A", valid("a"))
    bench.submit("B", valid("b", "a"))
    assert bench.enact("X", "A") == [told("A", InBlock(b"X")), recheck("B")]
    assert bench.order() == ["B"]
    assert bench.submit("A", valid("a")) == refused("A", BANNED)


def test_a_block_makes_futures_ready_even_by_others_extrinsics(bench):
    bench.submit("B", valid("b", "a"))
    block = EnactedBlock(b"X", 11, (Included(b"other", (b"a",)),))
    assert bench.pool.handle(BestChanged((), (block,), NOW)) == [*ready("B"), recheck("B")]


def test_a_validation_that_was_under_way_during_a_block_still_counts(bench):
    bench.submit("A", valid("a"))
    bench.enact("X", "A")
    assert bench.submit("B", valid("b", "a")) == ready("B")
    bench.enact("Y", "", 12)
    bench.enact("Z", "", 13)
    assert bench.submit("C", valid("c", "a")) == [told("C", Place.FUTURE)]


def test_a_rival_of_an_included_extrinsic_is_checked_again(bench):
    bench.submit("A", valid("n"))
    bench.submit("B", valid("b", "n"))
    block = EnactedBlock(b"X", 11, (Included(b"other", (b"n",)),))
    assert bench.pool.handle(BestChanged((), (block,), NOW)) == [recheck("A", "B")]
    assert bench.order() == ["B"]
    assert bench.revalidate("A", STALE) == [told("A", Place.INVALID)]
    assert bench.revalidate("A", STALE) == []


def test_retracted_extrinsics_return(bench):
    bench.submit("A", valid("a"))
    bench.submit("B", valid("b"))
    bench.enact("X", "AB")
    assert bench.enact("Y", "B", retracted=[("X", "AB")]) == [
        told("A", Retracted(b"X")),
        told("B", Retracted(b"X")),
        told("B", InBlock(b"Y")),
        recheck("A"),
    ]
    assert bench.revalidate("A", valid("a")) == ready("A")
    assert bench.enact("Z", "A", 12) == [told("A", InBlock(b"Z"))]


def test_a_retracted_extrinsic_is_no_longer_banned(bench):
    bench.submit("a", valid("a"))
    bench.enact("B", "a")
    assert bench.pool.objection(h("a"), NOW) == BANNED
    bench.enact("C", "", retracted=[("B", "a")])
    assert bench.pool.objection(h("a"), NOW) is None


def test_a_retracted_extrinsic_that_is_no_longer_valid_ends_so(bench):
    bench.submit("A", valid("a"))
    bench.enact("X", "A")
    bench.enact("Y", "", retracted=[("X", "A")])
    assert bench.revalidate("A", STALE) == [told("A", Place.INVALID)]


def test_a_retracted_extrinsic_whose_place_is_taken_ends_so(bench):
    bench.submit("A", valid("n"))
    bench.enact("X", "A")
    bench.submit("B", valid("n", priority=1))
    bench.enact("Y", "", retracted=[("X", "A")])
    assert bench.revalidate("A", valid("n")) == [told("A", Place.INVALID)]


def test_a_retracted_extrinsic_included_before_its_check_is_back_is_in_a_block(bench):
    bench.submit("A", valid("a"))
    bench.enact("X", "A")
    bench.enact("Y", "", retracted=[("X", "A")])
    assert bench.enact("Z", "A", 12) == [told("A", InBlock(b"Z"))]
    assert bench.revalidate("A", valid("a")) == []


def test_a_returned_extrinsic_comes_before_what_needs_it(bench):
    bench.submit("A", valid("a"))
    bench.submit("B", valid("b", "a"))
    bench.enact("X", "A")
    bench.enact("Y", "", retracted=[("X", "A")])
    bench.revalidate("A", valid("a"))
    assert bench.order() == ["A", "B"]


def test_mortal_extrinsics_end(bench):
    bench.submit("A", valid("a", longevity=2), at=10)
    bench.submit("B", valid("b", "a"))
    assert bench.enact("X", "", 11) == [recheck("A", "B")]
    assert bench.enact("Y", "", 12) == [told("A", Place.INVALID), told("B", Place.INVALID)]
    assert bench.submit("A", valid("a")) == refused("A", BANNED)
    assert bench.pool.objection(b"B", NOW) is None


def test_a_newer_answer_prolongs_life_in_silence(bench):
    bench.submit("A", valid("a", longevity=2), at=10)
    assert bench.revalidate("A", valid("a", longevity=5)) == []
    assert bench.enact("X", "", 12) == [recheck("A")]


def test_a_newer_answer_may_say_that_something_is_missing(bench):
    bench.submit("A", valid("a"))
    bench.submit("B", valid("b", "a"))
    assert bench.revalidate("A", valid("a", "x")) == [
        told("A", Place.FUTURE),
        told("B", Place.FUTURE),
    ]
    assert bench.revalidate("A", valid("a")) == ready("A") + ready("B")


def test_a_newer_answer_may_change_the_priority_in_silence(bench):
    for name in "ABC":
        bench.submit(name, valid(name.lower(), "a" if name == "B" else ""))
    assert bench.revalidate("A", valid("a", priority=0)) == []
    assert bench.order() == ["C", "A", "B"]


def test_a_newer_answer_may_collide(bench):
    bench.submit("A", valid("a", priority=1))
    bench.submit("B", valid("b", priority=5))
    assert bench.revalidate("A", valid("b", priority=2)) == [told("A", Place.INVALID)]
    assert bench.order() == ["B"]


def test_a_newer_answer_may_let_futures_in(bench):
    bench.submit("A", valid("a"))
    bench.submit("X", valid("x", "b"))
    assert bench.revalidate("A", valid("ab")) == ready("X")


def test_a_newer_answer_may_be_no(bench):
    bench.submit("A", valid("a"))
    bench.submit("B", valid("b", "a"))
    assert bench.revalidate("A", STALE) == [told("A", Place.INVALID), told("B", Place.INVALID)]


def test_what_the_author_finds_invalid_goes(bench):
    bench.submit("A", valid("a"))
    bench.submit("F", valid("f", "x"))
    assert bench.pool.handle(FoundInvalid((b"A", b"F", b"?"), NOW)) == [
        told("A", Place.INVALID),
        told("F", Place.INVALID),
    ]
    assert bench.counts() == (0, 0)


def test_an_extrinsic_with_two_needs_falls_once(bench):
    for name, needs in (("A", ""), ("B", "a"), ("C", "a"), ("D", "bc")):
        bench.submit(name, valid(name.lower(), needs))
    fallen = bench.pool.handle(FoundInvalid((b"A",), NOW))
    assert fallen == [told(name, Place.INVALID) for name in "ABCD"]


def test_validity_is_checked_in_turn(bench):
    names = [chr(letter) for letter in range(200, 200 + REVALIDATION_BATCH + 3)]
    for name in names:
        bench.pool.handle(
            Submitted(h(name), data_of(h(name)), ValidTransaction(1, [], [h(name)]), 10, NOW)
        )
    assert bench.enact("X", "") == [recheck(*names[:REVALIDATION_BATCH])]
    again = names[REVALIDATION_BATCH:] + names[: REVALIDATION_BATCH - 3]
    assert bench.enact("Y", "", 12) == [recheck(*again)]


def test_broadcasts_are_told_of_pooled_extrinsics_only(bench):
    bench.submit("A", valid("a"))
    assert bench.pool.handle(Propagated(b"A", ("p", "q"))) == [told("A", Broadcast(("p", "q")))]
    assert bench.pool.handle(Propagated(b"B", ("p",))) == []


def test_finality_ends_the_story(bench):
    bench.submit("A", valid("a"))
    bench.enact("X", "A")
    finalized = BlocksFinalized((b"W", b"X"))
    assert bench.pool.handle(finalized) == [told("A", Finalized(b"X"))]
    assert bench.pool.handle(finalized) == []


def test_finality_that_does_not_come_is_given_up_on(bench):
    ends = []
    for number in range(BLOCKS_AWAITING_FINALITY + 1):
        name = f"xt{number}"
        own = ValidTransaction(1, [], [h(name)])
        bench.submit(name, own, at=number)
        ends = bench.enact(f"block{number}", [name], number)
    assert ends == [
        told(f"xt{BLOCKS_AWAITING_FINALITY}", InBlock(h(f"block{BLOCKS_AWAITING_FINALITY}"))),
        told("xt0", FinalityTimeout(b"block0")),
    ]


def test_bans_are_bounded():
    bans = Bans()
    for number in range(KEPT_BANS + 5):
        bans.ban(number, NOW)
    assert len(bans) == KEPT_BANS
    assert [bans.is_banned(number, NOW) for number in (4, 5)] == [False, True]


def test_after_an_upgrade_all_are_checked_and_nothing_is_banned_any_more(bench):
    """What was signed for the new version may have come too early."""
    bad_proof = Invalid(InvalidTransaction.BAD_PROOF)
    bench.submit("b", bad_proof)
    assert bench.pool.objection(h("b"), NOW) == BANNED
    names = [chr(letter) for letter in range(200, 200 + REVALIDATION_BATCH + 3)]
    for name in names:
        bench.submit(name, ValidTransaction(1, [], [h(name)], 100))
    event = BestChanged((), (EnactedBlock(h("X"), 11, ()),), NOW, has_other_code=True)
    assert bench.pool.handle(event) == [recheck(*names)]
    assert bench.pool.objection(h("b"), NOW) is None
    assert bench.revalidate(names[0], bad_proof) == [told(names[0], Place.INVALID)]
    assert bench.pool.objection(h(names[0]), NOW) == BANNED
