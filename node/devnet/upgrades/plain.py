"""Upgrades as they should be: to the next release and beyond, and to the very same logic."""

from typing import Any, Final

from node.devnet.chain_client import STATE, EncodedCall, Inclusion
from node.devnet.errors import CallFailed, RpcError
from node.devnet.events import EventRecord
from node.devnet.fleet import Devnet
from node.devnet.scenario import Say
from node.devnet.upgrades.listening import Listener, listening
from node.devnet.upgrades.subnet import Subnet, Validator, found_subnet
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import BEFORE, NEWEST, TALKATIVE, newest, numbered, variant
from node.devnet.upgrades.world import World, account
from node.rpc.shapes import hexed
from node.runtime_tools.compare import compare
from node.runtime_tools.metadata import read_metadata
from node.runtime_tools.surface import Surface
from primitives.extrinsic import BareExtrinsic
from primitives.hashing import blake2_256
from primitives.scale.raw import sized
from primitives.types import U16, U64, Hash
from runtime.framework.calls import CALL_CODEC, make_call

INVALID: Final = 1010
"""The code of an extrinsic that may not be in a block."""
SAY: Final = bytes((18, 1))
"""`Commitments.say` by its numbers, which the installed runtime does not know."""
WORDS: Final = b"hello"
FULL: Final = U16(65_535)


async def plain(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """From the release before to the newest by sudo, and on by authorization."""
    world = await World.of(network, report, say)
    subnet = await found_subnet(world)
    predicted = await world.check_dry_run(newest(), f"spec {NEWEST}")

    say(f"upgrade to spec {NEWEST} by sudo")
    upgraded = await world.set_code(newest())
    events = await world.events_of(upgraded)
    told = EventRecord(upgraded.index, "System", "CodeUpdated")
    report.check(told in events, "the upgrade deposits System.CodeUpdated")
    await world.check_versions(upgraded.number, BEFORE, NEWEST)
    await world.check_migrated(predicted, upgraded.number)
    await _reveal_all(world, subnet)

    code = variant(numbered(NEWEST + 1), *TALKATIVE)
    say(f"upgrade to spec {NEWEST + 1} by authorization, handed in without a signature")
    applied = await apply_authorized(world, code)
    await world.check_versions(applied.number, NEWEST, NEWEST + 1)
    await _say_something(world)
    await world.check_finality(applied.number + 1)
    await world.check_agreement()


async def _reveal_all(world: World, subnet: Subnet) -> None:
    """What was committed under the old rules is revealed under the new ones, when it was due."""
    report = world.report
    if await world.best() + 2 < subnet.first:
        early = await _failure_of_reveal(world, subnet, subnet.validators[0])
        report.check(early == "SubtensorModule.RevealTooEarly", f"a reveal too early is {early}")
    world.say(f"reveals of what was committed before, due from block {subnet.first} on")
    await world.reach(subnet.first)
    for validator in subnet.validators:
        revealed = await world.send(validator.hotkey, reveal(subnet, validator))
        commit = hexed(validator.commit_hash(subnet.netuid))
        fields = [validator.hotkey.address, subnet.netuid, commit]
        told = EventRecord(revealed.index, "SubtensorModule", "WeightsRevealed", fields)
        events = await world.events_of(revealed)
        report.check(told in events, f"{validator.hotkey.name} reveals what it committed to")
        weights = await world.chain().double_entry(
            STATE.subtensor.weights, subnet.netuid, validator.uid, revealed.block
        )
        report.check(weights == [(U16(validator.uid), FULL)], f"the weights are set: {weights}")


def reveal(subnet: Subnet, validator: Validator) -> Any:
    """The call that reveals a commit, as the newest release has it."""
    return make_call(
        "SubtensorModule",
        "reveal_weights",
        netuid=subnet.netuid,
        uids=[U16(validator.uid)],
        values=[FULL],
        salt=[],
        version_key=U64(0),
    )


async def _failure_of_reveal(world: World, subnet: Subnet, validator: Validator) -> str:
    try:
        await world.send(validator.hotkey, reveal(subnet, validator))
    except CallFailed as failed:
        return failed.error
    return "accepted"


async def apply_authorized(world: World, code: bytes) -> Inclusion:
    """Let root name a hash, and hand the code in."""
    code_hash = Hash(blake2_256(code))
    await world.as_root(make_call("System", "authorize_upgrade", code_hash=code_hash))
    return await apply_authorized_code(world, code)


async def apply_authorized_code(world: World, code: bytes) -> Inclusion:
    """Hand in the code whose hash root has named; other code is refused."""
    world.report.check(
        await _refusal(world, code + b"\0") == INVALID, "code with another hash is refused"
    )
    block = await world.node().submit_and_watch(handed_in(code))
    number = (await world.node().header(block)).number
    body = await world.node().extrinsics(block)
    return await world.note_upgrade(Inclusion(block, number, body.index(handed_in(code))))


def handed_in(code: bytes) -> bytes:
    """The extrinsic that hands in code which root has named."""
    call = make_call("System", "apply_authorized_upgrade", code=code)
    return BareExtrinsic(CALL_CODEC.encode(call)).encode()


async def _refusal(world: World, code: bytes) -> int | None:
    try:
        await world.node().submit(handed_in(code))
    except RpcError as refused:
        return refused.code
    return None


async def _say_something(world: World) -> None:
    """The new call works, and its event reads by the new metadata."""
    bob = account("Bob")
    call = EncodedCall("Commitments.say", SAY + sized(WORDS))
    said = await world.send(bob, call, node=world.running[-1])
    fields = {"who": bob.address, "words": hexed(WORDS)}
    told = EventRecord(said.index, "Commitments", "Said", fields)
    world.report.check(told in await world.events_of(said), "a call that is new does what it says")
    await world.reach(said.number)


async def dummy(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """The same logic under the next number."""
    world = await World.of(network, report, say)
    code = variant(numbered(NEWEST + 1))
    predicted = await world.check_dry_run(code, f"the same logic as spec {NEWEST + 1}")
    report.check(not predicted.storage, "no migration changes anything in storage")
    say(f"upgrade to spec {NEWEST + 1}, which is spec {NEWEST} under another number")
    async with listening([plan.rpc_port for plan in network.plans]) as listeners:
        upgraded = await world.set_code(code)
        await world.check_versions(upgraded.number, NEWEST, NEWEST + 1)
        await world.check_finality(upgraded.number + 1)
        check_listeners(report, listeners, [NEWEST, NEWEST + 1])
    before, after = [
        Surface.of(read_metadata(await world.metadata(block)))
        for block in (await world.hash(upgraded.number - 1), upgraded.block)
    ]
    changed = [
        f"{change.verb.value} {change.kind} {change.name}" for change in compare(before, after)
    ]
    report.check(
        changed == ["changed constant System.Version"], f"what clients see differs in: {changed}"
    )
    await world.check_agreement()


def check_listeners(report: UpgradeReport, listeners: list[Listener], versions: list[int]) -> None:
    """Clients stayed connected, heard every block, and of every version once."""
    count = len(listeners)
    report.check(all(each.is_connected for each in listeners), f"{count} clients stay connected")
    report.check(not any(each.missed() for each in listeners), f"{count} clients hear every block")
    report.check(
        all(each.changes >= len(each.heads) - 1 for each in listeners),
        f"{count} clients hear of storage in every block",
    )
    told = {tuple(each.versions) for each in listeners}
    report.check(told == {tuple(versions)}, f"{count} clients are told of the versions {told}")
