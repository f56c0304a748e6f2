"""Emergencies: an upgrade that breaks something is mended by the next one, and then undone."""

from collections.abc import Mapping
from typing import Final

from node.devnet.chain_client import STATE, Account
from node.devnet.errors import CallFailed
from node.devnet.fleet import Devnet
from node.devnet.scenario import Say
from node.devnet.scenarios import calls
from node.devnet.scenarios.cast import taos
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import BREAKING, MENDING, NEWEST, numbered, variant
from node.devnet.upgrades.world import World, account
from primitives.types import U16, AccountId, BlockNumber, NetUid

SUBNET: Final = NetUid(3)
"""Of the genesis."""
WITHIN: Final = 10
"""Blocks in which the second upgrade must be in force."""


async def hot_fix(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """Half the state is broken, mended in time, and in the end as it was before all that."""
    world = await World.of(network, report, say)
    breaking = variant(numbered(NEWEST + 1), *BREAKING)
    mending = variant(numbered(NEWEST + 2), *MENDING)
    await world.reach(4)
    bob, eve = account("Bob"), AccountId(bytes(31) + b"\1")
    await world.send(bob, calls.transfer(eve, taos(5)))
    kept = BlockNumber(await world.pass_by(1) - 1)  # below the heads, so that all nodes have it
    was_there = await world.hash(kept)
    say("everything is kept as it is now")
    await network.save()
    tempos = await _tempos(world)

    say(f"upgrade to spec {NEWEST + 1}, which stops all epochs and refuses all transfers")
    broken = await world.set_code(breaking)
    report.check(set((await _tempos(world)).values()) == {0}, "no subnet has a tempo any more")
    report.check(await _transfer(world, bob, eve) == "Token.Frozen", "no transfer goes through")

    say(f"upgrade to spec {NEWEST + 2}, which mends it")
    mended = await world.set_code(mending)
    await world.check_versions(broken.number, NEWEST, NEWEST + 1)
    await world.check_versions(mended.number, NEWEST + 1, NEWEST + 2)
    report.check(
        mended.number <= broken.number + WITHIN,
        f"that is {mended.number - broken.number} blocks after the first, of {WITHIN}",
    )
    report.check(await _tempos(world) == tempos, f"the tempos are as before: {tempos}")
    report.check(await _transfer(world, bob, eve) is None, "transfers go through again")
    await world.check_finality(mended.number + 1)

    say(f"all nodes go back to block {kept} and a few more, before both of them")
    await network.revert()
    for node in world.running:
        is_there = await world.hash(kept, node) == was_there
        report.check(is_there, f"{network.names[node]} has the block {kept} of before")
    await _check_reverted(world, tempos)
    await world.check_agreement()


async def _check_reverted(world: World, tempos: Mapping[NetUid, U16]) -> None:
    report = world.report
    best = await world.pass_by(2)
    version = (await world.chain().version()).spec_version
    report.check(version == NEWEST, f"the chain goes on under spec {version}")
    report.check(await _tempos(world) == tempos, "what was broken had never happened")
    world.report.versions = {0: NEWEST}
    await world.check_finality(best, "the return")


async def _tempos(world: World) -> Mapping[NetUid, U16]:
    chain, tempo, found = world.chain(), STATE.subtensor.tempo, {}
    for netuid in await chain.keys(tempo):
        found[netuid] = await chain.entry(tempo, netuid)
    return found


async def _transfer(world: World, payer: Account, payee: AccountId) -> str | None:
    """Why a transfer fails; None if it does not."""
    payer.nonce = None
    try:
        await world.send(payer, calls.transfer(payee, taos(1)))
    except CallFailed as failed:
        return failed.error
    return None
