"""Every message of the protocol.

message   [kind, fields…]          query     [kind, id, fields…]
A query is answered by `ResponsePart`s that carry slices of the encoded answer. What consensus
hashes (headers, extrinsics, justifications) stays opaque SCALE bytes.

Kinds 17 to 21 are set aside for finality votes, neighbour packets, commits and catch-up.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from p2p.wire import limits
from p2p.wire.kind import Lane, message
from p2p.wire.limits import KIB, MIB
from p2p.wire.reason import Reason
from p2p.wire.shape import U16, U32, U64, Within

Hash32 = Annotated[bytes, Within(32, 32)]
HeaderBytes = Annotated[bytes, Within(1, limits.HEADER_MAX)]
Extrinsic = Annotated[bytes, Within(1, limits.EXTRINSIC_MAX)]
PushedExtrinsic = Annotated[bytes, Within(1, limits.PUSHED_EXTRINSIC_MAX)]


class Role(IntEnum):
    """What the node does; Substrate's role bits."""

    FULL = 1
    AUTHORITY = 4


@message(1, cap=512, lane=Lane.URGENT)
@dataclass(frozen=True, slots=True)
class Status:
    """First message each way: who we are and where our chain stands."""

    version: U16
    genesis: Hash32
    role: Role
    best_number: U32
    best_hash: Hash32
    finalized_number: U32
    finalized_hash: Hash32
    listen_port: U16
    base_number: U32 = 0
    """The sender has nothing below this block but genesis, and of this block the header."""
    features: U64 = 0


@message(2, cap=512, lane=Lane.URGENT)
@dataclass(frozen=True, slots=True)
class Bye:
    """Last message: why the connection ends."""

    reason: Reason


@message(3, cap=512, lane=Lane.URGENT)
@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a sign of life."""


@message(4, cap=512, lane=Lane.URGENT)
@dataclass(frozen=True, slots=True)
class Pong:
    """Gives a sign of life."""


@message(16, cap=limits.HEADER_MAX + KIB, lane=Lane.URGENT)
@dataclass(frozen=True, slots=True)
class BlockAnnounce:
    """A header the sender has imported, and whether it is now its best block."""

    header: HeaderBytes
    is_best: bool


@message(32, cap=16 * KIB, lane=Lane.NORMAL)
@dataclass(frozen=True, slots=True)
class TxInv:
    """Hashes of extrinsics that the sender has and would hand out."""

    hashes: Annotated[tuple[Hash32, ...], Within(1, limits.INVENTORY_MAX)]


@message(34, cap=256 * KIB, lane=Lane.NORMAL)
@dataclass(frozen=True, slots=True)
class Tx:
    """Whole extrinsics, unasked."""

    extrinsics: Annotated[tuple[PushedExtrinsic, ...], Within(1, limits.PUSHED_EXTRINSICS_MAX)]


@dataclass(frozen=True, slots=True)
class TxAnswer:
    """Those of the asked extrinsics that the peer still has."""

    extrinsics: Annotated[tuple[Extrinsic, ...], Within(0, limits.INVENTORY_MAX)]


@message(
    33,
    cap=16 * KIB,
    lane=Lane.NORMAL,
    answer=TxAnswer,
    answer_cap=limits.EXTRINSIC_MAX + MIB,
)
@dataclass(frozen=True, slots=True)
class GetTx:
    """Query: extrinsics by hash."""

    hashes: Annotated[tuple[Hash32, ...], Within(1, limits.INVENTORY_MAX)]


class Direction(IntEnum):
    """Which way a range runs from its start."""

    ASCENDING = 0
    DESCENDING = 1


class Parts(IntEnum):
    """Which parts of its blocks a range wants."""

    HEADERS = 1
    BLOCKS = 3


@dataclass(frozen=True, slots=True)
class BlockData:
    """A block as it travels: its header, and its body if that was asked for."""

    header: HeaderBytes
    body: Annotated[tuple[Extrinsic, ...], Within(0, 65_536)] | None = None
    justification: Annotated[bytes, Within(0, 256 * KIB)] | None = None


@dataclass(frozen=True, slots=True)
class BlockAnswer:
    """Blocks of the peer's best chain from the start on; fewer than asked if they run long.

    They end before the first that the peer does not have, so there may be none.
    """

    blocks: Annotated[tuple[BlockData, ...], Within(0, limits.RANGE_MAX)]


@message(
    48,
    cap=512,
    lane=Lane.NORMAL,
    answer=BlockAnswer,
    answer_cap=limits.BLOCK_RESPONSE_MAX,
)
@dataclass(frozen=True, slots=True)
class GetBlocks:
    """Query: a range of blocks, from a number of the best chain or from any hash."""

    start: U32 | Hash32
    count: Annotated[int, Within(1, limits.RANGE_MAX)]
    direction: Direction = Direction.ASCENDING
    parts: Parts = Parts.BLOCKS


@message(49, cap=64 * KIB, lane=Lane.BULK)
@dataclass(frozen=True, slots=True)
class ResponsePart:
    """A slice of an encoded answer. Parts count from 0 and come in order."""

    id: U32
    part: U16
    is_last: bool
    chunk: Annotated[bytes, Within(1, limits.RESPONSE_PART_MAX)]


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """Where a node listens: an IPv4 or IPv6 address in network order, and a port."""

    ip: Annotated[bytes, Within(4, 16)]
    port: Annotated[int, Within(1, 65_535)]


@dataclass(frozen=True, slots=True)
class PeerRecord:
    """Where a node says it can be reached, under its own signature."""

    public: Hash32
    genesis: Hash32
    addresses: Annotated[tuple[SocketAddress, ...], Within(1, 4)]
    sequence: U64
    expiry: U64
    signature: Annotated[bytes, Within(64, 64)]


@dataclass(frozen=True, slots=True)
class PeersAnswer:
    """Some of the nodes that the peer knows, itself among them."""

    records: Annotated[tuple[PeerRecord, ...], Within(0, 32)]


@message(64, cap=512, lane=Lane.NORMAL, answer=PeersAnswer, answer_cap=32 * KIB)
@dataclass(frozen=True, slots=True)
class GetPeers:
    """Query: other nodes of this chain."""

    count: Annotated[int, Within(1, 32)]


Query = GetTx | GetBlocks | GetPeers
Answer = TxAnswer | BlockAnswer | PeersAnswer
Gossip = BlockAnnounce | TxInv | Tx
Control = Status | Bye | Ping | Pong | ResponsePart
Message = Control | Gossip


@dataclass(frozen=True, slots=True)
class Ask:
    """A query with the number its answer will carry."""

    id: int
    query: Query


@dataclass(frozen=True, slots=True)
class Extension:
    """A message of a kind from the future."""

    kind: int
