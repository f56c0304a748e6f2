"""The code on the chain is replaced while nodes run: who sees what at which block."""

from dataclasses import replace

import pytest
import trio

from genesis.spec import CODE_KEY
from node.executor.archive.build import archive_of, installed_archive
from node.executor.archive.format import SIZE_LIMIT
from node.executor.errors import UnknownCode
from node.executor.policy import OnchainCode
from node.executor.runtimes import Runtimes
from node.txpool.refusal import ExtrinsicRefused
from p2p.reputation import BAN_AT
from p2p.wire.reason import Reason
from primitives.block import RuntimeEnvironmentUpdated
from primitives.extrinsic import BareExtrinsic
from primitives.hashing import blake2_256, twox_128
from primitives.scale.types import encode
from primitives.types import BlockNumber
from runtime.framework.calls import CALL_CODEC
from runtime.pallets.system import (
    FailedToExtractRuntimeVersion,
    InvalidSpecName,
    SpecVersionNeedsToIncrease,
)
from runtime.pallets.system_types import RuntimeVersion
from runtime.version import SPEC_VERSION, VERSION
from tests.support.rpc_client import websocket
from tests.support.running import advance, grow, height, running_node
from tests.support.runtime_sources import changed, with_spec_version
from tests.support.upgrades import (
    GREETING,
    LAST_UPGRADE,
    NEXT,
    UPGRADES,
    Signer,
    as_root,
    events,
    in_next_block,
    member,
    metadata,
    next_block,
    next_code,
    spec_version,
    submit,
    system,
    upgrade,
    value,
)
from tests.support.wasm import ECHO, custom, module

PATIENCE = 60.0
"""No test waits for it; it only keeps a failure from hanging."""
CODE_UPDATED = b"\0\1\0\0\0" + b"\0\2" + b"\0"
"""The event, of the first extrinsic after the inherent, without topics."""

ENOUGH_FOR_A_BAN = 1 + int(BAN_AT) // Reason.INVALID_EXTRINSIC.points
AUTHORIZED = twox_128(b"System") + twox_128(b"AuthorizedUpgrade")


@pytest.fixture
def patience():
    return lambda: trio.fail_after(PATIENCE)


def block_hash(running, number):
    return running.node.client.block_hash(BlockNumber(number))


def roots(running):
    client = running.node.client
    numbers = range(client.best().number + 1)
    return [client.header(block_hash(running, number)).state_root for number in numbers]


async def test_an_upgrade_takes_effect_at_its_block_on_every_node(patience):
    """Given two nodes. When root sets newer code in N. Then N+1 is the first that it executes."""
    with patience():
        async with (
            running_node(member("Alice")) as alice,
            running_node(member("Follower", knows=[alice])) as follower,
        ):
            signer = Signer(alice)
            before = await grow(alice, 1, follower)
            updated = await upgrade(alice, signer, follower)
            header = alice.node.client.header(updated.hash)
            assert RuntimeEnvironmentUpdated() in header.digest.items
            assert CODE_UPDATED in events(alice, updated.hash)

            after = await next_block(alice, follower)
            assert await height(follower, after.number) == after
            assert roots(follower) == roots(alice)
            for node in (alice, follower):
                blocks = [before.hash, updated.hash, after.hash]
                versions = [spec_version(node, block) for block in blocks]
                assert versions == [SPEC_VERSION, NEXT, NEXT]
                assert [b"greet" in metadata(node, block) for block in blocks] == [
                    False,
                    True,
                    True,
                ]
                assert [value(node, block, UPGRADES) for block in blocks] == [None, None, b"\1"]
                noted = [value(node, block, LAST_UPGRADE)[:2] for block in blocks]
                assert noted == [compact(SPEC_VERSION), compact(SPEC_VERSION), compact(NEXT)]


def compact(number):
    return (number << 2 | 1).to_bytes(2, "little")


