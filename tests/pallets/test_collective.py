"""Triumvirate: motions from proposal to their end."""

import pytest

from primitives.hashing import blake2_256
from primitives.scale.containers import Err, Ok
from primitives.types import U32, AccountId, BlockNumber, Hash
from runtime.framework.calls import CALL_CODEC, make_call
from runtime.framework.errors import BadOrigin, FailureBadOrigin
from runtime.framework.weights import Pays, PostInfo, Weight
from runtime.pallets import collective_motions as motions
from runtime.pallets import collective_weights as weights
from tests.support.governed import (
    ALICE,
    BOB,
    DAVE,
    NOBODY,
    ROOT,
    admin,
    governed,
    remark,
    transfer,
)

HOUSE = "Triumvirate"
SENATORS = [AccountId(bytes((100 + seat,)) * 32) for seat in range(4)]
THRESHOLD = 3
ENOUGH = Weight(10**12, 10**6)
MOTION_DURATION = 3600


@pytest.fixture
def world():
    """Alice and Bob sit in the Triumvirate, four senators vote."""
    with governed() as made:
        made.members.add(ALICE)
        made.members.add(BOB)
        for senator in SENATORS:
            made.senate.add(senator)
        yield made


def length(proposal):
    return len(CALL_CODEC.encode(proposal))


def hash_of(proposal):
    return Hash(blake2_256(CALL_CODEC.encode(proposal)))


def propose(world, proposal, who=ALICE, duration=MOTION_DURATION, bound=1000):
    bounds = {"length_bound": U32(bound), "duration": BlockNumber(duration)}
    return world.call(HOUSE, "propose", who, proposal=proposal, **bounds)


def vote(world, proposal, ayes=(), nays=(), index=0):
    for senator, approve in [(one, True) for one in ayes] + [(one, False) for one in nays]:
        world.triumvirate.do_vote(senator, hash_of(proposal), U32(index), approve)


def close_arguments(proposal, index=0, weight=ENOUGH, bound=1000):
    return {
        "proposal_hash": hash_of(proposal),
        "index": U32(index),
        "proposal_weight_bound": weight,
        "length_bound": U32(bound),
    }


def close(world, proposal):
    return world.call(HOUSE, "close", DAVE, **close_arguments(proposal))


def is_forgotten(world, proposal):
    house = world.triumvirate
    gone = hash_of(proposal) not in house.proposals.get()
    return gone and not (
        house.proposal_of.contains(hash_of(proposal)) or house.voting.contains(hash_of(proposal))
    )


def test_members_are_set_by_nobody(world):
    arguments = {"new_members": [DAVE], "prime": None, "old_count": U32(2)}
    for who in (ALICE, ROOT, NOBODY):
        world.refuses(BadOrigin, HOUSE, "set_members", who, **arguments)


def test_member_executes_a_call_on_its_own(world):
    call = remark(b"hello")
    bound = U32(length(call))
    assert world.call(HOUSE, "execute", ALICE, proposal=call, length_bound=bound) == PostInfo()
    assert world.told(world.triumvirate, motions.MemberExecuted(hash_of(call), Ok(None)))

    payment = transfer(DAVE, 1)
    world.call(HOUSE, "execute", ALICE, proposal=payment, length_bound=U32(length(payment)))
    refused = motions.MemberExecuted(hash_of(payment), Err(FailureBadOrigin()))
    assert world.told(world.triumvirate, refused)


def test_execute_reports_weight_only_if_the_call_does(world):
    batch = make_call("Utility", "batch", calls=[])
    post = world.call(HOUSE, "execute", ALICE, proposal=batch, length_bound=U32(3))
    assert post == PostInfo(weights.execute(3, 2) + Weight(16_943_157, 0))


def test_execute_is_for_members_and_within_the_length(world):
    arguments = {"proposal": remark(), "length_bound": U32(2)}
    world.refuses(motions.NotMember, HOUSE, "execute", DAVE, **arguments)
    world.refuses(BadOrigin, HOUSE, "execute", ROOT, **arguments)
    world.refuses(motions.WrongProposalLength, HOUSE, "execute", ALICE, **arguments)


