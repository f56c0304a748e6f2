"""`taonode try-runtime`: what would an upgrade do to this chain?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genesis.spec import CODE_KEY
from node.commands.bad_input import BadInput
from primitives.errors import ChainError

if TYPE_CHECKING:
    from node.replay.record import ChainBlock
    from node.snapshot.file import About
    from node.whole_state import WholeState

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("try-runtime", short_help="Dry-run an upgrade on a copy of a state.")
@click.option("--runtime", type=_file, required=True, metavar="FILE", help="The new runtime.")
@click.option("--state", type=_file, metavar="SNAPSHOT", help="Made by `taonode snapshot create`.")
@click.option("--url", help="RPC address of a node that runs, as ws://127.0.0.1:9944.")
@click.option(
    "--base-path",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Base path of a node that does not run.",
)
@click.option(
    "--at", help="A block's number with --base-path, its hash with --url. [default: best]"
)
@click.option(
    "--blocks",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Go on for N blocks: those that the chain has after --at, else empty ones.",
)
@click.option("--empty", is_flag=True, help="With --blocks: empty ones, whatever the chain has.")
@click.option(
    "--scale",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    help="What would it cost if the state were N times as large?",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def try_runtime(
    context: click.Context,
    runtime: Path,
    state: Path | None,
    url: str | None,
    base_path: Path | None,
    at: str | None,
    blocks: int,
    scale: int,
    *,
    empty: bool,
    as_json: bool,
) -> None:
    """Run the first block under a new runtime on a copy of a chain's state, and check the result.

    The runtime in FILE is a Python archive or a WebAssembly blob. The status is 1 if anything is
    wrong with the upgrade.
    """
    from node.try_runtime.dry_run import Task, dry_run

    if empty and not blocks:
        raise click.UsageError("--empty is about the blocks of --blocks N: give both, or neither")
    try:
        about, whole, following = _load(state, url, base_path, at, 0 if empty else blocks)
        if CODE_KEY not in whole.top:
            place = state or url or base_path
            raise BadInput(f"{place}: the state has no :code, so it is not that of a whole chain")
        code = runtime.read_bytes()
        report = dry_run(Task(str(runtime), code, about, whole, blocks, following, scale))
    except (ChainError, OSError) as error:
        raise BadInput.of(error) from error
    if as_json:
        click.echo(json.dumps(report.document()))
    else:
        for line in report.lines():
            click.echo(line)
    context.exit(0 if report.passed else 1)


def _load(
    snapshot: Path | None, url: str | None, base_path: Path | None, at: str | None, blocks: int
) -> tuple["About", "WholeState", list["ChainBlock"]]:
    """A state, and up to so many blocks that the chain has after it."""
    from node.snapshot.command import open_source
    from node.snapshot.file import ensure_root, read_snapshot
    from node.whole_state import WholeState

    if sum(place is not None for place in (snapshot, url, base_path)) != 1:
        raise click.UsageError("one of --state, --url and --base-path says where the state is")
    if snapshot is not None:
        if at is not None:
            raise click.UsageError("a snapshot has one block: there is nothing to choose with --at")
        about, whole, _ = read_snapshot(snapshot)
        return about, whole, []
    with open_source(base_path, url, at) as source:
        state = WholeState.of(source.entries)
        ensure_root(source.about, state)
        # Without --at the state is that of the best block. What comes after it while the state
        # is read would make of the same command now one thing, now another.
        return source.about, state, [] if at is None else source.following(blocks)
