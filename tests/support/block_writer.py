"""A child process that writes blocks for ever, and prints each number once it is written."""

import sys
from pathlib import Path

from storage.database import Database
from storage.leveldb import LevelKv
from tests.support.blocks import add_block, begin_chain


def main(path, pruning):
    database = Database.open(LevelKv(Path(path)), pruning=pruning)
    if database.has_genesis:
        parent = database.blocks.header(database.blocks.best.hash)
    else:
        parent = begin_chain(database, {b"account%d" % at: b"0" for at in range(50)})
    while True:
        number = parent.number + 1
        fork = {b"account%d" % (number % 7): b"fork", b"only-in-fork": b"x" * 40}
        add_block(database, parent, fork, {b"fork": {b"%d" % number: b"x" * 40}}, salt=1)
        changes = {b"account%d" % (number * 31 % 50): b"%d" % number * 20, b"account1": None}
        children = {
            b"grows": {b"%d" % number: b"%d" % number * 20},
            b"comes and goes": {b"key": b"value" if number % 2 else None},
        }
        parent = add_block(database, parent, changes, children, salt=2)
        if number % 5 == 0:
            database.finalize(parent.parent_hash)
        print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
