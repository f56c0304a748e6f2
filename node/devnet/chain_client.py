"""Typed access to a chain: storage by declaration, calls by name, outcomes from events.

issuance = await chain.value(STATE.subtensor.total_issuance)
await chain.send(alice, make_call("SubtensorModule", "add_stake", hotkey=..., ...))
"""

from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from genesis.host import GenesisHost
from node.devnet.access import ChainAccess
from node.devnet.errors import CallFailed, DevnetError, ExtrinsicLost, RpcError
from node.devnet.events import EVENTS, EventRecord, Reader, failure_of
from node.runtime_tools.metadata import read_metadata
from primitives import ss58
from primitives.crypto import KeyPair
from primitives.extrinsic import IMMORTAL, Era
from primitives.scale.types import decode, encode
from primitives.signing import sign_extrinsic
from primitives.types import AccountId, BlockNumber, Hash, NetUid, Nonce
from runtime.framework.calls import CALL_CODEC, RuntimeCall
from runtime.framework.storage import StorageDoubleMap, StorageMap, StorageValue
from runtime.pallets.subtensor.neuron_info import NeuronInfoLite
from runtime.pallets.system_types import RuntimeVersion
from runtime.runtime import Runtime

K = TypeVar("K")
K1 = TypeVar("K1")
K2 = TypeVar("K2")
V = TypeVar("V")

_LIFETIME: Final = 64
"""Blocks for which an extrinsic may wait."""
_ATTEMPTS: Final = 8
"""How often a call is sent; each time there is a new block to be in."""

STATE: Final = Runtime(GenesisHost())
"""The pallets over an empty state. Only their declarations are used: keys, codecs, defaults.

They are those of the newest release. What other releases store otherwise is read by metadata.
"""


@dataclass(frozen=True, slots=True)
class EncodedCall:
    """A call in the form of another runtime than the installed one."""

    name: str
    data: bytes


AnyCall = RuntimeCall | EncodedCall


@dataclass(slots=True)
class Account:
    """A key with a name to show, and how many extrinsics it has sent so far."""

    name: str
    pair: KeyPair
    nonce: Nonce | None = field(default=None, compare=False)
    """None until the chain has been asked."""

    @property
    def id(self) -> AccountId:
        return self.pair.account

    @property
    def address(self) -> str:
        return ss58.encode(self.id)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an extrinsic ended up."""

    block: Hash
    number: BlockNumber
    index: int


Readers = dict[int, Reader]
"""By spec version: what reads that runtime's events and storage."""


