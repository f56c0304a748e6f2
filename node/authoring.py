"""Authoring: in each slot that is ours, make a block, seal it, import it, have it announced."""

import logging

import trio

from consensus import aura
from consensus.messages import AuthorityId, ImportInput, OwnBlock, VerifiedHeader
from consensus.slots import Duration, proposing_budget, slot_at
from node import keystore
from node.client import Client
from node.clock import Clock
from node.importer import log_imported
from node.keystore import Keystore, KeystoreError
from node.logs import short_hash
from node.network import Network
from node.proposer import Proposal, Task, propose
from node.runtime_apis import authorities, inherent_data, slot_duration
from node.txpool.service import TxPool
from primitives.block import Block, Digest, Header
from primitives.errors import Rejected
from primitives.types import Moment, Slot
from storage.columns import Head

log = logging.getLogger("author")


class Author:
    """The slot loop of one node."""

    def __init__(
        self,
        client: Client,
        pool: TxPool,
        keys: Keystore,
        clock: Clock,
        network: Network,
        *,
        needs_peers: bool,
    ) -> None:
        self._client = client
        self._pool = pool
        self._keys = keys
        self._clock = clock
        self._network = network
        self._needs_peers = needs_peers

    async def run(
        self,
        inbox: trio.MemorySendChannel[ImportInput],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Author from the next slot on until cancelled; the importer is told of each block."""
        with inbox:
            duration = self._slot_duration()
            slot = slot_at(self._clock.now(), duration)
            task_status.started()
            while True:
                await self._clock.next_slot(slot, duration)
                now = self._clock.now()
                duration = self._slot_duration()
                slot = slot_at(now, duration)
                try:
                    own = await self._try_slot(slot, now, duration)
                except Rejected as error:
                    log.warning("Cannot author in slot %d: %s", slot, error.reason)
                else:
                    if own is not None:
                        await inbox.send(own)

    async def _try_slot(self, slot: Slot, now: Moment, duration: Duration) -> OwnBlock | None:
        parent = self._client.best()
        parent_slot = self._slot_of(parent)
        if parent_slot is not None and slot <= parent_slot:
            return None
        keys = authorities(self._client, parent.hash)
        author = aura.claim_slot(slot, keys, self._holds)
        if author is None or not self._may_author(len(keys)):
            return None

        budget = proposing_budget(slot, now, duration, parent_slot)
        digest = Digest((aura.pre_digest(slot),))
        seconds = self._clock.wall_seconds(budget)
        task = Task(parent, digest, inherent_data(now, slot), seconds)
        ready, is_current = self._pool.ready(), self._pool.has_followed(parent)
        log.debug("Starting consensus session on top of parent 0x%s", parent.hash.hex())
        proposal = await self._client.with_worker(
            parent.hash, lambda executor: propose(executor, task, ready)
        )
        if is_current:  # else what seems stale may be in the parent itself
            self._pool.found_invalid(proposal.invalid)
        header = await self._seal_and_import(proposal, author)
        return OwnBlock(header, VerifiedHeader(slot, author))

    async def _seal_and_import(self, proposal: Proposal, author: AuthorityId) -> Header:
        unsealed = proposal.block.header
        _log_prepared(proposal)
        sealed = aura.seal_header(unsealed, lambda message: self._sign(author, message))
        block = Block(sealed, proposal.block.extrinsics)
        log.info(
            "Pre-sealed block for proposal at %d. Hash now 0x%s, previously 0x%s.",
            sealed.number,
            sealed.hash().hex(),
            unsealed.hash().hex(),
        )
        event = await self._client.import_block(block, own=proposal)
        log_imported(block, is_new_best=event.is_new_best)
        return sealed

    def _may_author(self, authorities_in_all: int) -> bool:
        """A lone author among several would only build a fork of its own."""
        if self._network.is_syncing:
            log.debug("Skipping proposal slot due to sync.")
            return False
        if self._needs_peers and authorities_in_all > 1 and not self._network.peer_count:
            log.debug("Skipping proposal slot. Waiting for the network.")
            return False
        return True

    def _slot_of(self, head: Head) -> Slot | None:
        header = self._client.header(head.hash)
        if header is None or head.number == 0:
            return None
        slot = aura.slot_of(header)
        return slot if isinstance(slot, int) else None

    def _slot_duration(self) -> Duration:
        return slot_duration(self._client, self._client.best().hash)

    def _holds(self, author: AuthorityId) -> bool:
        return self._keys.has(keystore.AURA, author)

    def _sign(self, author: AuthorityId, message: bytes) -> bytes:
        signature = self._keys.sign(keystore.AURA, author, message)
        if signature is None:
            raise KeystoreError("the key of the slot's author has gone")
        return signature


def _log_prepared(proposal: Proposal) -> None:
    header = proposal.block.header
    log.info(
        "Prepared block for proposing at %d (%d ms) [hash: 0x%s; parent_hash: %s; extrinsics (%d)]",
        header.number,
        round(proposal.seconds * 1000),
        header.hash().hex(),
        short_hash(header.parent_hash),
        len(proposal.block.extrinsics),
    )
