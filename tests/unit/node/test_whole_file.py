"""Files that the node writes: whole or as before, wherever the writing ends."""

import errno
import os
import re
import stat
from pathlib import Path

import pytest

from node.whole_file import whole_file


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def test_the_old_file_stays_until_the_new_one_is_whole(path):
    path.write_bytes(b"old")
    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt, FileNotFoundError])
def test_nothing_is_left_of_what_was_stopped(path, error):
    path.write_bytes(b"old")
    with pytest.raises(error), whole_file(path) as file:
        raise error(file.write(b"new"))
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_left_where_it_cannot_take_its_place(path, monkeypatch):
    def fail(draft, place):
        raise OSError(errno.EIO, "Input/output error", str(draft))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match=r"/file'$"), whole_file(path):
        pass
    assert list(path.parent.iterdir()) == []


def test_what_a_killed_writer_left_is_written_over(path):
    part = path.with_name("file.part")
    part.write_bytes(b"much that nobody needs any more")
    part.chmod(0o644)
    with whole_file(path, 0o600) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_link_goes_on_to_lead_to_the_file(path):
    link = path.with_name("link")
    link.symlink_to(path)
    with whole_file(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


def test_a_pipe_is_written_to_and_stays(path):
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with whole_file(path) as file:
        file.write(b"news")
    assert os.read(reader, 9) == b"news"
    with pytest.raises(KeyboardInterrupt), whole_file(path):
        raise KeyboardInterrupt
    os.close(reader)
    assert path.is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has this device")
def test_a_full_disk_is_named(path):
    path.symlink_to("/dev/full")
    full = pytest.raises(OSError, match=r"No space left on device: '.*/file'$")
    with full, whole_file(path) as file:
        file.write(b"too much")
    assert path.is_symlink()


def test_errors_have_the_name_that_was_given(path):
    absent = path / "absent"
    with pytest.raises(FileNotFoundError, match=r"/absent'$"), whole_file(absent):
        pass
    with (
        pytest.raises(IsADirectoryError, match=re.escape(f"{path.parent}'")),
        whole_file(path.parent),
    ):
        pass
