"""Fork choice as it was before a restart: filled again from the store."""

from consensus.fork_choice import ForkChoice
from consensus.messages import BlockAdded, BlockRef
from primitives.errors import InvariantBroken
from primitives.types import BlockNumber, Hash
from storage.block_store import BlockStore
from storage.columns import Head


def load_tree(blocks: BlockStore) -> ForkChoice:
    """Every stored block above the finalized one, the best chain first."""
    finalized, best = blocks.finalized, blocks.best
    tree = ForkChoice(BlockRef(finalized.number, finalized.hash))
    parent = finalized.hash
    for height in range(finalized.number + 1, best.number + 1):
        number = BlockNumber(height)
        block = blocks.canonical(number)
        if block is None:
            raise InvariantBroken(f"the best chain has no block {number}")
        tree.handle(BlockAdded(BlockRef(number, block), parent))
        parent = block
    for leaf in reversed(blocks.leaves()):
        for head, above in _branch_above(blocks, tree, leaf):
            tree.handle(BlockAdded(BlockRef(head.number, head.hash), above))
    return tree


def _branch_above(blocks: BlockStore, tree: ForkChoice, leaf: Head) -> list[tuple[Head, Hash]]:
    """The blocks from the tree up to a leaf, each with its parent; none for a displaced fork."""
    branch: list[tuple[Head, Hash]] = []
    at = leaf
    while tree.number_of(at.hash) is None:
        if at.number <= tree.finalized.number:
            return []
        parent = blocks.expect_header(at.hash).parent_hash
        branch.append((at, parent))
        at = Head(parent, BlockNumber(at.number - 1))
    return branch[::-1]
