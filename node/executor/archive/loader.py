"""From the bytes under `:code` to a runtime that runs."""

from functools import lru_cache

from node.executor.archive.build import installed_archive
from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.format import MANIFEST, Manifest, unpack
from node.executor.archive.namespace import load_sources
from node.executor.archive.shipped import archive_of_spec, known_files
from node.executor.loaded import INSTALLED, LoadedRuntime
from runtime.pallets.system_types import RuntimeVersion


def load_archive(code: bytes) -> LoadedRuntime:
    """The runtime in an archive; the installed one if that is what the archive holds.

    Raises:
        ArchiveRefused: this node does not run it. The error names file and line.
    """
    if code == installed_archive():
        return INSTALLED
    archive = unpack(code)
    loaded = load_sources(archive.sources, known_files(archive.sources))
    if Manifest.of(loaded.version, archive.sources) != archive.manifest:
        raise ArchiveRefused(MANIFEST, "the runtime says another version than its manifest")
    return loaded


def load_release(spec_version: int) -> LoadedRuntime:
    """A release of the runtime that is part of this program, whatever chain it is for."""
    return load_archive(archive_of_spec(spec_version))


@lru_cache(maxsize=16)
def code_version(code: bytes) -> RuntimeVersion | None:
    """The version of the runtime in an archive; None if this node would not run it.

    A chain asks before it changes its code. So what cannot run is turned down while the old code
    still can.
    """
    try:
        return load_archive(code).version
    except ArchiveRefused:
        return None
