"""Runtime API records: neurons, subnets, delegates and stake as clients are told of them."""

import pytest

from primitives.scale.types import encode
from primitives.types import U16, AccountId, Balance, NetUid, Uid
from runtime.framework.errors import Panic
from runtime.pallets.subtensor.delegate_info import get_delegate, get_delegated, get_delegates
from runtime.pallets.subtensor.neuron_info import (
    NO_AXON,
    NO_PROMETHEUS,
    NeuronInfo,
    NeuronInfoLite,
    get_neuron,
    get_neuron_lite,
    get_neurons,
    get_neurons_lite,
)
from runtime.pallets.subtensor.stake_info import (
    StakeInfo,
    get_stake_info_for_coldkey,
    get_stake_info_for_coldkeys,
)
from runtime.pallets.subtensor.subnet_info import (
    SubnetHyperparams,
    SubnetInfo,
    get_subnet_hyperparams,
    get_subnet_info,
    get_subnets_info,
)
from tests.support.subtensor_world import COLD, HOT, NET, OTHER_COLD, OTHER_HOT, OWNER, World

TAO = 10**9


@pytest.fixture
def pallet():
    """A subnet with two neurons, one of them a delegate with two nominators."""
    world = World()
    world.found(hotkeys=(HOT, OTHER_HOT))
    world.own(HOT, COLD)
    world.own(OTHER_HOT, OTHER_COLD)
    pallet = world.subtensor
    pallet.is_network_member.insert(HOT, NET, True)
    pallet.delegates.insert(HOT, U16(6553))
    pallet.stake.insert(HOT, COLD, Balance(300 * TAO))
    pallet.stake.insert(HOT, OTHER_COLD, Balance(700 * TAO))
    pallet.stake.insert(HOT, OWNER, Balance(0))
    pallet.total_hotkey_stake.insert(HOT, Balance(1000 * TAO))
    pallet.tempo.insert(NET, U16(360))
    pallet.emission.insert(NET, [Balance(TAO), Balance(0)])
    pallet.rank.insert(NET, [U16(7)])
    pallet.weights.insert(NET, Uid(0), [(U16(0), U16(0)), (U16(1), U16(9))])
    pallet.bonds.insert(NET, Uid(0), [(U16(0), U16(0)), (U16(1), U16(65535))])
    return pallet


def test_neurons_end_at_bytes_that_are_no_hotkey(pallet):
    pallet.keys.put_raw(NET, Uid(1), bytes(31))
    assert [neuron.uid for neuron in get_neurons(pallet, NET)] == [0]
    assert [neuron.uid for neuron in get_neurons_lite(pallet, NET)] == [0]
    assert get_neuron(pallet, NET, Uid(1)) is None


def test_neuron_shows_scores_and_its_entries_above_zero(pallet):
    neuron = get_neuron(pallet, NET, Uid(0))
    assert neuron is not None
    assert (neuron.hotkey, neuron.coldkey, neuron.rank, neuron.emission) == (HOT, COLD, 7, TAO)
    assert (neuron.axon_info, neuron.prometheus_info) == (NO_AXON, NO_PROMETHEUS)
    assert (neuron.weights, neuron.bonds) == ([(1, 9)], [(1, 65535)])
    assert [coldkey for coldkey, _ in neuron.stake] == [COLD, OTHER_COLD, OWNER]


def test_neuron_beyond_the_score_lists_has_no_merits_and_the_highest_pruning_score(pallet):
    neuron = get_neuron_lite(pallet, NET, Uid(1))
    assert neuron is not None
    assert (neuron.rank, neuron.active, neuron.pruning_score) == (0, False, 65535)


def test_lists_of_neurons_hold_each_of_them(pallet):
    assert get_neurons(pallet, NET) == [get_neuron(pallet, NET, Uid(n)) for n in (0, 1)]
    assert get_neurons_lite(pallet, NET) == [get_neuron_lite(pallet, NET, Uid(n)) for n in (0, 1)]


