"""The informant: how the node is doing, in one line every few seconds."""

import logging
from typing import Final

import trio

from node.client import Client
from node.logs import short_hash
from node.network import Network
from node.txpool.service import TxPool
from primitives.types import BlockNumber

log = logging.getLogger("node")

PERIOD_SECONDS: Final = 5.0


async def run_informant(client: Client, network: Network, pool: TxPool) -> None:
    """Report until cancelled."""
    before = client.best().number
    while True:
        await trio.sleep(PERIOD_SECONDS)
        best, finalized = client.best(), client.finalized()
        log.info(
            "%s (%d peers), best: #%d (%s), finalized #%d (%s), ready=%d future=%d",
            _activity(network, before, best.number),
            network.peer_count,
            best.number,
            short_hash(best.hash),
            finalized.number,
            short_hash(finalized.hash),
            pool.ready_count,
            pool.future_count,
        )
        before = best.number


def _activity(network: Network, before: BlockNumber, best: BlockNumber) -> str:
    target = network.sync_target
    if target is None:
        return "Idle"
    return f"Syncing {(best - before) / PERIOD_SECONDS:.1f} bps, target=#{target}"
