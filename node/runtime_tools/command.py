"""`taonode runtime`: archives of Python runtimes for people who change the chain's rules."""

from pathlib import Path

import click

from genesis.host import GenesisHost
from node.commands.options import clear_errors
from node.executor.archive.build import INSTALLED_ROOT, archive_of, build_archive
from node.executor.archive.check import check, imported_modules
from node.executor.archive.errors import Finding
from node.executor.archive.format import unpack
from node.executor.archive.loader import load_archive
from node.executor.archive.sources import collect
from node.executor.runtimes import Runtimes
from node.runtime_tools.compare import Change, compare
from node.runtime_tools.metadata import Metadata, metadata_of, read_metadata
from node.runtime_tools.remote import fetch_metadata, is_url
from node.runtime_tools.surface import Surface
from primitives.hashing import blake2_256

_directory = click.Path(exists=True, file_okay=False, path_type=Path)
_file = click.Path(exists=True, path_type=Path)


@click.group("runtime")
def runtime() -> None:
    """Build, inspect and check runtimes written in Python."""


@runtime.command()
@click.argument("directory", type=_directory, default=INSTALLED_ROOT, metavar="[DIR]")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE")
@clear_errors()
def build(directory: Path, output: Path) -> None:
    """Make an archive of the runtime in DIR: its `runtime` and what that uses of `primitives`.

    Without DIR it is the runtime of this installation. The same sources make the same bytes on
    every machine.
    """
    code = build_archive(directory)
    output.write_bytes(code)
    manifest = unpack(code).manifest
    click.echo(f"{output}: {manifest.spec_name} {manifest.spec_version}, {_named(code)}")


@runtime.command("check")
@click.argument("path", type=_file, metavar="FILE")
@clear_errors()
def check_command(path: Path) -> None:
    """Look for what keeps a runtime from running: in an archive, or in a directory of sources.

    The status is 1 if there is anything.
    """
    is_archive = path.is_file()
    sources = unpack(path.read_bytes()).sources if is_archive else collect(path)
    findings = check(sources)
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise click.ClickException(_counted(findings))
    code = path.read_bytes() if is_archive else archive_of(sources)
    load_archive(code)
    click.echo("sound")


@runtime.command()
@click.argument(
    "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
)
@click.option("--against", metavar="FILE|URL", help="Another archive, or a node: what differs?")
@clear_errors()
def inspect(path: Path, against: str | None) -> None:
    """Say what an archive holds."""
    code = path.read_bytes()
    archive = unpack(code)
    manifest = archive.manifest
    click.echo(f"spec                 {manifest.spec_name} {manifest.spec_version}")
    click.echo(f"transaction version  {manifest.transaction_version}")
    click.echo(f"hash                 0x{blake2_256(code).hex()}")
    click.echo(f"size                 {len(code)} bytes, {len(archive.sources)} files")
    click.echo(f"entry                {manifest.entry}, host API {manifest.host_api}")
    click.echo(f"imports              {', '.join(imported_modules(archive.sources))}")
    if against is not None:
        other = read_metadata(fetch_metadata(against)) if is_url(against) else _metadata(against)
        _show(compare(Surface.of(other), Surface.of(_metadata(path))), against)


def _metadata(path: Path | str) -> Metadata:
    """What the runtime in a file answers: it is made ready, and so checked."""
    return metadata_of(Runtimes().of(Path(path).read_bytes()).over(GenesisHost()))


def _show(changes: list[Change], against: str) -> None:
    click.echo(f"\nAgainst {against}:")
    for change in changes:
        click.echo(f"  {change}")
    broken = sum(change.breaks_signers for change in changes)
    if not changes:
        click.echo("  nothing differs")
    elif broken:
        click.echo(
            f"A new transaction_version is needed: {broken} of {len(changes)} changes give "
            "another meaning to extrinsics that are signed already."
        )
    else:
        click.echo("The transaction_version may stay: signed extrinsics keep their meaning.")


def _named(code: bytes) -> str:
    return f"{len(code)} bytes, 0x{blake2_256(code).hex()}"


def _counted(findings: list[Finding]) -> str:
    return "1 fault" if len(findings) == 1 else f"{len(findings)} faults"
