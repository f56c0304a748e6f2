"""Finality: follows the best chain, and makes final what enough authorities have built on."""

import logging
from collections.abc import Iterator
from itertools import islice

from consensus import aura
from consensus.finality import WINDOW, Authored, last_final, quorum
from consensus.messages import BlockRef
from node.client import Client
from node.logs import short_hash
from node.runtime_apis import authorities
from primitives.errors import InvariantBroken, Rejected
from primitives.types import BlockNumber, Hash, Slot
from storage.columns import Head

log = logging.getLogger("finality")


async def run_finality(client: Client) -> None:
    """Raise the finalized block with each new best one, until cancelled."""
    best = client.best()
    while True:
        try:
            await raise_finalized(client, best)
        except Rejected as error:  # whether the node can go on, the import of the block says
            log.warning("Cannot tell what #%d makes final: %s", best.number, error.reason)
        best = await client.next_best(best.hash)


async def raise_finalized(client: Client, best: Head) -> None:
    """Make final what the chain up to `best` has made final."""
    needed = quorum(len(authorities(client, best.hash)))
    target = last_final(islice(_downwards(client, best), WINDOW), needed)
    if target is not None and target.number > client.finalized().number:
        await client.finalize(target.hash)
        log.debug("Finalized #%d (%s)", target.number, short_hash(target.hash))


def _downwards(client: Client, best: Head) -> Iterator[Authored]:
    """The chain from its head on down to the finalized block, which is final already."""
    floor, at = client.finalized().number, best.hash
    while True:
        header = client.header(at)
        if header is None:
            raise InvariantBroken(f"block {at.hex()} of the best chain is not stored")
        if header.number <= floor:
            return
        slot = aura.slot_of(header)
        if not isinstance(slot, int):
            raise InvariantBroken(f"block {header.number} was imported without a slot")
        author = aura.author_of(Slot(slot), authorities(client, header.parent_hash))
        if author is None:
            return
        yield Authored(BlockRef(BlockNumber(header.number), Hash(at)), author)
        at = header.parent_hash
