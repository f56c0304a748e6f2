"""Inputs and effects shared by the machines that speak with all peers: gossip and sync."""

from dataclasses import dataclass

from p2p.interface import NetworkCommand, NetworkEvent
from p2p.wire.identity import PeerId
from p2p.wire.messages import Answer, Gossip, Query, Status
from p2p.wire.reason import Reason


@dataclass(frozen=True, slots=True)
class PeerJoined:
    """A session became ready."""

    peer: PeerId
    status: Status


@dataclass(frozen=True, slots=True)
class PeerLeft:
    """A session ended. Queries to it get no answer any more, and no `PeerSilent` either."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class PeerSaid:
    """A gossip message arrived."""

    peer: PeerId
    message: Gossip


@dataclass(frozen=True, slots=True)
class PeerAnswered:
    """A query was answered; the answer has the query's kind."""

    peer: PeerId
    query: Query
    answer: Answer


@dataclass(frozen=True, slots=True)
class PeerSilent:
    """A query timed out."""

    peer: PeerId
    query: Query


Input = PeerJoined | PeerLeft | PeerSaid | PeerAnswered | PeerSilent | NetworkCommand


@dataclass(frozen=True, slots=True)
class Tell:
    """Queue a message for a peer."""

    peer: PeerId
    message: Gossip


@dataclass(frozen=True, slots=True)
class AskPeer:
    """Queue a query; `PeerAnswered`, `PeerSilent` or `PeerLeft` follows."""

    peer: PeerId
    query: Query


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand an event to the node, waiting for room."""

    event: NetworkEvent


@dataclass(frozen=True, slots=True)
class Report:
    """Move a peer's reputation, and drop the peer if that bans it."""

    peer: PeerId
    reason: Reason


Effect = Tell | AskPeer | Deliver | Report