def test_lists_of_neurons_end_at_a_uid_without_hotkey(pallet):
    pallet.keys.remove(NET, Uid(0))
    assert get_neurons(pallet, NET) == []
    assert get_neuron(pallet, NET, Uid(0)) is None


def test_unknown_subnet_has_no_neurons_nor_info(pallet):
    nowhere = NetUid(9)
    assert get_neurons(pallet, nowhere) == get_neurons_lite(pallet, nowhere) == []
    assert get_neuron(pallet, nowhere, Uid(0)) is get_neuron_lite(pallet, nowhere, Uid(0)) is None
    assert get_subnet_info(pallet, nowhere) is get_subnet_hyperparams(pallet, nowhere) is None


def test_subnets_come_by_netuid_even_where_storage_orders_otherwise(pallet):
    for netuid in (256, 2):
        pallet.networks_added.insert(NetUid(netuid), True)
    pallet.networks_added.insert(NetUid(3), False)
    netuids = [subnet.netuid for subnet in get_subnets_info(pallet)]
    assert netuids == [1, 2, 256]


def test_records_encode_in_the_order_of_the_wire(pallet):
    subnet = encode(SubnetInfo, get_subnet_info(pallet, NET))
    assert (subnet[:2], subnet[-32:]) == (b"\x04\x28", OWNER)
    assert encode(SubnetHyperparams, get_subnet_hyperparams(pallet, NET))[-1:] == b"\0"
    lite = encode(NeuronInfoLite, get_neuron_lite(pallet, NET, Uid(1)))
    full = encode(NeuronInfo, get_neuron(pallet, NET, Uid(1)))
    assert lite[:64] == full[:64] == OTHER_HOT + OTHER_COLD
    assert len(full) == len(lite) + 2


def test_delegate_tells_what_staking_on_it_returns(pallet):
    delegate = get_delegate(pallet, HOT)
    assert delegate is not None
    assert delegate.nominators == [(COLD, 300 * TAO), (OTHER_COLD, 700 * TAO)]
    assert (delegate.owner_ss58, delegate.take) == (COLD, 6553)
    assert (delegate.registrations, delegate.validator_permits) == ([NET], [NET])
    # 20 epochs a day of one tao on a stake of 1,000 tao; 82 percent of it for the nominators.
    assert delegate.total_daily_return == 20 * TAO
    assert delegate.return_per_1000 in (16, 17)
    assert get_delegates(pallet) == [delegate]


def test_delegate_without_stake_returns_nothing(pallet):
    pallet.total_hotkey_stake.remove(HOT)
    assert get_delegates(pallet)[0].return_per_1000 == 0


def test_delegate_on_a_subnet_of_tempo_zero_panics(pallet):
    pallet.tempo.insert(NET, U16(0))
    with pytest.raises(Panic, match="tempo 0"):
        get_delegates(pallet)


def test_bytes_that_are_no_delegate_have_no_info(pallet):
    assert get_delegate(pallet, OTHER_HOT) is None
    assert get_delegate(pallet, HOT + b"\0") is None
    assert get_delegated(pallet, OTHER_COLD[:31]) == []


def test_delegated_lists_delegates_with_stake_of_the_coldkey(pallet):
    expected = [(get_delegate(pallet, HOT), 700 * TAO)]
    assert get_delegated(pallet, OTHER_COLD) == expected
    assert get_delegated(pallet, OTHER_COLD + b"surplus") == expected
    assert get_delegated(pallet, OWNER) == []


def test_stake_of_coldkeys_leaves_out_what_is_no_account(pallet):
    of_cold = [StakeInfo(HOT, COLD, Balance(300 * TAO))]
    assert get_stake_info_for_coldkey(pallet, COLD) == of_cold
    assert get_stake_info_for_coldkey(pallet, b"short") == []
    stranger = AccountId(bytes(32))
    assert get_stake_info_for_coldkeys(pallet, [COLD, b"short", stranger, COLD]) == [
        (COLD, of_cold),
        (stranger, []),
        (COLD, of_cold),
    ]
    assert get_stake_info_for_coldkeys(pallet, []) == []
