"""What the staking scenario found out: the metagraph, the money, and what was refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from node.devnet.report import Report
from primitives import ss58
from primitives.arith import U16_MAX
from primitives.types import RAO_PER_TAO, Balance
from runtime.pallets.subtensor.neuron_info import NeuronInfoLite


@dataclass(frozen=True, slots=True)
class Neuron:
    """A line of the metagraph: scores from 0 to 1, amounts in TAO."""

    uid: int
    name: str
    """Of the hotkey, for people."""
    key: str
    """Address of the hotkey."""
    coldkey: str
    stake: float
    rank: float
    trust: float
    consensus: float
    incentive: float
    dividends: float
    emission: float
    """Of the last epoch."""
    validator_permit: bool
    axon: str

    @classmethod
    def of(cls, info: NeuronInfoLite, name: str) -> "Neuron":
        """What the chain tells of a neuron, in units for people."""
        return cls(
            uid=info.uid,
            name=name,
            key=ss58.encode(info.hotkey),
            coldkey=ss58.encode(info.coldkey),
            stake=tao(sum(stake for _, stake in info.stake)),
            rank=_share(info.rank),
            trust=_share(info.trust),
            consensus=_share(info.consensus),
            incentive=_share(info.incentive),
            dividends=_share(info.dividends),
            emission=tao(info.emission),
            validator_permit=info.validator_permit,
            axon=_axon(info),
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that the chain must not accept, and the error with which it did not."""

    name: str
    error: str


@dataclass(slots=True)
class StakingReport(Report):
    """The figures of a run. Amounts of the issuance are in rao, to the last one."""

    epochs: int = 0
    issuance_before: int = 0
    issuance_after: int = 0
    emission_expected: int = 0
    metagraph: list[Neuron] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    restarted_node_caught_up: bool = False

    def lines(self) -> Iterator[RenderableType]:
        """What people are shown."""
        if self.metagraph:
            yield metagraph_table(self.metagraph)
        yield from (f"refused {refusal.name}: {refusal.error}" for refusal in self.refused)
        yield (
            f"block {self.best_height}, state root {self.state_root}, "
            f"{self.extrinsics_included} extrinsics, {self.epochs} epochs,\n"
            f"issuance +{self.issuance_after - self.issuance_before} rao "
            f"of {self.emission_expected} expected"
        )


_SCORES: Final = ("rank", "trust", "consensus", "incentive", "dividends")


def metagraph_table(neurons: list[Neuron]) -> Table:
    """The metagraph, a line per neuron."""
    table = Table(
        title="metagraph", title_justify="left", box=SIMPLE_HEAD, show_edge=False, pad_edge=False
    )
    table.add_column("uid", justify="right")
    table.add_column("key", no_wrap=True)
    table.add_column("stake τ", justify="right")
    for score in _SCORES:
        table.add_column(score, justify="right")
    table.add_column("emission τ", justify="right")
    for neuron in neurons:
        table.add_row(
            str(neuron.uid),
            neuron.name,
            f"{neuron.stake:.4f}",
            *(f"{getattr(neuron, score):.4f}" for score in _SCORES),
            f"{neuron.emission:.4f}",
        )
    return table


def tao(rao: int | Balance) -> float:
    """An amount in TAO, for reading."""
    return rao / RAO_PER_TAO


def _share(score: int) -> float:
    return round(score / U16_MAX, 6)


def _axon(info: NeuronInfoLite) -> str:
    axon = info.axon_info
    if axon.port == 0:
        return ""
    host = ".".join(str(part) for part in axon.ip.to_bytes(4, "big"))
    return f"{host}:{axon.port}"
