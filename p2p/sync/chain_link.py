"""A header reduced to what links blocks into a chain."""

from dataclasses import dataclass

from p2p.wire.reason import P2pFault, Reason
from primitives.block import Header
from primitives.hashing import blake2_256
from primitives.scale.errors import ScaleError
from primitives.types import BlockNumber, Hash


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One block: its height, its hash and its parent's."""

    number: BlockNumber
    hash: Hash
    parent: Hash


def read_link(header: bytes) -> ChainLink:
    """Read a header that a peer sent."""
    try:
        decoded = Header.decode(header)
    except ScaleError as error:
        raise P2pFault(Reason.UNDECODABLE, f"header: {error}") from None
    return ChainLink(decoded.number, Hash(blake2_256(header)), decoded.parent_hash)