def test_proposal_is_put_to_more_than_half_of_the_senate(world):
    call = remark(b"hello")
    post = propose(world, call)
    assert post == PostInfo(weights.propose_proposed(length(call), 2, 1))
    assert world.told(
        world.triumvirate, motions.Proposed(ALICE, U32(0), hash_of(call), U32(THRESHOLD))
    )
    house = world.triumvirate
    assert house.proposals.get() == [hash_of(call)]
    assert house.proposal_of.get(hash_of(call)) == call
    end = BlockNumber(1 + MOTION_DURATION)
    expected = motions.Votes(U32(0), U32(THRESHOLD), [], [], end)
    assert house.voting.get(hash_of(call)) == expected
    assert house.proposal_count.get() == 1


def test_propose_refuses_strangers_short_times_and_what_is_too_long_or_open(world):
    arguments = {"proposal": remark(), "length_bound": U32(3), "duration": BlockNumber(3600)}
    world.refuses(BadOrigin, HOUSE, "propose", ROOT, **arguments)
    world.refuses(motions.NotMember, HOUSE, "propose", SENATORS[0], **arguments)
    short = arguments | {"duration": BlockNumber(3599)}
    world.refuses(motions.WrongDuration, HOUSE, "propose", ALICE, **short)
    tight = arguments | {"length_bound": U32(2)}
    world.refuses(motions.WrongProposalLength, HOUSE, "propose", ALICE, **tight)
    world.call(HOUSE, "propose", ALICE, **arguments)
    world.refuses(motions.DuplicateProposal, HOUSE, "propose", BOB, **arguments)


def test_ten_motions_are_open_at_most(world):
    for number in range(10):
        propose(world, remark(bytes((number,))))
    one_more = {"length_bound": U32(9), "duration": BlockNumber(3600)}
    world.refuses(
        motions.TooManyProposals, HOUSE, "propose", ALICE, proposal=remark(b"more"), **one_more
    )


def test_vote_call_is_for_nobody(world):
    propose(world, remark())
    arguments = {"proposal": hash_of(remark()), "index": U32(0), "approve": True}
    for who in (ALICE, SENATORS[0]):
        world.refuses(motions.NotMember, HOUSE, "vote", who, **arguments)
    world.refuses(BadOrigin, HOUSE, "vote", ROOT, **arguments)


def test_senator_votes_once_and_may_turn(world):
    call, house = remark(), world.triumvirate
    propose(world, call)
    ballot = (SENATORS[0], hash_of(call), U32(0))
    assert house.do_vote(*ballot, True)
    with pytest.raises(motions.DuplicateVote):
        house.do_vote(*ballot, True)
    vote(world, call, ayes=SENATORS[1:3])
    world.recorded.encoded.clear()
    assert not house.do_vote(*ballot, False)
    told = motions.Voted(SENATORS[0], hash_of(call), False, U32(2), U32(1))
    assert world.told(house, told)
    recorded = house.voting.get(hash_of(call))
    assert recorded.ayes == [SENATORS[2], SENATORS[1]]
    assert recorded.nays == [SENATORS[0]]


def test_vote_on_the_wrong_motion_is_refused(world):
    propose(world, remark())
    with pytest.raises(motions.ProposalMissing):
        world.triumvirate.do_vote(SENATORS[0], Hash(bytes(32)), U32(0), True)
    with pytest.raises(motions.WrongIndex):
        world.triumvirate.do_vote(SENATORS[0], hash_of(remark()), U32(1), True)


def test_enough_ayes_close_a_motion_early_and_make_its_call(world):
    call = make_call("Utility", "batch", calls=[])
    propose(world, call)
    vote(world, call, ayes=SENATORS[:3], nays=SENATORS[3:])
    post = close(world, call)
    own = weights.close_early_approved(length(call), 4, 1)
    assert post == PostInfo(own + Weight(16_943_157, 0))
    assert world.told(
        world.triumvirate,
        motions.Closed(hash_of(call), U32(3), U32(1)),
        motions.Approved(hash_of(call)),
        motions.Executed(hash_of(call), Ok(None)),
    )
    assert is_forgotten(world, call)


