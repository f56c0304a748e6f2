"""A node ends when the other end of its lifeline does, however that comes about."""

import os

import trio
import trio.testing

from node.lifeline import stop_at_end_of


async def test_the_end_of_the_pipe_stops():
    ours, theirs = os.pipe()
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop_at_end_of, ours, stop)
        os.write(theirs, b"still here\n")
        await trio.testing.wait_all_tasks_blocked()
        assert not stop.is_set()
        os.close(theirs)
    assert stop.is_set()
    os.close(ours)
