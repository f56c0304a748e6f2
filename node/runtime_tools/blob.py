"""What a runtime is, by its bytes: which version, how large, and what it asks of a node."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from node.executor.archive.check import imported_modules
from node.executor.archive.format import is_archive, unpack
from node.executor.code import is_wasm
from node.executor.runtimes import Runtimes
from primitives.errors import Rejected
from primitives.hashing import blake2_256
from primitives.scale.types import decode
from runtime.pallets.system_types import RuntimeVersion

_ENV: Final = "env"
"""Where host functions are imported from; it goes without saying."""
_BENCHMARKS: Final = "ext_benchmarking_"


class NoRuntime(Rejected):
    """The bytes are neither an archive nor WebAssembly, or do not say which version."""


@dataclass(frozen=True, slots=True)
class ArchiveBlob:
    """A runtime written in Python."""

    spec_name: str
    spec_version: int
    transaction_version: int
    hash: str
    size: int
    files: int
    entry: str
    host_api: int
    imports: list[str]
    """Modules from outside the archive."""

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"kind": "python"} | asdict(self)

    def lines(self) -> Iterator[str]:
        """For people."""
        yield from _common_lines(self)
        yield f"size                 {self.size} bytes, {self.files} files"
        yield f"entry                {self.entry}, host API {self.host_api}"
        yield f"imports              {', '.join(self.imports)}"


@dataclass(frozen=True, slots=True)
class WasmBlob:
    """A runtime compiled to WebAssembly."""

    spec_name: str
    spec_version: int
    transaction_version: int
    hash: str
    size: int
    """As it stands on a chain, packed or not."""
    unpacked_size: int
    imports: list[str]
    """Host functions that it needs."""
    missing: list[str]
    """Those of them that this node lacks: whatever calls one panics."""

    @property
    def missing_in_blocks(self) -> list[str]:
        """What it lacks on a chain: functions for benchmarks are called by benchmarks only."""
        return [name for name in self.missing if not name.startswith(_BENCHMARKS)]

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"kind": "wasm"} | asdict(self)

    def lines(self) -> Iterator[str]:
        """For people."""
        is_packed = self.size != self.unpacked_size
        yield from _common_lines(self)
        yield f"size                 {self.size} bytes" + (
            f", unpacked {self.unpacked_size}" if is_packed else ""
        )
        lacking = f", {len(self.missing)} of which this node lacks" if self.missing else ""
        yield f"host functions       {len(self.imports)}{lacking}"
        for name in self.imports:
            yield f"  {name}{' (this node lacks it)' if name in self.missing else ''}"


Blob = ArchiveBlob | WasmBlob


def describe(code: bytes) -> Blob:
    """Say what a blob holds. It need not run here.

    Raises:
        UnknownCode: it is damaged.
        NoRuntime: it is something else.
    """
    if is_archive(code):
        return _describe_archive(code)
    if is_wasm(code):
        return _describe_wasm(code)
    raise NoRuntime("neither a Python runtime archive nor WebAssembly")


def _describe_archive(code: bytes) -> ArchiveBlob:
    archive = unpack(code)
    manifest = archive.manifest
    return ArchiveBlob(
        manifest.spec_name,
        manifest.spec_version,
        manifest.transaction_version,
        f"0x{blake2_256(code).hex()}",
        len(code),
        len(archive.sources),
        manifest.entry,
        manifest.host_api,
        imported_modules(archive.sources),
    )


def _describe_wasm(code: bytes) -> WasmBlob:
    from node.executor.wasm import code as wasm  # zstandard
    from node.executor.wasm.module import OFFERED  # wasmtime

    module = wasm.unpack(code)
    functions = sorted(
        name if owner == _ENV else f"{owner}.{name}"
        for owner, name in wasm.imported_functions(module)
    )
    encoded = Runtimes().version_of(code)
    if encoded is None:
        raise NoRuntime("WebAssembly that does not say which version of a runtime it is")
    version = decode(RuntimeVersion, encoded)
    return WasmBlob(
        version.spec_name,
        version.spec_version,
        version.transaction_version,
        f"0x{blake2_256(code).hex()}",
        len(code),
        len(module),
        functions,
        [name for name in functions if name not in OFFERED],
    )


def _common_lines(blob: Blob) -> Iterator[str]:
    yield f"spec                 {blob.spec_name} {blob.spec_version}"
    yield f"transaction version  {blob.transaction_version}"
    yield f"hash                 {blob.hash}"
