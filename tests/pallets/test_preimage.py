"""Preimage: notes, requests, deposits, and statuses from an older version."""

import pytest

from primitives.hashing import blake2_256
from primitives.types import U32, Balance, Hash
from runtime.framework.errors import (
    BadOrigin,
    Corruption,
    Exhausted,
    Token,
    TokenError,
    Unavailable,
)
from runtime.framework.weights import Pays, PostInfo
from runtime.pallets import preimage
from runtime.pallets.bounded_call import InlineCall, LegacyCall, LookupCall
from runtime.pallets.preimage import (
    MAX_SIZE,
    PREIMAGE_HOLD,
    Cleared,
    IsRequested,
    Noted,
    OldRequested,
    OldUnrequested,
    Requested,
    Ticket,
    Unrequested,
)
from tests.support.governed import ALICE, BOB, EVE, NOBODY, ROOT, UNIT, governed, remark

DATA = b"some bytes"
LENGTH = U32(len(DATA))
HASH = Hash(blake2_256(DATA))
DEPOSIT = Balance(104_000_000 + 1_000_000 * len(DATA))
TICKET = (ALICE, Ticket(DEPOSIT))
FREE = PostInfo(pays_fee=Pays.NO)


@pytest.fixture
def world():
    with governed() as made:
        yield made


def note(world, who, data=DATA):
    return world.call("Preimage", "note_preimage", who, bytes_=data)


def call(world, name, who):
    return world.call("Preimage", name, who, hash_=HASH)


def status(world):
    return world.preimage.request_status_for.get(HASH)


def stored(world):
    return world.preimage.preimage_for.get((HASH, LENGTH))


def held(world, who=ALICE):
    return world.balances.balance_on_hold(PREIMAGE_HOLD, who)


def test_note_holds_a_deposit_by_length_until_it_is_taken_back(world):
    assert note(world, ALICE) == PostInfo()
    assert world.told(world.preimage, Noted(HASH))
    assert (status(world), stored(world), held(world)) == (
        Unrequested(TICKET, LENGTH),
        DATA,
        DEPOSIT,
    )
    call(world, "unnote_preimage", ALICE)
    assert world.told(world.preimage, Cleared(HASH))
    assert (status(world), stored(world), held(world)) == (None, None, 0)


def test_note_by_root_is_free_and_counts_as_a_request(world):
    assert note(world, ROOT) == FREE
    assert status(world) == IsRequested(None, U32(1), LENGTH)
    note(world, ROOT)
    assert status(world) == IsRequested(None, U32(1), LENGTH)
    call(world, "unnote_preimage", ROOT)
    assert world.told(world.preimage, Cleared(HASH))
    assert stored(world) is None


def test_root_takes_over_what_somebody_noted(world):
    note(world, ALICE)
    note(world, ROOT)
    assert status(world) == IsRequested(TICKET, U32(1), LENGTH)


