"""LevelDB: the engine that keeps a node's data on disk, and the only user of plyvel."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import plyvel

from storage.errors import DatabaseError
from storage.kv import WriteBatch

BLOOM_BITS: Final = 10
"""Per key; about one lookup of an absent key in a hundred still touches the disk."""

UNFINISHED: Final = ".unfinished"
"""Ends the name of a directory whose database is not whole yet. Nobody but its maker opens it."""

_LOCK: Final = "LOCK"
"""The file of a directory that LevelDB holds a lock on while it uses the directory."""
_MANIFEST: Final = "MANIFEST-"
_FIRST_MANIFEST: Final = "MANIFEST-000001"
"""LevelDB makes it before `CURRENT`, and all other files after it."""
_SORTED: Final = (".ldb", ".sst")
_WRITTEN_AHEAD: Final = ".log"

_DAMAGE: Final = re.compile(r"orruption|\.(ldb|sst): Invalid argument")
"""The latter is said of a table that ends before the place where its index says something is."""


class LevelKv:
    """One LevelDB directory, open in this process only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._check_current()
            # Without paranoid checks LevelDB drops what it cannot read and goes on, and the
            # blocks after the hole would stand on state that is gone.
            self._db = plyvel.DB(
                str(path),
                create_if_missing=True,
                paranoid_checks=True,
                bloom_filter_bits=BLOOM_BITS,
            )
        except (plyvel.Error, OSError) as error:
            raise self._explain(error) from error

    def get(self, key: bytes) -> bytes | None:
        try:
            value: bytes | None = self._db.get(key, verify_checksums=True)
        except (plyvel.Error, OSError) as error:
            raise self._explain(error) from error
        return value

    def iterate(
        self, prefix: bytes = b"", *, start: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        try:
            with self._iterator(prefix, start) as pairs:
                yield from pairs
        except (plyvel.Error, OSError) as error:
            raise self._explain(error) from error

    def keys(self, prefix: bytes = b"", *, start: bytes | None = None) -> Iterator[bytes]:
        try:
            with self._iterator(prefix, start, include_value=False) as keys:
                yield from keys
        except (plyvel.Error, OSError) as error:
            raise self._explain(error) from error

    def write(self, batch: WriteBatch, *, sync: bool = False) -> None:
        try:
            with self._db.write_batch(transaction=True, sync=sync) as writer:
                for key, value in batch.changes.items():
                    if value is None:
                        writer.delete(key)
                    else:
                        writer.put(key, value)
        except (plyvel.Error, OSError) as error:
            raise self._explain(error) from error

    def close(self) -> None:
        self._db.close()

    def _iterator(self, prefix: bytes, start: bytes | None, **options: bool) -> Any:
        first = prefix if start is None else max(prefix, start)
        return self._db.iterator(start=first, stop=_end(prefix), verify_checksums=True, **options)

    def _check_current(self) -> None:
        """Refuse a directory that lost the file LevelDB starts from: it would begin anew there.

        Without it a first manifest alone is a beginning that was stopped, which may begin again.
        """
        if (self.path / "CURRENT").exists():
            return
        if any(map(_is_of_a_database, self.path.iterdir())):
            raise plyvel.CorruptionError("the file CURRENT is missing")

    def _explain(self, error: Exception) -> DatabaseError:
        """What a library error means, where, and what to do about it."""
        text = _text(error)
        if isinstance(error, plyvel.CorruptionError) or _DAMAGE.search(text):
            trouble = "is damaged"
            advice = "remove it with `taonode purge-chain` and sync again"
        elif f"lock {self.path}" in str(error):
            trouble = "is in use"
            advice = "stop the other node that uses it, or choose another --base-path"
        else:
            trouble = "cannot be used"
            advice = "check the disk's free space and the directory's permissions"
        return DatabaseError(f"the database at {self.path} {trouble} ({text}); {advice}")


@contextmanager
def building(path: Path) -> Iterator[LevelKv]:
    """A new database, made beside its place: it gets there if the body ends well, or is removed.

    What a process left that was killed meanwhile goes too. The body syncs what it writes.
    """
    unfinished = path.with_name(path.name + UNFINISHED)
    if unfinished.exists():
        remove_database(unfinished)
    try:
        kv = LevelKv(unfinished)
        try:
            yield kv
        finally:
            kv.close()
        unfinished.rename(path)
        _sync_directory(path.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def remove_database(path: Path) -> None:
    """Remove a database with all that is in its directory.

    Raises:
        DatabaseError: a process has it open.
    """
    with _locked(path):
        shutil.rmtree(path)


def copy_database(path: Path, to: Path) -> None:
    """Copy a database that nobody has open into a new directory.

    What LevelDB has sorted it never writes to again, so these files, nearly all of the data, are
    linked: the copy takes as long as there are files, however large they are.

    Raises:
        DatabaseError: a process has it open.
    """
    with _locked(path):
        to.mkdir(parents=True)
        for file in path.iterdir():
            if file.name == _LOCK:
                continue
            if file.suffix in _SORTED:
                _link(file, to / file.name)
            else:
                shutil.copy2(file, to / file.name)


def _is_of_a_database(file: Path) -> bool:
    """Whether LevelDB has had data when it wrote a file."""
    if file.name.startswith(_MANIFEST):
        return file.name != _FIRST_MANIFEST
    return file.suffix in (*_SORTED, _WRITTEN_AHEAD)


def _link(file: Path, to: Path) -> None:
    try:
        to.hardlink_to(file)
    except OSError:  # another file system, or one without links
        shutil.copy2(file, to)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / _LOCK).open("ab") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DatabaseError(
                f"the database at {path} is in use; stop the node that uses it, and try again"
            ) from None
        yield


def _sync_directory(path: Path) -> None:
    """Make sure that a new name in a directory is on disk."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _text(error: Exception) -> str:
    """What LevelDB says; its errors hold it as bytes."""
    reason = error.args[0] if error.args else error
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(error)


def _end(prefix: bytes) -> bytes | None:
    """The first key behind all those with a prefix; None if there can be none."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,)) if stem else None
