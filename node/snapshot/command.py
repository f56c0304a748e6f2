"""`taonode snapshot`: the state of a chain as a file."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from genesis.errors import SpecError
from node.commands.bad_input import BadInput
from node.commands.options import (
    base_path_flag,
    chain_flag,
    choose_spec,
    code_flags,
    database_directory,
    pruning_flag,
    read_pruning,
)
from node.config import ConfigError
from primitives.errors import ChainError

if TYPE_CHECKING:
    from node.snapshot.source import Source

HASH_DIGITS: Final = 64
NUMBER_DIGITS: Final = 99
"""Far more than the highest block's number has."""


@click.group("snapshot")
def snapshot() -> None:
    """Keep the whole state of a chain in a file."""


@snapshot.command()
@click.option(
    "--base-path",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Base path of a node that does not run.",
)
@click.option("--url", help="RPC address of a node that runs, as ws://127.0.0.1:9944.")
@click.option(
    "--at", help="A block's number with --base-path, its hash with --url. [default: best]"
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
)
def create(base_path: Path | None, url: str | None, at: str | None, output: Path) -> None:
    """Write the state after a block, all of it, to FILE."""
    from node.snapshot.file import write_snapshot

    try:
        with open_source(base_path, url, at) as source:
            count = write_snapshot(output, source.about, source.entries)
            about = source.about
    except (ChainError, OSError) as error:
        raise BadInput.of(error) from error
    click.echo(
        f"{output}: {count} keys of {about.chain} after block {about.header.number}, "
        f"{about.spec_name} {about.spec_version}, {output.stat().st_size} bytes"
    )


@snapshot.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@chain_flag
@code_flags
@base_path_flag
@pruning_flag
@click.option("--expect", metavar="HASH", help="Refuse the snapshot of any block but this one.")
def restore(
    file: Path,
    chain: str,
    spec_version: str | None,
    runtime: Path | None,
    base_path: Path | None,
    pruning: str,
    expect: str | None,
) -> None:
    """Make the database of a new node out of FILE, so that it syncs on from there.

    The node takes the snapshot's block for a final one of the chain. The file cannot prove that it
    is: compare the hash that is printed, or say with --expect which it must be.
    """
    from node.snapshot.restore import restore as restore_database
    from primitives.types import Hash

    expected = None if expect is None else Hash(_hash(expect, "--expect"))
    try:
        spec = choose_spec(chain, spec_version, runtime)
        place = database_directory(base_path, spec)
        about = restore_database(file, spec, place, read_pruning(pruning), expected)
    except (ChainError, SpecError, ConfigError, OSError) as error:
        raise BadInput.of(error) from error
    header = about.header
    click.echo(
        f"{place}: {about.chain} from block {header.number} on, {about.spec_name} "
        f"{about.spec_version}\nblock 0x{header.hash().hex()}"
    )


def open_source(
    base_path: Path | None, url: str | None, at: str | None
) -> AbstractContextManager["Source"]:
    """The state that the flags name."""
    from node.snapshot.source import from_database, from_node
    from primitives.types import Hash

    if base_path is not None and url is None:
        return from_database(base_path, None if at is None else _number(at))
    if url is not None and base_path is None:
        return from_node(url, None if at is None else Hash(_hash(at, "with --url, --at")))
    raise click.UsageError("one of --base-path and --url says where the chain is")


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > NUMBER_DIGITS:
        raise BadInput(
            f"with --base-path, --at is the number of a block, not {text[:NUMBER_DIGITS]!r}"
        )
    return int(text)


def _hash(text: str, flag: str) -> bytes:
    digits = text.removeprefix("0x")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raw = b""
    if len(digits) != HASH_DIGITS or not raw:
        raise BadInput(f"{flag} is the hash of a block: 0x and 64 digits")
    return raw
