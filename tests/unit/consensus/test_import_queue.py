"""The import queue: order, parents, slots, refusals and bounds, driven by hand."""

import pytest

from consensus.fork_choice import ForkChoice
from consensus.import_queue import BLOCK_OVERHEAD, ImportQueue, QueueLimits
from consensus.invalid_blocks import InvalidBlocks
from consensus.messages import (
    BlockAdded,
    BlockFinalized,
    BlockImported,
    BlockRefused,
    BlocksReady,
    DeferredHeader,
    EquivocationFound,
    EquivocationProof,
    Execute,
    FetchFailed,
    FetchParent,
    Forgotten,
    HeaderChecked,
    InvalidHeader,
    OwnBlock,
    PeerGone,
    Reject,
    RejectionReason,
    SlotStarted,
    VerifiedHeader,
    Verify,
)
from primitives.types import Slot
from tests.support.chains import GENESIS, block, chain_on, child_of, ref

AUTHOR = b"A" * 32
LIE = b"not in this block"


class Bench:
    """A queue with the fork choice that it asks; bodies match unless they hold a lie."""

    def __init__(self, **limits):
        self.chain = ForkChoice(ref(GENESIS))
        self.queue = ImportQueue(
            self.chain, Slot(100), lambda b: LIE not in b.extrinsics, QueueLimits(**limits)
        )

    def send(self, *headers, peer="P"):
        return self.queue.handle(BlocksReady(peer, tuple(block(header) for header in headers)))

    def check(self, header, verdict=None):
        slot = int.from_bytes(header.digest.items[0].data, "little")
        verdict = verdict or VerifiedHeader(slot, AUTHOR)
        return self.queue.handle(HeaderChecked(header.hash(), verdict))

    def store(self, header):
        return self.chain.handle(BlockAdded(ref(header), header.parent_hash))

    def import_(self, header):
        self.check(header)
        self.store(header)
        return self.queue.handle(BlockImported(header.hash()))

    def refuse(self, header, reason=RejectionReason.EXECUTION_FAILED):
        return self.queue.handle(BlockRefused(header.hash(), reason))

    def start_slot(self, slot):
        return self.queue.handle(SlotStarted(Slot(slot)))


def verify(header):
    return Verify(block(header))


def reject(header, reason, peer="P"):
    return Reject(peer, header.hash(), reason)


A, B, C, D = chain_on(GENESIS, [10, 20, 30, 40])


@pytest.fixture
def bench():
    return Bench()


def test_a_block_on_a_stored_parent_is_verified_then_executed(bench):
    assert bench.send(A) == [verify(A)]
    assert bench.check(A) == [Execute(block(A))]
    bench.store(A)
    assert bench.queue.handle(BlockImported(A.hash())) == []
    assert (len(bench.queue), bench.queue.bytes_in_all) == (0, 0)


def test_a_batch_goes_through_one_by_one(bench):
    assert bench.send(A, B, C) == [verify(A)]
    assert bench.import_(A) == [verify(B)]
    assert bench.import_(B) == [verify(C)]


def test_a_missing_parent_is_fetched_from_the_sender_of_the_child(bench):
    assert bench.send(C) == [FetchParent("P", ref(B))]
    assert bench.send(B) == [FetchParent("P", ref(A))]
    assert bench.send(A) == [verify(A)]


def test_a_parent_is_fetched_once_per_peer(bench):
    sibling = child_of(B, 31, "sibling")
    cousin = child_of(B, 32, "cousin")
    assert bench.send(C) == [FetchParent("P", ref(B))]
    assert bench.send(sibling) == []
    assert bench.send(cousin, peer="Q") == [FetchParent("Q", ref(B))]


def test_siblings_are_released_together_in_order_of_arrival(bench):
    sibling = child_of(A, 15, "sibling")
    bench.send(B, sibling, A)
    assert bench.import_(A) == [verify(B), verify(sibling)]


def test_duplicates_are_ignored_at_every_stage(bench):
    for drive in (bench.send, bench.check, bench.import_):
        drive(A)
        assert bench.send(A, peer="Q") == []


def test_answers_to_no_question_are_ignored(bench):
    assert bench.check(A) == []
    assert bench.refuse(A) == []
    bench.send(B)
    assert bench.check(B) == []


def test_a_block_below_finality_is_ignored(bench):
    for header in (A, B):
        bench.store(header)
    bench.chain.handle(BlockFinalized(B.hash()))
    assert bench.send(child_of(GENESIS, 12, "late")) == []


