"""Archives of earlier runtimes that are part of this release."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from node.executor.archive.build import installed_archive
from primitives.hashing import blake2_256

DIRECTORY: Final = Path(__file__).parent / "shipped_runtimes"
SUFFIX: Final = ".runtime"


@cache
def known_archives() -> Mapping[bytes, bytes]:
    """By hash: the archive of the installed runtime, and those that lie beside this module."""
    codes = [path.read_bytes() for path in sorted(DIRECTORY.glob(f"*{SUFFIX}"))]
    return {blake2_256(code): code for code in (*codes, installed_archive())}
