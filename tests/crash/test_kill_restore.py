"""A restore that dies at any moment leaves no database, or a whole one."""

import subprocess
import sys
from pathlib import Path

import pytest

from genesis.presets import preset
from node.config import StorageConfig
from node.open_chain import open_chain
from node.snapshot.restore import restore
from storage.database import ARCHIVE
from tests.support.dying_restorer import DIED, MOMENTS
from tests.support.forge import Forge
from tests.support.snapshots import write_snapshot_of

ROOT = Path(__file__).parents[2]
SPEC = preset("dev")


def restore_until(snapshot, place, moment):
    command = [sys.executable, "-m", "tests.support.dying_restorer", snapshot, place, str(moment)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@pytest.mark.slow
async def test_a_killed_restore_leaves_nothing_or_all(tmp_path):
    """Given deaths at each moment. Then a node begins anew, or with the snapshot: never between."""
    forge = Forge()
    blocks = await forge.chain(forge.genesis, [0, 1])
    snapshot = tmp_path / "chain.snap"
    write_snapshot_of(forge.client, blocks[1].header.hash(), snapshot)
    for moment in range(MOMENTS):
        place = tmp_path / str(moment) / "db"
        assert restore_until(snapshot, place, moment) == DIED
        assert place.exists() == (moment == MOMENTS - 1)
        if not place.exists():
            restore(snapshot, SPEC, place, ARCHIVE)
        assert [path.name for path in place.parent.iterdir()] == ["db"]
        with open_chain(SPEC, StorageConfig(place.parent)) as database:
            best = database.blocks.best
            assert best.hash == blocks[1].header.hash()
            assert database.states.at(best.hash).keys(b"") == (
                forge.client.state(best.hash).keys(b"")
            )
    assert restore_until(snapshot, tmp_path / "none" / "db", MOMENTS) == 0
