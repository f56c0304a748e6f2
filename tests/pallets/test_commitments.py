"""Commitments: who may publish what, and how often."""

import pytest

from primitives.scale.errors import ScaleError
from primitives.scale.types import decode, encode
from runtime.framework.errors import BadOrigin
from runtime.framework.origin import Origin
from runtime.framework.pallet import call_specs_of
from runtime.framework.weights import Weight
from runtime.pallets.commitments import (
    CannotCommit,
    CommitmentInfo,
    Commitments,
    CommitmentSet,
    RateLimitExceeded,
    Registration,
)
from runtime.pallets.identity_data import Data
from tests.support.subtensor_world import COLD, HOT, NET, World, signed

INDEX = 18
BLOB = CommitmentInfo([Data.raw(b"model")])


class NeuronsOnly:
    """HOT is the one neuron."""

    def can_commit(self, netuid, who):
        return netuid == NET and who == HOT


@pytest.fixture
def world():
    """Block 10, and Commitments."""
    made = World()
    made.now(10)
    made.commitments = Commitments(
        made.runtime.at(INDEX, "Commitments"),
        system=made.system,
        balances=made.balances,
        can_commit=NeuronsOnly(),
    )
    return made


def commit(world, *, who=HOT, info=BLOB):
    world.commitments.set_commitment(signed(who), NET, info)


def test_a_commitment_is_kept_with_its_block_and_costs_nothing(world):
    commit(world)

    assert world.commitments.commitment_of.get(NET, HOT) == Registration(0, 10, BLOB)
    assert world.commitments.last_commitment.get(NET, HOT) == 10
    assert world.said(CommitmentSet(netuid=NET, who=HOT), INDEX)


def test_it_is_replaced_after_a_hundred_blocks(world):
    commit(world)
    world.now(109)
    world.assert_noop(RateLimitExceeded, lambda: commit(world))

    world.now(110)
    commit(world, info=CommitmentInfo([]))

    assert world.commitments.commitment_of.get(NET, HOT) == Registration(0, 110, CommitmentInfo([]))


def test_a_deposit_from_other_times_is_given_back(world):
    world.fund(HOT, 10_000)
    world.balances.reserve(HOT, 1_000)
    world.commitments.commitment_of.insert(NET, HOT, Registration(1_000, 1, BLOB))

    commit(world)

    assert world.balances.reserved_balance(HOT) == 0


def test_refusals(world):
    world.assert_noop(BadOrigin, lambda: world.commitments.set_commitment(Origin.root(), NET, BLOB))
    world.assert_noop(CannotCommit, lambda: commit(world, who=COLD))


def test_more_fields_than_one_cannot_even_be_decoded():
    one = encode(CommitmentInfo, BLOB)

    assert one == b"\x04\x06model"
    with pytest.raises(ScaleError):
        decode(CommitmentInfo, b"\x08" + one[1:] * 2)


def test_the_event_has_the_name_that_clients_know():
    assert CommitmentSet.variant_name == "Commitment"


def test_weight_is_the_reference_chains():
    assert call_specs_of(Commitments)[0].weight == Weight(278_000_000, 6344)
