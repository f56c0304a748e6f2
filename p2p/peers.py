"""Who may connect, who is dialled next, and who is banned.

Reserved and boot nodes are redialled for ever; others are given up after eight tries. Every failure
doubles the pause, up to a minute, and the pause is drawn by chance from zero to that, so that nodes
which lost each other at one moment do not come back at one moment.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from p2p.discovery.address import NodeAddress, is_loopback
from p2p.discovery.book import AddressBook, Draw
from p2p.reputation import Reputation
from p2p.wire.identity import PeerId
from p2p.wire.limits import TokenBucket
from p2p.wire.reason import Reason

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 60.0
STABLE_SECONDS: Final = 60.0
"""A connection that lasted so long counts as a success; the next pause is short again."""
TRIES_MAX: Final = 8

UNFINISHED_MAX: Final = 16
"""Inbound handshakes under way, of all addresses."""
UNFINISHED_PER_IP: Final = 2
ACCEPTS_PER_IP: Final = (5.0, 10.0)
"""Connections a second and burst; like the other limits per IP not for loopback."""
PEERS_PER_IP: Final = 8
_GATES_MAX: Final = 1024
"""IP addresses whose rate is remembered."""


class Admission(Enum):
    """What to do with a new session."""

    WELCOME = auto()
    REPLACES = auto()
    """Keep it, and drop the older connection to the same peer."""


@dataclass(frozen=True, slots=True)
class PeerLimits:
    """How many peers are kept."""

    inbound: int = 25
    outbound: int = 25


@dataclass(slots=True)
class _Connected:
    is_outbound: bool
    ip: str
    since: float


@dataclass(slots=True)
class _Dialling:
    failures: int = 0
    not_before: float = 0.0
    is_under_way: bool = False


@dataclass(slots=True)
class PeerSet:
    """The table of peers. Reserved peers always fit and are never banned."""

    ours: PeerId
    limits: PeerLimits
    book: AddressBook
    boot_nodes: tuple[NodeAddress, ...]
    reserved_nodes: tuple[NodeAddress, ...]
    draw: Draw
    reputation: Reputation = field(default_factory=Reputation)
    _connected: dict[PeerId, _Connected] = field(default_factory=dict)
    _dialling: dict[PeerId, _Dialling] = field(default_factory=dict)
    _unfinished: Counter[str] = field(default_factory=Counter)
    _gates: dict[str, TokenBucket] = field(default_factory=dict)

    @property
    def connected(self) -> list[PeerId]:
        return list(self._connected)

    @property
    def has_outbound_room(self) -> bool:
        return sum(peer.is_outbound for peer in self._connected.values()) < self.limits.outbound

    def is_reserved(self, peer: PeerId) -> bool:
        return any(node.peer == peer for node in self.reserved_nodes)

    def open_gate(self, ip: str, now: float) -> bool:
        """Tell whether an accepted socket may begin its handshake; `close_gate` ends it."""
        if self._unfinished.total() >= UNFINISHED_MAX or self.reputation.is_banned(ip, now):
            return False
        if not is_loopback(ip) and not self._is_within_rate(ip, now):
            return False
        self._unfinished[ip] += 1
        return True

    def close_gate(self, ip: str) -> None:
        """An inbound handshake is over, one way or the other."""
        self._unfinished[ip] -= 1
        if not self._unfinished[ip]:
            del self._unfinished[ip]

    def admit(self, peer: PeerId, ip: str, now: float, *, is_outbound: bool) -> Admission | Reason:
        """Give an authenticated peer its slot, or answer the reason why not."""
        older = self._connected.get(peer)
        if self.reputation.is_banned(peer, now):
            return Reason.BANNED
        if older is None and not self._has_room(peer, ip, is_outbound=is_outbound):
            return Reason.TOO_MANY_PEERS
        if older is not None and self._keeps(older, peer, is_outbound=is_outbound):
            return Reason.DUPLICATE
        self._connected[peer] = _Connected(is_outbound, ip, now)
        self.book.mark_tried(peer)
        return Admission.WELCOME if older is None else Admission.REPLACES

    def left(self, peer: PeerId, now: float) -> None:
        """The connection that held the peer's slot has ended."""
        gone = self._connected.pop(peer)
        if not self._is_lasting(peer) and peer not in self.book:
            return
        dialling = self._dialling.setdefault(peer, _Dialling())
        if now - gone.since >= STABLE_SECONDS:
            dialling.failures = 0
        self._pause(dialling, now)

    def due(self, now: float, unix_now: int) -> list[NodeAddress]:
        """Answer whom to dial now; each is under way until `dialled` says how it ended."""
        due = []
        for node in self._wanted(now, unix_now):
            dialling = self._dialling.setdefault(node.peer, _Dialling())
            if dialling.not_before <= now:
                dialling.is_under_way = True
                due.append(node)
        return due

    def next_due(self, now: float, unix_now: int) -> float:
        """Answer when `due` has its next answer, as far as known."""
        return min(map(self._not_before, self._wanted(now, unix_now)), default=float("inf"))

    def dialled(self, node: NodeAddress, now: float, *, is_reached: bool) -> None:
        """A dial has ended: with the right peer at the other end, or not."""
        dialling = self._dialling.setdefault(node.peer, _Dialling())
        dialling.is_under_way = False
        if is_reached:
            return
        self._pause(dialling, now)
        if dialling.failures >= TRIES_MAX and not self._is_lasting(node.peer):
            del self._dialling[node.peer]
            self.book.forget(node.peer)

    def report(self, peer: PeerId, reason: Reason, now: float) -> bool:
        """Move a peer's reputation; true if its connection has to go."""
        if not self.reputation.report(peer, reason, now):
            return False
        if self.is_reserved(peer):
            self.reputation.forgive(peer)
        else:
            self.reputation.ban(peer, now)
        return True

    def report_ip(self, ip: str, reason: Reason, now: float) -> None:
        """Blame an address for what happened before anybody had a name."""
        if not is_loopback(ip) and self.reputation.report(ip, reason, now):
            self.reputation.ban(ip, now)

    def _is_within_rate(self, ip: str, now: float) -> bool:
        if len(self._gates) >= _GATES_MAX:
            self._gates.clear()
        gate = self._gates.setdefault(ip, TokenBucket.full(*ACCEPTS_PER_IP, now))
        return gate.try_take(1, now) and self._unfinished[ip] < UNFINISHED_PER_IP

    def _has_room(self, peer: PeerId, ip: str, *, is_outbound: bool) -> bool:
        if self.is_reserved(peer):
            return True
        others = [c for p, c in self._connected.items() if not self.is_reserved(p)]
        if not is_loopback(ip) and sum(other.ip == ip for other in others) >= PEERS_PER_IP:
            return False
        room = self.limits.outbound if is_outbound else self.limits.inbound
        return sum(other.is_outbound == is_outbound for other in others) < room

    def _keeps(self, older: _Connected, peer: PeerId, *, is_outbound: bool) -> bool:
        """Of two connections the one dialled by the smaller PeerId stays; of two such the newer.

        Both sides see the same two and decide alike. The newer one wins a tie because the peer
        would not have dialled again if the older one still lived on its side.
        """
        smaller_dials_out = self.ours < peer
        return older.is_outbound == smaller_dials_out and is_outbound != smaller_dials_out

    def _wanted(self, now: float, unix_now: int) -> list[NodeAddress]:
        """Nodes worth a dial, whether due or not: lasting ones, then as many as there is room."""
        lasting = dict.fromkeys((*self.reserved_nodes, *self.boot_nodes))
        wanted = [node for node in lasting if self._is_free(node.peer, now)]
        room = self.limits.outbound - sum(c.is_outbound for c in self._connected.values())
        room -= sum(dialling.is_under_way for dialling in self._dialling.values())
        learned = [
            node
            for node in self.book.addresses(unix_now)
            if self._is_free(node.peer, now) and not self._is_lasting(node.peer)
        ]
        learned.sort(key=self._not_before)
        return wanted + learned[: max(0, room - len(wanted))]

    def _not_before(self, node: NodeAddress) -> float:
        dialling = self._dialling.get(node.peer)
        return dialling.not_before if dialling is not None else 0.0

    def _is_free(self, peer: PeerId, now: float) -> bool:
        dialling = self._dialling.get(peer)
        is_under_way = dialling is not None and dialling.is_under_way
        if peer == self.ours or peer in self._connected or is_under_way:
            return False
        return not self.reputation.is_banned(peer, now)

    def _is_lasting(self, peer: PeerId) -> bool:
        return any(node.peer == peer for node in (*self.reserved_nodes, *self.boot_nodes))

    def _pause(self, dialling: _Dialling, now: float) -> None:
        longest = min(
            LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(dialling.failures, TRIES_MAX)
        )
        dialling.failures += 1
        dialling.not_before = now + longest * self.draw()
