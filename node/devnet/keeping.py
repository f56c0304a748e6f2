"""What a node has, kept and brought back: its database, while the node is down."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import trio

from node.devnet.errors import DevnetError
from node.devnet.plan import NodePlan
from node.replay.record import find_database
from storage.leveldb import copy_database, remove_database

Step = Callable[[NodePlan], None]
"""Something done to a node that is down."""


def save(plan: NodePlan) -> None:
    """Keep the database as it is now, instead of what was kept before."""
    kept = _kept(plan)
    shutil.rmtree(kept, ignore_errors=True)
    copy_database(find_database(plan.directory), kept)


def revert(plan: NodePlan) -> None:
    """Bring back the database that was kept. It can be brought back again."""
    database = find_database(plan.directory)
    remove_database(database)
    copy_database(_kept(plan), database)


async def restore(plan: NodePlan, snapshot: Path) -> None:
    """Make the database of a node that has none out of the state in a file."""
    command = [sys.executable, "-m", "node", "snapshot", "restore", str(snapshot)]
    command += ["--chain", str(plan.spec), "--base-path", str(plan.directory)]
    done = await trio.run_process(
        command, check=False, stdout=subprocess.DEVNULL, capture_stderr=True
    )
    if done.returncode:
        raise DevnetError(f"{plan.name} cannot be restored: {done.stderr.decode().strip()}")


def _kept(plan: NodePlan) -> Path:
    return plan.directory.parent / "kept" / plan.name
