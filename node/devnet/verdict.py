"""Whether the nodes are of one mind, and what they have done together."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from consensus.aura import slot_of
from node.devnet.access import ChainAccess
from node.devnet.errors import DevnetError
from node.devnet.report import Report
from node.devnet.scenario import Network, together
from primitives.block import Header
from primitives.extrinsic import SignedExtrinsic, decode_extrinsic
from primitives.types import BlockNumber

_SETTLING_BLOCKS: Final = 5
"""Two nodes may each extend the chain at once; one of the next blocks decides between them."""


async def compare_nodes(
    network: Network, report: Report, running: Sequence[int] | None = None
) -> Header:
    """Compare nodes at the best height, and count what the blocks up to there hold.

    By default all nodes are running.
    """
    numbers = range(len(network.names)) if running is None else running
    nodes = [network.access(node) for node in numbers]
    last = (await nodes[0].best()).number
    report.state_roots_equal = await agree(nodes, last)
    report.check(report.state_roots_equal, f"all nodes have the same block {last}")
    best = await header_at(nodes[0], last)
    report.best_height, report.best_hash = last, f"0x{best.hash().hex()}"
    report.state_root = f"0x{best.state_root.hex()}"
    await _count(nodes[0], network.names[: report.nodes], report, last)
    return best


async def agree(nodes: Sequence[ChainAccess], number: BlockNumber) -> bool:
    """Whether all nodes have the same block, and so the same state, at a height."""
    for further in range(1, _SETTLING_BLOCKS + 1):
        await all_reach(nodes, BlockNumber(number + further))
        headers = await together(*(partial(header_at, node, number) for node in nodes))
        if len({(header.hash(), header.state_root) for header in headers}) == 1:
            return True
    return False


async def all_reach(nodes: Sequence[ChainAccess], number: BlockNumber) -> None:
    """Wait until every node has come to a height."""
    await together(*(partial(node.wait_for, number) for node in nodes))


async def header_at(node: ChainAccess, number: BlockNumber) -> Header:
    """The header of a height as a node has it."""
    block = await node.block_hash(number)
    if block is None:
        raise DevnetError(f"a node lacks block {number}, which it had before")
    return await node.header(block)


async def _count(
    node: ChainAccess, names: Sequence[str], report: Report, last: BlockNumber
) -> None:
    """Which authorities authored the blocks, and how many signed extrinsics are in them."""
    report.blocks_authored = dict.fromkeys(names, 0)
    for number in range(1, last + 1):
        header = await header_at(node, BlockNumber(number))
        slot = slot_of(header)
        if isinstance(slot, int):
            report.blocks_authored[names[slot % len(names)]] += 1
        report.extrinsics_included += sum(
            isinstance(decode_extrinsic(extrinsic), SignedExtrinsic)
            for extrinsic in await node.extrinsics(header.hash())
        )
