"""AdminUtils: every call by whom it is for and by others, what it sets, what it says and weighs."""

from dataclasses import dataclass

import pytest

from primitives.types import NetUid
from runtime.framework.errors import BadOrigin
from runtime.framework.events import Event
from runtime.framework.origin import Origin
from runtime.framework.pallet import call_specs_of
from runtime.framework.weights import DispatchClass, Weight
from runtime.pallets.admin_base import (
    MaxAllowedUIdsNotAllowed,
    StorageValueOutOfRange,
    SubnetDoesNotExist,
)
from runtime.pallets.admin_utils import AdminUtils
from runtime.pallets.subtensor import parameter_events as said
from runtime.pallets.subtensor.staking import increase_stake_on_coldkey_hotkey_account
from tests.support.subtensor_world import COLD, HOT, NET, OTHER_COLD, OWNER, World, signed

ABSENT = NetUid(9)


class RecordedAuthorities:
    """Takes the place of Aura."""

    def __init__(self) -> None:
        self.changes: list[list[bytes]] = []

    def change_authorities(self, keys):
        self.changes.append(keys)


@pytest.fixture
def world():
    """Subnet 1 of OWNER's with two neurons, and AdminUtils over it."""
    made = World()
    made.found(1, (HOT, COLD))
    made.aura = RecordedAuthorities()
    made.admin = AdminUtils(
        made.runtime.at(19, "AdminUtils"), subtensor=made.subtensor, aura=made.aura
    )
    return made


@dataclass(frozen=True)
class Setter:
    """A call that sets one parameter."""

    call: str
    index: int
    item: str
    event: type[Event] | None
    weight: tuple[int, int]
    owner: bool = True
    """Whether the subnet's owner may make it as well."""
    checked: bool = True
    """Whether the subnet must exist."""
    free: bool = False
    """Whether it is operational and costs nothing."""
    value: int = 3


OF_SUBNETS = [
    Setter(
        "serving_rate_limit",
        3,
        "serving_rate_limit",
        said.ServingRateLimitSet,
        (128_290_000, 655),
        checked=False,
    ),
    Setter("min_difficulty", 4, "min_difficulty", said.MinDifficultySet, (171_909_000, 4697)),
    Setter("max_difficulty", 5, "max_difficulty", said.MaxDifficultySet, (172_279_000, 4697)),
    Setter(
        "weights_version_key",
        6,
        "weights_version_key",
        said.WeightsVersionKeySet,
        (172_460_000, 4697),
    ),
    Setter(
        "weights_set_rate_limit",
        7,
        "weights_set_rate_limit",
        said.WeightsSetRateLimitSet,
        (171_970_000, 4697),
    ),
    Setter(
        "adjustment_interval",
        8,
        "adjustment_interval",
        said.AdjustmentIntervalSet,
        (171_790_000, 4697),
        owner=False,
    ),
    Setter(
        "adjustment_alpha",
        9,
        "adjustment_alpha",
        said.AdjustmentAlphaSet,
        (139_000_000, 0),
        free=True,
    ),
    Setter(
        "max_weight_limit", 12, "max_weights_limit", said.MaxWeightLimitSet, (171_589_000, 4697)
    ),
    Setter("immunity_period", 13, "immunity_period", said.ImmunityPeriodSet, (171_679_000, 4697)),
    Setter(
        "min_allowed_weights",
        14,
        "min_allowed_weights",
        said.MinAllowedWeightSet,
        (172_390_000, 4697),
    ),
    Setter(
        "max_allowed_uids",
        15,
        "max_allowed_uids",
        said.MaxAllowedUidsSet,
        (201_149_000, 8301),
        owner=False,
    ),
    Setter("kappa", 16, "kappa", said.KappaSet, (171_440_000, 4697)),
    Setter("rho", 17, "rho", None, (156_820_000, 4281)),
    Setter("activity_cutoff", 18, "activity_cutoff", said.ActivityCutoffSet, (171_759_000, 4697)),
    Setter(
        "network_registration_allowed",
        19,
        "network_registration_allowed",
        said.RegistrationAllowed,
        (104_000_000, 0),
        checked=False,
        free=True,
        value=True,
    ),
    Setter(
        "network_pow_registration_allowed",
        20,
        "network_pow_registration_allowed",
        said.PowRegistrationAllowed,
        (114_000_000, 0),
        checked=False,
        free=True,
        value=True,
    ),
    Setter(
        "target_registrations_per_interval",
        21,
        "target_registrations_per_interval",
        said.RegistrationPerIntervalSet,
        (172_099_000, 4697),
        owner=False,
    ),
    Setter("min_burn", 22, "min_burn", said.MinBurnSet, (171_109_000, 4697)),
    Setter("max_burn", 23, "max_burn", said.MaxBurnSet, (171_339_000, 4697)),
    Setter("difficulty", 24, "difficulty", said.DifficultySet, (172_130_000, 4697)),
    Setter(
        "max_allowed_validators",
        25,
        "max_allowed_validators",
        said.MaxAllowedValidatorsSet,
        (203_640_000, 8412),
        owner=False,
    ),
    Setter(
        "bonds_moving_average",
        26,
        "bonds_moving_average",
        said.BondsMovingAverageSet,
        (172_510_000, 4697),
    ),
    Setter(
        "max_registrations_per_block",
        27,
        "max_registrations_per_block",
        said.MaxRegistrationsPerBlockSet,
        (171_490_000, 4697),
        owner=False,
    ),
    Setter("tempo", 30, "tempo", said.TempoSet, (170_489_000, 4697), owner=False),
    Setter(
        "rao_recycled",
        39,
        "rao_recycled_for_registration",
        said.RAORecycledForRegistrationSet,
        (0, 0),
        owner=False,
        free=True,
    ),
    Setter(
        "commit_reveal_weights_interval",
        57,  # 47 in spec 185, which took blocks; here and later it takes epochs
        "reveal_period_epochs",
        None,
        (172_279_000, 4697),
    ),
    Setter(
        "commit_reveal_weights_enabled",
        48,
        "commit_reveal_weights_enabled",
        None,
        (172_279_000, 4697),
        value=True,
    ),
]

