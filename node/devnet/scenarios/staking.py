"""Staking: a subnet from its founding to its earnings, over RPC, through the crash of a node."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Final

from node.devnet.access import ChainAccess
from node.devnet.chain_client import STATE, Account, ChainClient, Inclusion, Readers
from node.devnet.errors import CallFailed, DevnetError, RpcError
from node.devnet.scenario import Network, Say, together
from node.devnet.scenarios import calls
from node.devnet.scenarios.audit import audit
from node.devnet.scenarios.cast import MINER_WEIGHTS, VALIDATOR_STAKES, Player, cast, taos
from node.devnet.scenarios.staking_report import Neuron, Refusal, StakingReport, tao
from node.devnet.verdict import agree, all_reach, compare_nodes
from primitives.extrinsic import SignedExtrinsic, decode_extrinsic
from primitives.scale.types import encode
from primitives.types import U16, U64, Balance, BlockNumber, Hash, NetUid, Nonce, Uid
from runtime.framework.calls import RuntimeCall
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.epochs import blocks_until_next_epoch

ROOT_TEMPO: Final = U16(4)
TEMPO: Final = U16(10)
"""Mainnet's 100 and 360 would make the shortest run last for hours of chain time."""
EPOCHS: Final = 3
"""Epochs in which the validators' weights are paid for."""
ALLOWANCE: Final = 10
"""TAO that each miner's owner is given."""
NOMINATED, WITHDRAWN = 100, 40
"""TAO that the nominator stakes, and takes back."""
MOVES_PER_INTERVAL: Final = U64(100)
"""Mainnet's single move of stake per 72 minutes leaves no time to take any back."""

BAD_SIGNATURE: Final = "1010: Invalid Transaction: Transaction has a bad signature"
STALE_NONCE: Final = "1010: Invalid Transaction: Transaction is outdated"
OVERDRAWN: Final = "SubtensorModule.NotEnoughBalanceToStake"
NO_PERMIT: Final = "SubtensorModule.NoValidatorPermit"


async def staking(network: Network, report: StakingReport, say: Say) -> None:
    """Run the scenario. The verdict is in the report; errors that end it early are raised."""
    genesis = (await ChainClient.of(network.access(0))).genesis
    await Staking(network, genesis, report, say).run()


