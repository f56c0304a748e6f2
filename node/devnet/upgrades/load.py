"""Extrinsics that are under way while the code changes: each ends well or is told why not."""

from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

import trio

from genesis.dev_keys import DEV_NAMES
from node.devnet.chain_client import STATE, Account
from node.devnet.errors import ExtrinsicLost, RpcError
from node.devnet.fleet import Devnet
from node.devnet.scenario import Say
from node.devnet.scenarios import calls
from node.devnet.upgrades.plain import INVALID
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import NEWEST, numbered, variant
from node.devnet.upgrades.world import World, account
from primitives.extrinsic import Era
from primitives.hashing import blake2_256
from primitives.scheme import Scheme
from primitives.types import AccountId, Balance, BlockNumber, Hash, Nonce
from runtime.pallets.system_types import RuntimeVersion

BANNED: Final = 1012
"""The code of an extrinsic that was found invalid a moment ago."""
PER_BLOCK: Final = 50
"""Extrinsics for each block: 200 a second with slots of 250 ms."""
BLOCKS_BEFORE, BLOCKS_AFTER = 4, 4
"""For how many blocks there is load before the upgrade is sent, and after it is in force."""
LIFETIME: Final = 16
"""Blocks for which an extrinsic is valid."""
LEAST: Final = 1_000_000
"""Rao of the first payment; each one pays one more, so that they can be told apart."""


@dataclass(slots=True)
class Payment:
    """One extrinsic of the load, and what was heard of it."""

    payee: AccountId
    """Who is paid by this one and by no other."""
    amount: Balance
    extrinsic: bytes
    signed_for: int
    """The spec version."""
    refusal: RpcError | ExtrinsicLost | None = None
    block: Hash | None = None
    """Where the node said that it is."""


@dataclass(slots=True)
class Sender:
    """An account that pays again and again through one node."""

    account: Account
    node: int
    nonce: Nonce
    payments: list[Payment] = field(default_factory=list)