OF_THE_NETWORK = [
    Setter("default_take", 1, "max_take", said.MaxDelegateTakeSet, (127_199_000, 655)),
    Setter("tx_rate_limit", 2, "tx_rate_limit", said.TxRateLimitSet, (0, 0), free=True),
    Setter(
        "subnet_owner_cut",
        28,
        "subnet_owner_cut",
        said.SubnetOwnerCutSet,
        (114_000_000, 0),
        free=True,
    ),
    Setter(
        "network_rate_limit",
        29,
        "network_rate_limit",
        said.NetworkRateLimitSet,
        (114_000_000, 0),
        free=True,
    ),
    Setter("total_issuance", 33, "total_issuance", None, (0, 0), free=True),
    Setter(
        "network_immunity_period",
        35,
        "network_immunity_period",
        said.NetworkImmunityPeriodSet,
        (114_000_000, 0),
        free=True,
    ),
    Setter(
        "network_min_lock_cost",
        36,
        "network_min_lock_cost",
        said.NetworkMinLockCostSet,
        (114_000_000, 0),
        free=True,
    ),
    Setter("subnet_limit", 37, "subnet_limit", said.SubnetLimitSet, (114_000_000, 0), free=True),
    Setter(
        "lock_reduction_interval",
        38,
        "network_lock_reduction_interval",
        said.NetworkLockCostReductionIntervalSet,
        (114_000_000, 0),
        free=True,
    ),
    Setter("weights_min_stake", 42, "weights_min_stake", said.WeightsMinStake, (0, 0), free=True),
    Setter(
        "nominator_min_required_stake", 43, "nominator_min_required_stake", None, (0, 0), free=True
    ),
    Setter(
        "tx_delegate_take_rate_limit",
        45,
        "tx_delegate_take_rate_limit",
        said.TxDelegateTakeRateLimitSet,
        (0, 0),
        free=True,
    ),
    Setter("min_delegate_take", 46, "min_take", said.MinDelegateTakeSet, (0, 0), free=True),
]


def named(setter):
    return setter.call


def make(world, setter, origin, *where):
    getattr(world.admin, f"sudo_set_{setter.call}")(origin, *where, setter.value)


