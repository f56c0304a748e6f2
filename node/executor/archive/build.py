"""Makes archives: of any directory with a runtime in it, and of the installed runtime."""

from functools import cache
from pathlib import Path
from typing import Final

import runtime
from node.executor.archive.format import Archive, Manifest, Sources, ensure_paths, pack
from node.executor.archive.namespace import load_sources
from node.executor.archive.sources import collect
from runtime.pallets.system_types import RuntimeVersion
from runtime.version import VERSION

INSTALLED_ROOT: Final = Path(str(runtime.__file__)).parents[1]
"""The directory that this program's packages lie in."""


def build_archive(root: Path) -> bytes:
    """The archive of the runtime below a directory; see `archive_of`."""
    return archive_of(collect(root))


def archive_of(sources: Sources) -> bytes:
    """The archive of these sources. Their modules run, to say which version they are.

    Raises:
        ArchiveRefused: no node would run them, and where the reason lies.
    """
    ensure_paths(sources)
    return _pack(load_sources(sources).version, sources)


@cache
def installed_archive() -> bytes:
    """The archive of the installed runtime, which is known to run."""
    return _pack(VERSION, collect(INSTALLED_ROOT))


def _pack(version: RuntimeVersion, sources: Sources) -> bytes:
    return pack(Archive(Manifest.of(version, sources), sources))
