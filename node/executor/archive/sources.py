"""Which files make up a runtime: all of `runtime/`, and what it uses of `primitives/`."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.format import SIZE_LIMIT

_RUNTIME: Final = "runtime"
_PRIMITIVES: Final = "primitives"

_IMPORTS: Final = re.compile(
    rb"^[ \t]*(?:from[ \t]+(primitives[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)"
    rb"|import[ \t]+(primitives[\w.]*))",
    re.MULTILINE,
)
"""By pattern and not by parser: a chain of one node begins here, and should begin at once.

A line of prose that reads like an import brings in a file too many, and no harm.
"""
_NAME: Final = re.compile(rb"\w+")


def collect(root: Path) -> dict[str, bytes]:
    """The sources of the runtime below a directory, by path; ArchiveRefused if there is none."""
    if not (root / _RUNTIME).is_dir():
        raise ArchiveRefused(str(root), "there is no directory `runtime` here")
    primitives = _python_files(root, _PRIMITIVES)
    sources = {path: _read(root, path) for path in sorted(_python_files(root, _RUNTIME))}
    waiting = list(sources.values())
    while waiting:
        for path in _imported_paths(waiting.pop()):
            if path in primitives and path not in sources:
                sources[path] = _read(root, path)
                waiting.append(sources[path])
    return sources


def _python_files(root: Path, package: str) -> set[str]:
    return {path.relative_to(root).as_posix() for path in (root / package).rglob("*.py")}


def _read(root: Path, path: str) -> bytes:
    """A source; devices and pipes may have no end."""
    about = (root / path).stat()
    if not stat.S_ISREG(about.st_mode):
        raise ArchiveRefused(path, "it is no regular file")
    if about.st_size > SIZE_LIMIT:
        reason = f"the file has {about.st_size} bytes, more than the {SIZE_LIMIT >> 20} MiB of code"
        raise ArchiveRefused(path, reason)
    return (root / path).read_bytes()


def _imported_paths(source: bytes) -> Iterator[str]:
    """Where the primitives that a source imports may lie, with the packages around them."""
    for imported, names, plain in _IMPORTS.findall(source):
        *packages, module = (imported or plain).decode().split(".")
        for depth in range(1, len(packages) + 1):
            yield "/".join((*packages[:depth], "__init__.py"))
        base = "/".join((*packages, module))
        yield f"{base}.py"
        yield f"{base}/__init__.py"
        for name in _NAME.findall(names):
            yield f"{base}/{name.decode()}.py"
            yield f"{base}/{name.decode()}/__init__.py"
