"""A block store that only knows headers, bodies and which chain is longest, with real hashes."""

from p2p.interface import ChainStatus
from p2p.wire.messages import BlockData, Direction, GetBlocks, Parts
from primitives.block import Digest, Header, Other
from primitives.hashing import blake2_256
from primitives.types import BlockNumber, Hash

ZERO = Hash(bytes(32))


def make_block(parent: Header | None, label: str = "", body: tuple[bytes, ...] = ()) -> BlockData:
    """Make a child. Labels tell forks apart."""
    header = Header(
        parent_hash=parent.hash() if parent else ZERO,
        number=BlockNumber(parent.number + 1 if parent else 0),
        state_root=ZERO,
        extrinsics_root=Hash(blake2_256(b"".join(body))),
        digest=Digest((Other(label.encode()),)),
    )
    return BlockData(header.encode(), body)


class FakeChain:
    """A NodeView over dicts; the first of the longest chains is the best."""

    def __init__(self, genesis_label: str = "genesis") -> None:
        genesis = make_block(None, genesis_label)
        self.blocks: dict[Hash, tuple[Header, BlockData]] = {}
        self.pool: dict[Hash, bytes] = {}
        self.finalized = Header.decode(genesis.header)
        self.best = self.finalized
        self.genesis = self.finalized.hash()
        self.blocks[self.genesis] = (self.best, genesis)

    def status(self) -> ChainStatus:
        return ChainStatus(
            self.best.number, self.best.hash(), self.finalized.number, self.finalized.hash()
        )

    def contains(self, block: Hash) -> bool:
        return block in self.blocks

    def extrinsic(self, extrinsic_hash: Hash) -> bytes | None:
        return self.pool.get(extrinsic_hash)

    def read_blocks(self, query: GetBlocks) -> list[BlockData]:
        path = self.best_chain()
        if isinstance(query.start, bytes):
            if query.start not in self.blocks:
                return []
            header, data = self.blocks[Hash(query.start)]
            if header.number >= len(path) or path[header.number] != query.start:
                return [data]
            start = header.number
        else:
            start = query.start
        step = 1 if query.direction is Direction.ASCENDING else -1
        numbers = range(start, start + step * query.count, step)
        found = [self.blocks[path[n]][1] for n in numbers if 0 <= n < len(path)]
        if query.parts is Parts.HEADERS:
            return [BlockData(block.header) for block in found]
        return found

    def best_chain(self) -> list[Hash]:
        path = [self.best.hash()]
        while (header := self.blocks[path[-1]][0]).number > 0:
            path.append(header.parent_hash)
        return path[::-1]

    def add(self, block: BlockData) -> bool:
        """Import a block whose parent is here; true if it is the new best."""
        header = Header.decode(block.header)
        assert header.parent_hash in self.blocks, "blocks come in order"
        self.blocks[header.hash()] = (header, block)
        is_best = header.number > self.best.number
        if is_best:
            self.best = header
        return is_best

    def extend(
        self, count: int, label: str = "", body: tuple[bytes, ...] = (b"\x04\x00",)
    ) -> list[BlockData]:
        """Grow the best chain by `count` blocks."""
        made = []
        for _ in range(count):
            block = make_block(self.best, label, body)
            self.add(block)
            made.append(block)
        return made

    def fork(self, number: int, count: int, label: str) -> list[BlockData]:
        """Grow another chain from the best chain's block `number`."""
        parent = self.blocks[self.best_chain()[number]][0]
        made = []
        for _ in range(count):
            block = make_block(parent, label)
            self.add(block)
            parent = Header.decode(block.header)
            made.append(block)
        return made
