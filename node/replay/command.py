"""`taonode replay` and `taonode record`."""

import json
import time
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from node.commands.bad_input import BadInput
from node.executor.loaded import LoadedRuntime
from node.executor.runtimes import Runtimes
from node.replay.difference import Difference
from node.replay.errors import TraceError
from node.replay.files import read_trace, write_trace
from node.replay.machine import Progress, Replay, Totals
from node.replay.record import Chain, stored_chain
from node.replay.record import record as record_chain
from node.replay.remote import remote_chain
from node.replay.stage import BindRuntime, MemoryState, release
from node.state_watch import Judge
from primitives.errors import ChainError
from primitives.types import BlockNumber

COLUMNS = ("trace", "blocks", "extrinsics", "refused", "answers", "panics", "seconds")
ROW = "{:<28} {:>7} {:>10} {:>8} {:>8} {:>7} {:>8}"


@click.command("replay", short_help="Replay recorded chains on the runtime.")
@click.argument("traces", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--runtime",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Python archive or a Wasm blob to replay on, instead of the release of the trace.",
)
@click.option("--try-state", is_flag=True, help="Judge the invariants of the state, every block.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.pass_context
def replay(
    context: click.Context,
    traces: tuple[Path, ...],
    runtime: Path | None,
    *,
    try_state: bool,
    as_json: bool,
) -> None:
    """Execute every block of each TRACE again, and compare all that was recorded.

    Results, storage, state roots, refused extrinsics, answers of runtime APIs, and blocks that
    must not be executed. Ends at the first difference, with status 1, and says where it is.

    What --try-state finds is told and does not end the replay: root can break every invariant, and
    some calls do so by design.
    """
    bind = None if runtime is None else _load(runtime)
    if not as_json:
        click.echo(ROW.format(*COLUMNS))
    reports: list[dict[str, Any]] = []
    for path in traces:
        report, difference = _replay_one(path, bind, judge=try_state, live=not as_json)
        reports.append(report)
        if difference is not None:
            if not as_json:
                click.echo(f"\n{path.name}: {difference.text()}")
            break
    equal = all(report["equal"] for report in reports)
    if as_json:
        click.echo(json.dumps({"equal": equal, "traces": reports}))
    context.exit(0 if equal else 1)


def _load(path: Path) -> BindRuntime:
    try:
        return Runtimes().of(path.read_bytes()).over
    except (ChainError, OSError) as error:
        raise BadInput(f"{path}: {error}") from error


def _replay_one(
    path: Path, bind: BindRuntime | None, *, judge: bool, live: bool
) -> tuple[dict[str, Any], Difference | None]:
    started = time.perf_counter()
    difference: Difference | None = None
    broken: list[str] = []
    try:
        trace = read_trace(path)
        run = Replay(trace, bind)
        progress = _judging(run.state, release(trace), broken) if judge else lambda _: None
    except TraceError as error:
        raise BadInput(error.reason) from error
    try:
        run.run(progress)
    except Difference as first:
        difference = first
    seconds = round(time.perf_counter() - started, 1)
    if live:
        click.echo(
            _row(path.name, run.totals, seconds) + ("" if difference is None else "  differs")
        )
        for problem in broken:
            click.echo(f"    {problem}")
    report = {
        "trace": str(path),
        "equal": difference is None,
        **asdict(run.totals),
        "seconds": seconds,
        "difference": None if difference is None else difference.to_json(),
    }
    if judge:
        report["broken"] = broken
    return report, difference


def _judging(state: MemoryState, loaded: LoadedRuntime, broken: list[str]) -> Progress:
    """Collects what each block breaks that was sound before."""
    judge = Judge(state, loaded)

    def after_block(totals: Totals) -> None:
        broken.extend(
            f"after {totals.blocks} blocks: {problem} (by design after {by_design_after})"
            for problem, by_design_after in judge.new_problems().items()
        )

    return after_block


def _row(name: str, totals: Totals, seconds: float) -> str:
    return ROW.format(
        name.removesuffix(".gz").removesuffix(".json"),
        totals.blocks,
        totals.extrinsics,
        totals.refused,
        totals.answers,
        totals.dead_ends + totals.bad_blocks,
        seconds,
    )


@click.command("record", short_help="Write a trace of blocks of a chain.")
@click.option(
    "--base-path",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Base path of a node that does not run.",
)
@click.option("--url", help="RPC address of a node that runs, as ws://127.0.0.1:9944.")
@click.option(
    "--from", "first", type=click.IntRange(1), default=1, show_default=True, help="First block."
)
@click.option("--to", "last", type=click.IntRange(1), help="Last block; the best one if not given.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; gzipped if its name ends with .gz.",
)
@click.option("--name", help="Name of the trace; that of the file if not given.")
def record(
    base_path: Path | None,
    url: str | None,
    first: int,
    last: int | None,
    output: Path,
    name: str | None,
) -> None:
    """Freeze blocks of a node's chain into a trace, with everything they did.

    Each block is executed once more, on the state of the block before the first one.
    """
    name = name or output.name.removesuffix(".gz").removesuffix(".json")
    try:
        with _chain(base_path, url) as chain:
            end = None if last is None else BlockNumber(last)
            trace = record_chain(chain, name, BlockNumber(first), end)
        write_trace(trace, output)
    except (ChainError, OSError) as error:
        raise BadInput.of(error) from error
    click.echo(f"{output}: {len(trace.blocks)} blocks from {trace.first}")


def _chain(base_path: Path | None, url: str | None) -> AbstractContextManager[Chain]:
    if (base_path is None) == (url is None):
        raise click.UsageError("one of --base-path and --url says where the chain is")
    return remote_chain(str(url)) if base_path is None else stored_chain(base_path)
