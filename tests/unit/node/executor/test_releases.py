"""The releases of the runtime that are part of this program."""

from dataclasses import replace

import pytest

from node.executor.archive import shipped
from node.executor.archive.build import archive_of, installed_archive
from node.executor.archive.check import check
from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.format import Archive, Manifest, pack, unpack
from node.executor.archive.loader import load_archive, load_release
from node.executor.loaded import INSTALLED
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from primitives.hashing import blake2_256
from runtime.version import SPEC_VERSION
from tests.support.runtime_sources import with_spec_version

FROZEN = {185: "0x4e6ca31c9a10685f74edc0377bca2bab5c6574868c8ffd302d604f5222132cf7"}
"""A release never changes: chains have its hash in their state."""

RELEASES = shipped.spec_versions()


def test_the_newest_release_is_the_installed_runtime():
    assert RELEASES[-1] == SPEC_VERSION
    assert shipped.archive_of_spec(SPEC_VERSION) == installed_archive()
    assert load_release(SPEC_VERSION) is INSTALLED


@pytest.mark.parametrize("spec_version", FROZEN)
def test_a_release_is_what_it_was(spec_version):
    code = shipped.archive_of_spec(spec_version)
    assert "0x" + blake2_256(code).hex() == FROZEN[spec_version]


@pytest.mark.parametrize("spec_version", RELEASES)
def test_a_release_says_its_version_and_breaks_no_rule(spec_version):
    """It is loaded without being checked, so it is checked here."""
    archive = unpack(shipped.archive_of_spec(spec_version))
    assert archive.manifest.spec_version == spec_version
    assert check(archive.sources) == []
    assert archive_of(archive.sources) == shipped.archive_of_spec(spec_version)
    assert load_release(spec_version).version.spec_version == spec_version


@pytest.mark.parametrize("spec_version", RELEASES)
def test_releases_are_known_and_others_are_not(spec_version):
    known = Runtimes(OnchainCode.KNOWN)
    assert known.of(shipped.archive_of_spec(spec_version))
    assert shipped.known_archives().keys() == {
        blake2_256(shipped.archive_of_spec(version)) for version in RELEASES
    }


class TestKnownFiles:
    """Files of a release are not checked again; whatever differs from it is."""

    def archive(self, **changes):
        """The installed sources with other files in them, which nobody has looked at."""
        files = {name.replace("__", "/") + ".py": text for name, text in changes.items()}
        sources = {**with_spec_version(999), **files}
        sources = {path: text for path, text in sources.items() if text is not None}
        version = replace(INSTALLED.version, spec_version=999)
        return pack(Archive(Manifest.of(version, sources), sources))

    def test_all_that_is_as_in_a_release_is_known_and_nothing_else(self):
        sources = with_spec_version(999)
        assert sources.keys() - shipped.known_files(sources) == {"runtime/version.py"}
        for version in RELEASES:
            release = unpack(shipped.archive_of_spec(version)).sources
            assert shipped.known_files(release) == release.keys()

    def test_without_one_of_its_files_nothing_of_a_release_is_known(self):
        sources = dict(with_spec_version(999))
        del sources["runtime/pallets/sudo.py"]
        assert shipped.known_files(sources) == set()

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"runtime__extra": b"import os\n"}, "runtime/extra.py:1"),
            ({"runtime__pallets__sudo": b"X = 0.5\n"}, "runtime/pallets/sudo.py:1"),
            ({"runtime__pallets__sudo": None}, "runtime.pallets.sudo is not in the archive"),
        ],
    )
    def test_what_differs_is_checked(self, changes, place):
        with pytest.raises(ArchiveRefused, match=place):
            load_archive(self.archive(**changes))

    def test_it_runs_as_if_all_had_been_checked(self):
        assert load_archive(self.archive()).version.spec_version == 999


@pytest.mark.parametrize("spec_version", FROZEN)
def test_a_release_makes_no_codec_in_the_midst_of_its_work(monkeypatch, spec_version):
    """Release 185 fills the codec of an enum bit by bit, under the eyes of other threads."""
    release = load_release(spec_version)
    types = release.module("primitives.scale.types")
    records = release.module("primitives.scale.records")
    errors = release.module("primitives.scale.errors")
    monkeypatch.setattr(types, "record_functions", None)
    enums = [enum for enum in records.Enumeration.__subclasses__() if enum.variants]
    assert len(enums) > 10
    for enum in enums:
        with pytest.raises(errors.ScaleError):
            types.codec_of(enum).decode(b"", 0)
