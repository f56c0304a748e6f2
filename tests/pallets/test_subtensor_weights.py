"""Weights: each refusal in the order of the checks, on subnets and on the root network."""

import pytest

from primitives.types import NetUid, Uid
from runtime.framework.errors import BadOrigin
from runtime.framework.origin import Origin
from runtime.pallets.subtensor import errors, events
from runtime.pallets.subtensor.weights import do_set_root_weights, do_set_weights
from tests.support.subtensor_world import COLD, HOT, NET, OTHER_COLD, OTHER_HOT, World, signed

PEER = bytes([9]) * 32


@pytest.fixture
def world():
    """Subnet 1 with HOT, OTHER_HOT and PEER as uids 0 to 2, in block 200."""
    made = World()
    made.found(1, (HOT, OTHER_HOT, PEER))
    made.now(200)
    return made


def set_weights(world, *, who=HOT, netuid=1, uids=(1, 2), values=(1, 2), version_key=0):
    do_set_weights(
        world.subtensor, signed(who), NetUid(netuid), list(uids), list(values), version_key
    )


def refuse(world, error, **case):
    world.assert_noop(error, lambda: set_weights(world, **case))


def test_weights_are_stored_stretched_to_the_full_range(world):
    set_weights(world)

    assert world.subtensor.weights.get(NET, Uid(0)) == [(1, 32768), (2, 65535)]
    assert world.subtensor.last_update.get(NET) == [200, 0, 0]
    assert world.said(events.WeightsSet(NET, Uid(0)))


def test_no_weights_are_enough_where_none_are_demanded(world):
    world.subtensor.min_allowed_weights.insert(NET, 0)

    set_weights(world, uids=(), values=())

    assert world.subtensor.weights.get(NET, Uid(0)) == []


def test_setting_weights_needs_a_signature(world):
    world.assert_noop(
        BadOrigin, lambda: do_set_weights(world.subtensor, Origin.root(), NET, [1], [1], 0)
    )


def test_refusals_come_in_the_order_of_the_checks(world):
    """Given a call with everything wrong, When its faults are mended one by one, Then each shows.

    The list of uids is too long, holds one twice, and one that nobody has.
    """
    pallet = world.subtensor
    pallet.weights_min_stake.put(100)
    pallet.weights_version_key.insert(NET, 7)
    pallet.last_update.insert(NET, [101, 0, 0])
    pallet.validator_permit.insert(NET, [False, False, False])
    pallet.min_allowed_weights.insert(NET, 3)
    pallet.max_weights_limit.insert(NET, 40_000)
    long = {"uids": (9, 9, 9, 9), "values": (1, 1, 1, 1)}

    refuse(world, errors.IsRoot, netuid=0, uids=(9,), values=())
    refuse(world, errors.WeightVecNotEqualSize, netuid=2, uids=(9,), values=())
    refuse(world, errors.NetworkDoesNotExist, netuid=2, **long)
    refuse(world, errors.TooManyUids, who=COLD, **long)
    wrong = {"uids": (9, 9), "values": (1, 2)}
    refuse(world, errors.NotRegistered, who=COLD, **wrong)
    refuse(world, errors.NotEnoughStakeToSetWeights, **wrong)
    pallet.total_hotkey_stake.insert(HOT, 100)
    refuse(world, errors.IncorrectNetworkVersionKey, version_key=6, **wrong)
    refuse(world, errors.SettingWeightsTooFast, version_key=7, **wrong)
    world.now(201)
    refuse(world, errors.NoValidatorPermit, version_key=7, **wrong)
    pallet.validator_permit.insert(NET, [True, False, False])
    refuse(world, errors.DuplicateUids, version_key=7, **wrong)
    wrong = {"uids": (1, 9), "values": (1, 2)}
    refuse(world, errors.InvalidUid, version_key=7, **wrong)
    wrong = {"uids": (1, 2), "values": (1, 2)}
    refuse(world, errors.NotSettingEnoughWeights, version_key=7, **wrong)
    pallet.min_allowed_weights.insert(NET, 2)
    refuse(world, errors.MaxWeightExceeded, version_key=7, **wrong)
    pallet.max_weights_limit.insert(NET, 43_690)
    set_weights(world, version_key=7, **wrong)


