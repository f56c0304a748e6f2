"""`taonode export-blocks` and `taonode import-blocks`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
import trio

from node.block_file.export import ensure_exportable, export_blocks
from node.block_file.importing import Importing
from node.block_file.reader import BlockFile, read_blocks
from node.client import Client
from node.commands.options import (
    base_path_flag,
    chain_directory,
    chain_flag,
    choose_spec,
    clear_errors,
    code_flags,
    database_directory,
    dev_flag,
    onchain_code_flag,
    pruning_flag,
    read_pruning,
    read_speed,
    speed_flag,
)
from node.config import ClockConfig, StorageConfig
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from node.known_blocks import KnownBlocks
from node.open_chain import open_chain, open_existing
from node.whole_file import whole_file
from primitives.types import BlockNumber


def say(text: str) -> None:
    """Tell people, not the program that reads the blocks."""
    click.echo(text, err=True)


@click.command("export-blocks", short_help="Write blocks of a chain to a file.")
@click.argument("output", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--from", "first", type=click.IntRange(0), default=1, show_default=True, metavar="BLOCK"
)
@click.option("--to", "last", type=click.IntRange(0), metavar="BLOCK", help="[default: best]")
@click.option(
    "--binary/--json",
    "binary",
    default=True,
    help="SCALE, or one JSON object a line. [default: binary]",
)
@dev_flag
@chain_flag
@code_flags
@base_path_flag
@clear_errors()
def export(
    output: Path | None,
    first: int,
    last: int | None,
    chain: str,
    spec_version: str | None,
    runtime: Path | None,
    base_path: Path | None,
    *,
    dev: bool,
    binary: bool,
) -> None:
    """Write blocks of the best chain to OUTPUT, or to standard output.

    The node must not run. Substrate's nodes write and read the same two forms.
    """
    spec = choose_spec("dev" if dev else chain, spec_version, runtime)
    with open_existing(spec, database_directory(base_path, spec)) as database:
        blocks, begin = database.blocks, BlockNumber(first)
        end = blocks.best.number if last is None else BlockNumber(last)
        ensure_exportable(blocks, begin, end)
        say(f"Exporting blocks from #{begin} to #{end}")
        with _output(output) as file:
            export_blocks(blocks, begin, end, file, binary=binary, say=say)


@click.command("import-blocks", short_help="Bring blocks of a file into a chain.")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--binary",
    is_flag=True,
    expose_value=False,
    help="Taken because Substrate's nodes need it; here the form is recognized.",
)
@dev_flag
@chain_flag
@code_flags
@base_path_flag
@pruning_flag
@onchain_code_flag
@speed_flag
@clear_errors()
def import_(
    file: Path | None,
    chain: str,
    spec_version: str | None,
    runtime: Path | None,
    base_path: Path | None,
    pruning: str,
    onchain_code: str,
    speed: str | None,
    *,
    dev: bool,
) -> None:
    """Execute the blocks in FILE, or from standard input, and store them like those of peers.

    The node must not run. Blocks that are known already are skipped, so an import that was stopped
    goes on when it is begun again.
    """
    spec = choose_spec("dev" if dev else chain, spec_version, runtime)
    storage = StorageConfig(chain_directory(base_path, spec), read_pruning(pruning))
    storage.validate()
    time = ClockConfig.of(spec, read_speed(speed))
    time.validate()
    clock = time.start()
    runtimes = Runtimes(OnchainCode(onchain_code), storage.compiled_code)
    with _input(file) as blocks, open_chain(spec, storage, runtimes) as database:
        client = Client(database, runtimes, KnownBlocks.of(spec))
        client.ensure_can_go_on()
        importing = Importing(client, clock, say)
        try:
            trio.run(importing.run, blocks.blocks)
        finally:
            known = f", {importing.skipped} were known" if importing.skipped else ""
            say(f"Imported {importing.imported} blocks{known}. Best: #{client.best().number}")


@contextmanager
def _output(path: Path | None) -> Iterator[IO[bytes]]:
    """A file, which appears when it is whole; or standard output."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_file(path) as file:
        yield file


@contextmanager
def _input(path: Path | None) -> Iterator[BlockFile]:
    if path is None:
        yield read_blocks(sys.stdin.buffer)
        return
    with path.open("rb") as file:
        yield read_blocks(file)
