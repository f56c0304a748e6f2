"""Signed records of where nodes listen, learned from peers: bounded per source and in all."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from p2p.discovery.address import NodeAddress, unpack_host
from p2p.wire.envelope import encode_unsigned
from p2p.wire.identity import NodeKey, PeerId, peer_id_of, verify_identity
from p2p.wire.messages import PeerRecord, PeersAnswer, SocketAddress
from p2p.wire.reason import P2pFault, Reason

BOOK_MAX: Final = 1000
LEARNED_PER_SOURCE: Final = 16
"""Untried records that one peer may have in the book, so that nobody fills it alone."""
RECORD_SECONDS: Final = 24 * 3600
"""Lifetime of a record; its owner signs a new one each time it starts, and before this is over."""
ANSWER_MAX: Final = 32

_DOMAIN: Final = b"taonode-peer-record:"

Draw = Callable[[], float]
"""A source of chance: uniform in [0, 1)."""


@dataclass(slots=True)
class _Entry:
    record: PeerRecord
    source: PeerId
    is_tried: bool = False
    """We have been connected to it; such records are the last to go."""


def sign_record(
    key: NodeKey, genesis: bytes, addresses: tuple[SocketAddress, ...], unix_now: int
) -> PeerRecord:
    """Make the record of our own node; a later one outranks an earlier."""
    unsigned = PeerRecord(
        key.public, genesis, addresses, unix_now, unix_now + RECORD_SECONDS, bytes(64)
    )
    signature = key.sign(_DOMAIN + encode_unsigned(unsigned))
    return PeerRecord(key.public, genesis, addresses, unsigned.sequence, unsigned.expiry, signature)


@dataclass(slots=True)
class AddressBook:
    """Who can be dialled, by their own word."""

    ours: PeerId
    genesis: bytes
    _entries: dict[PeerId, _Entry] = field(default_factory=dict)

    def learn(self, answer: PeersAnswer, source: PeerId, unix_now: int) -> None:
        """Take the records a peer sent. Raises P2pFault if one of them is forged."""
        learned = Counter(e.source for e in self._entries.values() if not e.is_tried)[source]
        for record in answer.records:
            peer = peer_id_of(record.public)
            if peer == self.ours or not self._is_news(peer, record, unix_now):
                continue
            if not is_genuine(record):
                raise P2pFault(Reason.FORGED, f"record of {peer}")
            known = self._entries.get(peer)
            if known is not None:
                known.record = record
            elif learned < LEARNED_PER_SOURCE and self._make_room():
                learned += 1
                self._entries[peer] = _Entry(record, source, is_tried=peer == source)

    def mark_tried(self, peer: PeerId) -> None:
        """A connection to the peer was made."""
        if peer in self._entries:
            self._entries[peer].is_tried = True

    def forget(self, peer: PeerId) -> None:
        """The peer cannot be reached."""
        self._entries.pop(peer, None)

    def addresses(self, unix_now: int) -> list[NodeAddress]:
        """Answer one address for each node of the book, those once reached first."""
        entries = sorted(self._entries.items(), key=lambda item: not item[1].is_tried)
        return [
            NodeAddress(peer, unpack_host(address), address.port)
            for peer, entry in entries
            if entry.record.expiry > unix_now
            for address in entry.record.addresses[:1]
        ]

    def sample(self, count: int, unix_now: int, draw: Draw) -> list[PeerRecord]:
        """Answer some records by chance."""
        fresh = [e.record for e in self._entries.values() if e.record.expiry > unix_now]
        return sorted(fresh, key=lambda _: draw())[:count]

    def __contains__(self, peer: PeerId) -> bool:
        return peer in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def _is_news(self, peer: PeerId, record: PeerRecord, unix_now: int) -> bool:
        if record.genesis != self.genesis:
            return False
        if not unix_now < record.expiry <= unix_now + 2 * RECORD_SECONDS:
            return False
        known = self._entries.get(peer)
        return known is None or record.sequence > known.record.sequence

    def _make_room(self) -> bool:
        """A full book lets its oldest untried record go."""
        if len(self._entries) < BOOK_MAX:
            return True
        for peer, entry in self._entries.items():
            if not entry.is_tried:
                del self._entries[peer]
                return True
        return False


def is_genuine(record: PeerRecord) -> bool:
    """Check addresses and signature of a record."""
    try:
        for address in record.addresses:
            unpack_host(address)
    except ValueError:
        return False
    return verify_identity(record.public, _DOMAIN + encode_unsigned(record), record.signature)
