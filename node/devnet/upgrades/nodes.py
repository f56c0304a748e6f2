"""Nodes of several minds, late ones and killed ones, around the block of an upgrade."""

from functools import partial
from pathlib import Path
from typing import Final

import trio

from consensus.aura import slot_of
from node.devnet.errors import DevnetError, UnknownBlock
from node.devnet.fleet import Devnet
from node.devnet.rpc_access import RpcAccess
from node.devnet.scenario import Say
from node.devnet.upgrades.subnet import found_subnet
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import BEFORE, NEWEST, newest, numbered, variant
from node.devnet.upgrades.world import World
from node.executor.policy import OnchainCode
from node.replay.record import ChainBlock, stored_chain
from node.snapshot.file import write_snapshot
from node.snapshot.source import from_node
from primitives.types import BlockNumber, Hash

LAST: Final = 3
"""The node that is left behind, or held back."""
DETECTED_WITHIN: Final = 12
"""Blocks of the others in which a node must have noticed that it cannot go on.

Loading an archive takes a second or two, in which the others make blocks; every node loads it.
"""


async def rolling(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """Nodes that know the releases only are replaced one by one, but for the last one."""
    world = await World.of(network, report, say)
    say(f"upgrade to spec {NEWEST}, which every node knows")
    upgraded = await world.set_code(newest())
    await world.check_versions(upgraded.number, BEFORE, NEWEST)
    for node in range(LAST):
        name = network.names[node]
        say(f"{name} is replaced by a node that takes what the chain says")
        await network.stop(node)
        await world.check_finality(await world.best(), f"the stop of {name}")
        network.follow(node, OnchainCode.ANY)
        await network.restart(node)
        await world.pass_by(1)
        await world.check_finality(await world.best(), f"the return of {name}")
    code = variant(numbered(NEWEST + 1))
    border = await _leave_behind(world, code, "known")
    await world.check_finality(border + 1)

    say(f"{network.names[LAST]} is replaced too, and goes on from where it was")
    network.follow(LAST, OnchainCode.ANY)
    await network.restart(LAST)
    await world.pass_by(2)
    await world.check_versions(border, NEWEST, NEWEST + 1)
    await world.check_finality(await world.best(), "the return of the last node")
    await world.check_agreement()


async def held_back(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """A node that runs the installed runtime and nothing else comes to the end of its road."""
    world = await World.of(network, report, say)
    say(f"{network.names[LAST]} starts anew with --onchain-code refuse")
    await network.stop(LAST)
    network.follow(LAST, OnchainCode.REFUSE)
    await network.restart(LAST)
    await world.pass_by(2)
    border = await _leave_behind(world, variant(numbered(NEWEST + 1)), "refuse")
    await world.pass_by(4 * len(network.names))

    kept = await trio.to_thread.run_sync(_best_of, network.plans[LAST].directory)
    report.check(
        kept.header.number == border and kept.hash == await world.hash(border),
        f"its chain ends with block {border}, which is the others' block {border}",
    )
    authors = [
        slot % len(network.names)
        for number in range(border + 1, await world.best() + 1)
        if isinstance(slot := slot_of(await world.node().header(await world.hash(number))), int)
    ]
    report.check(LAST not in authors, f"none of the {len(authors)} blocks since then is its own")
    await world.check_finality(border + 1, "the border")
    await world.check_agreement()


async def _leave_behind(world: World, code: bytes, policy: str) -> BlockNumber:
    """Upgrade; the last node stops, says why, and what to do. Answers the block of the upgrade."""
    network, report = world.network, world.report
    name = network.names[LAST]
    world.say(f"upgrade to spec {NEWEST + 1}, which {name} must not run")
    network.expect_end(LAST)
    upgraded = await world.set_code(code)
    limit = upgraded.number + DETECTED_WITHIN
    in_time = await world.in_time(limit, partial(network.wait_for_end, LAST))
    best = await world.best()
    report.check(in_time, f"{name} is gone while the others are at block {best}, before {limit}")
    if not in_time:
        raise DevnetError(f"{name} goes on under code that it must not run")
    words = network.last_words(LAST)
    report.check(
        f"cannot go on after block #{upgraded.number}" in words
        and f"--onchain-code {policy}" in words
        and "Install the release" in words,
        f"{name} stops and says what to do: {words}",
    )
    report.figures["noticed_after_blocks"] = max(0, best - upgraded.number)
    await world.check_versions(upgraded.number, NEWEST, NEWEST + 1)
    return upgraded.number


def _best_of(base_path: Path) -> ChainBlock:
    with stored_chain(base_path) as chain:
        return chain.block(chain.best())


async def crash(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """One node is killed before the border, one at it, one after it; all come back."""
    world = await World.of(network, report, say)
    await found_subnet(world)
    before, during, after = 1, 2, 3
    say(f"{network.names[before]} is killed before the border")
    held = {before: await _kill(world, before)}
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_kill_at_border, world, during, held)
        upgraded = await world.set_code(newest())
        say(f"upgrade to spec {NEWEST} in block {upgraded.number}")
    for node in (before, during):
        await _come_back(world, node, held[node], upgraded.number)
    await world.reach(upgraded.number + 1)
    say(f"{network.names[after]} is killed after the border")
    held[after] = await _kill(world, after)
    await _come_back(world, after, held[after], upgraded.number)
    report.check(
        held[before].header.number < upgraded.number <= held[after].header.number - 1,
        "they had blocks "
        + ", ".join(str(held[node].header.number) for node in (before, during, after))
        + f" when they were killed; the border is block {upgraded.number}",
    )
    await world.check_versions(upgraded.number, BEFORE, NEWEST)
    await world.check_finality(upgraded.number + 1)
    await world.check_agreement()


async def _kill_at_border(world: World, node: int, held: dict[int, ChainBlock]) -> None:
    """Kill a node as soon as another one has the block with the new code."""
    while (await world.chain().version()).spec_version == BEFORE:
        await world.node().wait_for(BlockNumber((await world.node().best()).number + 1))
    world.say(f"{world.network.names[node]} is killed at the border")
    held[node] = await _kill(world, node)


async def _kill(world: World, node: int) -> ChainBlock:
    """Kill a node, and look at what it leaves behind."""
    await world.network.kill(node)
    directory = world.network.plans[node].directory
    return await trio.to_thread.run_sync(_best_of, directory)


async def _come_back(world: World, node: int, held: ChainBlock, border: BlockNumber) -> None:
    network, report = world.network, world.report
    await network.restart(node)
    report.check(
        await _began_with(world.node(node), held),
        f"{network.names[node]} comes back with block {held.header.number} and its state root",
    )
    await world.node(node).wait_for(BlockNumber(border + 1))
    same = await world.hash(border + 1, node) == await world.hash(border + 1)
    report.check(same, f"{network.names[node]} crosses the border to the same block {border + 1}")


async def _began_with(node: RpcAccess, block: ChainBlock) -> bool:
    """Whether this was the best block of a node when it started."""
    began = (await node.ask("system_syncState"))["startingBlock"]
    try:
        header = await node.header(block.hash)
    except UnknownBlock:
        return False
    return bool(began == header.number) and header == block.header


async def sync(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """New nodes, one from genesis and one from a snapshot of before, come to the same state."""
    world = await World.of(network, report, say)
    await found_subnet(world)
    await world.check_finality(2, "the first blocks")
    finalized = await world.node().finalized()
    snapshot = network.plans[0].directory.parent / "before.snap"
    await trio.to_thread.run_sync(_save_state, network.url(0), finalized.hash(), snapshot)
    say(f"a snapshot of block {finalized.number}, which is final")
    upgraded = await world.set_code(newest())
    say(f"upgrade to spec {NEWEST} in block {upgraded.number}")
    await world.pass_by(4)

    late, restored = await network.join("late"), await network.join("restored")
    await network.restore(restored, snapshot)
    say("two new nodes: one begins with genesis, one with the snapshot")
    for node in (late, restored):
        await network.restart(node)
        await world.node(node).wait_for(BlockNumber(upgraded.number + 1))
    below = BlockNumber(finalized.number - 1)
    held = [await world.node(node).block_hash(below) for node in (late, restored)]
    report.check(
        held == [await world.hash(below), None],
        f"block {below} is on the node that began with genesis, and not on the restored one",
    )
    await world.check_versions(upgraded.number, BEFORE, NEWEST)
    await world.check_finality(upgraded.number + 1)
    await world.check_agreement()


def _save_state(url: str, block: Hash, file: Path) -> None:
    with from_node(url, block) as source:
        write_snapshot(file, source.about, source.entries)
