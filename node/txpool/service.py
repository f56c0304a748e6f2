"""The pool's driver: asks the runtime what an extrinsic is worth, and follows the best chain.

RPC, gossip ──> validate in a thread ──> Pool.handle ──> watchers, announcements
best block moved ──> what left and what entered ──> Pool.handle ──> validate anew
"""

import logging
from collections.abc import Iterable
from enum import Enum, auto
from typing import Final, assert_never

import trio

from node.client import Client
from node.clock import Clock
from node.executor.errors import MethodNotFound, RuntimePanic
from node.runtime_apis import account_nonce
from node.txpool.backlog import Backlog
from node.txpool.inlet import Inlet
from node.txpool.messages import (
    Announce,
    BestChanged,
    BlocksFinalized,
    EnactedBlock,
    FoundInvalid,
    Included,
    PoolEffect,
    PoolInput,
    Propagated,
    Refused,
    RetractedBlock,
    Revalidate,
    Revalidated,
    StatusChanged,
    Submitted,
    Validity,
)
from node.txpool.order import ExecutionOrder
from node.txpool.pool import READY_LIMIT, REVALIDATION_BATCH, Pool
from node.txpool.refusal import ExtrinsicRefused, Refusal
from node.txpool.status import Status
from node.txpool.validation import Answer, Failure, Validator
from node.txpool.watchers import Watchers
from primitives.block import RuntimeEnvironmentUpdated
from primitives.hashing import blake2_256
from primitives.scale.compact import decode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.types import encode
from primitives.transaction_validity import (
    Invalid,
    InvalidTransaction,
    TransactionSource,
    ValidTransaction,
)
from primitives.types import AccountId, Hash, Nonce
from storage.columns import Head
from storage.errors import StateDiscarded

log = logging.getLogger("pool")

GOSSIP_INLET: Final = 1_024
"""Extrinsics from peers that wait for validation; a second or two of work."""
GOSSIP_BATCH: Final = 32
"""Validated in one visit to the reading thread."""
UNHEARD_ANNOUNCEMENTS: Final = READY_LIMIT.count
"""Enough for a whole pool that becomes ready at once. A new peer is told the pool anyway."""

_SIGNED_BIT: Final = 0x80
_UNDECODABLE: Final = Invalid(InvalidTransaction.CALL)
"""What a failed validation counts as, where no submitter waits for the text."""

Gossip = tuple[str, bytes]
"""A peer and the extrinsic that it sent."""


class GossipVerdict(Enum):
    """What an extrinsic says of the peer that sent it. Most say nothing, as chains move on."""

    USEFUL = auto()
    """It was new and valid."""
    UNREADABLE = auto()
    """The runtime could not make sense of it. A bad signature is none: it may be good for
    another version, which the sender has already or still."""


