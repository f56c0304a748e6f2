"""`taonode runtime`: runtimes in files, for people who change the chain's rules."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from genesis.host import GenesisHost
from node.commands.options import clear_errors
from node.executor.archive.build import INSTALLED_ROOT, archive_of, build_archive
from node.executor.archive.check import check
from node.executor.archive.format import unpack
from node.executor.archive.loader import load_archive
from node.executor.archive.sources import collect
from node.executor.runtimes import Runtimes
from node.runtime_tools.blob import NoRuntime, WasmBlob, describe
from node.runtime_tools.compare import Change, compare
from node.runtime_tools.metadata import Metadata, metadata_of, read_metadata
from node.runtime_tools.remote import fetch_metadata, is_url
from node.runtime_tools.storage import StorageReader
from node.runtime_tools.surface import Surface
from node.whole_file import whole_file
from primitives.errors import ChainError
from primitives.hashing import blake2_256

_directory = click.Path(exists=True, file_okay=False, path_type=Path)
_file = click.Path(exists=True, path_type=Path)


@click.group("runtime")
def runtime() -> None:
    """Build runtimes written in Python; inspect and check runtimes of any kind."""


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
    with whole_file(output) as file:
        file.write(code)
    manifest = unpack(code).manifest
    click.echo(f"{output}: {manifest.spec_name} {manifest.spec_version}, {_named(code)}")


@runtime.command("check")
@click.argument("path", type=_file, metavar="FILE")
@clear_errors()
def check_command(path: Path) -> None:
    """Look for what keeps a runtime from running here.

    FILE is an archive, a WebAssembly blob, or a directory of Python sources. The status is 1 if
    there is anything.
    """
    with _about(path):
        faults = _faults_of_sources(path) if path.is_dir() else _faults_of_code(path.read_bytes())
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.ClickException("1 fault" if len(faults) == 1 else f"{len(faults)} faults")
    click.echo("sound")


@runtime.command()
@click.argument(
    "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
)
@click.option("--against", metavar="FILE|URL", help="Another runtime, or a node: what differs?")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@clear_errors()
def inspect(path: Path, against: str | None, *, as_json: bool) -> None:
    """Say what a runtime is: an archive, or a WebAssembly blob, which need not run here.

    With --against it has to run, for only it knows its calls and storage.
    """
    with _about(path):
        code = path.read_bytes()
        blob = describe(code)
        own = None if against is None else _metadata(code)
    comparison = None if against is None or own is None else Comparison.of(against, own)
    if as_json:
        compared = None if comparison is None else comparison.document()
        click.echo(json.dumps(blob.document() | {"against": compared}))
        return
    for line in (*blob.lines(), *(comparison.lines() if comparison is not None else ())):
        click.echo(line)


@contextmanager
def _about(place: Path | str) -> Iterator[None]:
    """Say of which of the runtimes an error speaks."""
    try:
        yield
    except ChainError as error:
        text = str(error)
        raise NoRuntime(text if text.startswith(f"{place}: ") else f"{place}: {text}") from error
    except OSError as error:
        problem = f"{error.strerror}; it must be the file of a runtime that is there"
        raise NoRuntime(f"{error.filename or place}: {problem}") from error


def _faults_of_sources(directory: Path) -> list[str]:
    sources = collect(directory)
    findings = check(sources)
    if not findings:
        load_archive(archive_of(sources))
    return list(map(str, findings))


def _faults_of_code(code: bytes) -> list[str]:
    blob = describe(code)
    if isinstance(blob, WasmBlob):
        faults = [f"it needs {name}, which this node lacks" for name in blob.missing_in_blocks]
        if not faults:
            _metadata(code)
        return faults
    findings = check(unpack(code).sources)
    if not findings:
        load_archive(code)
    return list(map(str, findings))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A runtime against another one."""

    against: str
    changes: list[Change]
    transaction_versions: tuple[int, int]
    """Of the other one, and of this."""

    @classmethod
    def of(cls, against: str, after: Metadata) -> "Comparison":
        """Compare with a runtime that has to run, or a node that has to answer."""
        before = _metadata_at(against)
        return cls(
            against,
            compare(Surface.of(before), Surface.of(after)),
            (_transaction_version(before), _transaction_version(after)),
        )

    @property
    def needs_transaction_version(self) -> int:
        """How many changes give another meaning to extrinsics that are signed already."""
        return sum(change.breaks_signers for change in self.changes)

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "runtime": self.against,
            "changes": [asdict(change) | {"verb": change.verb.value} for change in self.changes],
            "transaction_versions": list(self.transaction_versions),
            "needs_transaction_version": bool(self.needs_transaction_version),
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"\nAgainst {self.against}:"
        if not self.changes:
            yield "  nothing differs"
            return
        for change in self.changes:
            yield f"  {change}"
        before, after = self.transaction_versions
        broken, every = self.needs_transaction_version, len(self.changes)
        why = f"by {broken} of {every} changes, signed extrinsics get another meaning."
        if not broken:
            yield "The transaction_version may stay: signed extrinsics keep their meaning."
        elif after > before:
            yield f"The transaction_version rises from {before} to {after}, as it must: {why}"
        else:
            yield f"A new transaction_version is needed: {why}"


def _metadata_at(place: str) -> Metadata:
    with _about(place):
        if is_url(place):
            return read_metadata(fetch_metadata(place))
        if not Path(place).exists():
            raise NoRuntime("no such file; give a runtime's, or a node as ws://127.0.0.1:9944")
        return _metadata(Path(place).read_bytes())


def _metadata(code: bytes) -> Metadata:
    """What a runtime answers: it is made ready, and so checked."""
    return metadata_of(Runtimes().of(code).over(GenesisHost()))


def _transaction_version(metadata: Metadata) -> int:
    version: dict[str, int] = StorageReader(metadata).constant("System", "Version") or {}
    return version.get("transaction_version", 0)


def _named(code: bytes) -> str:
    return f"{len(code)} bytes, 0x{blake2_256(code).hex()}"