def test_approved_call_may_fail_without_the_close_failing(world):
    call = admin("takes_less")
    propose(world, call)
    vote(world, call, ayes=SENATORS[:3])
    post = close(world, call)
    announced = world.runtime.info_of(call).weight
    assert post == PostInfo(weights.close_early_approved(length(call), 4, 1) + announced)
    executed = motions.Executed(hash_of(call), Err(FailureBadOrigin()))
    assert world.events_of(world.triumvirate)[-1] == bytes((8,)) + executed.encode()
    assert is_forgotten(world, call)


def test_enough_nays_close_a_motion_early_and_free_of_charge(world):
    propose(world, remark())
    vote(world, remark(), nays=SENATORS[:2])
    post = close(world, remark())
    assert post == PostInfo(weights.close_early_disapproved(4, 1), Pays.NO)
    closed = motions.Closed(hash_of(remark()), U32(0), U32(2))
    assert world.told(world.triumvirate, closed, motions.Disapproved(hash_of(remark())))
    assert is_forgotten(world, remark())


def test_undecided_motion_waits_for_its_end(world):
    propose(world, remark())
    vote(world, remark(), ayes=SENATORS[:2])
    world.now(MOTION_DURATION)
    arguments = close_arguments(remark())
    world.refuses(motions.TooEarly, HOUSE, "close", DAVE, **arguments)
    world.now(MOTION_DURATION + 1)
    assert close(world, remark()) == PostInfo(weights.close_disapproved(4, 1), Pays.NO)
    closed = motions.Closed(hash_of(remark()), U32(2), U32(2))
    assert world.told(world.triumvirate, closed, motions.Disapproved(hash_of(remark())))


def test_prime_that_said_aye_speaks_for_the_silent(world):
    propose(world, remark())
    vote(world, remark(), ayes=SENATORS[:1])
    world.triumvirate.set_prime(SENATORS[0])
    world.now(MOTION_DURATION + 1)
    post = close(world, remark())
    used = world.runtime.info_of(remark()).weight
    assert post == PostInfo(weights.close_approved(length(remark()), 4, 1) + used)
    closed = motions.Closed(hash_of(remark()), U32(4), U32(0))
    assert world.events_of(world.triumvirate)[0] == bytes((8,)) + closed.encode()


def test_close_refuses_other_motions_and_bounds_that_are_too_low(world):
    call = admin("takes_less")
    propose(world, call)
    vote(world, call, ayes=SENATORS[:3])
    good = close_arguments(call)
    world.refuses(BadOrigin, HOUSE, "close", ROOT, **good)
    missing = good | {"proposal_hash": Hash(bytes(32))}
    world.refuses(motions.ProposalMissing, HOUSE, "close", DAVE, **missing)
    world.refuses(motions.WrongIndex, HOUSE, "close", DAVE, **good | {"index": U32(1)})
    tight = good | {"length_bound": U32(length(call) - 1)}
    world.refuses(motions.WrongProposalLength, HOUSE, "close", DAVE, **tight)
    light = good | {"proposal_weight_bound": Weight(5_000, 49)}
    world.refuses(motions.WrongProposalWeight, HOUSE, "close", DAVE, **light)
    exact = {"length_bound": U32(length(call)), "proposal_weight_bound": Weight(5_000, 50)}
    world.call(HOUSE, "close", DAVE, **good | exact)


def test_root_drops_any_motion(world):
    world.refuses_all_but_root(HOUSE, "disapprove_proposal", proposal_hash=hash_of(remark()))
    propose(world, remark())
    propose(world, remark(b"other"))
    post = world.call(HOUSE, "disapprove_proposal", ROOT, proposal_hash=hash_of(remark()))
    assert post == PostInfo(weights.disapprove_proposal(2))
    assert world.told(world.triumvirate, motions.Disapproved(hash_of(remark())))
    assert is_forgotten(world, remark())
    assert world.triumvirate.proposals.get() == [hash_of(remark(b"other"))]


def test_votes_of_an_account_can_be_voided(world):
    propose(world, remark())
    vote(world, remark(), ayes=SENATORS[:2], nays=SENATORS[2:])
    world.triumvirate.remove_votes(SENATORS[0])
    recorded = world.triumvirate.voting.get(hash_of(remark()))
    assert (recorded.ayes, recorded.nays) == (SENATORS[1:2], SENATORS[2:])
