"""The bytes of an archive: the same everywhere, and nothing but what `pack` makes."""

import io
import os
import shutil
import stat
import struct
import subprocess
import sys
import zipfile

import pytest

from node.executor.archive.build import INSTALLED_ROOT, archive_of, build_archive, installed_archive
from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.format import (
    ENTRY,
    HOST_API,
    MAGIC,
    MANIFEST,
    SIZE_LIMIT,
    Archive,
    Manifest,
    pack,
    read_manifest,
    unpack,
)
from node.executor.archive.sources import collect
from node.executor.archive.stored_zip import write_zip
from primitives.hashing import blake2_256
from runtime.version import VERSION
from tests.support.runtime_sources import TINY

TINY_ARCHIVE = archive_of(TINY)


def zipped(files, **how):
    """An archive as an ordinary zip tool would make it."""
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w", **how) as out:
        for name, content in files:
            out.writestr(zipfile.ZipInfo(name), content)
    return MAGIC + blob.getvalue()


def with_files(**changes):
    """The tiny archive with the zip's files changed, whatever the manifest says."""
    archive = unpack(TINY_ARCHIVE)
    files = {MANIFEST: archive.manifest.encode(), **archive.sources}
    files |= {name.replace("__", "/") + ".py": content for name, content in changes.items()}
    return MAGIC + write_zip(files, len(MAGIC))


def make_huge(path):
    """A file that has a size, but needs no room."""
    path.touch()
    os.truncate(path, 1 << 40)


def refusal(code):
    with pytest.raises(ArchiveRefused) as refused:
        unpack(code)
    return str(refused.value)


class TestDeterminism:
    def test_two_processes_with_other_hash_seeds_make_the_same_bytes(self, tmp_path):
        for package in ("runtime", "primitives"):
            shutil.copytree(INSTALLED_ROOT / package, tmp_path / package)
        program = (
            "import sys; from pathlib import Path;"
            "from node.executor.archive.build import build_archive;"
            "from primitives.hashing import blake2_256;"
            "print(blake2_256(build_archive(Path(sys.argv[1]))).hex())"
        )
        answers = {
            subprocess.run(
                [sys.executable, "-c", program, str(tmp_path)],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            for seed in ("1", "2")
        }
        assert answers == {blake2_256(build_archive(tmp_path)).hex()}

    def test_order_of_files_does_not_matter(self):
        assert archive_of(dict(reversed(TINY.items()))) == TINY_ARCHIVE

    def test_place_and_age_of_files_do_not_matter(self, tmp_path):
        for path, source in TINY.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source)
            target.chmod(0o600)
            os.utime(target, (1, 1))
        assert build_archive(tmp_path) == TINY_ARCHIVE

    def test_bytes_are_pinned(self):
        """A change of the format is a change of every hash: it needs another magic word."""
        assert blake2_256(TINY_ARCHIVE).hex() == (
            "8657445819ead12d3f881561f346a4363434832908d4a5bfa89d1210d7de4d4d"
        )

    def test_the_installed_archive_is_the_archive_of_the_installed_sources(self):
        assert build_archive(INSTALLED_ROOT) == installed_archive()


