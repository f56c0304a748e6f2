"""A runtime in which an index or a name stands for two things is refused, wherever it turns up."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from node.executor.archive.build import INSTALLED_ROOT
from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.format import Archive, Manifest, pack
from node.executor.archive.loader import code_version, load_archive
from node.executor.loaded import INSTALLED
from node.runtime_tools.command import runtime
from tests.support.runtime_sources import changed, with_spec_version

REGISTRY = "runtime/pallets/registry.py"
CASES = [
    (
        ("runtime/runtime.py", {'"Commitments": (18,': '"Commitments": (17,'}),
        "pallets Registry and Commitments both have index 17",
    ),
    (
        (
            REGISTRY,
            {"class IdentityDissolved(Event, index=1": "class IdentityDissolved(Event, index=0"},
        ),
        "events IdentitySet and IdentityDissolved of Registry both have index 0",
    ),
    (
        (
            REGISTRY,
            {"NotRegistered(PalletError, index=2": "NotRegistered(PalletError, index=1"},
        ),
        "errors TooManyFields and NotRegistered of Registry both have index 1",
    ),
    (
        (REGISTRY, {"@call(index=1,": "@call(index=0,"}),
        "calls set_identity and clear_identity of Registry both have index 0",
    ),
    (
        (REGISTRY, {"def clear_identity(": "def set_identity("}),
        "the call Registry.set_identity is declared twice",
    ),
]


@pytest.fixture(params=CASES, ids=lambda case: case[1].split()[0])
def doubled(request):
    """Sources, and what is wrong with them."""
    change, reason = request.param
    return changed(with_spec_version(999), *change), reason


def written(sources, directory):
    for path, source in sources.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(source)
    return directory


def archive(sources):
    """As somebody makes it who does not try it."""
    return pack(
        Archive(Manifest.of(replace(INSTALLED.version, spec_version=999), sources), sources)
    )


def test_the_chain_gets_no_version(doubled):
    """So it fails `set_code` with FailedToExtractRuntimeVersion."""
    sources, reason = doubled
    assert code_version(archive(sources)) is None
    with pytest.raises(ArchiveRefused, match=f"Doubled: {reason}$"):
        load_archive(archive(sources))


def test_it_is_neither_built_nor_sound(tmp_path):
    change, reason = CASES[0]
    sources = changed(with_spec_version(999), *change)
    directory, file = written(sources, tmp_path / "next"), tmp_path / "next.tao"
    file.write_bytes(archive(sources))
    for arguments in (
        ("build", directory, "-o", tmp_path / "built"),
        ("check", directory),
        ("check", file),
        ("inspect", file, "--against", file),
    ):
        result = CliRunner().invoke(runtime, [str(argument) for argument in arguments])
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
        assert f"Doubled: {reason}\n" in result.output
    assert not (tmp_path / "built").exists()


def test_an_installed_one_is_named_without_a_traceback(tmp_path):
    change, reason = CASES[0]
    for path in INSTALLED_ROOT.iterdir():
        if (path / "__init__.py").exists() and path.name != "runtime":
            (tmp_path / path.name).symlink_to(path)
    sources = changed(with_spec_version(999), *change)
    written({path: text for path, text in sources.items() if path.startswith("runtime/")}, tmp_path)
    answer = subprocess.run(
        [sys.executable, "-m", "node", "runtime", "build", "-o", "out"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (
        1,
        f"Error: the installed runtime does not load: {reason}\n",
    )
