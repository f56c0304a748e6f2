"""Where extrinsics and news of them wait: bounded, whoever is slow."""

import trio

from node.txpool.inlet import Inlet
from node.txpool.status import Broadcast, Place
from node.txpool.watchers import UNREAD_STATUSES, Watchers

XT, OTHER = b"x" * 32, b"o" * 32


async def test_a_full_inlet_forgets_the_oldest():
    inlet = Inlet(2)
    for item in "abc":
        inlet.put(item)
    assert await inlet.take(5) == ["b", "c"]


async def test_an_inlet_gives_at_most_what_is_asked_for():
    inlet = Inlet(5)
    for item in "abc":
        inlet.put(item)
    assert [await inlet.take(2), await inlet.take(2)] == [["a", "b"], ["c"]]


async def test_a_reader_of_an_inlet_waits_for_the_first_item(autojump_clock):
    inlet = Inlet(5)
    taken = []

    async def read():
        taken.extend(await inlet.take(5))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        inlet.put("a")
    assert taken == ["a"]


async def test_watchers_hear_of_their_extrinsic_until_it_ends():
    watchers = Watchers()
    statuses = watchers.add(XT)
    others = watchers.add(OTHER)
    watchers.tell(XT, Place.READY)
    watchers.tell(XT, Place.DROPPED)
    assert [status async for status in statuses] == [Place.READY, Place.DROPPED]
    assert others.statistics().current_buffer_used == 0
    assert len(watchers) == 1


async def test_a_slow_watcher_is_dropped_and_a_gone_one_forgotten():
    watchers = Watchers()
    slow, gone = watchers.add(XT), watchers.add(OTHER)
    for _ in range(UNREAD_STATUSES + 1):
        watchers.tell(XT, Broadcast(("P",)))
    assert len([status async for status in slow]) == UNREAD_STATUSES
    gone.close()
    watchers.forget_gone(OTHER)
    assert len(watchers) == 0
