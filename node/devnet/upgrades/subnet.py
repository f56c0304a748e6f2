"""A subnet with commits to weights that wait: data that spec 186 stores in another form."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from node.devnet.chain_client import STATE, Account
from node.devnet.errors import DevnetError
from node.devnet.scenario import together
from node.devnet.scenarios import calls
from node.devnet.upgrades.world import World, account
from primitives.hashing import blake2_256
from primitives.scale.types import encode
from primitives.scheme import Scheme
from primitives.types import U16, U64, AccountId, BlockNumber, Hash, NetUid, Uid
from runtime.framework.calls import make_call
from runtime.pallets.subtensor.migration_186 import Items185

TEMPO: Final = U16(9)
INTERVAL: Final = 30
"""Blocks: what is committed in one interval is revealed in the next, as spec 185 has it."""

_INTERVALS: Final = Items185(STATE.subtensor).weight_commit_reveal_interval

Revealed = tuple[AccountId, NetUid, list[U16], list[U16], U64]
"""What a commit of spec 185 hides: hotkey, subnet, uids, values and version key."""


@dataclass(frozen=True, slots=True)
class Validator:
    """A neuron that commits to a weight on itself, for which it needs no permit."""

    coldkey: Account
    hotkey: Account
    uid: Uid

    def commit_hash(self, netuid: NetUid) -> Hash:
        """What it commits to."""
        weights = [U16(self.uid)], [U16(65_535)]
        return Hash(blake2_256(encode(Revealed, (self.hotkey.id, netuid, *weights, U64(0)))))


@dataclass(frozen=True, slots=True)
class Subnet:
    """The subnet, and until when its commits can be revealed."""

    netuid: NetUid
    validators: tuple[Validator, ...]
    first: BlockNumber
    """First block in which every commit may be revealed, as spec 185 promised it."""
    last: BlockNumber


async def found_subnet(world: World) -> Subnet:
    """Found a subnet whose two validators commit to weights, all in one interval."""
    owner = account("Eve", Scheme.ED25519)
    included = await world.send(owner, make_call("SubtensorModule", "register_network"))
    netuid = await _netuid_of(world, owner, included.block)
    world.say(f"subnet {netuid}, with commits to weights in intervals of {INTERVAL} blocks")
    await world.reach(included.number)
    await world.as_root(
        calls.set_parameter("tempo", netuid, TEMPO),
        calls.set_parameter("weights_set_rate_limit", netuid, 0),
        calls.set_parameter("max_registrations_per_block", netuid, 4),
        calls.set_parameter("target_registrations_per_interval", netuid, 4),
        # The call that sets it is another one in the newest release, which this program is made of.
        calls.set_storage(_INTERVALS.raw_key(netuid), encode(U64, U64(INTERVAL))),
        make_call(
            "AdminUtils", "sudo_set_commit_reveal_weights_enabled", netuid=netuid, enabled=True
        ),
    )  # fmt: skip
    validators = await _register(world, netuid)
    await _wait_for_room(world)
    commits = await together(
        *(
            partial(
                world.send,
                validator.hotkey,
                make_call(
                    "SubtensorModule",
                    "commit_weights",
                    netuid=netuid,
                    commit_hash=validator.commit_hash(netuid),
                ),
            )
            for validator in validators
        )
    )
    following = {commit.number // INTERVAL + 1 for commit in commits}
    if len(following) > 1:
        raise DevnetError("the commits are of different intervals")
    first = following.pop() * INTERVAL
    await world.reach(max(commit.number for commit in commits))
    return Subnet(netuid, validators, BlockNumber(first), BlockNumber(first + INTERVAL - 1))


async def _netuid_of(world: World, owner: Account, block: Hash) -> NetUid:
    chain = world.chain()
    for netuid in await chain.keys(STATE.subtensor.networks_added, block):
        if await chain.entry(STATE.subtensor.subnet_owner, netuid, block) == owner.id:
            return netuid
    raise DevnetError(f"{owner.name} has no subnet")


async def _register(world: World, netuid: NetUid) -> tuple[Validator, ...]:
    """Two hotkeys; which of them gets which uid is up to the author of the block."""
    pairs = [(account(name), account(f"{name}//hotkey")) for name in ("Bob", "Charlie")]
    await together(
        *(
            partial(world.send, coldkey, calls.burned_register(netuid, hotkey.id))
            for coldkey, hotkey in pairs
        )
    )
    chain = world.chain()
    found = []
    for coldkey, hotkey in pairs:
        uid = await chain.double_entry(STATE.subtensor.uids, netuid, hotkey.id)
        if uid is None:
            raise DevnetError(f"{hotkey.name} is not on the subnet")
        found.append(Validator(coldkey, hotkey, uid))
    return tuple(found)


async def _wait_for_room(world: World) -> None:
    """Commits need some blocks until they are in one, and all must be of one interval."""
    now = await world.best()
    if now % INTERVAL > INTERVAL // 2:
        await world.reach((now // INTERVAL + 1) * INTERVAL)