class TestContents:
    def test_manifest_says_which_runtime_it_is(self):
        manifest = read_manifest(installed_archive())
        assert manifest == Manifest(
            VERSION.spec_name,
            VERSION.spec_version,
            VERSION.transaction_version,
            ENTRY,
            HOST_API,
            manifest.files,
        )
        assert manifest.files == {
            path: f"0x{blake2_256(source).hex()}"
            for path, source in collect(INSTALLED_ROOT).items()
        }

    def test_all_of_runtime_is_in_it_and_of_primitives_what_it_uses(self):
        files = read_manifest(installed_archive()).files
        ours = (INSTALLED_ROOT / "runtime").rglob("*.py")
        assert {name for name in files if name.startswith("runtime/")} == {
            path.relative_to(INSTALLED_ROOT).as_posix() for path in ours
        }
        assert {"primitives/types.py", "primitives/scale/types.py"} <= files.keys()
        assert not {"primitives/crypto.py", "primitives/signing.py"} & files.keys()

    def test_zip_tools_can_read_it(self):
        with zipfile.ZipFile(io.BytesIO(TINY_ARCHIVE)) as archive:
            assert archive.testzip() is None
            assert set(archive.namelist()) == {MANIFEST, *TINY}
            assert archive.read("runtime/api.py") == TINY["runtime/api.py"]

    def test_packing_what_was_unpacked_gives_the_same(self):
        assert pack(unpack(TINY_ARCHIVE)) == TINY_ARCHIVE

    def test_a_directory_without_a_runtime_is_refused(self, tmp_path):
        with pytest.raises(ArchiveRefused, match="no directory `runtime`"):
            build_archive(tmp_path)

    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (os.mkfifo, "is no regular file"),
            (lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
            (lambda path: path.mkdir(), "is no regular file"),
            (make_huge, "has 1099511627776 bytes, more"),
        ],
    )
    def test_a_source_without_end_is_refused(self, tmp_path, make, reason):
        (tmp_path / "runtime").mkdir()
        make(tmp_path / "runtime" / "z.py")
        with pytest.raises(ArchiveRefused, match=f"^runtime/z.py: .*{reason}"):
            collect(tmp_path)


