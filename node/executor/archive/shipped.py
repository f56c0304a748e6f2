"""Every release of the runtime that this program holds: the installed one, and archives of others.

An archive beside this module is named `<spec name>-<spec version>.runtime`. It was made by
`taonode runtime build` when it was the installed one, and never changes again.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from node.executor.archive.build import installed_archive
from node.executor.archive.format import Sources, unpack
from primitives.hashing import blake2_256
from runtime.version import SPEC_VERSION

DIRECTORY: Final = Path(__file__).parent / "shipped_runtimes"
SUFFIX: Final = ".runtime"


@cache
def spec_versions() -> tuple[int, ...]:
    """The spec versions at hand, upwards. Reads no archive."""
    return tuple(sorted({*_files(), SPEC_VERSION}))


@cache
def archive_of_spec(spec_version: int) -> bytes:
    """The archive of a release; KeyError if it is none of `spec_versions`."""
    if spec_version == SPEC_VERSION:
        return installed_archive()
    return _files()[spec_version].read_bytes()


@cache
def known_archives() -> Mapping[bytes, bytes]:
    """The archives of all releases, by hash."""
    codes = map(archive_of_spec, spec_versions())
    return {blake2_256(code): code for code in codes}


def known_files(sources: Sources) -> set[str]:
    """Paths of files that are as in a release, which was checked when it was made.

    Whether a file is sound depends on which others there are: it must not import what is missing.
    So a release counts if none of its files is.
    """
    known: set[str] = set()
    for release in map(_sources_of, spec_versions()):
        if release.keys() <= sources.keys():
            known |= {path for path, source in release.items() if sources[path] == source}
    return known


@cache
def _sources_of(spec_version: int) -> Sources:
    return unpack(archive_of_spec(spec_version)).sources


def _files() -> dict[int, Path]:
    return {int(path.stem.rpartition("-")[2]): path for path in DIRECTORY.glob(f"*{SUFFIX}")}
