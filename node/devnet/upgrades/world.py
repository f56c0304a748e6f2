"""What scenarios of upgrades do over and over: send, upgrade, wait, look at states, dry-run."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import trio

from genesis.dev_keys import dev_key
from node.devnet.chain_client import Account, AnyCall, ChainClient, Inclusion, Readers
from node.devnet.errors import CallFailed, DevnetError, RpcError
from node.devnet.events import EventRecord
from node.devnet.fleet import Devnet
from node.devnet.rpc_access import RpcAccess
from node.devnet.scenario import Say, together
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.verdict import all_reach, compare_nodes
from node.replay.trace import Changes
from node.rpc.shapes import hexed, unhexed
from node.runtime_tools.storage import StorageReader
from node.snapshot.source import from_node
from node.try_runtime.dry_run import Task, dry_run
from node.try_runtime.report import Report as DryRun
from node.try_runtime.report import Verdict
from node.try_runtime.storage import is_noise, summarize
from node.whole_state import WholeState
from primitives.block import RuntimeEnvironmentUpdated
from primitives.scheme import Scheme
from primitives.types import BlockNumber, Hash
from runtime.framework.calls import RuntimeCall, make_call

SETTLING: Final = 3
"""Blocks after which forks around an upgrade are decided."""
PATIENCE: Final = 40
"""Blocks within which finality must have come as far as something that was just said."""


class World:
    """A devnet under a scenario of an upgrade."""

    def __init__(self, network: Devnet, report: UpgradeReport, say: Say, genesis: Hash) -> None:
        self.network = network
        self.report = report
        self.say = say
        self.genesis = genesis
        self.sudo = account("Alice")
        self._readers: Readers = {}

    @classmethod
    async def of(cls, network: Devnet, report: UpgradeReport, say: Say) -> "World":
        """Look at a devnet that has just begun."""
        genesis = (await ChainClient.of(network.access(0))).genesis
        world = cls(network, report, say, genesis)
        version = await world.chain().version(genesis)
        report.versions[0] = version.spec_version
        return world

    def chain(self, node: int = 0) -> ChainClient:
        """The chain as a running node sees it."""
        return ChainClient(self.network.access(node), self.genesis, self._readers)

    def node(self, number: int = 0) -> RpcAccess:
        """A running node."""
        return self.network.access(number)

    @property
    def running(self) -> list[int]:
        """The nodes that run, by number."""
        return [place for place, node in enumerate(self.network.nodes) if node.access is not None]

    async def best(self) -> BlockNumber:
        """The height of the first running node."""
        return (await self.node(self.running[0]).best()).number

    async def hash(self, number: int, node: int | None = None) -> Hash:
        """The block of a height on the chain of a node."""
        node = self.running[0] if node is None else node
        block = await self.node(node).block_hash(BlockNumber(number))
        if block is None:
            raise DevnetError(f"{self.network.names[node]} has no block {number}")
        return block

    async def send(self, sender: Account, call: AnyCall, node: int = 0) -> Inclusion:
        """Make a call and wait until it has been carried out."""
        return await self.chain(node).send(sender, call)

    async def as_root(self, *calls: RuntimeCall, node: int = 0) -> Inclusion:
        """Make calls as root, all or none."""
        inner = calls[0] if len(calls) == 1 else make_call("Utility", "batch_all", calls=[*calls])
        return await self.send(self.sudo, make_call("Sudo", "sudo", call=inner), node)

    async def set_code(self, code: bytes, node: int = 0) -> Inclusion:
        """Upgrade by sudo; CallFailed says why the chain does not take the code."""
        sent = await self.as_root(make_call("System", "set_code", code=code), node=node)
        return await self.note_upgrade(sent)

    async def note_upgrade(self, sent: Inclusion) -> Inclusion:
        """Find out in which block an upgrade has come to stay, and write down what it brought.

        Every node is busy with new code for a moment, in which several may extend the chain.
        """
        node = self.node(self.running[0])
        extrinsic = (await node.extrinsics(sent.block))[sent.index]
        border = sent
        while True:
            await node.wait_for(BlockNumber(border.number + SETTLING))
            found = await self._find(extrinsic, sent.number)
            if found == border:
                break
            border = found
        version = await self.chain(self.running[0]).version(border.block)
        self.report.versions[border.number] = version.spec_version
        return border

    async def _find(self, extrinsic: bytes, near: BlockNumber) -> Inclusion:
        """Where the best chain has an extrinsic now."""
        node = self.node(self.running[0])
        for number in range(max(1, near - SETTLING), await self.best() + 1):
            block = await self.hash(number)
            body = await node.extrinsics(block)
            if extrinsic in body:
                return Inclusion(block, BlockNumber(number), body.index(extrinsic))
        raise DevnetError(f"the upgrade of block {near} is in no block any more")

    async def reach(self, number: int) -> None:
        """Wait until every running node has come to a height."""
        await all_reach([self.node(node) for node in self.running], BlockNumber(number))

    async def pass_by(self, blocks: int) -> BlockNumber:
        """Wait for some more blocks on every running node; answers the height then."""
        number = BlockNumber(await self.best() + blocks)
        await self.reach(number)
        return number

    async def check_versions(self, border: BlockNumber, before: int, after: int) -> None:
        """The code changes in just this block, on every running node."""
        await self.reach(border + 1)
        expected = [before, after, after]
        found = {
            self.network.names[node]: [
                (await self.chain(node).version(await self.hash(border + step, node))).spec_version
                for step in (-1, 0, 1)
            ]
            for node in self.running
        }
        self.report.check(
            all(versions == expected for versions in found.values()),
            f"the version is {before} before block {border} and {after} from it on, on "
            f"{len(found)} nodes",
        )
        header = await self.node(self.running[0]).header(await self.hash(border))
        self.report.check(
            RuntimeEnvironmentUpdated() in header.digest.items,
            f"the header of block {border} says that the code changed",
        )

    async def check_finality(self, number: int, what: str = "the upgrade") -> None:
        """Finality passes a height within a number of blocks, on every running node."""
        nodes = [self.node(node) for node in self.running]

        async def all_finalize() -> None:
            await together(
                *(partial(node.wait_for_finalized, BlockNumber(number)) for node in nodes)
            )

        in_time = await self.in_time(max(await self.best(), number) + PATIENCE, all_finalize)
        self.report.check(in_time, f"finality passes {what} at block {number}")

    async def in_time(self, last: int, wait: Callable[[], Awaitable[None]]) -> bool:
        """Wait for something, but no longer than until block `last`; whether it came."""
        has_come = False

        async def give_up(scope: trio.CancelScope) -> None:
            await self.node(self.running[0]).wait_for(BlockNumber(last))
            scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(give_up, nursery.cancel_scope)
            await wait()
            has_come = True
            nursery.cancel_scope.cancel()
        return has_come

    async def check_agreement(self) -> None:
        """All running nodes have one chain; ends most scenarios."""
        await compare_nodes(self.network, self.report, self.running)

    async def metadata(self, block: Hash) -> bytes:
        """How the code in the state after a block describes itself."""
        return unhexed(await self.node(self.running[0]).ask("state_getMetadata", hexed(block)))

    async def reader(self, block: Hash) -> StorageReader:
        """Reads the state after a block by its own metadata."""
        return (await self.chain(self.running[0]).reader(block)).storage

    async def events_of(self, included: Inclusion) -> list[EventRecord]:
        """The events of an extrinsic, by the metadata that its block was executed with."""
        records = await self.chain(self.running[0]).events(included.block)
        return [record for record in records if record.extrinsic == included.index]

    async def state(self, block: Hash) -> dict[bytes, bytes]:
        """The whole state after a block."""
        node = self.node(self.running[0])
        keys = await node.keys(b"", block)
        at = hexed(block)
        state: dict[bytes, bytes] = {}
        for start in range(0, len(keys), 1000):
            page = [hexed(key) for key in keys[start : start + 1000]]
            (changes,) = await node.ask("state_queryStorageAt", page, at)
            state |= {unhexed(key): unhexed(value) for key, value in changes["changes"] if value}
        return state

    async def dry_run(self, code: bytes, name: str, *, scale: int = 1) -> DryRun:
        """Try an upgrade on a copy of the state, over RPC as anybody could."""
        url = self.network.url(self.running[0])
        return await trio.to_thread.run_sync(_dry_run, url, code, name, scale)

    async def check_dry_run(self, code: bytes, name: str, *, scale: int = 1) -> DryRun:
        """An upgrade is sound on this chain's state."""
        tried = await self.dry_run(code, name, scale=scale)
        problems = [problem for check in tried.checks for problem in check.problems]
        self.report.check(tried.passed, "; ".join([f"the dry run of {name} is sound", *problems]))
        return tried

    async def check_finding(
        self, code: bytes, name: str, check: str, *words: str, scale: int = 1
    ) -> None:
        """A dry run finds what is wrong with an upgrade, in this check and with these words."""
        tried = await self.dry_run(code, name, scale=scale)
        failed = {
            each.name: each.problems for each in tried.checks if each.verdict is Verdict.FAILED
        }
        told = " ".join(failed.get(check, []))
        self.report.check(
            check in failed and all(word in told for word in words),
            f"a dry run finds {name}, under {check!r}: {told or failed or 'nothing'}",
        )

    async def check_refused(self, code: bytes, name: str, *errors: str) -> None:
        """The chain does not take the code, and says why: with one of these errors."""
        found = "nothing: it was accepted"
        try:
            await self.set_code(code)
        except (CallFailed, RpcError) as refused:
            found = refused.error if isinstance(refused, CallFailed) else refused.reason
        self.report.check(
            any(error in found for error in errors), f"{name} is refused with {found}"
        )

    async def check_migrated(self, predicted: DryRun, border: BlockNumber) -> None:
        """The migrations did to the chain what the dry run had said, counted by item."""
        old = await self.reader(await self.hash(border - 1))
        new = await self.reader(await self.hash(border + 1))
        before, after = [await self.state(await self.hash(border + step)) for step in (0, 1)]
        changed = summarize(before, differences(before, after), old, new)
        found = {item.item: (item.added, item.changed, item.removed) for item in changed}
        self.report.storage = predicted.storage
        otherwise = {
            item.item: found.get(item.item)
            for item in predicted.storage
            if found.get(item.item) != (item.added, item.changed, item.removed)
        }
        claim = f"the migrations change {len(predicted.storage)} storage items as the dry run said"
        self.report.check_none(otherwise, claim)


def account(name: str, scheme: Scheme = Scheme.SR25519) -> Account:
    """A development account, whose nonces are those of this chain."""
    return Account(f"//{name}", dev_key(name, scheme))


def differences(before: dict[bytes, bytes], after: dict[bytes, bytes]) -> Changes:
    """What differs between two states, but for what every block writes of itself."""
    return {
        key: after.get(key)
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key) and not is_noise(key)
    }


def _dry_run(url: str, code: bytes, name: str, scale: int) -> DryRun:
    with from_node(url, None) as source:
        state = WholeState.of(source.entries)
        return dry_run(Task(name, code, source.about, state, blocks=0, scale=scale))
