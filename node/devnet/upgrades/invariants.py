"""The books balance: before the upgrade, in its block, after it, and a hundred epochs on."""

from functools import partial
from typing import Final

from node.devnet.chain_client import STATE
from node.devnet.fleet import Devnet
from node.devnet.scenario import Say, together
from node.devnet.scenarios import calls
from node.devnet.scenarios.audit import audit
from node.devnet.scenarios.cast import taos
from node.devnet.upgrades.subnet import Subnet, found_subnet
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import BEFORE, NEWEST, newest
from node.devnet.upgrades.world import World
from node.executor.host import host_over
from node.executor.runtimes import Runtimes
from node.invariants import Invariants
from node.replay.stage import MemoryState
from primitives.types import U16, BlockNumber
from runtime.pallets.subtensor.constants import ROOT_NETUID

TEMPO: Final = U16(1)
"""An epoch in every other block: a hundred of them in fifty seconds."""
EPOCHS: Final = 100
LOOK_EVERY: Final = 20
"""Blocks from one look at the whole state to the next."""
STAKE: Final = 500
"""TAO of each validator."""


async def invariants(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """An economy that mints in every epoch goes through the upgrade."""
    world = await World.of(network, report, say)
    subnet = await found_subnet(world)
    begun = await _let_it_earn(world, subnet)
    await _check_state(world, await world.best(), "before the upgrade")

    say(f"upgrade to spec {NEWEST}, then {EPOCHS} epochs")
    upgraded = await world.set_code(newest())
    await world.check_versions(upgraded.number, BEFORE, NEWEST)
    await _check_state(world, upgraded.number, "in the block of the upgrade")
    await _check_state(world, BlockNumber(upgraded.number + 1), "after the migrations")
    last = BlockNumber(upgraded.number + EPOCHS * (TEMPO + 1))
    for number in range(upgraded.number + LOOK_EVERY, last + 1, LOOK_EVERY):
        await world.reach(number)
        await _check_state(world, BlockNumber(number), f"{number - upgraded.number} blocks later")
    await world.reach(last)

    say("counting what was minted, block by block")
    books = await audit(world.chain(), begun, last, subnet.netuid)
    grown = books.issuance_after - books.issuance_before
    report.check_none(books.mistakes, "every block's books follow from those before")
    report.check(
        grown == books.emission_expected > 0,
        f"{grown} rao were minted, of {books.emission_expected} that the rules say",
    )
    since = await audit(world.chain(), upgraded.number, last, subnet.netuid)
    report.check(since.epochs >= EPOCHS, f"{since.epochs} epochs ran after the upgrade")
    report.figures |= {"epochs": since.epochs, "minted_rao": grown}
    await world.check_finality(last, "the last epoch")
    await world.check_agreement()


async def _let_it_earn(world: World, subnet: Subnet) -> BlockNumber:
    """The validators stake, join the root network, and give all emission to the subnet."""
    await world.as_root(
        calls.set_parameter("tempo", subnet.netuid, TEMPO),
        calls.set_parameter("tempo", ROOT_NETUID, TEMPO),
        calls.set_parameter("max_registrations_per_block", ROOT_NETUID, 4),
        calls.set_parameter("target_registrations_per_interval", ROOT_NETUID, 4),
        calls.set_parameter("weights_set_rate_limit", ROOT_NETUID, 0),
    )
    pairs = [(validator.coldkey, validator.hotkey.id) for validator in subnet.validators]
    for make in (
        lambda hotkey: calls.add_stake(hotkey, taos(STAKE)),
        calls.root_register,
        lambda hotkey: calls.vote_for_subnet(hotkey, subnet.netuid),
    ):
        await together(*(partial(world.send, coldkey, make(hotkey)) for coldkey, hotkey in pairs))
    begun = await world.pass_by(2 * (TEMPO + 1))
    emission = await world.chain().entry(STATE.subtensor.emission_values, subnet.netuid)
    world.report.check(emission > 0, f"subnet {subnet.netuid} gets {emission} rao a block")
    return begun


async def _check_state(world: World, number: BlockNumber, when: str) -> None:
    """Every invariant of every pallet, by the code that executed the block."""
    block, parent = await world.hash(number), await world.hash(number - 1)
    code = await world.node().storage(b":code", parent)
    judge = Invariants.of(Runtimes().of(code))
    before, after = [host_over(MemoryState(await world.state(each))) for each in (parent, block)]
    problems = (
        ["there is no judge"] if judge is None else judge.broken(after, judge.measure(before))
    )
    world.report.check_none(problems, f"the state is sound {when}, at block {number}")
