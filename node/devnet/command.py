"""`taonode devnet`: several nodes, a live table, one Ctrl-C; scenarios with a verdict."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from genesis.dev_keys import DEV_NAMES
from node.commands.options import clear_errors, code_flags, genesis_code
from node.devnet.catalogue import LEAST_NODES, SCENARIO_NAMES, STAKING, UPGRADE_SCENARIOS, UPGRADES

_EPILOG = "\b\nScenarios:\n" + "\n".join(
    f"  {name:<25} {what}"
    for name, what in {
        STAKING: "a subnet from its founding to its earnings, through the crash of a node",
        UPGRADES: "all of the following, each on a devnet of its own",
        **UPGRADE_SCENARIOS,
    }.items()
)


def _ensure_place(_: click.Context, __: click.Parameter, file: Path | None) -> Path | None:
    """Refuse a file in a directory that takes none, before minutes go into what is written to it.

    Click itself looks at files that are there already.
    """
    if file is None or file.exists():
        return file
    directory = file.parent
    if not directory.is_dir():
        raise click.BadParameter(f"{directory} is no directory; make it, or choose another.")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise click.BadParameter(f"{directory} cannot be written to; choose another directory.")
    return file


@click.command("devnet", epilog=_EPILOG)
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
@code_flags
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
@click.option(
    "--scenario",
    type=click.Choice(SCENARIO_NAMES),
    metavar="NAME",
    help="What to put it through; see below.",
)
@click.option("--exit", "leave", is_flag=True, help="Stop when that is done; 0 if all holds.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, readable=False, writable=True, path_type=Path),
    callback=_ensure_place,
    metavar="FILE",
    help="Write the report as JSON to FILE, too.",
)
@clear_errors()
def devnet(
    base_path: Path | None,
    *,
    nodes: int,
    speed: int,
    spec_version: str | None,
    runtime: Path | None,
    base_port: int | None,
    scenario: str | None,
    leave: bool,
    as_json: bool,
    report_file: Path | None,
) -> None:
    """Run a network of nodes on this machine."""
    least = LEAST_NODES.get(scenario or "", 1)
    if nodes < least:
        raise click.UsageError(f"the scenario {scenario} takes at least {least} nodes")
    is_upgrade = scenario is not None and scenario != STAKING
    if is_upgrade and (spec_version, runtime) != (None, None):
        raise click.UsageError(f"the scenario {scenario} begins with a runtime of its own choice")
    if (as_json or report_file) and scenario is None and not leave:
        raise click.UsageError("a report tells what was found out: add --scenario NAME or --exit")
    # Nodes share this command line, and need not wait for what only a devnet loads.
    from node.devnet.run import Options, run_devnet

    code = genesis_code(spec_version, runtime)
    options = Options(nodes, speed, base_port, scenario, leave, as_json, code, report_file)
    with _directory(base_path) as directory:
        sys.exit(run_devnet(options, directory))


@contextmanager
def _directory(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with TemporaryDirectory(prefix="taonode-devnet-") as temporary:
        yield Path(temporary)
