"""Neuron info: what the runtime API tells about the neurons of a subnet."""

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from primitives.arith import U16_MAX
from primitives.scale.records import scale_struct
from primitives.scale.types import Compact
from primitives.types import U8, U16, U32, U64, U128, AccountId, Balance, NetUid, Uid
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.types import AxonInfo, PrometheusInfo

T = TypeVar("T")

NO_AXON: Final = AxonInfo(
    block=U64(0),
    version=U32(0),
    port=U16(0),
    ip=U128(0),
    ip_type=U8(0),
    protocol=U8(0),
    placeholder1=U8(0),
    placeholder2=U8(0),
)
"""Shown for a neuron that announced none."""

NO_PROMETHEUS: Final = PrometheusInfo(
    block=U64(0), version=U32(0), ip=U128(0), port=U16(0), ip_type=U8(0)
)
"""Shown for a neuron that announced none."""


@scale_struct("pallet_subtensor::neuron_info::NeuronInfo")
class NeuronInfo:
    """All there is to know about a neuron."""

    hotkey: AccountId
    coldkey: AccountId
    uid: Compact[Uid]
    netuid: Compact[NetUid]
    active: bool
    axon_info: AxonInfo
    prometheus_info: PrometheusInfo
    stake: list[tuple[AccountId, Compact[Balance]]]
    """By coldkey; nominations included."""
    rank: Compact[U16]
    emission: Compact[Balance]
    incentive: Compact[U16]
    consensus: Compact[U16]
    trust: Compact[U16]
    validator_trust: Compact[U16]
    dividends: Compact[U16]
    last_update: Compact[U64]
    validator_permit: bool
    weights: list[tuple[Compact[U16], Compact[U16]]]
    """By uid, none of them zero."""
    bonds: list[tuple[Compact[U16], Compact[U16]]]
    """By uid, none of them zero."""
    pruning_score: Compact[U16]


@scale_struct("pallet_subtensor::neuron_info::NeuronInfoLite")
class NeuronInfoLite:
    """A neuron without its weights and bonds."""

    hotkey: AccountId
    coldkey: AccountId
    uid: Compact[Uid]
    netuid: Compact[NetUid]
    active: bool
    axon_info: AxonInfo
    prometheus_info: PrometheusInfo
    stake: list[tuple[AccountId, Compact[Balance]]]
    """By coldkey; nominations included."""
    rank: Compact[U16]
    emission: Compact[Balance]
    incentive: Compact[U16]
    consensus: Compact[U16]
    trust: Compact[U16]
    validator_trust: Compact[U16]
    dividends: Compact[U16]
    last_update: Compact[U64]
    validator_permit: bool
    pruning_score: Compact[U16]


def get_neurons(pallet: SubtensorState, netuid: NetUid) -> list[NeuronInfo]:
    """All neurons of a subnet up to the first uid without a hotkey; none if there is no subnet."""
    return [_with_rows(pallet, common) for common in _neurons(pallet, netuid)]


def get_neurons_lite(pallet: SubtensorState, netuid: NetUid) -> list[NeuronInfoLite]:
    """All neurons of a subnet as `get_neurons`, without weights and bonds."""
    return [NeuronInfoLite(**common) for common in _neurons(pallet, netuid)]


def get_neuron(pallet: SubtensorState, netuid: NetUid, uid: Uid) -> NeuronInfo | None:
    """One neuron."""
    common = _neuron(pallet, netuid, uid)
    return None if common is None else _with_rows(pallet, common)


def get_neuron_lite(pallet: SubtensorState, netuid: NetUid, uid: Uid) -> NeuronInfoLite | None:
    """One neuron, without weights and bonds."""
    common = _neuron(pallet, netuid, uid)
    return None if common is None else NeuronInfoLite(**common)


