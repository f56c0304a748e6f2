"""The finalized block follows the best chain, however little of it is here."""

import pytest

from node.client import Client
from node.finality import raise_finalized
from storage.columns import Head
from tests.support.forge import Forge, restored_database


def head(block):
    return Head(block.header.hash(), block.header.number)


@pytest.mark.parametrize("pruning", [0, 1])
async def test_a_lone_authority_finalizes_the_block_below(pruning):
    """Given a chain that began with block 2, whose parent is not here, and few states or all."""
    forge = Forge()
    blocks = await forge.chain(forge.genesis, range(5))
    client = Client(restored_database(forge.client, blocks[1].header.hash(), pruning=pruning))
    finalized = []
    for block in blocks[2:]:
        await client.import_block(block)
        await raise_finalized(client, client.best())
        finalized.append(client.finalized())
    assert finalized == [head(block) for block in blocks[1:4]]
