"""What the network reads of the node: where its chain stands, blocks, pooled extrinsics."""

from collections.abc import Iterator
from typing import Protocol

from node.client import Client
from p2p.interface import ChainStatus
from p2p.wire.messages import BlockData, Direction, GetBlocks, Parts
from primitives.block import Header
from primitives.types import BlockNumber, Hash


class Extrinsics(Protocol):
    """What is pooled."""

    def get(self, extrinsic: Hash) -> bytes | None: ...


class ChainView:
    """Answers from the client and the pool."""

    def __init__(self, client: Client, pool: Extrinsics) -> None:
        self._client = client
        self._pool = pool

    def status(self) -> ChainStatus:
        """Answer the best and the finalized block."""
        best, finalized = self._client.best(), self._client.finalized()
        return ChainStatus(
            best.number,
            best.hash,
            finalized.number,
            finalized.hash,
            self._client.base.number,
        )

    def contains(self, block: Hash) -> bool:
        """Tell whether a block is imported, on whatever fork."""
        return self._client.header(block) is not None

    def read_blocks(self, query: GetBlocks) -> Iterator[BlockData]:
        """Answer a range block by block; read in a worker thread, and only as far as is sent."""
        for block, header in self._range(query):
            if query.parts is Parts.HEADERS:
                yield BlockData(header.encode())
            elif (body := self._client.body(block)) is None:
                return
            else:
                yield BlockData(header.encode(), tuple(body))

    def extrinsic(self, extrinsic_hash: Hash) -> bytes | None:
        """Answer an extrinsic of the pool by its hash."""
        return self._pool.get(extrinsic_hash)

    def _range(self, query: GetBlocks) -> Iterator[tuple[Hash, Header]]:
        """Ends where the best chain becomes another one meanwhile: a range is of one chain."""
        block, before = self._start(query.start), None
        for _ in range(query.count):
            header = None if block is None else self._client.header(block)
            if block is None or header is None:
                return
            is_upwards = query.direction is Direction.ASCENDING
            if is_upwards and before is not None and header.parent_hash != before:
                return
            yield block, header
            block, before = self._next(block, header, query.direction), block

    def _start(self, start: int | bytes) -> Hash | None:
        if isinstance(start, bytes):
            return Hash(start)
        return self._client.block_hash(BlockNumber(start))

    def _next(self, block: Hash, header: Header, direction: Direction) -> Hash | None:
        """The parent; or the child on the best chain, which a block of a fork has none of."""
        if direction is Direction.DESCENDING:
            return header.parent_hash if header.number > 0 else None
        if self._client.block_hash(header.number) != block:
            return None
        return self._client.block_hash(BlockNumber(header.number + 1))
