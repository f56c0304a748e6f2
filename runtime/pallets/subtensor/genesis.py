"""Genesis of the pallet: the root network, and subnet 3 with a neuron for every stake given."""

from dataclasses import dataclass
from typing import Any, Final

from primitives import ss58
from primitives.arith import U16_MAX, saturating_add_u64
from primitives.types import U16, U64, AccountId, Balance, NetUid, Uid
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.issuance import count_minted
from runtime.pallets.subtensor.networks import MODALITY_TEXT, count_network, write_defaults
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.uids import append_scores

FIRST_NETUID: Final = NetUid(3)
"""The one subnet that exists from the start, numbered as on the chain before this one."""
ROOT_SEATS: Final = U16(64)
"""Validators of the root network, all with a permit."""


@dataclass(frozen=True, slots=True)
class Neuron:
    """A neuron of the first subnet."""

    coldkey: AccountId
    hotkey: AccountId
    stake: Balance
    uid: Uid


@dataclass(frozen=True, slots=True)
class Genesis:
    """The pallet's part of a genesis document."""

    neurons: list[Neuron]
    balances_issuance: Balance


def read(config: dict[str, Any]) -> Genesis:
    """Read `stakes` as `[[coldkey, [[hotkey, [stake, uid]], ...]], ...]`, and the issuance."""
    neurons = [
        Neuron(_account(coldkey), _account(hotkey), Balance(stake), Uid(uid))
        for coldkey, hotkeys in config["stakes"]
        for hotkey, (stake, uid) in hotkeys
    ]
    return Genesis(neurons, Balance(config["balancesIssuance"]))


def _account(address: str) -> AccountId:
    return AccountId(ss58.decode(address)[0])


def build(pallet: SubtensorState, genesis: Genesis) -> None:
    """Write the pallet's state of block 0."""
    pallet.total_issuance.put(genesis.balances_issuance)
    _add_first_network(pallet)
    for neuron in genesis.neurons:
        _add_neuron(pallet, neuron)
    pallet.subnetwork_n.insert(FIRST_NETUID, U16(len(genesis.neurons)))
    pallet.subnetwork_n.insert(ROOT_NETUID, U16(0))
    add_root_network(pallet)


def _add_first_network(pallet: SubtensorState) -> None:
    pallet.networks_added.insert(FIRST_NETUID, True)
    count_network(pallet, 1)
    pallet.tempo.insert(FIRST_NETUID, U16(99))
    pallet.network_modality.insert(FIRST_NETUID, MODALITY_TEXT)
    write_defaults(pallet, FIRST_NETUID)
    pallet.max_allowed_uids.insert(FIRST_NETUID, U16(4096))


def _add_neuron(pallet: SubtensorState, neuron: Neuron) -> None:
    append_scores(pallet, FIRST_NETUID, U64(0))
    pallet.keys.insert(FIRST_NETUID, neuron.uid, neuron.hotkey)
    pallet.uids.insert(FIRST_NETUID, neuron.hotkey, neuron.uid)
    pallet.block_at_registration.insert(FIRST_NETUID, neuron.uid, U64(0))
    pallet.is_network_member.insert(neuron.hotkey, FIRST_NETUID, True)

    pallet.owner.insert(neuron.hotkey, neuron.coldkey)
    pallet.total_hotkey_stake.insert(neuron.hotkey, neuron.stake)
    of_coldkey = saturating_add_u64(pallet.total_coldkey_stake.get(neuron.coldkey), neuron.stake)
    pallet.total_coldkey_stake.insert(neuron.coldkey, Balance(of_coldkey))
    pallet.stake.insert(neuron.hotkey, neuron.coldkey, neuron.stake)
    count_minted(pallet, neuron.stake)


def add_root_network(pallet: SubtensorState) -> None:
    """Write the parameters of the root network: no limits on weights, one registration a time."""
    pallet.networks_added.insert(ROOT_NETUID, True)
    count_network(pallet, 1)
    pallet.max_allowed_uids.insert(ROOT_NETUID, ROOT_SEATS)
    pallet.max_allowed_validators.insert(ROOT_NETUID, ROOT_SEATS)
    pallet.min_allowed_weights.insert(ROOT_NETUID, U16(0))
    pallet.max_weights_limit.insert(ROOT_NETUID, U16(U16_MAX))
    pallet.tempo.insert(ROOT_NETUID, U16(100))
    pallet.network_registration_allowed.insert(ROOT_NETUID, True)
    pallet.target_registrations_per_interval.insert(ROOT_NETUID, U16(1))
