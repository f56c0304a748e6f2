"""A child process that restores a snapshot and dies on the way, without any clearing up."""

import os
import sys
from pathlib import Path

from genesis.presets import preset
from node.snapshot.restore import restore
from storage.database import ARCHIVE
from storage.leveldb import LevelKv

MOMENTS = 6
"""Before and after each of two writes, and the change of the name."""
DIED = 9


def main(snapshot, place, moment):
    left = [moment]

    def dying(act):
        def pass_moment():
            if left[0] == 0:
                os._exit(DIED)
            left[0] -= 1

        def around(*args, **kwargs):
            pass_moment()
            result = act(*args, **kwargs)
            pass_moment()
            return result

        return around

    LevelKv.write = dying(LevelKv.write)
    Path.rename = dying(Path.rename)
    restore(Path(snapshot), preset("dev"), Path(place), ARCHIVE)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
