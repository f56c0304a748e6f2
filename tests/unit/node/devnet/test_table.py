"""Tables from fixed figures."""

from pathlib import Path

from rich.console import Console

from node.devnet.plan import NodePlan
from node.devnet.report import Report
from node.devnet.scenarios.staking_report import Neuron, Refusal, StakingReport
from node.devnet.status import NodeStatus, Tally
from node.devnet.table import nodes_table, verdict, welcome
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.try_runtime.report import ItemChanges
from primitives.block import Header
from primitives.types import BlockNumber, Hash

BEST = Header(Hash(b"\1" * 32), BlockNumber(42), Hash(b"\2" * 32), Hash(b"\3" * 32))
PLANS = [
    NodePlan(name, Path("/devnet") / name, Path("/devnet/spec.json"), port, port + 100, b"\7" * 32)
    for name, port in (("alice", 9944), ("bob", 9945))
]
NEURON = Neuron(
    uid=3,
    name="//Miner1//hotkey",
    key="5HdcoabunGP1ikjSaxC4ok31vMrf4dm47AqQLT9BCE1kzetT",
    coldkey="5DhnZG2Rzhmk2QNjSiB69HuHb7fS1mmaGJE8sanvEWkzvUcn",
    stake=1.5,
    rank=0.25,
    trust=1.0,
    consensus=0.2,
    incentive=0.3,
    dividends=0.0,
    emission=0.300668343,
    validator_permit=False,
    axon="203.0.113.4:8091",
)


def rendered(renderable, width=160):
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def test_living_node_shows_its_figures_and_dead_one_is_down():
    status = NodeStatus(BEST, Hash(b"\xab" * 32), peers=1, pool=5)
    text = rendered(nodes_table(PLANS, [status, None], Tally(["alice", "bob"], blocks={"bob": 9})))
    alice, bob = (line for line in text.splitlines() if "ws://" in line)
    cells = alice.split()
    assert cells == [
        "alice",
        "ws://127.0.0.1:9944",
        "42",
        "0xabab…abab",
        "0x0202…0202",
        "1",
        "5",
        "0",
    ]
    assert "down" in bob
    assert bob.rstrip().endswith("9")


def test_every_column_fits_a_terminal_of_80():
    """The longest node name, ports of five digits and a week of blocks leave nothing out."""
    best = Header(Hash(b"\1" * 32), BlockNumber(99_999), Hash(b"\2" * 32), Hash(b"\3" * 32))
    plan = NodePlan("charlie", Path("/d/c"), Path("/d/spec.json"), 39_944, 39_945, b"\7" * 32)
    status = NodeStatus(best, Hash(b"\xab" * 32), peers=3, pool=8192)
    table = nodes_table([plan], [status], Tally(["charlie"], blocks={"charlie": 99_999}))
    lines = rendered(table, width=80).splitlines()
    (row,) = (line for line in lines if "charlie" in line)
    assert row.split() == [
        "charlie",
        "ws://127.0.0.1:39944",
        "99999",
        "0xabab…abab",
        "0x0202…0202",
        "3",
        "8192",
        "99999",
    ]
    (head,) = (line for line in lines if "authored" in line)
    assert "height" in head
    assert "state root" in head


def test_welcome_names_funded_accounts_and_what_to_try():
    text = rendered(welcome(PLANS, Path("/devnet")))
    assert "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY" in text
    assert "--scenario staking" in text
    assert "/devnet/*/node.log" in text


def test_verdict_shows_the_metagraph_and_what_was_refused():
    refused = [Refusal("bad signature", "1010: …")]
    report = StakingReport("staking", 4, metagraph=[NEURON], refused=refused)
    text = rendered(verdict(report))
    line = next(line for line in text.splitlines() if "//Miner1//hotkey" in line)
    for figure in ("3", "1.5000", "0.2500", "1.0000", "0.3000", "0.3007"):
        assert figure in line
    assert "refused bad signature: 1010: …" in text
    assert "all of it holds" in text


def test_verdict_shows_failures_and_no_praise():
    report = Report("staking", 4)
    report.check(False, "better miners earned more")
    text = rendered(verdict(report))
    assert "not so: better miners earned more" in text
    assert "all of it holds" not in text


def test_verdict_of_an_upgrade_shows_claims_storage_and_figures():
    report = UpgradeReport("upgrade-plain", 4, figures={"blocks_late": 3})
    report.storage.append(ItemChanges("SubtensorModule.WeightCommits", changed=2))
    report.check(True, "finality goes on")
    report.check(False, "nobody forks")
    lines = rendered(verdict(report)).splitlines()
    assert [" ".join(line.split()) for line in lines[:4]] == [
        "holds finality goes on",
        "fails nobody forks",
        "SubtensorModule.WeightCommits: 0 added, 2 changed, 0 removed",
        "blocks late 3",
    ]