def test_a_block_on_a_displaced_fork_is_refused(bench):
    for header in (A, B):
        bench.store(header)
    bench.chain.handle(BlockFinalized(B.hash()))
    beside = chain_on(GENESIS, [11, 21, 31], "beside")
    assert bench.send(beside[2]) == [reject(beside[2], RejectionReason.DISPLACED_FORK)]


def test_a_wrong_height_is_refused(bench):
    bench.store(A)
    tall = chain_on(GENESIS, [11, 21], "tall")[1]
    wrong = type(tall)(A.hash(), 5, tall.state_root, tall.extrinsics_root, tall.digest)
    assert bench.send(wrong) == [reject(wrong, RejectionReason.WRONG_NUMBER)]


def test_one_slot_ahead_is_accepted(bench):
    early = child_of(GENESIS, 101)
    assert bench.send(early) == [verify(early)]


def test_a_future_block_waits_for_its_slot(bench):
    future = child_of(GENESIS, 104)
    assert bench.send(future) == []
    assert bench.start_slot(102) == []
    assert bench.start_slot(103) == [verify(future)]


def test_future_blocks_come_out_in_order_of_height(bench):
    low, high = child_of(GENESIS, 105, "low"), child_of(A, 104, "high")
    bench.store(A)
    bench.send(high, low)
    assert bench.start_slot(110) == [verify(low), verify(high)]


def test_a_future_block_that_falls_with_its_ancestor_does_not_come_out(bench):
    wrong = type(A)(GENESIS.hash(), 7, A.state_root, A.extrinsics_root, child_of(A, 105).digest)
    child = child_of(wrong, 106)
    bench.send(wrong, child)
    assert bench.start_slot(106) == [
        reject(wrong, RejectionReason.WRONG_NUMBER),
        reject(child, RejectionReason.INVALID_PARENT),
    ]


def test_a_block_too_far_ahead_is_not_kept(bench):
    far = child_of(GENESIS, 133)
    assert bench.send(far) == [reject(far, RejectionReason.TOO_FAR_AHEAD)]
    bench.start_slot(101)
    assert bench.send(far) == []


def test_a_deferred_verdict_puts_the_block_off(bench):
    bench.send(A)
    assert bench.check(A, DeferredHeader(Slot(10))) == []
    assert bench.start_slot(101) == [verify(A)]


def test_a_header_without_slot_is_refused_before_any_work(bench):
    bare = type(A)(GENESIS.hash(), 1, A.state_root, A.extrinsics_root)
    assert bench.send(bare) == [reject(bare, RejectionReason.NO_SLOT)]
    assert bench.send(bare) == [reject(bare, RejectionReason.KNOWN_INVALID)]


def test_an_invalid_header_is_remembered(bench):
    bench.send(A)
    verdict = InvalidHeader(RejectionReason.BAD_SIGNATURE)
    assert bench.check(A, verdict) == [reject(A, RejectionReason.BAD_SIGNATURE)]
    assert bench.send(A, peer="Q") == [reject(A, RejectionReason.KNOWN_INVALID, peer="Q")]
    assert bench.send(B, peer="Q") == [reject(B, RejectionReason.INVALID_PARENT, peer="Q")]
    assert bench.send(C, peer="Q") == [reject(C, RejectionReason.INVALID_PARENT, peer="Q")]


def test_a_failed_block_takes_its_descendants_along(bench):
    bench.send(A, B)
    bench.send(C, peer="Q")
    bench.check(A)
    assert bench.refuse(A) == [
        reject(A, RejectionReason.EXECUTION_FAILED),
        reject(B, RejectionReason.INVALID_PARENT),
        reject(C, RejectionReason.INVALID_PARENT, peer="Q"),
    ]
    assert len(bench.queue) == 0


def test_a_foreign_body_does_not_spoil_the_header(bench):
    lie = BlocksReady("Liar", (block(A, LIE),))
    assert bench.queue.handle(lie) == [reject(A, RejectionReason.BODY_MISMATCH, peer="Liar")]
    assert bench.send(A) == [verify(A)]


def test_own_blocks_release_what_waits_for_them(bench):
    bench.send(B)
    bench.store(A)
    own = OwnBlock(A, VerifiedHeader(Slot(10), AUTHOR))
    assert bench.queue.handle(own) == [verify(B)]


def test_equivocation_is_found_once_and_both_blocks_go_on(bench):
    twins = [child_of(GENESIS, 10, label) for label in "xyz"]
    bench.send(*twins)
    proof = EquivocationProof(AUTHOR, Slot(10), twins[0], twins[1])

    assert bench.check(twins[0]) == [Execute(block(twins[0]))]
    assert bench.check(twins[1]) == [EquivocationFound(proof), Execute(block(twins[1]))]
    assert bench.check(twins[2]) == [Execute(block(twins[2]))]


