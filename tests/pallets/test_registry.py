"""Registry: identities, their deposits and who may set them."""

from dataclasses import replace

import pytest

from runtime.framework.errors import BadOrigin, TokenError
from runtime.framework.origin import Origin
from runtime.framework.pallet import call_specs_of
from runtime.framework.weights import Weight
from runtime.pallets.identity_data import Data
from runtime.pallets.registry import (
    CannotRegister,
    IdentityDissolved,
    IdentityInfo,
    IdentitySet,
    NotRegistered,
    Registration,
    Registry,
)
from tests.support.subtensor_world import COLD, HOT, OTHER_COLD, World, signed

INDEX = 17
TENTH = 100_000_000
NOBODY = Data()
PLAIN = IdentityInfo(
    additional=[],
    display=Data.raw(b"Alice"),
    legal=NOBODY,
    web=NOBODY,
    riot=NOBODY,
    email=NOBODY,
    pgp_fingerprint=None,
    image=NOBODY,
    twitter=NOBODY,
)
LONGER = replace(PLAIN, additional=[(Data.raw(b"key"), Data.raw(b"value"))])


class OwnersOnly:
    """COLD and OTHER_COLD may set the identity of HOT."""

    def can_register(self, who, identified):
        return who in (COLD, OTHER_COLD) and identified == HOT


@pytest.fixture
def world():
    """COLD with one TAO, and Registry."""
    made = World()
    made.fund(COLD, 10 * TENTH)
    made.registry = Registry(
        made.runtime.at(INDEX, "Registry"), balances=made.balances, can_register=OwnersOnly()
    )
    return made


def held(world, who=COLD):
    return world.balances.reserved_balance(who)


def test_an_identity_is_kept_under_the_identified_for_the_callers_deposit(world):
    world.registry.set_identity(signed(COLD), HOT, PLAIN)

    assert world.registry.identity_of.get(HOT) == Registration(TENTH, PLAIN)
    assert held(world) == TENTH
    assert world.balances.free_balance(COLD) == 9 * TENTH
    assert world.said(IdentitySet(who=HOT), INDEX)


def test_the_deposit_follows_the_number_of_fields(world):
    deposits = []
    for info in (LONGER, LONGER, PLAIN):
        world.registry.set_identity(signed(COLD), HOT, info)
        deposits.append(held(world))

    assert deposits == [2 * TENTH, 2 * TENTH, TENTH]


def test_clearing_gives_the_deposit_back(world):
    world.registry.set_identity(signed(COLD), HOT, LONGER)

    world.registry.clear_identity(signed(COLD), HOT)

    assert world.registry.identity_of.get(HOT) is None
    assert held(world) == 0
    assert world.balances.free_balance(COLD) == 10 * TENTH
    assert world.said(IdentityDissolved(who=HOT), INDEX)


def test_clearing_by_another_gives_nobody_anything(world):
    world.fund(OTHER_COLD, TENTH)
    world.registry.set_identity(signed(COLD), HOT, PLAIN)

    world.registry.clear_identity(signed(OTHER_COLD), HOT)

    assert world.registry.identity_of.get(HOT) is None
    assert held(world) == TENTH
    assert world.balances.free_balance(OTHER_COLD) == TENTH


def test_refusals(world):
    registry = world.registry

    world.assert_noop(BadOrigin, lambda: registry.set_identity(Origin.root(), HOT, PLAIN))
    world.assert_noop(BadOrigin, lambda: registry.clear_identity(Origin.root(), HOT))
    world.assert_noop(CannotRegister, lambda: registry.set_identity(signed(COLD), COLD, PLAIN))
    world.assert_noop(CannotRegister, lambda: registry.clear_identity(signed(HOT), HOT))
    world.assert_noop(NotRegistered, lambda: registry.clear_identity(signed(COLD), HOT))
    world.assert_noop(TokenError, lambda: registry.set_identity(signed(OTHER_COLD), HOT, PLAIN))


def test_weights_are_the_reference_chains():
    specs = call_specs_of(Registry)

    assert specs[0].weight == Weight(166_000_000, 3499)
    assert specs[1].weight == Weight(161_000_000, 3860)
