"""From the bytes under `:code` to a runtime that runs."""

from functools import lru_cache

from node.executor.archive.build import installed_archive
from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.format import MANIFEST, Manifest, unpack
from node.executor.archive.namespace import load_sources
from node.executor.archive.own_stack import on_own_stack
from node.executor.archive.shipped import archive_of_spec, known_files
from node.executor.archive.strange import words_of
from node.executor.loaded import INSTALLED, LoadedRuntime
from runtime.pallets.system_types import RuntimeVersion


def load_archive(code: bytes) -> LoadedRuntime:
    """The runtime in an archive; the installed one if that is what the archive holds.

    Raises:
        ArchiveRefused: this node does not run it. The error names file and line.
    """
    if code == installed_archive():
        return INSTALLED
    return on_own_stack(lambda: _load(code))


def load_release(spec_version: int) -> LoadedRuntime:
    """A release of the runtime that is part of this program, whatever chain it is for."""
    return load_archive(archive_of_spec(spec_version))


def code_version(code: bytes) -> RuntimeVersion | None:
    """The version of the runtime in an archive; None if this node would not run it.

    A chain asks before it changes its code. So what cannot run is turned down while the old code
    still can.
    """
    try:
        return _steady_version(code)
    except ArchiveRefused:
        return None


@lru_cache(maxsize=16)
def _steady_version(code: bytes) -> RuntimeVersion | None:
    """As `code_version`; ArchiveRefused, which is not kept, if it may be another one later."""
    try:
        return load_archive(code).version
    except ArchiveRefused as refused:
        if isinstance(refused.__cause__, MemoryError | RecursionError):
            raise
        return None


def _load(code: bytes) -> LoadedRuntime:
    try:
        archive = unpack(code)
        loaded = load_sources(archive.sources, known_files(archive.sources))
        is_true = Manifest.of(loaded.version, archive.sources) == archive.manifest
    except ArchiveRefused:
        raise
    except Exception as error:  # nothing that a blob may be made of stops a node
        raise ArchiveRefused("", f"the archive cannot be read: {words_of(error)}") from error
    if not is_true:
        raise ArchiveRefused(MANIFEST, "the runtime says another version than its manifest")
    return loaded
