"""What the node and the network say to each other.

The node reads `NetworkEvent`s from a bounded channel: while it is full, no peer that has something
to say is read from. The node gives `NetworkCommand`s, which never wait and never fail. What the
network must know about the chain it looks up through `NodeView`.

Who drives what: the network syncs and gossips by itself. It follows announcements, searches the
common ancestor, downloads ranges and delivers them in order as `BlocksReceived`, parents first; the
node answers each block with `BlockImported`, `BlockRefused` or `BlockForgotten`, which opens the
next part of the download. Extrinsics are forwarded only when the node, having validated them, says
`PropagateTransactions`; on `PeerConnected` it says so for its whole ready pool, and only the new
peer gets them. After importing a new best block the node says `AnnounceBlock`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from p2p.wire.identity import PeerId
from p2p.wire.messages import BlockData, GetBlocks, Status
from p2p.wire.reason import Reason
from primitives.types import BlockNumber, Hash


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """Where the local chain stands."""

    best_number: BlockNumber
    best_hash: Hash
    finalized_number: BlockNumber
    finalized_hash: Hash
    base_number: BlockNumber
    """Where its blocks begin: of this one there is the header, and below it only genesis."""


class NodeView(Protocol):
    """What the network reads from the node. Answers come from one consistent instant each."""

    def status(self) -> ChainStatus:
        """Answer the best and the finalized block."""

    def contains(self, block: Hash) -> bool:
        """Tell whether a block is imported, on whatever fork."""

    def read_blocks(self, query: GetBlocks) -> Iterable[BlockData]:
        """Answer a range block by block, up to the first that is not there.

        Read in a worker thread, and only as far as is sent.
        """

    def extrinsic(self, extrinsic_hash: Hash) -> bytes | None:
        """Answer an extrinsic of the pool by its blake2b-256 hash."""


@dataclass(frozen=True, slots=True)
class PeerConnected:
    """A peer passed the handshake and holds a slot."""

    peer: PeerId
    status: Status
    is_outbound: bool


@dataclass(frozen=True, slots=True)
class PeerDisconnected:
    """The peer is gone."""

    peer: PeerId
    reason: Reason


@dataclass(frozen=True, slots=True)
class BlockAnnounced:
    """A header heard of for the first time. Its block follows as `BlocksReceived`."""

    peer: PeerId
    header: bytes
    is_best: bool


@dataclass(frozen=True, slots=True)
class BlocksReceived:
    """Blocks with their bodies, each the child of the one before: import them in order."""

    peer: PeerId
    blocks: tuple[BlockData, ...]


@dataclass(frozen=True, slots=True)
class TransactionsReceived:
    """Extrinsics not heard of lately: validate them, and propagate those that hold."""

    peer: PeerId
    extrinsics: tuple[bytes, ...]


NetworkEvent = (
    PeerConnected | PeerDisconnected | BlockAnnounced | BlocksReceived | TransactionsReceived
)


@dataclass(frozen=True, slots=True)
class AnnounceBlock:
    """Tell all peers that do not know it of an imported block."""

    header: bytes
    is_best: bool


@dataclass(frozen=True, slots=True)
class PropagateTransactions:
    """Spread valid extrinsics to the peers that do not know them."""

    extrinsics: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BlockImported:
    """A delivered block is in the store."""

    block: Hash


@dataclass(frozen=True, slots=True)
class BlockRefused:
    """A delivered block is invalid: who delivered it is banned, its descendants are forgotten."""

    block: Hash


@dataclass(frozen=True, slots=True)
class BlockForgotten:
    """A delivered block was dropped without a verdict: it may be fetched and delivered again."""

    block: Hash


@dataclass(frozen=True, slots=True)
class FetchBlock:
    """Get one block with its body, from `peer` first: a parent that an import is missing."""

    number: BlockNumber
    block: Hash
    peer: PeerId


@dataclass(frozen=True, slots=True)
class ReportPeer:
    """Move a peer's reputation."""

    peer: PeerId
    reason: Reason


NetworkCommand = (
    AnnounceBlock
    | PropagateTransactions
    | BlockImported
    | BlockRefused
    | BlockForgotten
    | FetchBlock
    | ReportPeer
)
