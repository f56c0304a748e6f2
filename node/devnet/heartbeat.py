"""A chain that stands still ends a scenario, which would wait for its next block for ever."""

from typing import Final

import trio

from node.devnet.errors import ConnectionLost, DevnetError
from node.devnet.fleet import Devnet
from primitives.types import Hash

STILL_SECONDS: Final = 60
STILL_SLOTS: Final = 40
"""For how long no node may have a new block, whichever is longer. Busy machines need the first, and
slow chains the second."""
SLOT_SECONDS: Final = 12
_LOOK_SECONDS: Final = 1


async def watch_heartbeat(devnet: Devnet, speed: int) -> None:
    """Look at the best blocks of all nodes, until none of them has moved for too long.

    Raises:
        DevnetError: then.
    """
    patience = max(STILL_SECONDS, STILL_SLOTS * SLOT_SECONDS / speed)
    heads, since = await _heads(devnet), trio.current_time()
    while trio.current_time() < since + patience:
        await trio.sleep(_LOOK_SECONDS)
        found = await _heads(devnet)
        if found != heads:
            heads, since = found, trio.current_time()
    raise DevnetError(
        f"the chain stands still: no node has had a new block for {patience:g} seconds; "
        f"the logs are {devnet.plans[0].log} and beside it"
    )


async def _heads(devnet: Devnet) -> list[Hash | None]:
    """The best block of each node, None for those that are down."""
    heads: list[Hash | None] = []
    for node in range(len(devnet.nodes)):
        try:
            heads.append((await devnet.access(node).best()).hash())
        except ConnectionLost:
            heads.append(None)
    return heads
