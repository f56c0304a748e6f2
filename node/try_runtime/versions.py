"""The rules about numbers: which version may follow which."""

from dataclasses import dataclass

from genesis.host import GenesisHost
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.executor.runtimes import CodeRuntime, Runtimes
from node.runtime_tools.compare import compare
from node.runtime_tools.metadata import Metadata, UnreadableMetadata, metadata_of
from node.runtime_tools.storage import StorageReader
from node.runtime_tools.surface import Surface
from node.try_runtime.python import codecs_of
from node.try_runtime.report import Check, Report
from primitives.scale.errors import ScaleError
from primitives.scale.types import decode
from runtime.pallets.system_types import RuntimeVersion


@dataclass(frozen=True, slots=True)
class Candidate:
    """A runtime, and what it says of itself."""

    runtime: CodeRuntime
    version: RuntimeVersion
    metadata: Metadata
    surface: Surface
    storage: StorageReader


def make_candidate(runtimes: Runtimes, code: bytes | None) -> Candidate:
    """Make a runtime ready and ask it about itself.

    Raises:
        UnknownCode: it does not run, or does not answer.
    """
    runtime = runtimes.of(code)
    encoded = runtimes.version_of(code or b"")
    if encoded is None:
        raise UnknownCode("the runtime does not say its version")
    try:
        metadata = metadata_of(runtime.over(GenesisHost()))
        version = decode(RuntimeVersion, encoded)
        storage = StorageReader(metadata, codecs_of(runtime))
        return Candidate(runtime, version, metadata, Surface.of(metadata), storage)
    except (RuntimePanic, MethodNotFound, UnreadableMetadata, ScaleError) as error:
        raise UnknownCode(f"the runtime does not describe itself: {error}") from error


def check_numbers(report: Report, old: Candidate | None, new: Candidate) -> None:
    """Compare a new runtime with that of the chain, if it is known."""
    check = report.check("spec version")
    if old is None:
        check.skip("the version on the chain is not known")
        return
    check_spec(old.version, new.version, check)
    check_transactions(old, new, report.check("transaction version"))


def check_spec(old: RuntimeVersion, new: RuntimeVersion, check: Check) -> None:
    """What a chain asks of new code, or else does not take it, or does not migrate."""
    if new.spec_name != old.spec_name:
        check.fail(
            f"it is the runtime of another chain: its spec name is {new.spec_name}, that of this "
            f"chain {old.spec_name}"
        )
    if new.spec_version <= old.spec_version:
        check.fail(
            f"the spec version is {new.spec_version} and must be higher than that of the chain, "
            f"{old.spec_version}"
        )


def check_transactions(old: Candidate, new: Candidate, check: Check) -> None:
    """Where signed extrinsics lose their meaning, the transaction version has to rise."""
    before, after = old.version.transaction_version, new.version.transaction_version
    if after < before:
        check.fail(f"the transaction version falls from {before} to {after}")
    changes = compare(old.surface, new.surface)
    broken = [change for change in changes if change.breaks_signers]
    if after > before:
        check.notes.append(f"it rises from {before} to {after}; {len(broken)} changes demand it")
        return
    if broken:
        check.fail(f"it is still {after}, and signed extrinsics change their meaning or lose it:")
    check.problems += map(str, broken)
