"""Membership: seats, the prime, and what the Triumvirate hears of both."""

import pytest

from primitives import ss58
from primitives.types import U32, AccountId, BlockNumber, Hash
from runtime.framework.errors import Panic
from runtime.framework.weights import PostInfo
from runtime.pallets import membership
from runtime.pallets.collective_motions import Votes
from runtime.pallets.membership import AlreadyMember, NotMember, TooManyMembers
from tests.support.governed import ALICE, BOB, CHARLIE, DAVE, EVE, ROOT, address, governed

MEMBERS = "TriumvirateMembers"
MOTION = Hash(b"m" * 32)


@pytest.fixture
def fresh():
    with governed() as made:
        yield made


@pytest.fixture
def world(fresh):
    """Alice and Charlie sit, Alice is prime; both voted on a motion, as did Bob."""
    fresh.members.add(CHARLIE)
    fresh.members.add(ALICE)
    fresh.call(MEMBERS, "set_prime", ROOT, who=address(ALICE))
    fresh.triumvirate.proposals.put([MOTION])
    votes = Votes(U32(0), U32(2), [ALICE, BOB], [CHARLIE], BlockNumber(9))
    fresh.triumvirate.voting.insert(MOTION, votes)
    return fresh


def seated(world):
    """Members and prime, which the Triumvirate must know just so."""
    members, prime = world.members.members.get(), world.members.prime.get()
    assert world.triumvirate.members.get() == members
    assert world.triumvirate.prime.get() == prime
    return members, prime


def votes(world):
    motion = world.triumvirate.voting.get(MOTION)
    return motion.ayes, motion.nays


CALLS = [
    ("add_member", {"who": address(DAVE)}),
    ("remove_member", {"who": address(ALICE)}),
    ("swap_member", {"remove": address(ALICE), "add": address(DAVE)}),
    ("reset_members", {"members": [DAVE]}),
    ("set_prime", {"who": address(CHARLIE)}),
    ("clear_prime", {}),
]


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_only_root_keeps_the_members(world, name, arguments):
    world.refuses_all_but_root(MEMBERS, name, **arguments)
    world.call(MEMBERS, name, ROOT, **arguments)


def test_new_member_is_sorted_in_and_the_triumvirate_forgets_its_prime(world):
    post = world.call(MEMBERS, "add_member", ROOT, who=address(BOB))
    assert post == PostInfo(membership.add_member_weight(2))
    assert world.told(world.members, membership.MemberAdded())
    assert world.members.members.get() == [ALICE, BOB, CHARLIE]
    assert world.triumvirate.members.get() == [ALICE, BOB, CHARLIE]
    assert world.members.prime.get() == ALICE
    assert world.triumvirate.prime.get() is None


def test_add_refuses_members_and_a_fourth_seat(world):
    refused = world.refuses(AlreadyMember, MEMBERS, "add_member", ROOT, who=address(ALICE))
    assert refused.failure.error.index == world.members.index
    world.call(MEMBERS, "add_member", ROOT, who=address(BOB))
    world.refuses(TooManyMembers, MEMBERS, "add_member", ROOT, who=address(DAVE))


def test_leaving_takes_votes_and_prime_along(world):
    post = world.call(MEMBERS, "remove_member", ROOT, who=address(ALICE))
    assert post == PostInfo(membership.remove_member_weight(2))
    assert world.told(world.members, membership.MemberRemoved())
    assert seated(world) == ([CHARLIE], None)
    assert votes(world) == ([BOB], [CHARLIE])
    world.refuses(NotMember, MEMBERS, "remove_member", ROOT, who=address(ALICE))


def test_prime_stays_when_another_member_leaves(world):
    world.call(MEMBERS, "remove_member", ROOT, who=address(CHARLIE))
    assert seated(world) == ([ALICE], ALICE)
    assert votes(world) == ([ALICE, BOB], [])