def test_note_refuses_what_is_noted_too_long_or_not_paid_for(world):
    note(world, ALICE)
    refused = {"bytes_": DATA}
    world.refuses(preimage.AlreadyNoted, "Preimage", "note_preimage", BOB, **refused)
    world.refuses(BadOrigin, "Preimage", "note_preimage", NOBODY, **refused)
    too_long = {"bytes_": bytes(MAX_SIZE + 1)}
    world.refuses(preimage.TooBig, "Preimage", "note_preimage", BOB, **too_long)
    dear = {"bytes_": bytes(UNIT // 1_000_000)}
    poor = world.refuses(TokenError, "Preimage", "note_preimage", BOB, **dear)
    assert poor.failure.error == Token.FUNDS_UNAVAILABLE
    stranger = world.refuses(TokenError, "Preimage", "note_preimage", EVE, bytes_=b"")
    assert stranger.failure.error == Token.FUNDS_UNAVAILABLE  # funds are looked at first


def test_request_before_the_note_makes_the_note_free(world):
    call(world, "request_preimage", ROOT)
    assert world.told(world.preimage, Requested(HASH))
    assert status(world) == IsRequested(None, U32(1), None)
    assert note(world, ALICE) == FREE
    assert (status(world), held(world)) == (IsRequested(None, U32(1), LENGTH), 0)
    refused = world.refuses(
        preimage.NotAuthorized, "Preimage", "unnote_preimage", ALICE, hash_=HASH
    )
    assert refused.post == PostInfo()


def test_request_of_a_note_lets_its_owner_go_without_clearing_it(world):
    note(world, ALICE)
    call(world, "request_preimage", ROOT)
    assert world.told(world.preimage, Requested(HASH))
    world.refuses(preimage.NotAuthorized, "Preimage", "unnote_preimage", BOB, hash_=HASH)
    call(world, "unnote_preimage", ALICE)
    assert world.told(world.preimage)
    assert (status(world), held(world)) == (IsRequested(None, U32(1), LENGTH), 0)
    call(world, "unrequest_preimage", ROOT)
    assert world.told(world.preimage, Cleared(HASH))


def test_requests_are_counted(world):
    note(world, ALICE)
    call(world, "request_preimage", ROOT)
    call(world, "request_preimage", ROOT)
    assert world.told(world.preimage)
    assert status(world) == IsRequested(TICKET, U32(2), LENGTH)
    call(world, "unrequest_preimage", ROOT)
    call(world, "unrequest_preimage", ROOT)
    assert world.told(world.preimage)
    assert status(world) == Unrequested(TICKET, LENGTH)
    world.refuses(preimage.NotRequested, "Preimage", "unrequest_preimage", ROOT, hash_=HASH)


def test_unnoted_request_goes_without_a_word(world):
    call(world, "request_preimage", ROOT)
    call(world, "unrequest_preimage", ROOT)
    assert world.told(world.preimage)
    assert status(world) is None
    world.refuses(preimage.NotRequested, "Preimage", "unrequest_preimage", ROOT, hash_=HASH)
    world.refuses(preimage.NotNoted, "Preimage", "unnote_preimage", ROOT, hash_=HASH)


def test_only_the_owner_and_root_take_a_note_back(world):
    note(world, ALICE)
    world.refuses(preimage.NotAuthorized, "Preimage", "unnote_preimage", BOB, hash_=HASH)
    call(world, "unnote_preimage", ROOT)
    assert (status(world), held(world)) == (None, 0)


@pytest.mark.parametrize("name", ["request_preimage", "unrequest_preimage"])
def test_requests_are_for_root(world, name):
    world.refuses_all_but_root("Preimage", name, hash_=HASH)


def test_old_deposit_becomes_a_ticket(world):
    world.balances.reserve(ALICE, Balance(5000))
    world.preimage.status_for.insert(HASH, OldUnrequested((ALICE, Balance(5000)), LENGTH))
    post = world.call("Preimage", "ensure_updated", BOB, hashes=[HASH])
    assert post == FREE
    assert status(world) == Unrequested(TICKET, LENGTH)
    assert (world.balances.reserved_balance(ALICE), held(world)) == (DEPOSIT, DEPOSIT)
    assert world.preimage.status_for.get(HASH) is None


def test_old_request_keeps_its_count(world):
    world.balances.reserve(ALICE, Balance(5000))
    old = OldRequested((ALICE, Balance(5000)), U32(3), LENGTH)
    world.preimage.status_for.insert(HASH, old)
    call(world, "request_preimage", ROOT)
    assert status(world) == IsRequested(TICKET, U32(4), LENGTH)


def test_old_request_of_unknown_length_loses_its_deposit_only(world):
    world.balances.reserve(ALICE, Balance(5000))
    world.preimage.status_for.insert(HASH, OldRequested((ALICE, Balance(5000)), U32(1), None))
    call(world, "request_preimage", ROOT)
    assert status(world) == IsRequested(None, U32(2), None)
    assert world.balances.reserved_balance(ALICE) == 0


@pytest.mark.parametrize(("old", "pays"), [(8, Pays.YES), (9, Pays.NO)])
def test_update_is_free_when_nine_of_ten_are_old(world, old, pays):
    hashes = [Hash(bytes((n,)) * 32) for n in range(10)]
    for hash_ in hashes[:old]:
        world.preimage.status_for.insert(hash_, OldRequested(None, U32(1), None))
    post = world.call("Preimage", "ensure_updated", BOB, hashes=hashes)
    assert post == PostInfo(pays_fee=pays)


def test_update_names_from_one_to_1024_hashes(world):
    world.refuses(BadOrigin, "Preimage", "ensure_updated", ROOT, hashes=[HASH])
    world.refuses(preimage.TooFew, "Preimage", "ensure_updated", BOB, hashes=[])
    world.refuses(preimage.TooMany, "Preimage", "ensure_updated", BOB, hashes=[HASH] * 1025)
    world.call("Preimage", "ensure_updated", BOB, hashes=[HASH] * 1024)


def test_short_calls_are_stored_in_place_and_long_ones_as_preimages(world):
    short, long = remark(bytes(124)), remark(bytes(125))
    bounded = world.preimage.bound(short)
    assert isinstance(bounded, InlineCall)
    assert len(bounded.data) == 128
    assert world.preimage.peek(bounded) == (short, None)

    bounded = world.preimage.bound(long)
    assert bounded == LookupCall(Hash(blake2_256(world.preimage.ctx.encode_call(long))), U32(129))
    assert world.preimage.peek(bounded) == (long, 129)
    assert world.preimage.peek(LegacyCall(bounded.hash_)) == (long, 129)
    assert (bounded.lookup_length, LegacyCall(bounded.hash_).lookup_length) == (129, 1_000_000)

    world.preimage.drop(bounded)
    with pytest.raises(Unavailable):
        world.preimage.peek(bounded)
    with pytest.raises(Unavailable):
        world.preimage.peek(LegacyCall(bounded.hash_))


def test_call_longer_than_any_preimage_cannot_be_stored(world):
    with pytest.raises(Exhausted):
        world.preimage.bound(remark(bytes(MAX_SIZE)))


def test_stored_bytes_that_are_no_call_are_corrupt(world):
    with pytest.raises(Corruption):
        world.preimage.peek(InlineCall(b"\xff\xff"))
    assert world.preimage.peek(InlineCall(b"\0\0\0 and more")) == (remark(), None)
