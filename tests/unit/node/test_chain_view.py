"""What peers are served: ranges up and down, headers alone, forks, and no more than there is."""

from node.chain_view import ChainView
from node.client import Client
from p2p.wire.messages import BlockData, Direction, GetBlocks, Parts
from primitives.types import Hash
from tests.support.forge import Forge, new_client, restored_database


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


async def test_nothing_is_served_that_is_not_there():
    """Given a chain that began with block 2. Then there is its header, and no block 1."""
    forge = Forge()
    _, second, third = await forge.chain(forge.genesis, [0, 1, 2])
    client = Client(restored_database(forge.client, second.header.hash()))
    await client.import_block(third)
    view = ChainView(client, {})

    def read(start, direction=Direction.ASCENDING):
        headers, blocks = (
            list(view.read_blocks(GetBlocks(start, 9, direction, parts)))
            for parts in (Parts.HEADERS, Parts.BLOCKS)
        )
        return [data.header for data in headers], blocks

    seconds, thirds = second.header.encode(), third.header.encode()
    assert read(0) == ([forge.genesis.encode()], [BlockData(forge.genesis.encode(), ())])
    assert read(1) == ([], [])
    assert read(2) == ([seconds, thirds], [])
    assert read(3) == ([thirds], [whole(third)])
    assert read(3, Direction.DESCENDING) == ([thirds, seconds], [whole(third)])
    assert view.status().base_number == 2


async def test_a_range_is_of_one_chain_though_another_becomes_the_best(monkeypatch):
    """Given a reorganisation between the look at one block and the look at the next."""
    forge = Forge()
    losers = await forge.chain(forge.genesis, [0, 1])
    winners = await forge.chain(forge.genesis, [2, 3, 4])
    client = new_client()
    for block in (*losers, *winners[:2]):
        await client.import_block(block)
    others = {block.header.number: block.header.hash() for block in winners}
    view, block_hash, looks = ChainView(client, {}), client.block_hash, []

    def moved_after_two(number):
        looks.append(number)
        return block_hash(number) if len(looks) <= 2 else others[number]

    monkeypatch.setattr(client, "block_hash", moved_after_two)
    assert list(view.read_blocks(GetBlocks(1, 10))) == [whole(losers[0])]