def test_swap_replaces_one_member(world):
    pair = {"remove": address(CHARLIE), "add": address(BOB)}
    assert world.call(MEMBERS, "swap_member", ROOT, **pair) == PostInfo(
        membership.swap_member_weight(2)
    )
    assert world.told(world.members, membership.MembersSwapped())
    assert seated(world) == ([ALICE, BOB], ALICE)
    world.refuses(NotMember, MEMBERS, "swap_member", ROOT, **pair)
    taken = {"remove": address(ALICE), "add": address(BOB)}
    world.refuses(AlreadyMember, MEMBERS, "swap_member", ROOT, **taken)


def test_swap_with_itself_says_and_does_nothing(world):
    before = world.state()
    same = {"remove": address(EVE), "add": address(EVE)}
    assert world.call(MEMBERS, "swap_member", ROOT, **same) == PostInfo()
    assert world.state() == before
    assert world.told(world.members)


def test_reset_sorts_and_keeps_the_prime_if_it_still_sits(world):
    world.call(MEMBERS, "reset_members", ROOT, members=[DAVE, ALICE])
    assert world.told(world.members, membership.MembersReset())
    assert seated(world) == ([ALICE, DAVE], ALICE)
    assert votes(world) == ([ALICE, BOB], [])
    world.call(MEMBERS, "reset_members", ROOT, members=[])
    assert seated(world) == ([], None)
    many = [ALICE, BOB, CHARLIE, DAVE]
    world.refuses(TooManyMembers, MEMBERS, "reset_members", ROOT, members=many)


def test_member_moves_its_seat_to_another_key(world):
    post = world.call(MEMBERS, "change_key", ALICE, new=address(DAVE))
    assert post == PostInfo(membership.change_key_weight(2))
    assert world.told(world.members, membership.KeyChanged())
    assert seated(world) == ([CHARLIE, DAVE], DAVE)
    assert votes(world) == ([BOB], [CHARLIE])
    world.refuses(NotMember, MEMBERS, "change_key", ALICE, new=address(BOB))
    world.refuses(AlreadyMember, MEMBERS, "change_key", CHARLIE, new=address(DAVE))
    assert world.call(MEMBERS, "change_key", EVE, new=address(EVE)) == PostInfo()


def test_prime_is_a_member_or_nobody(world):
    world.refuses(NotMember, MEMBERS, "set_prime", ROOT, who=address(BOB))
    post = world.call(MEMBERS, "set_prime", ROOT, who=address(CHARLIE))
    assert post == PostInfo(membership.set_prime_weight(2))
    assert seated(world) == ([ALICE, CHARLIE], CHARLIE)
    world.call(MEMBERS, "clear_prime", ROOT)
    assert seated(world) == ([ALICE, CHARLIE], None)


def test_senate_has_twelve_seats_and_errors_of_its_own(world):
    for seat in range(12):
        world.senate.add(AccountId(bytes((100 + seat,)) * 32))
    refused = world.refuses(TooManyMembers, "SenateMembers", "add_member", ROOT, who=address(EVE))
    assert refused.failure.error.index == world.senate.index
    world.call("SenateMembers", "reset_members", ROOT, members=[EVE])
    assert world.senate.members.get() == [EVE]
    assert world.triumvirate.members.get() == [ALICE, CHARLIE]


def test_genesis_sorts_the_members_and_seats_the_triumvirate(fresh):
    fresh.members.genesis_build({"members": [ss58.encode(BOB), ss58.encode(ALICE)]})
    assert seated(fresh) == ([ALICE, BOB], None)
    with pytest.raises(Panic):
        fresh.triumvirate.genesis_build({"members": [ss58.encode(EVE)]})


def test_genesis_refuses_a_member_named_twice(fresh):
    twice = {"members": [ss58.encode(BOB)] * 2}
    with pytest.raises(Panic):
        fresh.members.genesis_build(twice)
    with pytest.raises(Panic):
        fresh.triumvirate.genesis_build(twice)


def test_genesis_writes_an_empty_list_too(fresh):
    fresh.senate.genesis_build(fresh.senate.genesis_default())
    assert fresh.senate.members.raw() == b"\0"
    fresh.triumvirate.genesis_build(fresh.triumvirate.genesis_default())
    assert fresh.triumvirate.members.raw() is None
