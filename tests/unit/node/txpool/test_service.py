"""The pool's driver on a real chain: what it makes of gossip, and of blocks that come and go."""

from node.txpool.service import GossipVerdict
from tests.support.forge import Forge
from tests.support.node import core_node
from tests.support.upgrades import NEXT, system

PEER, OTHER = "P", "O"


async def test_an_extrinsic_for_another_version_says_nothing_of_its_sender():
    forge = Forge()
    early, now = (
        forge.sign(system("remark", remark=b""), sender="Bob", **version)
        for version in ({"spec_version": NEXT}, {})
    )
    async with core_node() as node:
        node.pool.gossip.put((PEER, early))
        node.pool.gossip.put((OTHER, now))
        assert await node.pool.verdicts.take(5) == [(OTHER, GossipVerdict.USEFUL)]


async def test_what_the_runtime_cannot_read_is_told():
    async with core_node() as node:
        node.pool.gossip.put((PEER, b"\x10oops"))
        assert await node.pool.verdicts.take(5) == [(PEER, GossipVerdict.UNREADABLE)]
