"""Output files: what stands at their names is whole, whenever the writer is stopped."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

FULL_OR_BROKEN: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
"""The system's errors of a write; it does not say then which file it was."""
FOR_ALL: Final = 0o666
"""Whoever may, by the user's mask."""


@contextmanager
def whole_file(path: Path, mode: int = FOR_ALL) -> Iterator[IO[bytes]]:
    """A file to write, which takes its place when the body ends well; else the old one stays.

    Until then it is `<name>.part` beside it. A device or a pipe is written to as it is.
    """
    if path.exists() and not path.is_file():
        with _named(path), path.open("wb") as file:
            yield file
        return
    place = path.resolve()  # a link goes on to lead to the file
    draft = place.with_name(place.name + ".part")
    with _named(path, draft):
        draft.unlink(missing_ok=True)
        try:
            # Made anew, so that it never was one that others can read.
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with open(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(place)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


@contextmanager
def _named(path: Path, draft: Path | None = None) -> Iterator[None]:
    """Errors of the file have the name that the user gave."""
    try:
        yield
    except OSError as error:
        is_of_write = error.filename is None and error.errno in FULL_OR_BROKEN
        if is_of_write or (draft is not None and error.filename == str(draft)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
