r"""The archive as bytes: a magic word, then a zip of a manifest and Python sources.

    \0taopy\0\1 | zip: manifest.json, primitives/….py, runtime/….py

The manifest says which runtime this is, so that nobody need run it to know. It follows from the
sources, and the archive follows from both: same sources, same bytes, same hash.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.stored_zip import read_zip, write_zip
from primitives.hashing import blake2_256
from runtime.pallets.system_types import RuntimeVersion

MAGIC: Final = b"\0taopy\0\1"
"""No text, no zip, no WebAssembly. The last byte is the version of this format."""

MANIFEST: Final = "manifest.json"
ENTRY: Final = "runtime.api"
"""The module with the runtime's door."""
HOST_API: Final = 1
"""Which host functions a runtime is given, and which names it must offer in return."""

SIZE_LIMIT: Final = 4 << 20
"""Code must fit into a block beside other extrinsics; a runtime of today has less than 1 MiB."""

Sources = Mapping[str, bytes]
"""Python files by their path below the root, with slashes."""

_SOURCE_PATH: Final = re.compile(r"(runtime|primitives)(/[a-z_][a-z0-9_]*)+\.py")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which runtime an archive holds."""

    spec_name: str
    spec_version: int
    transaction_version: int
    entry: str
    host_api: int
    files: dict[str, str]
    """The Blake2-256 of each source, in hex, by its path."""

    @classmethod
    def of(cls, version: RuntimeVersion, sources: Sources) -> "Manifest":
        """Describe sources of which it is known what version they say they are."""
        return cls(
            version.spec_name,
            version.spec_version,
            version.transaction_version,
            ENTRY,
            HOST_API,
            {path: f"0x{blake2_256(sources[path]).hex()}" for path in sorted(sources)},
        )

    def encode(self) -> bytes:
        """The text in the archive: one form only."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode("ascii") + b"\n"


@dataclass(frozen=True, slots=True)
class Archive:
    """What a blob holds, in good order; whether its code may run is another question."""

    manifest: Manifest
    sources: Sources


def is_archive(code: bytes) -> bool:
    """Whether a blob says that it is an archive, of this or of another version of the format."""
    return code.startswith(MAGIC[:-1])


def pack(archive: Archive) -> bytes:
    """The archive as it stands under `:code`."""
    ensure_paths(archive.sources)
    files = {MANIFEST: archive.manifest.encode(), **archive.sources}
    code = MAGIC + write_zip(files, len(MAGIC))
    _ensure_size(code)
    return code


def unpack(code: bytes) -> Archive:
    """Take a blob apart; ArchiveRefused if `pack` has not made it."""
    if not is_archive(code):
        raise ArchiveRefused("", "the code is no Python runtime archive")
    if not code.startswith(MAGIC):
        raise ArchiveRefused("", "the archive has a format that this node does not know")
    _ensure_size(code)
    sources = read_zip(code, len(MAGIC))
    raw = sources.pop(MANIFEST, None)
    ensure_paths(sources)
    if raw is None:
        raise ArchiveRefused(MANIFEST, "the archive has no manifest")
    return Archive(_read_manifest(raw, sources), sources)


def ensure_paths(paths: Iterable[str]) -> None:
    """Refuse files that no archive can hold."""
    for path in paths:
        if not _SOURCE_PATH.fullmatch(path):
            raise ArchiveRefused(
                path,
                "an archive holds Python files of runtime and primitives, "
                "with names of small letters, digits and underscores",
            )


def read_manifest(code: bytes) -> Manifest:
    """Which runtime an archive says it is. ArchiveRefused if it is damaged."""
    return unpack(code).manifest


def _ensure_size(code: bytes) -> None:
    if len(code) > SIZE_LIMIT:
        raise ArchiveRefused(
            "", f"the archive has {len(code)} bytes, more than {SIZE_LIMIT >> 20} MiB"
        )


_FIELD_TYPES: Final = {
    "spec_name": str,
    "spec_version": int,
    "transaction_version": int,
    "entry": str,
    "host_api": int,
    "files": dict,
}


def _read_manifest(raw: bytes, sources: Sources) -> Manifest:
    manifest = Manifest(**_read_fields(raw))
    if not manifest.spec_name.isascii() or not manifest.spec_name.isprintable():
        raise ArchiveRefused(MANIFEST, "the name of the spec is not plain text")
    if not all(type(value) is str for value in manifest.files.values()):
        raise ArchiveRefused(MANIFEST, "the manifest must have a hash for each file")
    if manifest.encode() != raw:
        raise ArchiveRefused(MANIFEST, "the manifest is not written as manifests are")
    if manifest.host_api != HOST_API:
        raise ArchiveRefused(
            MANIFEST, f"it needs host API {manifest.host_api}; this node offers {HOST_API}"
        )
    if manifest.entry != ENTRY:
        raise ArchiveRefused(MANIFEST, f"the entry is {manifest.entry} and must be {ENTRY}")
    _compare_files(manifest, sources)
    return manifest


def _read_fields(raw: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        raise ArchiveRefused(MANIFEST, "the manifest is no JSON") from None
    found = {name: type(value) for name, value in fields.items()} if type(fields) is dict else {}
    if found != _FIELD_TYPES:
        raise ArchiveRefused(MANIFEST, f"the manifest must have {', '.join(_FIELD_TYPES)}")
    return dict(fields)


def _compare_files(manifest: Manifest, sources: Sources) -> None:
    if missing := sorted(manifest.files.keys() - sources.keys()):
        raise ArchiveRefused(missing[0], "the manifest lists a file that the archive lacks")
    for path, content in sources.items():
        if manifest.files.get(path) != f"0x{blake2_256(content).hex()}":
            raise ArchiveRefused(path, "the file is not the one that the manifest lists")
