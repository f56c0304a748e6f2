"""Fork choice: the longest chain that contains the finalized block; the first seen wins a tie.

finalized ── 11 ── 12 ── 13        the tree holds the finalized block and what stands on it
         └── 11'── 12'             13 is best; 12' is a leaf
"""

from dataclasses import dataclass
from typing import assert_never

from consensus.messages import (
    BlockAdded,
    BlockFinalized,
    BlockRef,
    ChainFinalized,
    Displaced,
    ForkChoiceEffect,
    ForkChoiceInput,
    NewBest,
)
from primitives.errors import InvariantBroken
from primitives.types import BlockNumber, Hash


@dataclass(frozen=True, slots=True)
class _Node:
    ref: BlockRef
    parent: Hash


class ForkChoice:
    """The tree of blocks that may still become final, and its head.

    After a restart it is filled again with `BlockAdded` for each stored block above the finalized
    one, the best chain first, so that a tie falls as it fell before.
    """

    def __init__(self, finalized: BlockRef) -> None:
        self._finalized = finalized
        self._best = finalized
        self._nodes: dict[Hash, _Node] = {}
        """In the order of arrival, ancestors first."""
        self._children: dict[Hash, list[Hash]] = {finalized.hash: []}

    @property
    def best(self) -> BlockRef:
        return self._best

    @property
    def finalized(self) -> BlockRef:
        return self._finalized

    def handle(self, event: ForkChoiceInput) -> list[ForkChoiceEffect]:
        """Take one input to its end. The only method that changes this object."""
        match event:
            case BlockAdded(block, parent):
                return self._add(block, parent)
            case BlockFinalized(block_hash):
                return self._finalize(block_hash)
            case _:
                assert_never(event)

    def number_of(self, block: Hash) -> BlockNumber | None:
        """The height of a block in the tree; None for any other."""
        ref = self._ref(block)
        return None if ref is None else ref.number

    def leaves(self) -> list[BlockRef]:
        """The ends of all chains, in order of arrival."""
        if not self._nodes:
            return [self._finalized]
        return [node.ref for block, node in self._nodes.items() if not self._children[block]]

    def is_ancestor(self, ancestor: Hash, block: Hash) -> bool:
        """Whether `block` is `ancestor` or stands on it. Both must be in the tree."""
        floor = self._known(ancestor).number
        return self._ancestor_at(self._known(block), floor).hash == ancestor

    def best_containing(self, block: Hash) -> BlockRef:
        """The head of the longest chain through a block of the tree: the best, if it qualifies."""
        if self.is_ancestor(block, self._best.hash):
            return self._best
        on_block = [leaf for leaf in self.leaves() if self.is_ancestor(block, leaf.hash)]
        return max(on_block, key=_height)

    def route(self, old: Hash, new: Hash) -> tuple[tuple[Hash, ...], tuple[Hash, ...]]:
        """Blocks to leave, downwards from `old`, and to enter, upwards to `new`."""
        left, entered = self._known(old), self._known(new)
        retracted: list[Hash] = []
        enacted: list[Hash] = []
        while left != entered:
            if left.number >= entered.number:
                retracted.append(left.hash)
                left = self._parent(left)
            else:
                enacted.append(entered.hash)
                entered = self._parent(entered)
        return tuple(retracted), tuple(reversed(enacted))

    def _add(self, block: BlockRef, parent: Hash) -> list[ForkChoiceEffect]:
        if self._ref(block.hash) is not None:
            return []
        parent_number = self.number_of(parent)
        if parent_number is None:
            return [Displaced((block.hash,))]
        if block.number != parent_number + 1:
            raise InvariantBroken(f"block {block.number} was added on top of {parent_number}")

        self._nodes[block.hash] = _Node(block, parent)
        self._children[block.hash] = []
        self._children[parent].append(block.hash)
        return self._move_to(block) if block.number > self._best.number else []

    def _finalize(self, block: Hash) -> list[ForkChoiceEffect]:
        target = self._known(block)
        if target == self._finalized:
            return []
        _, path = self.route(self._finalized.hash, block)
        effects = self._move_to(self.best_containing(block))
        effects.append(ChainFinalized(path))
        if displaced := self._prune_below(target, path):
            effects.append(Displaced(displaced))
        return effects

    def _move_to(self, best: BlockRef) -> list[ForkChoiceEffect]:
        if best == self._best:
            return []
        retracted, enacted = self.route(self._best.hash, best.hash)
        self._best = best
        return [NewBest(best, retracted, enacted)]

    def _prune_below(self, finalized: BlockRef, path: tuple[Hash, ...]) -> tuple[Hash, ...]:
        """Keep what stands on the finalized block; answer what stood beside it."""
        kept: dict[Hash, None] = {}
        to_visit = [finalized.hash]
        while to_visit:
            block = to_visit.pop()
            kept[block] = None
            to_visit += self._children[block]

        stay = kept.keys() | path
        displaced = tuple(block for block in self._nodes if block not in stay)
        self._children = {block: self._children[block] for block in kept}
        del kept[finalized.hash]
        self._nodes = {block: node for block, node in self._nodes.items() if block in kept}
        self._finalized = finalized
        return displaced

    def _ref(self, block: Hash) -> BlockRef | None:
        if block == self._finalized.hash:
            return self._finalized
        node = self._nodes.get(block)
        return None if node is None else node.ref

    def _known(self, block: Hash) -> BlockRef:
        ref = self._ref(block)
        if ref is None:
            raise InvariantBroken(f"block 0x{block.hex()} is not in the tree")
        return ref

    def _parent(self, block: BlockRef) -> BlockRef:
        return self._known(self._nodes[block.hash].parent)

    def _ancestor_at(self, block: BlockRef, number: BlockNumber) -> BlockRef:
        """The block on the way down at a height; the block itself if it is not above it."""
        while block.number > number:
            block = self._parent(block)
        return block


def _height(block: BlockRef) -> BlockNumber:
    return block.number