@pytest.mark.parametrize("setter", OF_SUBNETS + OF_THE_NETWORK, ids=named)
def test_weight_class_and_fee_are_the_reference_chains(setter):
    spec = call_specs_of(AdminUtils)[setter.index]

    assert spec.name == f"sudo_set_{setter.call}"
    assert spec.weight == Weight(*setter.weight)
    free = DispatchClass.OPERATIONAL if setter.free else DispatchClass.NORMAL
    assert (spec.dispatch_class, spec.pays) == (free, not setter.free)


def test_no_call_is_left_out():
    assert set(call_specs_of(AdminUtils)) == {
        0,
        *(setter.index for setter in OF_SUBNETS + OF_THE_NETWORK),
    }


@pytest.mark.parametrize("setter", OF_SUBNETS, ids=named)
def test_root_sets_a_subnets_parameter(world, setter):
    make(world, setter, Origin.root(), NET)

    assert getattr(world.subtensor, setter.item).get(NET) == setter.value
    assert_said(world, setter, NET)


def assert_said(world, setter, *where):
    if setter.event is None:
        assert world.recorded.encoded == []
    else:
        assert world.said(setter.event(*where, setter.value))


@pytest.mark.parametrize("setter", OF_SUBNETS, ids=named)
def test_the_owner_sets_what_is_the_owners_and_strangers_nothing(world, setter):
    if setter.owner:
        make(world, setter, signed(OWNER), NET)
    else:
        world.assert_noop(BadOrigin, lambda: make(world, setter, signed(OWNER), NET))
    for stranger in (signed(OTHER_COLD), Origin.none()):
        world.assert_noop(BadOrigin, lambda who=stranger: make(world, setter, who, NET))


@pytest.mark.parametrize("setter", OF_SUBNETS, ids=named)
def test_most_calls_ask_whether_the_subnet_exists(world, setter):
    if setter.checked:
        world.assert_noop(SubnetDoesNotExist, lambda: make(world, setter, Origin.root(), ABSENT))
    else:
        make(world, setter, Origin.root(), ABSENT)
    world.assert_noop(BadOrigin, lambda: make(world, setter, signed(OWNER), ABSENT))


@pytest.mark.parametrize("setter", OF_THE_NETWORK, ids=named)
def test_root_alone_sets_a_parameter_of_the_network(world, setter):
    for stranger in (signed(OWNER), Origin.none()):
        world.assert_noop(BadOrigin, lambda who=stranger: make(world, setter, who))

    make(world, setter, Origin.root())

    assert getattr(world.subtensor, setter.item).get() == setter.value
    assert_said(world, setter)


def test_a_subnet_has_room_for_more_than_it_holds(world):
    for too_few in (0, 2):
        world.assert_noop(
            MaxAllowedUIdsNotAllowed,
            lambda most=too_few: world.admin.sudo_set_max_allowed_uids(Origin.root(), NET, most),
        )


def test_there_are_no_more_validators_than_uids(world):
    world.subtensor.max_allowed_uids.insert(NET, 10)

    world.admin.sudo_set_max_allowed_validators(Origin.root(), NET, 10)
    world.assert_noop(
        StorageValueOutOfRange,
        lambda: world.admin.sudo_set_max_allowed_validators(Origin.root(), NET, 11),
    )


def test_raising_the_nominators_minimum_pays_out_small_nominations(world):
    pallet, root = world.subtensor, Origin.root()
    pallet.nominator_min_required_stake.put(2_000)
    increase_stake_on_coldkey_hotkey_account(pallet, COLD, HOT, 1_000)

    world.admin.sudo_set_nominator_min_required_stake(root, 1_500)
    assert pallet.stake.contains(HOT, COLD)

    world.admin.sudo_set_nominator_min_required_stake(root, 1_501)
    assert not pallet.stake.contains(HOT, COLD)
    assert world.balances.free_balance(COLD) == 1_000


def test_root_swaps_authorities(world):
    keys = [bytes([n]) * 32 for n in range(4)]
    swap = call_specs_of(AdminUtils)[0]

    world.assert_noop(BadOrigin, lambda: world.admin.swap_authorities(signed(OWNER), keys))
    world.admin.swap_authorities(Origin.root(), keys)

    assert world.aura.changes == [keys]
    assert swap.weight(world.admin, keys) == Weight(246_207_824, 1127)
