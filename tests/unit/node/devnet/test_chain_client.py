"""The typed client: reads with defaults, and extrinsics that a pool does not hold on to."""

import pytest
import trio

from genesis.dev_keys import dev_key
from node.devnet.chain_client import STATE, Account, ChainClient
from node.devnet.errors import CallFailed, ExtrinsicLost, RpcError
from node.devnet.scenarios import calls
from node.devnet.scenarios.cast import taos
from primitives.scheme import Scheme
from primitives.types import NetUid
from tests.support.direct_chain import DirectAccess, DirectNetwork

ALICE = dev_key("Alice").account
NOWHERE = NetUid(77)


class ForgetfulPool(DirectAccess):
    """Gives up the first extrinsics; of those it keeps, another node makes blocks none the less."""

    def __init__(self, chain, losses, *, others_keep=False):
        super().__init__(chain)
        self.losses = losses
        self.others_keep = others_keep
        self.seen = []

    async def submit_and_watch(self, extrinsic):
        self.seen.append(extrinsic)
        if len(self.seen) > self.losses:
            return await super().submit_and_watch(extrinsic)
        if self.others_keep:
            await self.submit(extrinsic)
        raise ExtrinsicLost("the pool lost an extrinsic: invalid")


@pytest.fixture
def network():
    return DirectNetwork()


def account(name="Bob", scheme=Scheme.SR25519):
    return Account(f"//{name}", dev_key(name, scheme))


async def on(network, body):
    """Run a body while the chain makes blocks."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(network.chain.run, network.is_alive)
        result = await body(await ChainClient.of(network.access(0)))
        nursery.cancel_scope.cancel()
    return result


async def test_reads_have_the_declared_defaults(network):
    chain = await ChainClient.of(network.access(0))
    pallet = STATE.subtensor
    assert await chain.value(pallet.total_issuance) == 2_100_000 * 10**9
    assert await chain.entry(pallet.tempo, NOWHERE) == 99
    assert await chain.entry(pallet.loaded_emission, NOWHERE) is None
    assert await chain.double_entry(pallet.stake, ALICE, ALICE) == 0
    assert sorted(await chain.keys(pallet.networks_added)) == [0, 3]
    assert await chain.neurons(NOWHERE) == []


async def test_old_states_stay_readable(network, autojump_clock):
    payer = account()

    async def pay(chain):
        return await chain.send(payer, calls.transfer(ALICE, taos(5)))

    inclusion = await on(network, pay)
    chain = await ChainClient.of(network.access(0))
    before = await chain.entry(STATE.system.account, ALICE, chain.genesis)
    after = await chain.entry(STATE.system.account, ALICE, inclusion.block)
    assert after.data.free - before.data.free == taos(5)


async def test_nonces_count_up_and_failures_use_them_too(network, autojump_clock):
    payer = account("Eve", Scheme.ED25519)

    async def body(chain):
        await chain.send(payer, calls.transfer(ALICE, taos(1)))
        with pytest.raises(CallFailed) as failed:
            await chain.send(payer, calls.transfer(ALICE, taos(10**6)))
        await chain.send(payer, calls.transfer(ALICE, taos(1)))
        return failed.value.error

    assert await on(network, body) == "Token.FundsUnavailable"
    assert payer.nonce == 3


@pytest.mark.parametrize("scheme", [Scheme.SR25519, Scheme.ED25519])
async def test_lost_extrinsic_is_sent_again_with_another_hash(network, autojump_clock, scheme):
    network.nodes[0] = pool = ForgetfulPool(network.chain, losses=2)

    async def body(chain):
        return await chain.send(account("Bob", scheme), calls.transfer(ALICE, taos(1)))

    inclusion = await on(network, body)
    assert len(set(pool.seen)) == 3
    assert network.chain.bodies[inclusion.number][inclusion.index] == pool.seen[2]


async def test_extrinsic_that_only_this_pool_lost_is_found_in_its_block(network, autojump_clock):
    network.nodes[0] = pool = ForgetfulPool(network.chain, losses=1, others_keep=True)

    async def body(chain):
        return await chain.send(account(), calls.transfer(ALICE, taos(1)))

    inclusion = await on(network, body)
    assert network.chain.bodies[inclusion.number][inclusion.index] == pool.seen[0]
    assert len(pool.seen) == 1


async def test_pool_that_keeps_nothing_is_an_error_in_the_end(network, autojump_clock):
    network.nodes[0] = ForgetfulPool(network.chain, losses=1000)

    async def body(chain):
        with pytest.raises(ExtrinsicLost, match="got into no block in 8 attempts"):
            await chain.send(account(), calls.transfer(ALICE, taos(1)))

    await on(network, body)


async def test_refusal_of_the_pool_is_told_at_once(network, autojump_clock):
    poor = account("Nobody")

    async def body(chain):
        with pytest.raises(RpcError, match="1010: Invalid Transaction: Inability to pay"):
            await chain.send(poor, calls.transfer(ALICE, taos(1)))

    await on(network, body)
    assert poor.nonce == 0
