"""Upgrades that are tried before they are made: a dry run says what the chain would come to."""

from typing import Final

from node.devnet.fleet import Devnet
from node.devnet.scenario import Say
from node.devnet.upgrades.subnet import found_subnet
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import (
    BEFORE,
    FORGETFUL,
    HEAVY,
    MISNUMBERED,
    MOVED,
    NEWEST,
    RAISING,
    REPEATING,
    depending_on_order,
    newest,
    numbered,
    renamed,
    variant,
)
from node.devnet.upgrades.world import World
from node.executor.host import host_over
from node.executor.runtimes import Runtimes
from node.replay.stage import MemoryState
from node.runtime_tools.storage import storage_key
from node.try_runtime.python import check_versions, pallets_of
from node.try_runtime.report import Check
from runtime.framework.calls import make_call

LAST_UPGRADE: Final = storage_key("System", "LastRuntimeUpgrade")
SCALE: Final = 10
"""How many times as much state an upgrade should stand."""


async def decode_all(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """The new types without the migration are found, and with it every value is readable."""
    world = await World.of(network, report, say)
    await found_subnet(world)
    say("dry runs: without the migration, with one that raises, and as it should be")
    forgetful, raising = variant(*FORGETFUL), variant(*RAISING)
    await world.check_finding(
        forgetful, "a forgotten migration", "storage decodes", "SubtensorModule.WeightCommits"
    )
    await world.check_finding(
        raising, "a migration that raises", "migration", "SubtensorModule", "without an owner"
    )
    predicted = await world.check_dry_run(newest(), f"spec {NEWEST}")

    say(f"upgrade to spec {NEWEST}")
    upgraded = await world.set_code(newest())
    await world.check_versions(upgraded.number, BEFORE, NEWEST)
    await world.check_migrated(predicted, upgraded.number)
    block = await world.hash(upgraded.number + 1)
    reader, state = await world.reader(block), await world.state(block)
    known = [key for key in state if reader.item(key) is not None]
    faults = {reader.name(key) for key in known if reader.fault(key, state[key]) is not None}
    report.check_none(faults, f"{len(known)} stored values decode under the new types")
    await world.check_finality(upgraded.number + 1)
    await world.check_agreement()


async def storage_versions(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """For every pallet the version of its storage on the chain is that in the code."""
    world = await World.of(network, report, say)
    await found_subnet(world)
    await world.check_finding(
        variant(*MISNUMBERED),
        "a storage version that nobody writes",
        "storage versions",
        "SubtensorModule: 8 in the code, 7 on the chain",
    )
    await world.check_dry_run(newest(), f"spec {NEWEST}")
    await _audit(world, await world.best())
    say(f"upgrade to spec {NEWEST}")
    upgraded = await world.set_code(newest())
    await world.check_versions(upgraded.number, BEFORE, NEWEST)
    await _audit(world, upgraded.number + 1)
    await world.check_finality(upgraded.number + 1)
    await world.check_agreement()


async def _audit(world: World, number: int) -> None:
    """Compare the versions in a state with those in the code of the same state."""
    block = await world.hash(number)
    state = MemoryState(await world.state(block))
    runtime, host = Runtimes().of(state.get(b":code")), host_over(state)
    pallets, check = pallets_of(runtime.over(host)), Check("storage versions")
    check_versions(pallets, host, check)
    if not pallets:
        check.fail("the runtime has no pallets to ask")
    world.report.check_none(
        check.problems,
        f"at block {number} {len(pallets or ())} pallets have the storage version of the code",
    )


async def twice(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """Migrations run again and change nothing; in another order they come to the same."""
    world = await World.of(network, report, say)
    await found_subnet(world)
    say("dry runs: a migration that repeats itself, and two that depend on their order")
    await world.check_finding(
        variant(*REPEATING),
        "a migration that does not know that it ran",
        "idempotency",
        "SubtensorModule.TxRateLimit",
    )
    await world.check_finding(
        variant(*depending_on_order()),
        "migrations that depend on their order",
        "order",
        "SubtensorModule.TxRateLimit",
    )
    predicted = await world.check_dry_run(newest(), f"spec {NEWEST}")

    say(f"upgrade to spec {NEWEST}, whose migrations root then has run once more")
    upgraded = await world.set_code(newest())
    await world.check_migrated(predicted, upgraded.number)
    again = await world.as_root(make_call("System", "kill_storage", keys=[LAST_UPGRADE]))
    await world.reach(again.number + 1)
    before, after = [await world.hash(again.number + step) for step in (0, 1)]
    ran = await world.node().storage(LAST_UPGRADE, after)
    report.check(
        await world.node().storage(LAST_UPGRADE, before) is None and ran is not None,
        f"the migrations run again in block {again.number + 1}",
    )
    migrated = {item.item for item in predicted.storage}
    reader = await world.reader(after)
    states = await world.state(before), await world.state(after)
    changed = [
        reader.name(key)
        for key in states[0].keys() | states[1].keys()
        if reader.name(key) in migrated and states[0].get(key) != states[1].get(key)
    ]
    report.check_none(changed, f"run again they change none of {len(migrated)} storage items")
    await world.check_finality(again.number + 1)
    await world.check_agreement()


async def weight(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """What migrations cost is known before, on this state and on ten times as much."""
    world = await World.of(network, report, say)
    await found_subnet(world)
    say(f"dry runs on this state and on {SCALE} times as much")
    tried = await world.check_dry_run(
        newest(), f"spec {NEWEST} at {SCALE} times the state", scale=SCALE
    )
    if tried.cost is not None:
        report.figures["migration_ref_time"] = tried.cost.migration_ref_time
        report.figures["block_ref_time"] = tried.cost.ref_time_limit
    heavy = variant(*HEAVY)
    await world.check_dry_run(heavy, "a migration that is heavy on this state")
    await world.check_finding(
        heavy,
        f"a migration that is too heavy at {SCALE} times the state",
        f"weight at {SCALE} x",
        "blocks",
        scale=SCALE,
    )
    say(f"upgrade to spec {NEWEST}")
    upgraded = await world.set_code(newest())
    await world.check_versions(upgraded.number, BEFORE, NEWEST)
    await world.check_finality(upgraded.number + 1)
    await world.check_agreement()


async def versions(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """Numbers that may not follow are found by a dry run; the chain refuses what it can see."""
    world = await World.of(network, report, say)
    say("the same number, a lower one, another name, and a call that moved")
    for code, name, check, words, error in (
        (newest(), "the same version", "spec version", f"{NEWEST}", _NOT_HIGHER),
        (variant(numbered(BEFORE)), "a lower version", "spec version", f"{BEFORE}", _NOT_HIGHER),
        (
            variant(numbered(NEWEST + 1), renamed("other")),
            "another name",
            "spec version",
            "other",
            "System.InvalidSpecName",
        ),
    ):
        await world.check_finding(code, name, check, words)
        await world.check_refused(code, name, error)
    await world.check_finding(
        variant(numbered(NEWEST + 1), *MOVED),
        "a call that moved under the same transaction version",
        "transaction version",
        "SubtensorModule.batch_reveal_weights",
    )
    best = await world.pass_by(2)
    report.check(
        (await world.chain().version()).spec_version == NEWEST, f"spec {NEWEST} goes on unharmed"
    )
    await world.check_finality(best, "all of it")
    await world.check_agreement()


_NOT_HIGHER: Final = "System.SpecVersionNeedsToIncrease"
