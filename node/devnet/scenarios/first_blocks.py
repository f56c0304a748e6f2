"""First blocks: every node has had its turn, and all have the same state."""

from typing import Final

from node.devnet.report import Report
from node.devnet.scenario import Network, Say
from node.devnet.verdict import all_reach, compare_nodes
from primitives.types import BlockNumber

_ROUNDS: Final = 2
"""Turns of each node that must have passed."""


async def first_blocks(network: Network, report: Report, say: Say) -> None:
    """What a devnet is checked for that is asked for nothing else."""
    say("waiting for the first blocks")
    nodes = [network.access(node) for node in range(len(network.names))]
    await all_reach(nodes, BlockNumber(_ROUNDS * len(nodes)))
    await compare_nodes(network, report)