async def test_the_new_call_works_and_the_hook_ran_once(patience):
    with patience():
        async with running_node(member("Alice")) as alice:
            signer = Signer(alice)
            await grow(alice, 1)
            await upgrade(alice, signer)
            signer.spec_version = NEXT
            await in_next_block(alice, signer.sign_bytes(b"\0\x08" + b"\x14hello"))
            best = await grow(alice, 5)
            assert value(alice, best.hash, GREETING) == b"hello"
            assert value(alice, best.hash, UPGRADES) == b"\1"


async def test_a_subscriber_learns_of_the_new_version(patience):
    with patience():
        async with (
            running_node(member("Alice")) as alice,
            websocket(alice.rpc[0][1]) as client,
        ):
            await client.result("state_subscribeRuntimeVersion")
            told = (await client.hear())["params"]["result"]
            assert told["specVersion"] == SPEC_VERSION
            await grow(alice, 1)
            updated = await upgrade(alice, Signer(alice))
            told = (await client.hear())["params"]["result"]
            assert told["specVersion"] == NEXT
            at = "0x" + updated.hash.hex()
            assert await client.result("state_getRuntimeVersion", at) == told
            parent = await client.result("chain_getBlockHash", updated.number - 1)
            old = await client.result("state_getRuntimeVersion", parent)
            assert old["specVersion"] == SPEC_VERSION


async def test_extrinsics_signed_for_the_old_version_fall_out_of_the_pool(patience):
    """Given a pooled extrinsic. When the version changes. Then no node keeps or takes such."""
    with patience():
        async with (
            running_node(member("Alice")) as alice,
            running_node(member("Follower", knows=[alice])) as follower,
        ):
            root, bob = Signer(alice), Signer(alice, "Bob")
            await grow(alice, 1, follower)
            await height(follower, 1)
            bob.nonce = 1
            waiting, statuses = await follower.node.pool.watch(
                bob.sign(system("remark", remark=b""))
            )
            await upgrade(alice, root, follower)
            told = [status async for status in statuses]
            assert told[-1].value == "invalid"
            assert follower.node.pool.get(waiting) is None
            bob.nonce = 0
            with pytest.raises(ExtrinsicRefused) as refused:
                await submit(alice, bob.sign(system("remark", remark=b"")))
            assert "bad signature" in str(refused.value.refusal.data)
            bob.nonce, bob.spec_version = 0, NEXT
            await in_next_block(alice, bob.sign(system("remark", remark=b"")), follower)


async def test_a_new_node_goes_through_every_version(patience):
    with patience():
        async with running_node(member("Alice")) as alice:
            await grow(alice, 2)
            await upgrade(alice, Signer(alice))
            best = await grow(alice, 6)
            late = member("Late", knows=[alice])
            late = replace(late, clock=replace(late.clock, origin=alice.node.clock.now()))
            async with running_node(late) as third:
                assert await height(third, 6) == best
                assert roots(third) == roots(alice)
                assert spec_version(third, block_hash(third, 2)) == SPEC_VERSION
                assert spec_version(third, best.hash) == NEXT


async def test_a_full_pool_keeps_nobody_from_catching_up(patience):
    """Given many extrinsics for the new version. When a late node comes. Then it stays."""
    with patience():
        async with running_node(member("Alice")) as alice:
            await grow(alice, 2)
            await upgrade(alice, Signer(alice))
            best = await grow(alice, 12)
            bob = Signer(alice, "Bob")
            for _ in range(ENOUGH_FOR_A_BAN):
                await submit(alice, bob.sign(system("remark", remark=b"")))
            late = member("Late", knows=[alice])
            late = replace(late, clock=replace(late.clock, origin=alice.node.clock.now()))
            async with running_node(late) as third:
                assert await height(third, best.number) == best


@pytest.mark.parametrize("policy", [OnchainCode.REFUSE, OnchainCode.KNOWN])
async def test_a_node_that_must_not_run_the_new_code_stops_there(patience, policy):
    """Given a node with a policy. When foreign code comes. Then it stops, and says what to do."""
    with patience():
        async with running_node(member("Alice")) as alice:
            await grow(alice, 1)
            kept = []
            careful = member("Careful", knows=[alice], onchain_code=policy)
            with pytest.raises(BaseExceptionGroup) as stopped:
                await follow_until_it_stops(alice, careful, kept)
            [client, updated] = kept
            assert client.best() == updated
            [text] = {str(error) for error in leaves(stopped.value) if "go on" in str(error)}
            assert f"cannot go on after block #{updated.number} (0x{updated.hash.hex()})" in text
            assert f"--onchain-code {policy.value}" in text
            assert "Install the release" in text


