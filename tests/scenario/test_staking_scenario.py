"""The staking scenario on the runtime alone, and its verdict on networks that are not in order."""

from dataclasses import replace

import pytest
import trio

from node.devnet.scenarios.cast import MINER_WEIGHTS
from node.devnet.scenarios.staking import staking
from node.devnet.scenarios.staking_report import StakingReport
from primitives.types import RAO_PER_TAO, Hash
from tests.support.direct_chain import NAMES, DirectAccess, DirectNetwork

pytestmark = pytest.mark.slow


async def run(network):
    report = StakingReport("staking", len(network.names))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(network.chain.run, network.is_alive)
        await staking(network, report, lambda text: None)
        nursery.cancel_scope.cancel()
    return report


async def test_scenario_holds_and_mints_to_the_last_rao(autojump_clock):
    network = DirectNetwork()
    report = await run(network)
    assert report.failures == []
    assert network.killed == [3]
    assert report.restarted_node_caught_up
    assert report.issuance_after - report.issuance_before == report.emission_expected
    assert report.epochs >= 3
    assert report.blocks_authored.keys() == set(NAMES)
    assert sum(report.blocks_authored.values()) == report.best_height
    assert [(refusal.name, refusal.error) for refusal in report.refused] == [
        ("bad signature", "1010: Invalid Transaction: Transaction has a bad signature"),
        ("wrong nonce", "1010: Invalid Transaction: Transaction is outdated"),
        ("overdrawn stake", "SubtensorModule.NotEnoughBalanceToStake"),
        ("weights without a permit", "SubtensorModule.NoValidatorPermit"),
    ]


async def test_metagraph_pays_by_weight_and_by_stake(autojump_clock):
    report = await run(DirectNetwork())
    neurons = {neuron.name: neuron for neuron in report.metagraph}
    miners = [neurons[f"//Miner{number}//hotkey"] for number in range(1, 6)]
    total = sum(MINER_WEIGHTS)
    for miner, weight in zip(miners, MINER_WEIGHTS, strict=True):
        assert miner.incentive == pytest.approx(weight / total, abs=1e-4)
        assert miner.trust == 1
        assert not miner.validator_permit
    validators = [neurons[f"//{name}//validator"] for name in ("Bob", "Charlie", "Dave")]
    stakes = [validator.stake for validator in validators]
    dividends = [validator.dividends for validator in validators]
    assert dividends == pytest.approx([stake / sum(stakes) for stake in stakes], abs=1e-3)
    emission = sum(neuron.emission for neuron in report.metagraph)
    owners_part = 11_796 / 65_535
    assert emission == pytest.approx(11 * (1 - owners_part), abs=100 / RAO_PER_TAO)


async def test_everyone_serves_an_axon_of_its_own(autojump_clock):
    report = await run(DirectNetwork())
    assert len({neuron.axon for neuron in report.metagraph}) == 8


class Dissenter(DirectAccess):
    """Sees other states than the rest."""

    async def header(self, block):
        return replace(await super().header(block), state_root=Hash(b"\xff" * 32))


async def test_node_with_another_state_fails_the_verdict(autojump_clock):
    network = DirectNetwork()
    network.nodes[1] = Dissenter(network.chain)
    report = await run(network)
    assert not report.ok
    assert not report.state_roots_equal


class Amnesiac(DirectNetwork):
    """Its nodes come back with nothing but the genesis."""

    async def restart(self, node):
        await super().restart(node)
        access, chain = self.nodes[node], self.chain

        async def best():
            return chain.headers[0]

        access.best = best


async def test_node_that_lost_its_blocks_fails_the_verdict(autojump_clock):
    report = await run(Amnesiac())
    assert not report.restarted_node_caught_up
    assert any("dave kept its blocks: 0 of" in failure for failure in report.failures)


class Credulous(DirectAccess):
    """Lets every extrinsic in."""

    async def submit(self, extrinsic):
        return Hash(bytes(32))


async def test_accepted_forgery_fails_the_verdict(autojump_clock):
    network = DirectNetwork()
    honest = network.nodes[0]
    credulous = Credulous(network.chain)
    credulous.submit_and_watch = honest.submit_and_watch
    network.nodes[0] = credulous
    report = await run(network)
    assert report.refused[0].error == "nothing: it was accepted"
    assert not report.ok


async def test_issuance_that_grows_by_more_fails_the_verdict(autojump_clock):
    network = DirectNetwork()
    chain = network.chain
    issuance = chain.runtime.subtensor.total_issuance
    make_block = chain.make_block

    def inflate():
        make_block()
        if chain.best.number == 40:
            issuance.put(issuance.get() + 1)
            chain.host.settle()

    chain.make_block = inflate
    report = await run(network)
    assert any(failure.startswith("block 41 issued") for failure in report.failures)
    assert any(
        failure.startswith("not so: the issuance grew as expected: ") for failure in report.failures
    )