class TxPool:
    """The extrinsics that wait for a block, as RPC, network and author see them."""

    def __init__(self, client: Client, clock: Clock, *, is_author: bool) -> None:
        self._client = client
        self._clock = clock
        self._backlog = Backlog()
        self._pool = Pool(is_author=is_author)
        self._followed = client.best()
        """The best block as the pool knows it. It asks threads what blocks hold, so it may lag."""
        self._validator = Validator(client, lambda: self._followed)
        self._watchers = Watchers()
        self.gossip: Inlet[Gossip] = Inlet(GOSSIP_INLET)
        """What peers sent; `run` validates it."""
        self.verdicts: Inlet[tuple[str, GossipVerdict]] = Inlet(GOSSIP_INLET)
        """How peers did with what they sent, for the network to remember."""
        self.announcements: Inlet[bytes] = Inlet(UNHEARD_ANNOUNCEMENTS)
        """Extrinsics that became ready, for the network to spread."""

    async def submit(self, extrinsic: bytes, source: TransactionSource) -> Hash:
        """Take an extrinsic in.

        Raises:
            ExtrinsicRefused: the pool or the runtime does not want it.
            RuntimePanic: the runtime cannot make sense of it.
            MethodNotFound: the runtime does not validate extrinsics.
            StateDiscarded: no state lasted long enough.
        """
        extrinsic_hash = Hash(blake2_256(extrinsic))
        if objection := self._pool.objection(extrinsic_hash, self._clock.now()):
            raise ExtrinsicRefused(objection)
        [answer] = await self._validator.at_best(source, [extrinsic])
        if isinstance(answer.validity, Failure):
            raise answer.validity
        if refusal := self._take(extrinsic_hash, extrinsic, answer):
            raise ExtrinsicRefused(refusal)
        return extrinsic_hash

    async def watch(self, extrinsic: bytes) -> tuple[Hash, trio.MemoryReceiveChannel[Status]]:
        """Take an extrinsic in, and tell what becomes of it."""
        extrinsic_hash = Hash(blake2_256(extrinsic))
        if objection := self._pool.objection(extrinsic_hash, self._clock.now()):
            raise ExtrinsicRefused(objection)
        statuses = self._watchers.add(extrinsic_hash)
        try:
            await self.submit(extrinsic, TransactionSource.EXTERNAL)
        except BaseException:
            statuses.close()
            self._watchers.forget_gone(extrinsic_hash)
            raise
        return extrinsic_hash, statuses

    def pending(self) -> list[bytes]:
        """What may go into the next block, in its order."""
        return [member.extrinsic for member in self._pool.ready()]

    def next_index(self, account: AccountId) -> Nonce:
        """The nonce for the next extrinsic of an account, behind those that are ready."""
        nonce = account_nonce(self._client, self._client.best().hash, account)
        while self._pool.is_provided(account + encode(Nonce, nonce)):
            nonce = Nonce(nonce + 1)
        return nonce

    def ready(self) -> ExecutionOrder:
        """A snapshot of the ready extrinsics for an author."""
        return self._pool.ready()

    def get(self, extrinsic: Hash) -> bytes | None:
        """A pooled extrinsic."""
        return self._pool.get(extrinsic)

    @property
    def ready_count(self) -> int:
        return self._pool.ready_count

    @property
    def future_count(self) -> int:
        return self._pool.future_count

    def has_followed(self, block: Head) -> bool:
        """Whether the pool stands on a block, and no longer holds what is in it."""
        return block == self._followed

    def found_invalid(self, extrinsics: tuple[Hash, ...]) -> None:
        """The author could put these into no block."""
        if certain := tuple(one for one in extrinsics if one not in self._backlog):
            self._handle(FoundInvalid(certain, self._clock.now()))

    def propagated(self, extrinsics: Iterable[bytes], peers: tuple[str, ...]) -> None:
        """The network has sent these."""
        for extrinsic in extrinsics:
            self._handle(Propagated(Hash(blake2_256(extrinsic)), peers))

    async def run(self) -> None:
        """Follow the best chain, and validate what peers send, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_chain)
            nursery.start_soon(self._take_gossip)
            nursery.start_soon(self._revalidate)

    async def _follow_chain(self) -> None:
        final = self._client.finalized()
        while True:
            await self._client.next_change(self._followed.hash, final.hash)
            # Both as they are now: what becomes final while the pool follows is told the next time.
            best, now_final = self._client.best(), self._client.finalized()
            if best != self._followed:
                await self._follow(self._followed, best)
            if now_final != final:
                blocks = self._client.route(final.hash, now_final.hash).enacted
                self._handle(BlocksFinalized(tuple(block.hash for block in blocks)))
                final = now_final

    async def _follow(self, before: Head, best: Head) -> None:
        route = self._client.route(before.hash, best.hash)
        retracted = tuple(self._retracted(left) for left in route.retracted)
        enacted = tuple([await self._enacted(entered) for entered in route.enacted])
        has_other_code = any(map(self._brings_code, route.retracted + route.enacted))
        self._followed = best
        self._handle(BestChanged(retracted, enacted, self._clock.now(), has_other_code))

    def _brings_code(self, block: Head) -> bool:
        header = self._client.header(block.hash)
        return header is None or RuntimeEnvironmentUpdated() in header.digest.items

    def _retracted(self, block: Head) -> RetractedBlock:
        """With all that it held: the runtime tells what may return, and refuses inherents."""
        body = self._client.body(block.hash) or ()
        return RetractedBlock(block.hash, tuple((Hash(blake2_256(data)), data) for data in body))

    async def _enacted(self, block: Head) -> EnactedBlock:
        """A block's extrinsics with their tags; the runtime knows those of what is not pooled."""
        body = {Hash(blake2_256(data)): data for data in self._client.body(block.hash) or ()}
        strangers = {
            extrinsic: data
            for extrinsic, data in body.items()
            if extrinsic not in self._pool and is_signed(data)
        }
        provides: dict[Hash, tuple[bytes, ...]] = {}
        header = self._client.header(block.hash)
        if strangers and header is not None and self._is_in_use:
            validities = await self._validator.within(header.parent_hash, list(strangers.values()))
            for extrinsic, validity in zip(strangers, validities, strict=False):
                if isinstance(validity, ValidTransaction):
                    provides[extrinsic] = tuple(validity.provides)
        included = tuple(Included(extrinsic, provides.get(extrinsic, ())) for extrinsic in body)
        return EnactedBlock(block.hash, block.number, included)

    @property
    def _is_in_use(self) -> bool:
        return self._pool.ready_count + self._pool.future_count > 0

    async def _take_gossip(self) -> None:
        while True:
            gossip = {
                Hash(blake2_256(data)): (peer, data)
                for peer, data in await self.gossip.take(GOSSIP_BATCH)
            }
            now = self._clock.now()
            news = {key: gossip[key] for key in gossip if not self._pool.objection(key, now)}
            answers = await self._validator.at_best(
                TransactionSource.EXTERNAL, [data for _, data in news.values()]
            )
            for (key, (peer, data)), answer in zip(news.items(), answers, strict=True):
                if isinstance(answer.validity, MethodNotFound | StateDiscarded):
                    continue  # which says nothing of the extrinsic
                if self._take(key, data, answer) is None:
                    self.verdicts.put((peer, GossipVerdict.USEFUL))
                elif isinstance(answer.validity, RuntimePanic):
                    self.verdicts.put((peer, GossipVerdict.UNREADABLE))

    async def _revalidate(self) -> None:
        while True:
            batch = await self._backlog.take(REVALIDATION_BATCH)
            answers = await self._validator.at_best(
                TransactionSource.EXTERNAL, list(batch.values())
            )
            for (key, data), answer in zip(batch.items(), answers, strict=True):
                now = self._clock.now()
                self._handle(Revalidated(key, data, _settled(answer.validity), answer.at, now))

    def _take(self, extrinsic_hash: Hash, extrinsic: bytes, answer: Answer) -> Refusal | None:
        """Offer a validated extrinsic to the pool; answer why it was refused."""
        now = self._clock.now()
        validity = _settled(answer.validity)
        effects = self._pool.handle(Submitted(extrinsic_hash, extrinsic, validity, answer.at, now))
        self._tell(effects)
        for effect in effects:
            if isinstance(effect, Refused) and effect.hash == extrinsic_hash:
                log.debug("refused hash=0x%s why=%s", extrinsic_hash.hex(), effect.refusal.message)
                return effect.refusal
        log.debug("accepted hash=0x%s", extrinsic_hash.hex())
        return None

    def _handle(self, event: PoolInput) -> None:
        self._tell(self._pool.handle(event))

    def _tell(self, effects: list[PoolEffect]) -> None:
        """Carry out what needs no waiting."""
        for effect in effects:
            match effect:
                case StatusChanged(extrinsic, status):
                    self._watchers.tell(extrinsic, status)
                case Announce(extrinsic=extrinsic):
                    self.announcements.put(extrinsic)
                case Revalidate(extrinsics):
                    self._backlog.add(extrinsics)
                case Refused():
                    pass  # whoever asked looks for it
                case _:
                    assert_never(effect)


def is_signed(extrinsic: bytes) -> bool:
    """Whether somebody outside signed it."""
    try:
        _, at = decode_compact(extrinsic, 0)
    except ScaleError:
        return False
    return at < len(extrinsic) and bool(extrinsic[at] & _SIGNED_BIT)


def _settled(validity: Validity | Failure) -> Validity:
    return _UNDECODABLE if isinstance(validity, Failure) else validity