async def follow_until_it_stops(alice, settings, kept):
    """Upgrade the chain of a running node with another one in tow, and keep what it has then."""
    async with running_node(settings) as careful:
        advance(careful)
        await height(careful, 1)
        kept.append(careful.node.client)
        kept.append(await upgrade(alice, Signer(alice), careful))
        await grow(alice, 4, careful)
        await trio.sleep_forever()


def leaves(error):
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in leaves(inner)]
    assert isinstance(error, UnknownCode)
    return [error]


async def test_anybody_may_apply_code_that_root_has_authorized(patience):
    """Given root's word for a hash. When somebody hands in the code unsigned. Then it is used."""
    applied, other = (
        BareExtrinsic(CALL_CODEC.encode(system("apply_authorized_upgrade", code=code))).encode()
        for code in (next_code(), b"other")
    )
    with patience():
        async with running_node(member("Alice")) as alice:
            signer = Signer(alice)
            await grow(alice, 1)
            authorize = system("authorize_upgrade", code_hash=blake2_256(next_code()))
            await in_next_block(alice, signer.sign(as_root(authorize)))
            with pytest.raises(ExtrinsicRefused):
                await submit(alice, other)
            updated = await in_next_block(alice, applied)
            assert value(alice, updated.hash, AUTHORIZED) is None
            assert spec_version(alice, updated.hash) == NEXT
            assert CODE_UPDATED in events(alice, updated.hash)
            after = await next_block(alice)
            assert value(alice, after.hash, UPGRADES) == b"\1"


def another_name():
    name = {'spec_name="node-subtensor"': 'spec_name="other"'}
    return archive_of(changed(with_spec_version(NEXT), "runtime/version.py", name))


def wasm_of_next():
    """A module that says it is the next version, in its custom sections."""
    version = encode(RuntimeVersion, replace(VERSION, spec_version=NEXT))
    code = module(ECHO) + custom("runtime_version", version)
    assert Runtimes().version_of(code + custom("after", bytes(9))) == version
    return code + custom("after", bytes(9))


def oversize():
    return next_code() + bytes(SIZE_LIMIT - len(next_code()) + 1)


def sudo_failed(error):
    """The event of a sudo call that ended with an error of System."""
    return b"\x0c\0" + b"\1\3\0" + bytes((error.error_index, 0, 0, 0))


REFUSED = {
    "the same version": (installed_archive, SpecVersionNeedsToIncrease),
    "a lower version": (
        lambda: archive_of(with_spec_version(SPEC_VERSION - 1)),
        SpecVersionNeedsToIncrease,
    ),
    "another name": (another_name, InvalidSpecName),
    "a corrupt archive": (lambda: next_code()[:-9], FailedToExtractRuntimeVersion),
    "a truncated module": (lambda: wasm_of_next()[:-3], FailedToExtractRuntimeVersion),
    "an archive over the limit": (oversize, FailedToExtractRuntimeVersion),
    "nothing at all": (bytes, FailedToExtractRuntimeVersion),
}


@pytest.mark.parametrize(("make", "error"), REFUSED.values(), ids=REFUSED.keys())
async def test_code_that_is_no_next_version_is_refused_by_name(patience, make, error):
    """Given a chain. When root sets such code. Then the call fails by name, and all goes on."""
    with patience():
        async with running_node(member("Alice")) as alice:
            before = await grow(alice, 1)
            call = as_root(system("set_code", code=make()))
            refused = await in_next_block(alice, Signer(alice).sign(call))
            assert sudo_failed(error) in events(alice, refused.hash)
            assert (
                RuntimeEnvironmentUpdated()
                not in alice.node.client.header(refused.hash).digest.items
            )
            code = value(alice, before.hash, CODE_KEY)
            assert value(alice, (await next_block(alice)).hash, CODE_KEY) == code
