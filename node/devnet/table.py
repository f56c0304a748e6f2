"""What people see: the nodes in a live table, where to connect, who has funds, what to try."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from genesis.dev_keys import DEV_NAMES, dev_key
from node.devnet.plan import NodePlan
from node.devnet.report import Report
from node.devnet.status import NodeStatus, Tally
from primitives import ss58
from primitives.scheme import Scheme

_SHORT: Final = 2
"""Bytes of a hash that are shown at either end: with them the table fits 80 columns."""
_SUDO: Final = (DEV_NAMES[0], Scheme.SR25519)


def nodes_table(
    plans: Sequence[NodePlan], statuses: Sequence[NodeStatus | None], tally: Tally
) -> Table:
    """A line per node."""
    table = Table(
        title="taonode devnet",
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=0,
    )
    for name in ("node", "rpc"):
        table.add_column(name, no_wrap=True)
    table.add_column("height", justify="right", no_wrap=True)
    for name in ("best block", "state root"):
        table.add_column(name, no_wrap=True)
    for name in ("peers", "pool", "authored"):
        table.add_column(name, justify="right", no_wrap=True)
    for plan, status in zip(plans, statuses, strict=True):
        authored = str(tally.blocks.get(plan.name, 0))
        table.add_row(plan.name, plan.rpc_url, *_cells(status), authored)
    return table


def _cells(status: NodeStatus | None) -> tuple[RenderableType, ...]:
    if status is None:
        return (Text("down", style="red"), "", "", "", "")
    return (
        str(status.best.number),
        short(status.hash),
        short(status.best.state_root),
        str(status.peers),
        str(status.pool),
    )


def short(digest: bytes) -> str:
    """Both ends of a hash."""
    return f"0x{digest[:_SHORT].hex()}…{digest[-_SHORT:].hex()}"


def accounts_table() -> Table:
    """Who has funds from the start."""
    table = Table(
        title="funded accounts",
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for name in ("key", "scheme", "address", ""):
        table.add_column(name, no_wrap=True)
    for scheme in (Scheme.SR25519, Scheme.ED25519):
        for name in DEV_NAMES:
            address = ss58.encode(dev_key(name, scheme).account)
            note = "sudo" if (name, scheme) == _SUDO else ""
            table.add_row(f"//{name}", scheme.name.lower(), address, note)
    return table


def hints(plans: Sequence[NodePlan], directory: Path) -> Text:
    """What to try next, as it works in any directory and without an activated environment."""
    rpc, python = plans[0].rpc_port, Path(sys.executable)
    return Text(
        no_wrap=True,
        overflow="ignore",
        text="\n".join(
            (
                "try next",
                f"  {python.with_name('taonode')} devnet --scenario staking",
                f"  https://polkadot.js.org/apps/?rpc=ws://127.0.0.1:{rpc}",
                f'  {python} -c "from substrateinterface import SubstrateInterface as S; '
                f"print(S('ws://127.0.0.1:{rpc}').get_block_number(None))\"",
                f"  logs: {directory}/*/node.log",
                "  Ctrl-C stops all nodes",
            )
        ),
    )


def welcome(plans: Sequence[NodePlan], directory: Path) -> Group:
    """What is said once, when all nodes are up."""
    return Group(accounts_table(), hints(plans, directory))


def verdict(report: Report) -> Group:
    """What a scenario came to."""
    lines = list(report.lines())
    lines += [Text(failure, style="bold red") for failure in report.failures]
    if report.ok:
        lines.append(Text(f"all of it holds, after {report.seconds} seconds", style="bold green"))
    return Group(*lines)