class ChainClient:
    """One node's chain, for a program that knows the runtime."""

    def __init__(self, access: ChainAccess, genesis: Hash, readers: Readers | None = None) -> None:
        """Clients of one chain may share their readers."""
        self.access = access
        self.genesis = genesis
        self.readers = {} if readers is None else readers

    @classmethod
    async def of(cls, access: ChainAccess) -> "ChainClient":
        """Greet a chain."""
        genesis = await access.block_hash(BlockNumber(0))
        if genesis is None:
            raise DevnetError("the node has no genesis block")
        return cls(access, genesis)

    async def value(self, item: StorageValue[V], block: Hash | None = None) -> V:
        """Read a storage value."""
        return self._decoded(item, await self.access.storage(item.prefix, block))

    async def entry(self, item: StorageMap[K, V], key: K, block: Hash | None = None) -> V:
        """Read an entry of a map."""
        return self._decoded(item, await self.access.storage(item.raw_key(key), block))

    async def double_entry(
        self,
        item: StorageDoubleMap[K1, K2, V],
        first: K1,
        second: K2,
        block: Hash | None = None,
    ) -> V:
        """Read an entry of a double map."""
        return self._decoded(item, await self.access.storage(item.raw_key(first, second), block))

    async def keys(self, item: StorageMap[K, Any], block: Hash | None = None) -> list[K]:
        """Read the keys of a map."""
        hasher, codec = item.layout.keys[0]
        if hasher.skip is None:
            raise TypeError("keys of this map cannot be read back from their hashes")
        at = len(item.prefix) + hasher.skip
        return [codec.decode(raw, at)[0] for raw in await self.access.keys(item.prefix, block)]

    def _decoded(self, item: StorageValue[V] | StorageMap[Any, V] | Any, raw: bytes | None) -> V:
        layout = item.layout
        if raw is None and layout.optional:
            return None  # type: ignore[return-value]
        value: V = layout.value.decode(layout.default if raw is None else raw, 0)[0]
        return value

    async def neurons(self, netuid: NetUid, block: Hash | None = None) -> list[NeuronInfoLite]:
        """The neurons of a subnet, by uid."""
        answer = await self.access.call(
            "NeuronInfoRuntimeApi_get_neurons_lite", encode(NetUid, netuid), block
        )
        neurons: list[NeuronInfoLite] = decode(list[NeuronInfoLite], decode(bytes, answer))
        return neurons

    async def nonce_of(self, account: Account) -> Nonce:
        """The nonce that an account's next extrinsic must have."""
        if account.nonce is None:
            answer = await self.access.call("AccountNonceApi_account_nonce", account.id)
            account.nonce = decode(Nonce, answer)
        return account.nonce

    async def version(self, block: Hash | None = None) -> RuntimeVersion:
        """Which rules stand in the state after a block."""
        answer = await self.access.call("Core_version", b"", block)
        version: RuntimeVersion = decode(RuntimeVersion, answer)
        return version

    async def sign(
        self,
        account: Account,
        call: AnyCall,
        nonce: Nonce,
        era: Era = IMMORTAL,
        birth: Hash | None = None,
    ) -> bytes:
        """Make an extrinsic of a call; one that is to die needs the block of its birth."""
        return self.sign_for(await self.version(), account, call, nonce, era, birth)

    def sign_for(
        self,
        version: RuntimeVersion,
        account: Account,
        call: AnyCall,
        nonce: Nonce,
        era: Era = IMMORTAL,
        birth: Hash | None = None,
    ) -> bytes:
        """Make an extrinsic for a version that need not be the present one."""
        return sign_extrinsic(
            call.data if isinstance(call, EncodedCall) else CALL_CODEC.encode(call),
            account.pair,
            nonce=nonce,
            genesis_hash=self.genesis,
            spec_version=version.spec_version,
            transaction_version=version.transaction_version,
            era=era,
            birth_hash=birth,
        )

    async def send(self, account: Account, call: AnyCall) -> Inclusion:
        """Make a call and wait until it has been carried out in a block.

        Raises:
            RpcError: the pool refused it.
            ExtrinsicLost: it got into no block, however often it was sent.
            CallFailed: it failed in the block.
        """
        nonce = await self.nonce_of(account)
        inclusion = await self._include(account, call, nonce)
        account.nonce = Nonce(nonce + 1)
        failure = failure_of(await self.events(inclusion.block), inclusion.index)
        if failure is not None:
            raise CallFailed(_name(call), failure)
        return inclusion

    async def _include(self, account: Account, call: AnyCall, nonce: Nonce) -> Inclusion:
        """Send a call until it is in a block.

        The runtime vouches for weights for a single block. When that is full or under way already,
        the pool gives them up; other nodes may not have, so the next block may hold them yet.
        """
        before = (await self.access.best()).number
        tried: list[bytes] = []
        while len(tried) < _ATTEMPTS:
            tried.append(await self._sign_for_now(account, call, nonce))
            try:
                block = await self.access.submit_and_watch(tried[-1])
            except (ExtrinsicLost, RpcError) as error:
                if isinstance(error, RpcError) and len(tried) == 1:
                    raise
                found = await self._search(tried, before)
            else:
                found = await self._find(tried, block)
            if found is not None:
                return found
        raise ExtrinsicLost(f"{_name(call)} got into no block in {_ATTEMPTS} attempts")

    async def _sign_for_now(self, account: Account, call: AnyCall, nonce: Nonce) -> bytes:
        """Make an extrinsic that dies soon; made again later, it has another hash."""
        best = await self.access.best()
        era = Era.mortal(_LIFETIME, best.number)
        birth = await self.access.block_hash(era.birth(best.number))
        return await self.sign(account, call, nonce, era, birth)

    async def _search(self, extrinsics: list[bytes], before: BlockNumber) -> Inclusion | None:
        """Look for any of some extrinsics in the blocks since then, the next one included."""
        last = BlockNumber((await self.access.best()).number + 1)
        await self.access.wait_for(last)
        for number in range(before + 1, last + 1):
            block = await self.access.block_hash(BlockNumber(number))
            if block is not None and (found := await self._find(extrinsics, block)) is not None:
                return found
        return None

    async def _find(self, extrinsics: list[bytes], block: Hash) -> Inclusion | None:
        body = await self.access.extrinsics(block)
        index = next((index for index, held in enumerate(body) if held in extrinsics), None)
        if index is None:
            return None
        return Inclusion(block, (await self.access.header(block)).number, index)

    async def events(self, block: Hash) -> list[EventRecord]:
        """The events of a block."""
        parent = (await self.access.header(block)).parent_hash
        reader = await self.reader(parent)
        return reader.events(await self.access.storage(EVENTS, block))

    async def reader(self, block: Hash) -> Reader:
        """Reads what stands in the state after a block, and the events of its children."""
        version = (await self.version(block)).spec_version
        if version not in self.readers:
            answer = await self.access.call("Metadata_metadata", b"", block)
            self.readers[version] = Reader(read_metadata(decode(bytes, answer)))
        return self.readers[version]


def _name(call: AnyCall) -> str:
    return call.name if isinstance(call, EncodedCall) else f"{call.pallet}.{call.name}"