def test_an_author_with_our_key_is_found(bench):
    bench.queue.handle(OwnBlock(A, VerifiedHeader(Slot(10), AUTHOR)))
    twin = child_of(GENESIS, 10, "twin")
    bench.send(twin)
    proof = EquivocationProof(AUTHOR, Slot(10), A, twin)
    assert bench.check(twin) == [EquivocationFound(proof), Execute(block(twin))]


def test_when_a_peer_goes_its_waiting_blocks_go_and_others_ask_anew(bench):
    bench.send(B)
    assert bench.send(C, peer="Q") == []
    effects = bench.queue.handle(PeerGone("P"))
    assert effects == [Forgotten(B.hash()), FetchParent("Q", ref(B))]
    assert bench.queue.bytes_of("P") == 0


def test_a_block_in_work_survives_its_peer(bench):
    bench.send(A)
    assert bench.queue.handle(PeerGone("P")) == []
    assert bench.check(A) == [Execute(block(A))]


def test_a_peer_that_cannot_give_the_parent_loses_the_children(bench):
    sibling = child_of(B, 31, "sibling")
    bench.send(C, D)
    bench.send(sibling, peer="Q")
    effects = bench.queue.handle(FetchFailed("P", B.hash()))
    assert effects == [Forgotten(C.hash()), FetchParent("P", ref(C))]
    assert len(bench.queue) == 2


def test_blocks_whose_parents_do_not_come_are_dropped(bench):
    bench.send(B, C)
    assert bench.start_slot(164) == []
    assert len(bench.queue) == 2
    assert bench.start_slot(165) == [Forgotten(B.hash()), Forgotten(C.hash())]
    assert len(bench.queue) == 0
    assert bench.send(A, B) == [verify(A)]


def test_blocks_behind_a_slow_one_are_not_overdue(bench):
    bench.send(A, B, C)
    bench.start_slot(500)
    assert bench.import_(A) == [verify(B)]


def test_the_clock_does_not_go_back(bench):
    bench.start_slot(50)
    assert bench.send(child_of(GENESIS, 101)) != []


def test_a_peer_has_its_share_and_no_more():
    bench = Bench(bytes_per_peer=3 * BLOCK_OVERHEAD)
    heavy = BlocksReady("P", (block(B, bytes(BLOCK_OVERHEAD)), block(C, bytes(BLOCK_OVERHEAD))))
    assert bench.queue.handle(heavy) == [
        FetchParent("P", ref(A)),
        reject(C, RejectionReason.QUEUE_FULL),
    ]
    assert bench.send(C, peer="Q") == []
    assert len(bench.queue) == 2


def test_a_full_queue_takes_from_the_greediest():
    size = Bench()
    size.send(B)
    each = size.queue.bytes_in_all

    bench = Bench(bytes_in_all=4 * each)
    flood = chain_on(B, [30, 40, 50, 60], "flood")
    bench.send(*flood, peer="Liar")
    assert bench.send(C) == [Forgotten(flood[-1].hash()), FetchParent("P", ref(B))]
    assert (bench.queue.bytes_of("Liar"), bench.queue.bytes_of("P")) == (3 * each, each)
    assert bench.send(D) == [Forgotten(flood[-2].hash())]
    assert bench.send(child_of(D, 50)) == [reject(child_of(D, 50), RejectionReason.QUEUE_FULL)]


def test_blocks_in_work_are_not_evicted():
    size = Bench()
    size.send(A)
    bench = Bench(bytes_in_all=2 * size.queue.bytes_in_all)
    siblings = [child_of(GENESIS, slot) for slot in (11, 12)]
    bench.send(*siblings, peer="Q")
    assert bench.send(A) == [reject(A, RejectionReason.QUEUE_FULL)]


def test_invalid_blocks_are_remembered_up_to_a_limit():
    invalid = InvalidBlocks(kept=2)
    for name in ("a", "b", "a", "c"):
        invalid.remember(name)
    assert [name in invalid for name in "abc"] == [True, False, True]
    assert len(invalid) == 2


def test_blocks_on_code_that_is_not_run_are_forgotten_and_may_come_again():
    """Given a block with a child. When its parent's code is not run. Then both are forgotten, and
    a new arrival is verified as the first was."""
    bench = Bench()
    first, second = chain_on(GENESIS, [1, 2])
    bench.send(first, second)
    bench.check(first)
    assert bench.queue.waiting_on(first.hash()) == [block(second)]
    refused = BlockRefused(first.hash(), RejectionReason.CODE_NOT_RUN)
    assert bench.queue.handle(refused) == [Forgotten(first.hash()), Forgotten(second.hash())]
    assert bench.send(first, second) == [Verify(block(first))]
