"""Executes the first blocks of a trace and prints each state root: `python -m … TRACE COUNT`."""

import sys
from functools import partial
from pathlib import Path

from node.replay.files import read_trace
from node.replay.machine import APPLY, BEGIN, END, blank_header
from node.replay.stage import EmbeddedRuntime, Stage, release
from primitives.block import Header


def main():
    trace, count = read_trace(Path(sys.argv[1])), int(sys.argv[2])
    stage = Stage(trace.genesis, partial(EmbeddedRuntime, loaded=release(trace)))
    for block in trace.blocks[:count]:
        stage.call(BEGIN, blank_header(block))
        for extrinsic in block.extrinsics:
            stage.call(APPLY, extrinsic)
        header = Header.decode(stage.call(END))
        stage.settle()
        print(header.number, header.state_root.hex(), header.hash().hex())


if __name__ == "__main__":
    main()
