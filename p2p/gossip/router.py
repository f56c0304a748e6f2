"""Gossip: who is told of which block and which extrinsic.

Block headers go to every peer that does not know them. An extrinsic goes whole to about the square
root of the peers and by hash to the rest, who fetch it if they still lack it; what is too long to
push goes by hash to all. Nothing is forwarded before the node has validated it.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isqrt
from typing import Final

from p2p.gossip.seen_cache import SeenCache
from p2p.interface import (
    AnnounceBlock,
    BlockAnnounced,
    PropagateTransactions,
    TransactionsReceived,
)
from p2p.machine import (
    AskPeer,
    Deliver,
    Effect,
    Input,
    PeerAnswered,
    PeerJoined,
    PeerLeft,
    PeerSaid,
    PeerSilent,
    Report,
    Tell,
)
from p2p.wire import limits
from p2p.wire.identity import PeerId
from p2p.wire.messages import BlockAnnounce, GetTx, Tx, TxAnswer, TxInv
from p2p.wire.reason import Reason
from primitives.hashing import blake2_256
from primitives.types import Hash

SEEN_MAX: Final = 65_536
SEEN_SECONDS: Final = 600.0
"""Long enough that no copy is still under way; after it an extrinsic may come round again."""
KNOWN_MAX: Final = 4096
"""Hashes remembered for each peer."""
PUSH_TO_ALL_MAX: Final = 6
"""With so few peers the detour by hash costs more than the bytes it saves."""
_TX_BYTES_MAX: Final = 192 * limits.KIB
"""Extrinsics in one message, well under the cap of its kind."""
_WANTED_MAX: Final = 8192
"""Hashes being fetched, of all peers together."""
_ANNOUNCERS_MAX: Final = 8
"""Peers remembered for each hash being fetched."""


@dataclass(slots=True)
class Router:
    """Decides; `handle` is the only method that changes it."""

    _known: dict[PeerId, SeenCache] = field(default_factory=dict)
    _headers: SeenCache = field(default_factory=lambda: SeenCache(SEEN_MAX, SEEN_SECONDS))
    _extrinsics: SeenCache = field(default_factory=lambda: SeenCache(SEEN_MAX, SEEN_SECONDS))
    _wanted: dict[Hash, deque[PeerId]] = field(default_factory=dict)
    """Hashes being fetched: first the peer that was asked, then who else has them."""

    def handle(self, item: Input, now: float) -> list[Effect]:
        """Take one input to its end."""
        match item:
            case PeerJoined(peer=peer):
                self._known[peer] = SeenCache(KNOWN_MAX, SEEN_SECONDS)
            case PeerLeft(peer=peer):
                del self._known[peer]
                return self._ask_others(peer, list(self._wanted))
            case PeerSaid(peer=peer, message=BlockAnnounce() as announce):
                return self._hear_block(peer, announce, now)
            case PeerSaid(peer=peer, message=TxInv(hashes=hashes)):
                return self._hear_hashes(peer, hashes, now)
            case PeerSaid(peer=peer, message=Tx(extrinsics=extrinsics)):
                return self._hear_extrinsics(peer, extrinsics, now)
            case PeerAnswered(peer=peer, query=GetTx() as query, answer=TxAnswer() as answer):
                return self._take_fetched(peer, query, answer, now)
            case PeerSilent(peer=peer, query=GetTx(hashes=hashes)):
                return [Report(peer, Reason.NO_ANSWER), *self._ask_others(peer, hashes)]
            case AnnounceBlock():
                return self._announce(item, now)
            case PropagateTransactions(extrinsics=extrinsics):
                return self._propagate(extrinsics, now)
            case _:
                pass
        return []

    def _hear_block(self, peer: PeerId, announce: BlockAnnounce, now: float) -> list[Effect]:
        block = Hash(blake2_256(announce.header))
        self._known[peer].add(block, now)
        if not self._headers.add(block, now):
            return []
        return [Deliver(BlockAnnounced(peer, announce.header, announce.is_best))]

    def _announce(self, command: AnnounceBlock, now: float) -> list[Effect]:
        block = Hash(blake2_256(command.header))
        self._headers.add(block, now)
        message = BlockAnnounce(command.header, command.is_best)
        return [Tell(peer, message) for peer, known in self._known.items() if known.add(block, now)]

    def _hear_hashes(self, peer: PeerId, hashes: tuple[bytes, ...], now: float) -> list[Effect]:
        fetch: list[Hash] = []
        for item in map(Hash, hashes):
            self._known[peer].add(item, now)
            if item in self._extrinsics:
                continue
            asked = self._wanted.get(item)
            if asked is None and len(self._wanted) < _WANTED_MAX:
                self._wanted[item] = deque((peer,))
                fetch.append(item)
            elif asked is not None and peer not in asked and len(asked) < _ANNOUNCERS_MAX:
                asked.append(peer)
        return [AskPeer(peer, GetTx(tuple(fetch)))] if fetch else []

    def _hear_extrinsics(
        self, peer: PeerId, extrinsics: tuple[bytes, ...], now: float
    ) -> list[Effect]:
        fresh = []
        for extrinsic in extrinsics:
            item = Hash(blake2_256(extrinsic))
            self._known[peer].add(item, now)
            self._wanted.pop(item, None)
            if self._extrinsics.add(item, now):
                fresh.append(extrinsic)
        return [Deliver(TransactionsReceived(peer, tuple(fresh)))] if fresh else []

    def _take_fetched(
        self, peer: PeerId, query: GetTx, answer: TxAnswer, now: float
    ) -> list[Effect]:
        """A long answer may be cut short, but it is never empty while the peer has something."""
        got = [blake2_256(extrinsic) for extrinsic in answer.extrinsics]
        if any(item not in query.hashes for item in got):
            return [Report(peer, Reason.UNSOLICITED), *self._ask_others(peer, query.hashes)]
        effects = self._hear_extrinsics(peer, answer.extrinsics, now)
        missing = [Hash(item) for item in query.hashes if item not in got and item in self._wanted]
        if got and missing:
            return [*effects, AskPeer(peer, GetTx(tuple(missing)))]
        return effects + self._ask_others(peer, missing)

    def _ask_others(self, peer: PeerId, hashes: Iterable[bytes]) -> list[Effect]:
        """The peer does not have them after all: turn to the next who announced each."""
        turns: dict[PeerId, list[Hash]] = {}
        for item in map(Hash, hashes):
            asked = self._wanted.get(item)
            if asked is None or peer not in asked:
                continue
            was_asked = asked[0] == peer
            asked.remove(peer)
            if not asked:
                del self._wanted[item]
            elif was_asked:
                turns.setdefault(asked[0], []).append(item)
        return [AskPeer(other, GetTx(tuple(items))) for other, items in turns.items()]

    def _propagate(self, extrinsics: tuple[bytes, ...], now: float) -> list[Effect]:
        whole: dict[PeerId, list[bytes]] = {}
        by_hash: dict[PeerId, list[Hash]] = {}
        for extrinsic in extrinsics:
            if len(extrinsic) > limits.EXTRINSIC_MAX:
                continue
            item = Hash(blake2_256(extrinsic))
            self._extrinsics.add(item, now)
            self._wanted.pop(item, None)
            lacking = [peer for peer, known in self._known.items() if known.add(item, now)]
            push_to = self._push_targets(lacking, extrinsic, item)
            for peer in lacking[:push_to]:
                whole.setdefault(peer, []).append(extrinsic)
            for peer in lacking[push_to:]:
                by_hash.setdefault(peer, []).append(item)
        effects: list[Effect] = []
        for peer, items in whole.items():
            effects += (Tell(peer, message) for message in pack_extrinsics(items))
        for peer, hashes in by_hash.items():
            effects += (Tell(peer, message) for message in pack_hashes(hashes))
        return effects

    def _push_targets(self, lacking: list[PeerId], extrinsic: bytes, item: Hash) -> int:
        """Turn the list by the hash, so that each extrinsic has other first peers; cut it there."""
        if len(extrinsic) > limits.PUSHED_EXTRINSIC_MAX:
            return 0
        peers = len(self._known)
        if peers <= PUSH_TO_ALL_MAX or not lacking:
            return len(lacking)
        turn = int.from_bytes(item[:4], "big") % len(lacking)
        lacking[:] = lacking[turn:] + lacking[:turn]
        return isqrt(peers - 1) + 1


def pack_extrinsics(extrinsics: list[bytes]) -> list[Tx]:
    """Put extrinsics into as few messages as their caps allow, in order."""
    messages: list[Tx] = []
    batch: list[bytes] = []
    size = 0
    for extrinsic in extrinsics:
        is_full = len(batch) == limits.PUSHED_EXTRINSICS_MAX
        if batch and (is_full or size + len(extrinsic) > _TX_BYTES_MAX):
            messages.append(Tx(tuple(batch)))
            batch, size = [], 0
        batch.append(extrinsic)
        size += len(extrinsic)
    if batch:
        messages.append(Tx(tuple(batch)))
    return messages


def pack_hashes(hashes: list[Hash]) -> list[TxInv]:
    """Put hashes into as few messages as their cap allows."""
    step = limits.INVENTORY_MAX
    return [TxInv(tuple(hashes[at : at + step])) for at in range(0, len(hashes), step)]
