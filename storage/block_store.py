"""Headers, bodies, justifications, and the shape of the chain: leaves, heights, heads.

Reads see what is on disk. Writes only add to a batch, so that they reach the disk together with
the state they belong to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from primitives.block import Header
from primitives.errors import InvariantBroken
from primitives.types import BlockNumber, Hash
from storage import columns
from storage.columns import Head, Justification
from storage.errors import UnknownBlock
from storage.kv import KeyValue, WriteBatch


@dataclass(frozen=True, slots=True)
class Route:
    """The way from one block to another over their last common ancestor."""

    retracted: list[Head]
    """Blocks left, from the old head downwards."""
    enacted: list[Head]
    """Blocks entered, upwards to the new head."""


class BlockStore:
    """The tree of blocks."""

    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv

    @property
    def genesis(self) -> Hash:
        return self._cell(columns.GENESIS)

    @property
    def best(self) -> Head:
        return self._cell(columns.BEST)

    @property
    def finalized(self) -> Head:
        return self._cell(columns.FINALIZED)

    @property
    def base(self) -> Head:
        """The lowest block from which the chain is here without a gap; no body is asked of it."""
        return columns.BASE.get(self._kv) or Head(self.genesis, BlockNumber(0))

    def header(self, block: Hash) -> Header | None:
        return columns.HEADERS.get(self._kv, block)

    def expect_header(self, block: Hash) -> Header:
        """The header of a block that should be known; UnknownBlock if it is not."""
        header = self.header(block)
        if header is None:
            raise UnknownBlock(f"block {block.hex()} is not known")
        return header

    def body(self, block: Hash) -> list[bytes] | None:
        return columns.BODIES.get(self._kv, block)

    def justifications(self, block: Hash) -> list[Justification]:
        return columns.PROOFS.get(self._kv, block) or []

    def canonical(self, number: BlockNumber) -> Hash | None:
        """The block at a height of the best chain."""
        return columns.CANONICAL.get(self._kv, number)

    def is_canonical(self, head: Head) -> bool:
        return self.canonical(head.number) == head.hash

    def leaves(self) -> list[Head]:
        """Blocks without children, highest first."""
        return columns.LEAVES.all_keys(self._kv)[::-1]

    def route(self, old: Hash, new: Hash) -> Route:
        """How to get from one block to another."""
        retracted: list[Head] = []
        enacted: list[Head] = []
        left, right = self.expect_header(old), self.expect_header(new)
        while old != new:
            if left.number >= right.number:
                retracted.append(Head(old, left.number))
                old, left = left.parent_hash, self.expect_header(left.parent_hash)
            else:
                enacted.append(Head(new, right.number))
                new, right = right.parent_hash, self.expect_header(right.parent_hash)
        return Route(retracted, enacted[::-1])

    def add(self, batch: WriteBatch, header: Header, body: Sequence[bytes]) -> Head:
        """Store a new block as a leaf."""
        head = Head(header.hash(), header.number)
        columns.HEADERS.put(batch, head.hash, header)
        columns.BODIES.put(batch, head.hash, list(body))
        columns.LEAVES.put(batch, head, b"")
        if header.number > 0:
            columns.LEAVES.delete(batch, _parent(head, header))
        return head

    def add_base(self, batch: WriteBatch, header: Header) -> Head:
        """Store a block to which nothing here leads, and without what was in it."""
        head = Head(header.hash(), header.number)
        columns.HEADERS.put(batch, head.hash, header)
        columns.LEAVES.put(batch, head, b"")
        columns.BASE.put(batch, head)
        return head

    def set_best(self, batch: WriteBatch, head: Head, route: Route) -> None:
        """Make `head` the best block, which is `route` away from the present one."""
        for left in route.retracted:
            columns.CANONICAL.delete(batch, left.number)
        for entered in route.enacted:
            columns.CANONICAL.put(batch, entered.number, entered.hash)
        columns.BEST.put(batch, head)

    def justify(self, batch: WriteBatch, block: Hash, justification: Justification) -> None:
        """Keep why a block is final; a newer proof of the same engine replaces the older."""
        engine = justification[0]
        others = [known for known in self.justifications(block) if known[0] != engine]
        columns.PROOFS.put(batch, block, [*others, justification])

    def finalize(self, batch: WriteBatch, head: Head) -> list[Head]:
        """Make `head`, a block of the best chain, final; returns the blocks this rules out."""
        columns.FINALIZED.put(batch, head)
        stale: dict[Head, None] = {}
        for leaf in self.leaves():
            branch, fork = self._branch_below(leaf)
            if branch and fork.number < head.number:
                columns.LEAVES.delete(batch, leaf)
                stale.update(dict.fromkeys(branch))
        return list(stale)

    def fork_of(self, head: Head) -> Head:
        """Where the way down from a block meets the best chain."""
        return self._branch_below(head)[1]

    def _branch_below(self, head: Head) -> tuple[list[Head], Head]:
        """The blocks from `head` down to the best chain, and the block of that chain they meet."""
        branch = []
        at = head
        while not self.is_canonical(at):
            branch.append(at)
            at = _parent(at, self.expect_header(at.hash))
        return branch, at

    def _cell(self, cell: columns.Cell[columns.V]) -> columns.V:
        value = cell.get(self._kv)
        if value is None:
            raise InvariantBroken(f"the database has no {cell.name.decode()} block")
        return value


def _parent(head: Head, header: Header) -> Head:
    return Head(header.parent_hash, BlockNumber(head.number - 1))
