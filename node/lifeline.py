"""Ends a node with the program that started it: the end of its standard input says so."""

import os
from typing import Final

import trio

_CHUNK: Final = 1 << 12


async def stop_at_end_of(descriptor: int, stop: trio.Event) -> None:
    """Set `stop` when a pipe has no writer any more; what is written to it means nothing."""
    async with trio.lowlevel.FdStream(os.dup(descriptor)) as pipe:
        while await pipe.receive_some(_CHUNK):
            pass
    stop.set()
