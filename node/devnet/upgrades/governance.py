"""The way of governance: the Triumvirate proposes, senators vote, the scheduler waits."""

from typing import Final

from node.devnet.chain_client import STATE, Account
from node.devnet.errors import DevnetError
from node.devnet.fleet import Devnet
from node.devnet.scenario import Say
from node.devnet.scenarios import calls
from node.devnet.upgrades.plain import apply_authorized_code
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import NEWEST, numbered, variant
from node.devnet.upgrades.world import World, account
from primitives.hashing import blake2_256
from primitives.types import U8, U32, BlockNumber, Bytes32, Hash, NetUid
from runtime.framework.calls import CALL_CODEC, RuntimeCall, make_call
from runtime.framework.weights import Weight
from runtime.pallets.collective import MOTION_DURATION
from runtime.pallets.scheduler import Scheduler

SUBNET: Final = NetUid(3)
"""Of the genesis; the senators get a place on it, and so an owner."""
DELAY: Final = 30
"""Blocks from a motion to what it schedules: the other motions lie between."""
TASK: Final = Bytes32(b"next runtime".ljust(32, b"\0"))
URGENT: Final = U8(0)
BOUND: Final = Weight(10**12, 10**6)
"""More than any of the calls here weighs."""


async def governance(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """One authorization is scheduled and cancelled; another one comes at its height."""
    world = await World.of(network, report, say)
    code = variant(numbered(NEWEST + 1))
    authorize = make_call("System", "authorize_upgrade", code_hash=Hash(blake2_256(code)))
    body = Body(world)
    await body.take_seats()

    cancelled = BlockNumber(await world.best() + DELAY)
    say(f"motion: authorize spec {NEWEST + 1} at block {cancelled}")
    await body.carry(_at(cancelled, authorize))
    report.check(await _is_planned(world, cancelled), f"block {cancelled} has a task")
    say("motion: no, do not")
    await body.carry(make_call("Scheduler", "cancel_named", id_=TASK))
    report.check(not await _is_planned(world, cancelled), "the task is cancelled")
    await world.reach(cancelled + 1)
    found = await _authorized(world, cancelled)
    report.check(found is None, f"nothing is authorized at block {cancelled}")

    height = BlockNumber(await world.best() + DELAY)
    say(f"motion: authorize spec {NEWEST + 1} at block {height} after all")
    await body.carry(_at(height, authorize))
    await world.reach(height)
    before, at = [await _authorized(world, BlockNumber(height + step)) for step in (-1, 0)]
    report.check(
        (before, at) == (None, authorize.arg("code_hash")),
        f"it is authorized at block {height}, and not before",
    )

    say("the code is handed in")
    applied = await apply_authorized_code(world, code)
    await world.check_versions(applied.number, NEWEST, NEWEST + 1)
    await world.check_finality(applied.number + 1)
    await world.check_agreement()


class Body:
    """Three who may propose, and three who vote."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._members = [account(name) for name in ("Alice", "Bob", "Charlie")]
        self._senators = [account(name) for name in ("Dave", "Eve", "Ferdie")]
        self._motions = 0

    async def take_seats(self) -> None:
        """A senator votes through the subnet pallet, which must know whose key it is."""
        world = self._world
        world.say("two senators register their keys")
        await world.as_root(
            make_call(
                "AdminUtils",
                "sudo_set_network_registration_allowed",
                netuid=SUBNET,
                registration_allowed=True,
            ),
            calls.set_parameter("max_registrations_per_block", SUBNET, 4),
            calls.set_parameter("target_registrations_per_interval", SUBNET, 4),
        )
        for senator in self._voters():
            await world.send(senator, calls.burned_register(SUBNET, senator.id))

    def _voters(self) -> list[Account]:
        """Two of three are enough."""
        return self._senators[:2]

    async def carry(self, call: RuntimeCall) -> None:
        """Have a call made as root: a motion, two ayes, and its end; DevnetError if it fails."""
        world, proposer = self._world, self._members[1]
        motion = make_call("SubtensorModule", "sudo", call=call)
        length = U32(len(CALL_CODEC.encode(motion)))
        motion_hash = Hash(blake2_256(CALL_CODEC.encode(motion)))
        index = U32(self._motions)
        self._motions += 1
        await world.send(
            proposer,
            make_call(
                "Triumvirate",
                "propose",
                proposal=motion,
                length_bound=length,
                duration=MOTION_DURATION,
            ),
        )
        for senator in self._voters():
            vote = {"hotkey": senator.id, "proposal": motion_hash, "index": index, "approve": True}
            await world.send(senator, make_call("SubtensorModule", "vote", **vote))
        closed = await world.send(
            proposer,
            make_call(
                "Triumvirate",
                "close",
                proposal_hash=motion_hash,
                index=index,
                proposal_weight_bound=BOUND,
                length_bound=length,
            ),
        )
        results = [
            event.fields["result"]
            for event in await world.events_of(closed)
            if (event.pallet, event.name) == ("Triumvirate", "Executed")
        ]
        if results != [{"Ok": []}]:
            raise DevnetError(f"a motion was carried, and came to {results}")


def _at(height: BlockNumber, call: RuntimeCall) -> RuntimeCall:
    return make_call(
        "Scheduler",
        "schedule_named",
        id_=TASK,
        when=height,
        maybe_periodic=None,
        priority=URGENT,
        call=call,
    )


async def _is_planned(world: World, height: BlockNumber) -> bool:
    scheduler = STATE.pallet("Scheduler")
    assert isinstance(scheduler, Scheduler)
    tasks = await world.chain().entry(scheduler.agenda, height)
    return any(tasks)


async def _authorized(world: World, number: BlockNumber) -> Hash | None:
    """The hash that root has named, in the state after a block."""
    found = await world.chain().value(STATE.system.authorized_upgrade, await world.hash(number))
    return None if found is None else found.code_hash
