"""`taonode devnet`: several nodes, a live table, one Ctrl-C; scenarios with a verdict."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from genesis.dev_keys import DEV_NAMES

SCENARIO_NAMES: Final = ("staking",)


@click.command("devnet")
@click.option(
    "--nodes",
    type=click.IntRange(1, len(DEV_NAMES)),
    default=4,
    show_default=True,
    help="How many nodes; all of them are authorities.",
)
@click.option(
    "--speed",
    type=click.IntRange(1, 1000),
    default=48,
    show_default=True,
    help="How much faster than the wall's the chain's time runs: 48 makes slots of 250 ms.",
)
@click.option(
    "--base-path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to keep chain and logs, and to go on from. Without it, nothing stays behind.",
)
@click.option(
    "--base-port",
    type=click.IntRange(1, 65_000),
    help="RPC port of the first node; the others follow. Without it, any free ports.",
)
@click.option("--scenario", type=click.Choice(SCENARIO_NAMES), help="What to put it through.")
@click.option("--exit", "leave", is_flag=True, help="Stop when that is done; 0 if all holds.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, as last line.")
def devnet(
    base_path: Path | None,
    *,
    nodes: int,
    speed: int,
    base_port: int | None,
    scenario: str | None,
    leave: bool,
    as_json: bool,
) -> None:
    """Run a network of nodes on this machine."""
    if scenario is not None and nodes < 2:
        raise click.UsageError("a scenario crashes one node, so it takes at least two")
    # Nodes share this command line, and need not wait for what only a devnet loads.
    from node.devnet.run import Options, run_devnet

    options = Options(nodes, speed, base_port, scenario, leave, as_json)
    with _directory(base_path) as directory:
        sys.exit(run_devnet(options, directory))


@contextmanager
def _directory(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with TemporaryDirectory(prefix="taonode-devnet-") as temporary:
        yield Path(temporary)
