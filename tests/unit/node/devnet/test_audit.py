"""The audit's rules on books that are written by hand."""

from dataclasses import replace

from node.devnet.scenarios.audit import Books, SubnetBooks, minted_by, mistakes_between, split
from primitives.types import NetUid

NET = NetUid(1)
CUT = 11_796
SUBNET = SubnetBooks(1_000_000_000, 5_000, loaded=None, neurons=8, has_owner=True)
BEFORE = Books(9, 2_000, CUT, {NET: SUBNET})


def after(issuance, **changes):
    return Books(10, issuance, CUT, {NET: replace(SUBNET, **changes)})


def test_owner_gets_18_percent_rounded_down_and_the_rest_is_kept():
    assert split(SUBNET, CUT) == (179_995_422, 820_004_577)
    assert sum(split(SUBNET, CUT)) == SUBNET.emission - 1


def test_subnet_without_an_owner_keeps_all():
    assert split(replace(SUBNET, has_owner=False), CUT) == (0, 1_000_000_000)


def test_block_mints_cuts_and_what_the_last_epoch_loaded():
    loaded = Books(9, 2_000, CUT, {NET: replace(SUBNET, loaded=70_000)})
    assert minted_by(loaded, after(0)) == 179_995_422 + 70_000


def test_block_without_an_epoch_adds_to_what_is_pending():
    good = after(2_000 + 179_995_422, pending=5_000 + 820_004_577)
    assert mistakes_between(BEFORE, good, 179_995_422) == []
    (mistake,) = mistakes_between(BEFORE, after(2_000 + 179_995_422, pending=5_000), 179_995_422)
    assert mistake == "block 10, subnet 1: 5000 rao pending instead of 820009577"


def test_epoch_pays_what_is_pending_but_for_dust():
    waiting = 5_000 + 820_004_577
    for loaded, mistakes in ((waiting, 0), (waiting - 16, 0), (waiting - 17, 1), (waiting + 1, 1)):
        books = after(2_000 + 179_995_422, pending=0, loaded=loaded)
        assert len(mistakes_between(BEFORE, books, 179_995_422)) == mistakes


def test_a_rao_too_much_is_a_mistake():
    good = after(2_001 + 179_995_422, pending=5_000 + 820_004_577)
    (mistake,) = mistakes_between(BEFORE, good, 179_995_422)
    assert mistake == "block 10 issued 179995423 rao instead of 179995422"


def test_new_subnet_has_no_earlier_books():
    newborn = Books(9, 2_000, CUT, {})
    assert mistakes_between(newborn, after(2_000), 0) == []
