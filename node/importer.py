"""The importer: drives the import queue, from blocks in any order to blocks in the chain.

blocks, slots, lost peers ──> ImportQueue.handle ──> verify the seal, execute, fetch, reject
                                    └───────────── what came of it ──────────────┘
"""

import logging
from collections import deque
from functools import partial
from typing import Final, assert_never

import trio

from consensus import aura
from consensus.import_queue import ImportQueue
from consensus.messages import (
    AuthorityId,
    BlockImported,
    BlockRefused,
    EquivocationFound,
    EquivocationProof,
    Execute,
    FetchParent,
    Forgotten,
    HeaderChecked,
    HeaderVerdict,
    ImportEffect,
    ImportInput,
    InvalidHeader,
    Reject,
    RejectionReason,
    SlotStarted,
    VerifiedHeader,
    Verify,
)
from consensus.slots import Duration, slot_at
from node.client import Client, InvalidBlock, LeftOut
from node.clock import Clock
from node.executor.errors import UnknownCode
from node.logs import short_hash
from node.network import Network
from node.runtime_apis import authorities, inherent_data, slot_duration
from p2p import interface as p2p
from p2p.wire.identity import PeerId
from p2p.wire.reason import Reason
from primitives import ss58
from primitives.block import Block, Header
from primitives.crypto import verify
from primitives.errors import Rejected
from primitives.scheme import Scheme
from primitives.types import AccountId, BlockNumber, Hash, Slot
from storage.trie.root import ordered_root

log = logging.getLogger("import")

EXTRINSICS_ROOT_VERSION: Final = 0
"""The layout of the trie whose root stands for the extrinsics."""

UNWANTED: Final = (
    RejectionReason.TOO_FAR_AHEAD,
    RejectionReason.QUEUE_FULL,
    RejectionReason.DISPLACED_FORK,
)
"""Reasons that do not prove a block wrong: who sends many such loses its standing, not at once."""

_verify_seal = partial(verify, Scheme.SR25519)


class Importer:
    """Brings the blocks of others into the chain, one after the other."""

    def __init__(self, client: Client, clock: Clock, network: Network) -> None:
        self._client = client
        self._clock = clock
        self._network = network
        self._queue = ImportQueue(client.tree, self._slot(), body_matches)
        self._to_do: deque[ImportEffect] = deque()

    async def run(self, inbox: trio.MemoryReceiveChannel[ImportInput]) -> None:
        """Take inputs to their end, until nobody can send any more."""
        with inbox:
            async for event in inbox:
                self._to_do.extend(self._queue.handle(event))
                while self._to_do:
                    await self._carry_out(self._to_do.popleft())

    async def tell_slots(self, inbox: trio.MemorySendChannel[ImportInput]) -> None:
        """Say each slot as it starts, until cancelled."""
        with inbox:
            slot = self._slot()
            while True:
                await inbox.send(SlotStarted(slot))
                slot = await self._clock.next_slot(slot, self._slot_duration())

    async def _carry_out(self, effect: ImportEffect) -> None:
        match effect:
            case Verify(block):
                self._answer(self._verify(block))
            case Execute(block):
                self._answer(await self._execute(block))
            case FetchParent(peer, parent):
                self._network.command(p2p.FetchBlock(parent.number, parent.hash, PeerId(peer)))
            case Reject(peer, block_hash, reason):
                self._reject(PeerId(peer), block_hash, reason)
            case Forgotten(block_hash):
                self._network.command(p2p.BlockForgotten(block_hash))
            case EquivocationFound(proof):
                _report(proof)
            case _:
                assert_never(effect)

    def _answer(self, event: ImportInput) -> None:
        """What follows from a block comes before what waits: its children are next."""
        self._to_do.extendleft(reversed(self._queue.handle(event)))

    def _verify(self, block: Block) -> ImportInput:
        verdict = check_header(self._client, block.header, self._slot())
        return HeaderChecked(block.header.hash(), verdict)

    async def _execute(self, block: Block) -> BlockImported | BlockRefused:
        block_hash = block.header.hash()
        facts = inherent_data(self._clock.now(), self._slot())
        try:
            event = await self._client.import_block(block, facts=facts)
        except Rejected as error:
            if isinstance(error, LeftOut) and self._leads_on(block.header):
                raise error.obstacle from error
            log.warning(
                "Block #%d (%s) cannot be imported: %s",
                block.header.number,
                short_hash(block_hash),
                error.reason,
            )
            return BlockRefused(block_hash, _blame_for(error))
        self._network.command(p2p.BlockImported(block_hash))
        log_imported(block, is_new_best=event.is_new_best)
        return BlockImported(block_hash)

    def _leads_on(self, header: Header) -> bool:
        """Whether sealed blocks that wait for this one would make its fork the best chain."""
        keys = _authors_on(self._client, header.parent_hash)
        height, generation = header.number, [header.hash()]
        while generation and height <= self._client.best().number:
            height = BlockNumber(height + 1)
            generation = [
                child.header.hash()
                for parent in generation
                for child in self._queue.waiting_on(parent)
                if self._is_sealed(child.header, keys)
            ]
        return bool(generation)

    def _is_sealed(self, header: Header, keys: list[AuthorityId]) -> bool:
        verdict = aura.verify_header(header, keys, self._slot(), _verify_seal)
        return isinstance(verdict, VerifiedHeader)

    def _reject(self, peer: PeerId, block: Hash, reason: RejectionReason) -> None:
        log.info("Rejected block %s peer=%s reason=%s", short_hash(block), peer, reason.value)
        if reason in UNWANTED:
            self._network.command(p2p.BlockForgotten(block))
            self._network.command(p2p.ReportPeer(peer, Reason.UNAVAILABLE))
        else:
            self._network.command(p2p.BlockRefused(block))

    def _slot(self) -> Slot:
        return current_slot(self._client, self._clock)

    def _slot_duration(self) -> Duration:
        return slot_duration(self._client, self._client.best().hash)