class Staking:
    """The steps, in their order. Extrinsics go to one node after the other."""

    def __init__(self, network: Network, genesis: Hash, report: StakingReport, say: Say) -> None:
        self.network = network
        self.genesis = genesis
        self.report = report
        self.say = say
        self.cast = cast()
        self.running = list(range(len(network.names)))
        self.readers: Readers = {}
        self.netuid = NetUid(0)
        """The root network, until there is a subnet of our own."""

    async def run(self) -> None:
        await self.transfer()
        await self.found_subnet()
        registered = await self.register()
        await self.stake()
        await self.vote_on_root()
        await self.serve()
        await self.wait_for_permits()
        await self.try_what_must_fail()
        weighed = await self.set_weights()
        await self.crash_a_node()
        await self.wait_for_epochs(weighed)
        await self.judge(registered)

    async def transfer(self) -> None:
        """Both kinds of keys pay the owners of the miners."""
        self.say("transfers: TAO for the owners of the miners")
        payers = (self.cast.sudo, self.cast.owner)

        async def pay(place: int) -> list[Inclusion]:
            return [
                await self.at(place).send(
                    payers[place], calls.transfer(miner.coldkey.id, taos(ALLOWANCE))
                )
                for miner in self.cast.miners[place :: len(payers)]
            ]

        paid = await together(*(partial(pay, place) for place in range(len(payers))))
        await self.settle(*(inclusion for inclusions in paid for inclusion in inclusions))

    async def found_subnet(self) -> None:
        """Eve founds a subnet, and sudo gives it and the root network a short memory."""
        owner, pallet = self.cast.owner, STATE.subtensor
        await self.settle(await self.at(0).send(owner, calls.register_network()))
        for netuid in await self.at(0).keys(pallet.networks_added):
            if await self.at(0).entry(pallet.subnet_owner, netuid) == owner.id:
                self.netuid = netuid
        self.say(f"subnet {self.netuid} founded by {owner.name}; parameters by sudo")
        batch = calls.as_root(self._parameters())
        await self.settle(await self.at(1).send(self.cast.sudo, batch))

    def _parameters(self) -> list[RuntimeCall]:
        """What differs from mainnet: intervals, and room for all to register at once."""
        validators, players = len(self.cast.validators), len(self.cast.players)
        by_subnet = {
            ROOT_NETUID: {
                "tempo": ROOT_TEMPO,
                "max_registrations_per_block": validators,
                "target_registrations_per_interval": validators,
                "weights_set_rate_limit": 0,
            },
            self.netuid: {
                "tempo": TEMPO,
                "max_registrations_per_block": players,
                "target_registrations_per_interval": players,
                "weights_set_rate_limit": 0,
                "max_allowed_validators": validators,
            },
        }
        moves = STATE.subtensor.target_stakes_per_interval.prefix
        return [
            *(
                calls.set_parameter(name, netuid, value)
                for netuid, parameters in by_subnet.items()
                for name, value in parameters.items()
            ),
            calls.set_storage(moves, encode(U64, MOVES_PER_INTERVAL)),
        ]

    async def register(self) -> BlockNumber:
        """All players burn the price of a place on the subnet; answers when the last one did."""
        self.say(f"{len(self.cast.validators)} validators and {len(self.cast.miners)} miners")
        return await self.each(
            (player.coldkey, calls.burned_register(self.netuid, player.hotkey.id))
            for player in self.cast.players
        )

    async def stake(self) -> None:
        """Validators stake; one is a delegate, whose nominator takes part of its stake back."""
        self.say(f"stake: {VALIDATOR_STAKES} TAO, and {NOMINATED} TAO of a nominator")
        delegate, nominator = self.cast.validators[0], self.cast.nominator
        delegation = calls.become_delegate(delegate.hotkey.id)
        await self.settle(await self.at(0).send(delegate.coldkey, delegation))
        await self.each(
            [
                *(
                    (player.coldkey, calls.add_stake(player.hotkey.id, taos(stake)))
                    for player, stake in zip(self.cast.validators, VALIDATOR_STAKES, strict=True)
                ),
                (nominator, calls.add_stake(delegate.hotkey.id, taos(NOMINATED))),
            ]
        )
        withdrawal = calls.remove_stake(delegate.hotkey.id, taos(WITHDRAWN))
        await self.settle(await self.at(3).send(nominator, withdrawal))

    async def vote_on_root(self) -> None:
        """The validators join the root network and give all emission to the subnet."""
        self.say(f"root network: three validators vote for subnet {self.netuid}")
        validators = self.cast.validators
        await self.each(
            (player.coldkey, calls.root_register(player.hotkey.id)) for player in validators
        )
        await self.each(
            (player.coldkey, calls.vote_for_subnet(player.hotkey.id, self.netuid))
            for player in validators
        )

    async def serve(self) -> None:
        """Every neuron announces an axon."""
        self.say("axons")
        await self.each(
            (player.hotkey, calls.serve_axon(self.netuid, place))
            for place, player in enumerate(self.cast.players)
        )

    async def wait_for_permits(self) -> None:
        """Permits are given by epochs, to those with the most stake."""
        self.say("waiting for the epoch that gives permits")
        now = (await self.at(0).access.best()).number
        await self.settle_at(self.epoch_after(now))
        permits = await self.at(0).entry(STATE.subtensor.validator_permit, self.netuid)
        holders = [uid for uid, permit in enumerate(permits) if permit]
        uids = sorted(await self.uids(self.cast.validators))
        self.report.check_equal(holders, uids, "those with permits are the validators")

    async def try_what_must_fail(self) -> None:
        """Four things that no node may accept, each at another node."""
        self.say("things that must be refused")
        owner, sudo, nominator = self.cast.owner, self.cast.sudo, self.cast.nominator
        first, second, third, fourth = (self.at(place) for place in range(4))

        payment = calls.transfer(sudo.id, taos(1))
        nonce = await first.nonce_of(owner)
        forged = _with_wrong_signature(await first.sign(owner, payment, nonce))
        await self._refused("bad signature", BAD_SIGNATURE, partial(first.access.submit, forged))

        used = Nonce(await second.nonce_of(sudo) - 1)
        stale = await second.sign(sudo, payment, used)
        await self._refused("wrong nonce", STALE_NONCE, partial(second.access.submit, stale))

        balance = (await third.entry(STATE.system.account, nominator.id)).data.free
        delegate = self.cast.validators[0].hotkey.id
        overdraft = calls.add_stake(delegate, Balance(balance + taos(1)))
        await self._refused("overdrawn stake", OVERDRAWN, partial(third.send, nominator, overdraft))

        miner, *others = self.cast.miners
        weights = calls.set_weights(self.netuid, await self.uids(others), MINER_WEIGHTS[1:])
        attempt = partial(fourth.send, miner.hotkey, weights)
        await self._refused("weights without a permit", NO_PERMIT, attempt)

    async def _refused(
        self, name: str, expected: str, attempt: Callable[[], Awaitable[object]]
    ) -> None:
        error = "nothing: it was accepted"
        try:
            await attempt()
        except CallFailed as failed:
            error = failed.error
        except RpcError as refused:
            error = refused.reason
        self.report.refused.append(Refusal(name, error))
        self.report.check_equal(error, expected, f"{name} is refused")

    async def set_weights(self) -> BlockNumber:
        """The validators agree that later miners are better; answers when the last one said so."""
        self.say(f"validators weigh the miners {MINER_WEIGHTS}")
        call = calls.set_weights(self.netuid, await self.uids(self.cast.miners), MINER_WEIGHTS)
        return await self.each((player.hotkey, call) for player in self.cast.validators)

    async def crash_a_node(self) -> None:
        """The last node is killed, misses an epoch, and comes back with what it had."""
        victim = self.running.pop()
        name = self.network.names[victim]
        held = (await self.network.access(victim).best()).number
        await self.network.kill(victim)
        self.say(f"{name} killed at block {held}; the others go on without it")
        missed = await self.settle_at(self.epoch_after((await self.at(0).access.best()).number))

        await self.network.restart(victim)
        self.running.append(victim)
        found = (await self.network.access(victim).best()).number
        caught_up = await agree(self.nodes, missed)
        self.say(f"{name} restarted at block {found} and caught up")
        self.report.restarted_node_caught_up = found >= held and caught_up
        self.report.check(found >= held, f"{name} kept its blocks: {found} of {held}")
        self.report.check(caught_up, f"{name} has the same block {missed} as the others")

    async def wait_for_epochs(self, since: BlockNumber) -> None:
        """Wait until the weights have been paid for, and the payment has reached the stakes."""
        self.say(f"waiting for {EPOCHS} epochs with these weights")
        last = since
        for _ in range(EPOCHS):
            last = self.epoch_after(last)
        await self.settle_at(BlockNumber(last + 1))

    async def judge(self, registered: BlockNumber) -> None:
        """Compare the nodes, count the money, and read the metagraph."""
        self.say("comparing nodes, auditing blocks, reading the metagraph")
        best = await compare_nodes(self.network, self.report)
        idle = [name for name, blocks in self.report.blocks_authored.items() if blocks == 0]
        self.report.check(not idle, f"every node authored blocks, {', '.join(idle)} too")
        await self._audit(registered, best.number)
        await self._read_metagraph(best.hash())

    async def _audit(self, registered: BlockNumber, last: BlockNumber) -> None:
        """Registrations burn TAO, so the count begins after the last of them."""
        report = self.report
        result = await audit(self.at(0), registered, last, self.netuid)
        report.issuance_before = result.issuance_before
        report.issuance_after = result.issuance_after
        report.emission_expected = result.emission_expected
        report.epochs = result.epochs
        report.failures += result.mistakes
        grown = report.issuance_after - report.issuance_before
        report.check_equal(grown, report.emission_expected, "the issuance grew as expected")
        report.check(grown > 0, "the issuance grew")
        report.check(report.epochs >= EPOCHS, f"{report.epochs} epochs, of at least {EPOCHS}")

    async def _read_metagraph(self, block: Hash) -> None:
        report, pallet, chain = self.report, STATE.subtensor, self.at(0)
        names = {player.hotkey.id: player.name for player in self.cast.players}
        neurons = await chain.neurons(self.netuid, block)
        report.metagraph = [Neuron.of(neuron, names[neuron.hotkey]) for neuron in neurons]
        report.check(len(neurons) == len(names), "every player is on the metagraph")
        report.check(all(neuron.axon for neuron in report.metagraph), "every neuron serves an axon")

        earned = [
            await chain.entry(pallet.total_hotkey_stake, miner.hotkey.id, block)
            for miner in self.cast.miners
        ]
        report.check(
            earned[0] > 0 and all(less < more for less, more in pairwise(earned)),
            f"better miners earned more: {[tao(amount) for amount in earned]} TAO",
        )
        delegate, nominator = self.cast.validators[0].hotkey.id, self.cast.nominator.id
        nominated = await chain.double_entry(pallet.stake, delegate, nominator, block)
        report.check(nominated > taos(NOMINATED - WITHDRAWN), "the nominator earned something")

    @property
    def nodes(self) -> list[ChainAccess]:
        """The running nodes."""
        return [self.network.access(node) for node in self.running]

    def at(self, place: int) -> ChainClient:
        """The chain at one of the running nodes."""
        nodes = self.nodes
        return ChainClient(nodes[place % len(nodes)], self.genesis, self.readers)

    async def each(self, pairs: Iterable[tuple[Account, RuntimeCall]]) -> BlockNumber:
        """Send calls of different accounts, all at once and each to the next node, and settle."""
        return await self.settle(
            *await together(
                *(
                    partial(self.at(place).send, account, call)
                    for place, (account, call) in enumerate(pairs)
                )
            )
        )

    async def settle(self, *inclusions: Inclusion) -> BlockNumber:
        """Wait until every running node has the blocks; answers the height of the last one."""
        return await self.settle_at(max(inclusion.number for inclusion in inclusions))

    async def settle_at(self, number: BlockNumber) -> BlockNumber:
        """Wait until every running node has come to a height."""
        await all_reach(self.nodes, number)
        return number

    def epoch_after(self, number: BlockNumber) -> BlockNumber:
        """The next block that runs an epoch of the subnet."""
        following = BlockNumber(number + 1)
        return BlockNumber(following + blocks_until_next_epoch(self.netuid, TEMPO, following))

    async def uids(self, players: Sequence[Player]) -> list[Uid]:
        """The places of players on the subnet."""
        chain, uids = self.at(0), []
        for player in players:
            uid = await chain.double_entry(STATE.subtensor.uids, self.netuid, player.hotkey.id)
            if uid is None:
                raise DevnetError(f"{player.name} is not on the subnet")
            uids.append(uid)
        return uids


def _with_wrong_signature(extrinsic: bytes) -> bytes:
    signed = decode_extrinsic(extrinsic)
    if not isinstance(signed, SignedExtrinsic):
        raise TypeError("an extrinsic without a signature has none that could be wrong")
    wrong = bytes((signed.signature[0] ^ 1,)) + signed.signature[1:]
    return replace(signed, signature=wrong).encode()
