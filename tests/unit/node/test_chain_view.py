"""What peers are served: ranges up and down, headers alone, forks, and no more than there is."""

from node.chain_view import ChainView
from p2p.wire.messages import BlockData, Direction, GetBlocks, Parts
from primitives.types import Hash
from tests.support.forge import Forge


async def grown():
    forge = Forge()
    blocks = await forge.chain(forge.genesis, [0, 1, 2])
    fork = await forge.make(forge.genesis, 5)
    return forge, blocks, fork, ChainView(forge.client, {})


def whole(block):
    return BlockData(block.header.encode(), tuple(block.extrinsics))


async def test_ranges_go_up_the_best_chain_and_end_with_it():
    _, blocks, _, view = await grown()
    assert list(view.read_blocks(GetBlocks(2, 10))) == [whole(block) for block in blocks[1:]]
    assert list(view.read_blocks(GetBlocks(9, 10))) == []


async def test_ranges_go_down_to_genesis():
    forge, blocks, _, view = await grown()
    query = GetBlocks(blocks[1].header.hash(), 10, Direction.DESCENDING, Parts.HEADERS)
    headers = [blocks[1].header, blocks[0].header, forge.genesis]
    assert list(view.read_blocks(query)) == [BlockData(header.encode()) for header in headers]


async def test_a_block_of_a_fork_is_served_alone():
    _, _, fork, view = await grown()
    assert list(view.read_blocks(GetBlocks(fork.header.hash(), 10))) == [whole(fork)]


async def test_the_status_is_that_of_the_best_chain():
    forge, blocks, fork, view = await grown()
    status = view.status()
    assert (status.best_hash, status.best_number) == (blocks[2].header.hash(), 3)
    assert (status.finalized_hash, status.finalized_number) == (forge.genesis.hash(), 0)
    assert view.contains(fork.header.hash())
    assert not view.contains(Hash(bytes(32)))
