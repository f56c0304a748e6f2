"""What being on a subnet, or owning one, allows: whose identity to set, where to publish."""

import pytest

from primitives.types import NetUid
from runtime.runtime import MembershipOfSubnets
from tests.support.subtensor_world import COLD, HOT, NET, OTHER_COLD, OTHER_HOT, OWNER, World


@pytest.fixture
def membership():
    """HOT of COLD's on the root network, OTHER_HOT of COLD's on subnet 1 of OWNER's."""
    made = World()
    made.found(0, (HOT,))
    made.found(1, (OTHER_HOT,))
    made.own(HOT, COLD)
    made.own(OTHER_HOT, COLD)
    return MembershipOfSubnets(made.subtensor)


@pytest.mark.parametrize(
    ("who", "identified", "allowed"),
    [
        (COLD, HOT, True),
        (COLD, OTHER_HOT, False),
        (OTHER_COLD, HOT, False),
        (HOT, HOT, False),
        (OWNER, OWNER, True),
        (COLD, COLD, False),
        (OWNER, HOT, False),
    ],
)
def test_identities(membership, who, identified, allowed):
    assert membership.can_register(who, identified) is allowed


@pytest.mark.parametrize(
    ("netuid", "who", "allowed"),
    [(NET, OTHER_HOT, True), (NET, HOT, False), (NetUid(0), HOT, True), (NET, COLD, False)],
)
def test_commitments(membership, netuid, who, allowed):
    assert membership.can_commit(netuid, who) is allowed
