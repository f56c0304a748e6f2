"""Fork choice after a restart: the same tree, the same best block, the same ties."""

from node.block_tree import load_tree
from tests.support.forge import Forge


async def test_the_tree_is_as_it_was():
    """Given two branches of the same length, the first seen being best. Then it stays so."""
    forge = Forge()
    a1, a2 = await forge.chain(forge.genesis, [0, 1])
    b1, b2 = await forge.chain(forge.genesis, [2, 3])
    tree = forge.client.tree
    assert tree.best.hash == a2.header.hash()

    loaded = load_tree(forge.client._blocks)
    assert (loaded.best, loaded.finalized) == (tree.best, tree.finalized)
    assert sorted(loaded.leaves(), key=lambda ref: ref.hash) == sorted(
        tree.leaves(), key=lambda ref: ref.hash
    )
    for block in (a1, a2, b1, b2):
        assert loaded.number_of(block.header.hash()) == block.header.number
