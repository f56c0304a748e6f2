"""Clients that stay connected for long: told of the new version, and reading both of its sides."""

from itertools import cycle, islice
from typing import Final

from node.devnet.fleet import Devnet
from node.devnet.scenario import Say
from node.devnet.upgrades.listening import listening
from node.devnet.upgrades.plain import check_listeners
from node.devnet.upgrades.subnet import Subnet, found_subnet
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import BEFORE, NEWEST, newest
from node.devnet.upgrades.world import World
from node.rpc.shapes import hexed
from node.runtime_tools.storage import storage_key
from primitives.types import Hash

CLIENTS: Final = 50
COMMITS: Final = storage_key("SubtensorModule", "WeightCommits")


async def subscribers(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """Fifty clients, spread over the nodes, from before the upgrade until after it."""
    world = await World.of(network, report, say)
    subnet = await found_subnet(world)
    say(f"{CLIENTS} clients subscribe")
    ports = islice(cycle([plan.rpc_port for plan in network.plans]), CLIENTS)
    async with listening(list(ports)) as listeners:
        say(f"upgrade to spec {NEWEST}")
        upgraded = await world.set_code(newest())
        await world.check_versions(upgraded.number, BEFORE, NEWEST)
        await world.check_finality(upgraded.number + 1)
        await world.pass_by(2)
        check_listeners(report, listeners, [BEFORE, NEWEST])
    before, after = await world.hash(upgraded.number), await world.hash(upgraded.number + 1)
    await _read_both_sides(world, subnet, before, after)
    report.figures["clients"] = CLIENTS
    await world.check_agreement()


async def _read_both_sides(world: World, subnet: Subnet, before: Hash, after: Hash) -> None:
    """A value that changed its type reads by the metadata of its time, long after it changed.

    The state after the block of the upgrade is still in the old form: the new code, which stands
    in it, runs first in the block after. So it is read by the metadata of the block before.
    """
    report = world.report
    expected = {hexed(each.commit_hash(subnet.netuid)) for each in subnet.validators}
    header = await world.node().header(before)
    for what, block, described in (
        ("before", before, header.parent_hash),
        ("after", after, after),
    ):
        reader = await world.reader(described)
        keys = await world.node().keys(COMMITS, block)
        values = [reader.value(key, await world.node().storage(key, block) or b"") for key in keys]
        found = {value[0] if what == "before" else value[0][0] for value in values}
        report.check(
            found == expected, f"commits read {what} the upgrade by the types of that time"
        )