class TestRefusals:
    def test_other_code(self):
        assert "no Python runtime archive" in refusal(b"\0asm\1\0\0\0")
        assert "no Python runtime archive" in refusal(b"")

    def test_other_format(self):
        assert "a format that this node does not know" in refusal(MAGIC[:-1] + b"\2" + b"PK")

    @pytest.mark.parametrize("kept", [8, 20, 200, len(TINY_ARCHIVE) // 2, len(TINY_ARCHIVE) - 1])
    def test_truncated(self, kept):
        assert "cut off" in refusal(TINY_ARCHIVE[:kept])

    def test_bytes_behind_it(self):
        assert "order of its own" in refusal(TINY_ARCHIVE + b"\0")

    @pytest.mark.parametrize("at", range(8, len(TINY_ARCHIVE), 97))
    def test_any_flipped_byte(self, at):
        """Damage is never taken for another archive."""
        damaged = bytearray(TINY_ARCHIVE)
        damaged[at] ^= 0x20
        refusal(bytes(damaged))

    def test_bomb(self):
        bomb = zipped([("runtime/api.py", bytes(1 << 24))], compression=zipfile.ZIP_DEFLATED)
        blob = io.BytesIO()
        with zipfile.ZipFile(blob, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("runtime/api.py", bytes(1 << 24))
        assert len(bomb) > SIZE_LIMIT
        assert "is compressed" in refusal(MAGIC + blob.getvalue())

    def test_oversize(self):
        code = MAGIC + write_zip({"runtime/api.py": bytes(SIZE_LIMIT)}, len(MAGIC))
        assert "more than 4 MiB" in refusal(code)
        manifest = unpack(TINY_ARCHIVE).manifest
        with pytest.raises(ArchiveRefused, match="more than 4 MiB"):
            pack(Archive(manifest, {"runtime/api.py": bytes(SIZE_LIMIT)}))

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_duplicate(self):
        code = zipped([("runtime/api.py", b"a = 1\n"), ("runtime/api.py", b"a = 2\n")])
        assert refusal(code) == "runtime/api.py: the archive holds this file twice"

    @pytest.mark.parametrize(
        "name",
        [
            "../runtime/api.py",
            "/runtime/api.py",
            "runtime/../api.py",
            "node/cli.py",
            "runtime/a.so",
        ],
    )
    def test_traversal_and_strangers(self, name):
        code = MAGIC + write_zip({name: b""}, len(MAGIC))
        assert refusal(code).startswith(
            f"{name}: an archive holds Python files of runtime and primitives"
        )

    def test_symlink(self):
        code = bytearray(TINY_ARCHIVE)
        at = code.rindex(b"PK\x01\x02") + 38
        mode = stat.S_IFLNK | 0o777
        code[at : at + 4] = struct.pack("<I", mode << 16)
        assert "links" in refusal(bytes(code))

    def test_order_and_times_of_its_own(self):
        archive = unpack(TINY_ARCHIVE)
        files = {MANIFEST: archive.manifest.encode(), **archive.sources}
        assert "order of its own" in refusal(zipped(files.items()))

    def test_changed_file(self):
        code = with_files(runtime__api=TINY["runtime/api.py"] + b"\n")
        assert refusal(code) == "runtime/api.py: the file is not the one that the manifest lists"

    def test_unlisted_and_missing_file(self):
        code = with_files(runtime__more=b"")
        assert refusal(code) == "runtime/more.py: the file is not the one that the manifest lists"
        archive = unpack(TINY_ARCHIVE)
        code = MAGIC + write_zip({MANIFEST: archive.manifest.encode()}, len(MAGIC))
        assert "lists a file that the archive lacks" in refusal(code)

    @pytest.mark.parametrize(
        ("manifest", "reason"),
        [
            (None, "the archive has no manifest"),
            (b"{", "the manifest is no JSON"),
            (b"[]", "the manifest must have spec_name"),
            (b'{"spec_name": "x"}', "the manifest must have spec_name"),
        ],
    )
    def test_broken_manifest(self, manifest, reason):
        files = dict(TINY) if manifest is None else {**TINY, MANIFEST: manifest}
        assert reason in refusal(MAGIC + write_zip(files, len(MAGIC)))

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (b'"host_api": 1', b'"host_api": 2', "it needs host API 2; this node offers 1"),
            (b'"runtime.api"', b'"runtime.door"', "the entry is runtime.door"),
            (b'"spec_version": 7', b'"spec_version": 7.5', "the manifest must have"),
            (b'"spec_version": 7', b'"spec_version":  7', "not written as manifests are"),
        ],
    )
    def test_manifest_for_another_node(self, old, new, reason):
        manifest = unpack(TINY_ARCHIVE).manifest.encode()
        assert old in manifest
        files = {**TINY, MANIFEST: manifest.replace(old, new)}
        assert reason in refusal(MAGIC + write_zip(files, len(MAGIC)))


class TestHostileForm:
    """What is made to confuse a reader is refused in words, like anything else."""

    def test_more_files_than_the_format_counts(self):
        local = struct.Struct("<4s5H3I2H")
        names = (f"{number:05}".encode() for number in range(66_000))
        heads = (local.pack(b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 5, 0) + name for name in names)
        assert "more than 2048 files" in refusal(MAGIC + b"".join(heads))

    def test_a_manifest_nested_deeply(self):
        raw = unpack(TINY_ARCHIVE).manifest.encode()
        nested = raw.replace(b'"files": {', b'"files": {"a": ' + b"[" * 500 + b"]" * 500 + b",")
        code = MAGIC + write_zip({**TINY, MANIFEST: nested}, len(MAGIC))
        assert "must have a hash for each file" in refusal(code)

    def test_a_spec_name_that_no_text_is(self):
        raw = unpack(TINY_ARCHIVE).manifest.encode().replace(b'"tiny"', rb'"\ud800"')
        code = MAGIC + write_zip({**TINY, MANIFEST: raw}, len(MAGIC))
        assert "not plain text" in refusal(code)

    @pytest.mark.parametrize(
        "path", ["runtime/Helper.py", "runtime/h\xe9lper.py", "runtime/a-b.py"]
    )
    def test_a_file_that_no_archive_holds_is_refused_before_anything_is_built(self, path):
        with pytest.raises(ArchiveRefused, match="with names of small letters"):
            archive_of({**TINY, path: b""})