async def in_flight(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """A steady load goes on while the code changes under it."""
    world = await World.of(network, report, say)
    await world.reach(2)
    load = Load(world)
    await load.prepare()
    say(f"{PER_BLOCK} payments a block, valid for {LIFETIME} blocks")
    async with trio.open_nursery() as nursery:
        load.nursery = nursery
        await load.send_for(BLOCKS_BEFORE)
        nursery.start_soon(load.upgrade, variant(numbered(NEWEST + 1)))
        while load.border is None:
            await load.send_for(1)
        await load.send_for(BLOCKS_AFTER)
        say("payments signed anew, for the new version")
        await load.sign_anew()
        await load.send_for(BLOCKS_AFTER)
        say("waiting until every payment has ended one way or the other")
        await world.pass_by(LIFETIME + 1)
        nursery.cancel_scope.cancel()  # who has heard nothing by now is not going to
    await load.judge()
    await world.check_versions(load.border, NEWEST, NEWEST + 1)
    await world.check_finality(load.border + 1)
    await world.check_agreement()


class Load:
    """Payments from all development accounts, through all nodes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.nursery: trio.Nursery
        self.border: BlockNumber | None = None
        """The block of the upgrade, once it is known."""
        self._senders: list[Sender] = []
        self._version: RuntimeVersion
        """What payments are signed for."""
        self._payments = 0

    async def prepare(self) -> None:
        """Learn every sender's nonce. Root's key is spared: its nonce is that of the upgrade."""
        world = self._world
        self._version = await world.chain().version()
        accounts = [
            account(name, scheme)
            for scheme in (Scheme.SR25519, Scheme.ED25519)
            for name in DEV_NAMES
            if (name, scheme) != ("Alice", Scheme.SR25519)
        ]
        for each, node in zip(accounts, cycle(world.running), strict=False):
            nonce = await world.chain(node).nonce_of(each)
            self._senders.append(Sender(each, node, nonce))

    async def upgrade(self, code: bytes) -> None:
        """Change the code, and note in which block."""
        self.border = (await self._world.set_code(code)).number

    async def sign_anew(self) -> None:
        """What a wallet does once its node has the new code: ask for the nonce, sign for that."""
        await self._world.reach((self.border or 0) + 1)
        for sender in self._senders:
            sender.account.nonce = None
            sender.nonce = await self._world.chain(sender.node).nonce_of(sender.account)
        self._version = await self._world.chain().version()

    async def send_for(self, blocks: int) -> None:
        """Send the payments of so many blocks, those of a block when the one before is there."""
        world = self._world
        for _ in range(blocks):
            best, final = await world.node().best(), await world.node().finalized()
            era = Era.mortal(LIFETIME, final.number)  # of a block that no fork takes away
            birth = await world.hash(era.birth(final.number))
            for sender, _ in zip(cycle(self._senders), range(PER_BLOCK), strict=False):
                payment = self._next(sender, era, birth)
                self.nursery.start_soon(self._send, sender, payment)
            await world.node().wait_for(BlockNumber(best.number + 1))

    def _next(self, sender: Sender, era: Era, birth: Hash) -> Payment:
        self._payments += 1
        payee = AccountId(blake2_256(b"payee" + self._payments.to_bytes(4, "big")))
        amount = Balance(LEAST + self._payments)
        extrinsic = self._world.chain(sender.node).sign_for(
            self._version,
            sender.account,
            calls.transfer(payee, amount),
            sender.nonce,
            era,
            birth,
        )
        sender.nonce = Nonce(sender.nonce + 1)
        payment = Payment(payee, amount, extrinsic, self._version.spec_version)
        sender.payments.append(payment)
        return payment

    async def _send(self, sender: Sender, payment: Payment) -> None:
        try:
            payment.block = await self._world.node(sender.node).submit_and_watch(payment.extrinsic)
        except (RpcError, ExtrinsicLost) as refused:
            payment.refusal = refused

    async def judge(self) -> None:
        """Count what became of each, by what is in the blocks and on the accounts."""
        report, payments = self._world.report, [p for s in self._senders for p in s.payments]
        found = await self._included()
        counts = {payment.extrinsic: found.count(payment.extrinsic) for payment in payments}
        missing = [payment for payment in payments if not counts[payment.extrinsic]]
        twice = [payment for payment in payments if counts[payment.extrinsic] > 1]
        report.check(not twice, f"none of {len(payments)} payments is in two blocks")
        await self._check_amounts(payments, counts)

        stale = [payment for payment in missing if payment.signed_for == NEWEST]
        told = [payment for payment in stale if payment.refusal is not None]
        report.check(
            len(told) == len(stale), f"whoever sent one of {len(stale)} that are in none was told"
        )
        codes = {payment.refusal.code for payment in told if isinstance(payment.refusal, RpcError)}
        report.check(codes <= {INVALID}, f"those refused at the door were refused with {codes}")
        again = [await self._code_of(payment) for payment in stale]
        report.check(
            set(again) <= {INVALID, BANNED},
            f"sent again they are refused with {set(again) or 'nothing'}",
        )
        renewed = [p for p in payments if p.signed_for != NEWEST]
        report.check(
            all(counts[payment.extrinsic] == 1 for payment in renewed),
            f"all {len(renewed)} signed for the new version are in a block",
        )
        left = [await self._world.node(node).pool_size() for node in self._world.running]
        report.check(not any(left), f"the pools are empty: {left}")
        report.figures |= {
            "sent": len(payments),
            "in_a_block": len(payments) - len(missing),
            "refused_at_the_door": sum(isinstance(p.refusal, RpcError) for p in missing),
            "fallen_out_of_pools": sum(isinstance(p.refusal, ExtrinsicLost) for p in missing),
        }

    async def _included(self) -> list[bytes]:
        """Every extrinsic of the chain."""
        world, node = self._world, self._world.node()
        return [
            extrinsic
            for number in range(1, await world.best() + 1)
            for extrinsic in await node.extrinsics(await world.hash(number))
        ]

    async def _check_amounts(self, payments: list[Payment], counts: dict[bytes, int]) -> None:
        """Every payee has what the one payment to it says, or nothing where it is in no block."""
        chain = self._world.chain()
        wrong = [
            payment
            for payment in payments
            if (await chain.entry(STATE.system.account, payment.payee)).data.free
            != payment.amount * counts[payment.extrinsic]
        ]
        self._world.report.check(not wrong, f"{len(payments)} payees got what was signed for them")

    async def _code_of(self, payment: Payment) -> int | None:
        try:
            await self._world.node().submit(payment.extrinsic)
        except RpcError as refused:
            return refused.code
        return None