@dataclass(frozen=True, slots=True)
class _Scores:
    """The lists of a subnet with an entry per uid, read once for all its neurons."""

    active: list[bool]
    rank: list[U16]
    emission: list[Balance]
    incentive: list[U16]
    consensus: list[U16]
    trust: list[U16]
    validator_trust: list[U16]
    dividends: list[U16]
    last_update: list[U64]
    validator_permit: list[bool]
    pruning_score: list[U16]

    @staticmethod
    def read(pallet: SubtensorState, netuid: NetUid) -> "_Scores":
        return _Scores(
            active=pallet.active.get(netuid),
            rank=pallet.rank.get(netuid),
            emission=pallet.emission.get(netuid),
            incentive=pallet.incentive.get(netuid),
            consensus=pallet.consensus.get(netuid),
            trust=pallet.trust.get(netuid),
            validator_trust=pallet.validator_trust.get(netuid),
            dividends=pallet.dividends.get(netuid),
            last_update=pallet.last_update.get(netuid),
            validator_permit=pallet.validator_permit.get(netuid),
            pruning_score=pallet.pruning_scores.get(netuid),
        )

    def of(self, uid: Uid) -> dict[str, Any]:
        """The fields of one neuron; lists that are too short count as zero."""
        return {
            "active": entry(self.active, uid, absent=False),
            "rank": entry(self.rank, uid, U16(0)),
            "emission": entry(self.emission, uid, Balance(0)),
            "incentive": entry(self.incentive, uid, U16(0)),
            "consensus": entry(self.consensus, uid, U16(0)),
            "trust": entry(self.trust, uid, U16(0)),
            "validator_trust": entry(self.validator_trust, uid, U16(0)),
            "dividends": entry(self.dividends, uid, U16(0)),
            "last_update": entry(self.last_update, uid, U64(0)),
            "validator_permit": entry(self.validator_permit, uid, absent=False),
            "pruning_score": entry(self.pruning_score, uid, U16(U16_MAX)),
        }


def entry(values: list[T], uid: Uid, absent: T) -> T:
    """The uid's entry of a list, or what stands for none."""
    return values[uid] if uid < len(values) else absent


def _neurons(pallet: SubtensorState, netuid: NetUid) -> list[dict[str, Any]]:
    """The fields that both records share, for all neurons."""
    neurons: list[dict[str, Any]] = []
    if not pallet.networks_added.get(netuid):
        return neurons
    scores = _Scores.read(pallet, netuid)
    for uid in map(Uid, range(pallet.subnetwork_n.get(netuid))):
        hotkey = pallet.keys.try_get(netuid, uid)
        if hotkey is None:
            break
        neurons.append(_common(pallet, netuid, uid, hotkey, scores))
    return neurons


def _neuron(pallet: SubtensorState, netuid: NetUid, uid: Uid) -> dict[str, Any] | None:
    hotkey = pallet.keys.try_get(netuid, uid) if pallet.networks_added.get(netuid) else None
    if hotkey is None:
        return None
    return _common(pallet, netuid, uid, hotkey, _Scores.read(pallet, netuid))


def _common(
    pallet: SubtensorState, netuid: NetUid, uid: Uid, hotkey: AccountId, scores: _Scores
) -> dict[str, Any]:
    return {
        "hotkey": hotkey,
        "coldkey": pallet.owner.get(hotkey),
        "uid": uid,
        "netuid": netuid,
        "axon_info": pallet.axons.get(netuid, hotkey) or NO_AXON,
        "prometheus_info": pallet.prometheus.get(netuid, hotkey) or NO_PROMETHEUS,
        "stake": list(pallet.stake.items_under(hotkey)),
        **scores.of(uid),
    }


def _with_rows(pallet: SubtensorState, common: dict[str, Any]) -> NeuronInfo:
    netuid, uid = common["netuid"], common["uid"]
    return NeuronInfo(
        **common,
        weights=[(j, weight) for j, weight in pallet.weights.get(netuid, uid) if weight > 0],
        bonds=[(j, bond) for j, bond in pallet.bonds.get(netuid, uid) if bond > 0],
    )