def current_slot(client: Client, clock: Clock) -> Slot:
    """The slot that the clock is in, by what the best block says of slots."""
    return slot_at(clock.now(), slot_duration(client, client.best().hash))


def check_header(client: Client, header: Header, now: Slot) -> HeaderVerdict:
    """Check slot, author and seal of a header whose parent is here."""
    try:
        keys = authorities(client, header.parent_hash)
    except UnknownCode as error:
        return _check_on_foreign_code(client, header, now, error)
    except Rejected as error:
        log.warning("Cannot verify %s: %s", short_hash(header.hash()), error.reason)
        return InvalidHeader(RejectionReason.NO_AUTHORITIES)
    return aura.verify_header(header, keys, now, _verify_seal)


def _check_on_foreign_code(
    client: Client, header: Header, now: Slot, error: UnknownCode
) -> HeaderVerdict:
    """No stranger's seal may end the node, and none that fails proves the header wrong."""
    keys = _authors_on(client, header.parent_hash)
    verdict = aura.verify_header(header, keys, now, _verify_seal)
    if not isinstance(verdict, InvalidHeader):
        return verdict
    log.warning("Cannot verify %s: %s", short_hash(header.hash()), error.reason)
    return InvalidHeader(RejectionReason.CODE_NOT_RUN)


def _authors_on(client: Client, parent: Hash) -> list[AuthorityId]:
    """Who could author a block with code that this node does not run, and most likely the next."""
    header = client.header(parent)
    try:
        return [] if header is None else authorities(client, header.parent_hash)
    except (UnknownCode, Rejected):
        return []


def _blame_for(error: Rejected) -> RejectionReason:
    """What a block that cannot be imported is refused for."""
    match error:
        case InvalidBlock():
            return RejectionReason.EXECUTION_FAILED
        case LeftOut():
            return RejectionReason.CODE_NOT_RUN
        case _:  # it may be good: this node no longer has what it would take to execute it
            return RejectionReason.DISPLACED_FORK


def body_matches(block: Block) -> bool:
    """Whether the extrinsics are those that the header names."""
    return ordered_root(block.extrinsics, EXTRINSICS_ROOT_VERSION) == block.header.extrinsics_root


def log_imported(block: Block, *, is_new_best: bool) -> None:
    """The line that people and their scripts wait for."""
    log.info(
        "Imported #%d (%s) extrinsics=%d best=%s",
        block.header.number,
        short_hash(block.header.hash()),
        len(block.extrinsics),
        "yes" if is_new_best else "no",
    )


def _report(proof: EquivocationProof) -> None:
    log.warning(
        "Slot author is equivocating author=%s slot=%d first=0x%s second=0x%s",
        ss58.encode(AccountId(proof.offender)),
        proof.slot,
        proof.first.hash().hex(),
        proof.second.hash().hex(),
    )
