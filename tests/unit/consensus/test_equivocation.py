"""Equivocation: found once, within the window, in bounded memory."""

from consensus.equivocation import KEPT_SLOTS, EquivocationDetector
from consensus.messages import AuthorityId, EquivocationProof, VerifiedHeader
from primitives.types import Slot
from tests.support.chains import GENESIS, child_of

AUTHOR, OTHER = AuthorityId(b"A" * 32), AuthorityId(b"B" * 32)


def header(slot, label=""):
    return child_of(GENESIS, slot, label)


def by(slot, author=AUTHOR):
    return VerifiedHeader(Slot(slot), author)


def test_two_headers_in_one_slot_make_a_proof_once():
    detector = EquivocationDetector()
    first, second, third = header(5, "x"), header(5, "y"), header(5, "z")

    assert detector.observe(first, by(5), Slot(5)) is None
    assert detector.observe(second, by(5), Slot(5)) == EquivocationProof(AUTHOR, 5, first, second)
    assert detector.observe(second, by(5), Slot(5)) is None
    assert detector.observe(third, by(5), Slot(6)) is None


def test_the_same_header_twice_is_no_equivocation():
    detector = EquivocationDetector()
    assert detector.observe(header(5), by(5), Slot(5)) is None
    assert detector.observe(header(5), by(5), Slot(5)) is None


def test_other_slots_and_other_authors_do_not_count():
    detector = EquivocationDetector()
    assert detector.observe(header(5, "x"), by(5), Slot(5)) is None
    assert detector.observe(header(6, "y"), by(6), Slot(6)) is None
    assert detector.observe(header(5, "z"), by(5, OTHER), Slot(6)) is None


def test_the_window_is_a_thousand_slots():
    detector = EquivocationDetector()
    detector.observe(header(2_000, "x"), by(2_000), Slot(2_000))
    detector.observe(header(2_001, "x"), by(2_001), Slot(2_001))
    now = Slot(2_001 + KEPT_SLOTS)
    assert detector.observe(header(2_000, "y"), by(2_000), now) is None
    assert detector.observe(header(2_001, "y"), by(2_001), now) is not None


def test_memory_is_two_windows_at_most():
    detector = EquivocationDetector()
    sizes = []
    for slot in range(1, 5 * KEPT_SLOTS):
        for label in "xy":
            detector.observe(header(slot, label), by(slot), Slot(slot))
        sizes.append(len(detector))
    assert max(sizes) == 2 * KEPT_SLOTS