def test_on_a_small_subnet_as_many_weights_as_neurons_are_enough(world):
    world.subtensor.min_allowed_weights.insert(NET, 1024)

    refuse(world, errors.NotSettingEnoughWeights)
    set_weights(world, uids=(0, 1, 2), values=(1, 1, 1))


def test_a_weight_on_oneself_needs_no_permit_and_knows_no_limit(world):
    pallet = world.subtensor
    pallet.validator_permit.insert(NET, [False, False, False])
    pallet.min_allowed_weights.insert(NET, 3)
    pallet.max_weights_limit.insert(NET, 1)

    set_weights(world, uids=(0,), values=(5,))

    assert pallet.weights.get(NET, Uid(0)) == [(0, 65535)]


def test_a_first_setting_of_weights_does_not_wait(world):
    world.now(1)

    set_weights(world)
    refuse(world, errors.SettingWeightsTooFast)


@pytest.fixture
def rooted():
    """The root network with HOT of COLD's as uid 0, and subnets 0 to 3."""
    made = World()
    for netuid in (1, 2, 3):
        made.found(netuid)
    made.found(0, (HOT,))
    made.own(HOT, COLD)
    made.own(OTHER_HOT, COLD)
    made.now(200)
    return made


def set_root(world, *, who=COLD, netuid=0, hotkey=HOT, uids=(1, 2), values=(1, 2), version_key=0):
    do_set_root_weights(
        world.subtensor, signed(who), NetUid(netuid), hotkey, list(uids), list(values), version_key
    )


def test_root_weights_name_subnets_and_need_no_permit(rooted):
    root = NetUid(0)
    rooted.subtensor.validator_permit.insert(root, [False])

    set_root(rooted, uids=(1, 2, 3), values=(1, 2, 4))

    assert rooted.subtensor.weights.get(root, Uid(0)) == [(1, 16384), (2, 32768), (3, 65535)]
    assert rooted.said(events.WeightsSet(root, Uid(0)))


def test_root_refusals_come_in_the_order_of_the_checks(rooted):
    pallet, root = rooted.subtensor, NetUid(0)
    pallet.weights_min_stake.put(100)
    pallet.weights_version_key.insert(root, 7)
    pallet.last_update.insert(root, [101])
    pallet.max_weights_limit.insert(root, 40_000)

    def refuse_root(error, **case):
        rooted.assert_noop(error, lambda: set_root(rooted, **case))

    short = {"uids": (9, 9), "values": (1,)}
    refuse_root(errors.NonAssociatedColdKey, who=OTHER_COLD, netuid=5, **short)
    refuse_root(errors.NetworkDoesNotExist, netuid=5, **short)
    refuse_root(errors.NotRootSubnet, netuid=1, **short)
    refuse_root(errors.WeightVecNotEqualSize, hotkey=OTHER_HOT, **short)
    wrong = {"uids": (9, 9), "values": (1, 2)}
    refuse_root(errors.InvalidUid, hotkey=OTHER_HOT, **wrong)
    wrong = {"uids": (2, 2), "values": (1, 2)}
    refuse_root(errors.NotRegistered, hotkey=OTHER_HOT, **wrong)
    refuse_root(errors.NotEnoughStakeToSetWeights, **wrong)
    pallet.total_hotkey_stake.insert(HOT, 100)
    refuse_root(errors.IncorrectNetworkVersionKey, version_key=6, **wrong)
    refuse_root(errors.SettingWeightsTooFast, version_key=7, **wrong)
    rooted.now(201)
    refuse_root(errors.DuplicateUids, version_key=7, **wrong)
    refuse_root(errors.NotSettingEnoughWeights, version_key=7, uids=(), values=())
    refuse_root(errors.MaxWeightExceeded, version_key=7)
    pallet.max_weights_limit.insert(root, 43_690)
    set_root(rooted, version_key=7)


def test_a_lone_weight_on_the_root_network_counts_like_any_other(rooted):
    rooted.subtensor.min_allowed_weights.insert(NetUid(0), 2)
    rooted.subtensor.subnetwork_n.insert(NetUid(0), 2)

    rooted.assert_noop(
        errors.NotSettingEnoughWeights, lambda: set_root(rooted, uids=(0,), values=(1,))
    )
