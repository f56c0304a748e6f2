"""What the table shows of each node, asked for over RPC."""

from dataclasses import dataclass, field

from consensus.aura import slot_of
from node.devnet.errors import ConnectionLost
from node.devnet.fleet import Devnet
from node.devnet.rpc_access import RpcAccess
from primitives.block import Header
from primitives.types import BlockNumber, Hash


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node at one moment."""

    best: Header
    hash: Hash
    peers: int
    pool: int


@dataclass(slots=True)
class Tally:
    """How many blocks each node has authored, counted block by block."""

    names: list[str]
    counted: BlockNumber = BlockNumber(0)
    blocks: dict[str, int] = field(default_factory=dict)

    def count(self, header: Header) -> None:
        """Count a block for its author; authorities take turns in the order of the names."""
        slot = slot_of(header)
        if isinstance(slot, int):
            author = self.names[slot % len(self.names)]
            self.blocks[author] = self.blocks.get(author, 0) + 1
        self.counted = header.number


async def status_of(access: RpcAccess) -> NodeStatus:
    """Ask one node."""
    best = await access.best()
    return NodeStatus(best, best.hash(), await access.peer_count(), await access.pool_size())


async def look_around(devnet: Devnet, tally: Tally) -> list[NodeStatus | None]:
    """Ask every node, None for those that are down, and count the new blocks."""
    found: list[NodeStatus | None] = []
    for node in range(len(devnet.nodes)):
        try:
            access = devnet.access(node)
            found.append(await status_of(access))
            await _count_new(access, tally)
        except ConnectionLost:
            found.append(None)
    return found


async def _count_new(access: RpcAccess, tally: Tally) -> None:
    while block := await access.block_hash(BlockNumber(tally.counted + 1)):
        tally.count(await access.header(block))
