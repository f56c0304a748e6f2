"""A block store that only knows headers, bodies and which chain is longest, with real hashes."""

from itertools import takewhile

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
        self.base = 0
        self.genesis = self.finalized.hash()
        self.blocks[self.genesis] = (self.best, genesis)

    def status(self) -> ChainStatus:
        return ChainStatus(
            self.best.number,
            self.best.hash(),
            self.finalized.number,
            self.finalized.hash(),
            self.base,
        )

    def restore(self, other: "FakeChain", number: int) -> None:
        """Begin with a block of another chain's best, as if with a snapshot of it."""
        header = other.blocks[other.best_chain()[number]][0]
        self.blocks[header.hash()] = (header, BlockData(header.encode()))
        self.best = self.finalized = header
        self.base = header.number

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
            if path.get(header.number) != query.start:
                return [data]
            start = header.number
        else:
            start = query.start
        step = 1 if query.direction is Direction.ASCENDING else -1
        numbers = range(start, start + step * query.count, step)
        there = takewhile(path.__contains__, numbers)
        found = [self.blocks[path[number]][1] for number in there]
        if query.parts is Parts.HEADERS:
            return [BlockData(block.header) for block in found]
        return list(takewhile(lambda block: block.body is not None, found))

    def best_chain(self) -> dict[int, Hash]:
        """The best chain by height: down to its base, and genesis."""
        path = {0: self.genesis}
        at = self.best
        while at.number > self.base:
            path[at.number] = at.hash()
            at = self.blocks[at.parent_hash][0]
        path[at.number] = at.hash()
        return path

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
