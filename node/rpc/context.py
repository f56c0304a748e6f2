"""What the methods work with: the node, as far as RPC sees it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import trio

from node.client import ChainEvent
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.keystore import Keystore
from node.rpc.errors import RpcError, client_error
from node.txpool.status import Status
from primitives.block import Header
from primitives.errors import ChainError
from primitives.transaction_validity import TransactionSource
from primitives.types import AccountId, BlockNumber, Hash, Nonce
from runtime.pallets.system_types import RuntimeVersion
from storage.columns import Head, Justification
from storage.errors import StateDiscarded, UnknownBlock
from storage.overlay import StateView

T = TypeVar("T")

ATTEMPTS: Final = 3
"""Best blocks to ask, whose states may go while a reading thread is waited for."""


class Chain(Protocol):
    """Blocks and states. What is asked about a state raises UnknownBlock or StateDiscarded."""

    def best(self) -> Head: ...
    def finalized(self) -> Head: ...
    def header(self, block: Hash) -> Header | None: ...
    def body(self, block: Hash) -> list[bytes] | None: ...
    def justifications(self, block: Hash) -> list[Justification]: ...
    def block_hash(self, number: BlockNumber) -> Hash | None: ...
    def state(self, block: Hash) -> StateView: ...
    def read_proof(self, block: Hash, keys: list[bytes]) -> list[bytes]: ...
    def read_child_proof(self, block: Hash, name: bytes, keys: list[bytes]) -> list[bytes]: ...
    def runtime_version(self, block: Hash) -> RuntimeVersion: ...
    def call(self, block: Hash, method: str, args: bytes) -> bytes: ...
    async def read_in_thread(self, read: Callable[[], T]) -> T: ...
    def subscribe(self) -> AbstractContextManager[trio.MemoryReceiveChannel[ChainEvent]]: ...


class Pool(Protocol):
    """Extrinsics that wait."""

    async def submit(self, extrinsic: bytes, source: TransactionSource) -> Hash: ...
    async def watch(self, extrinsic: bytes) -> tuple[Hash, trio.MemoryReceiveChannel[Status]]: ...
    def pending(self) -> list[bytes]: ...
    def next_index(self, account: AccountId) -> Nonce: ...


@dataclass(frozen=True, slots=True)
class PeerInfo:
    """A connected peer."""

    peer_id: str
    roles: str
    best: Head


class Network(Protocol):
    """The node among its peers."""

    @property
    def peer_id(self) -> str: ...
    @property
    def roles(self) -> list[str]:
        """`Full` or `Authority`."""

    @property
    def should_have_peers(self) -> bool: ...
    @property
    def is_syncing(self) -> bool:
        """Whether the chain of the peers is far ahead."""

    @property
    def starting_block(self) -> BlockNumber:
        """The best block when the node started."""

    def addresses(self) -> list[str]:
        """Where it listens, with the peer id."""

    def peers(self) -> list[PeerInfo]: ...


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """Names and versions, of the program and of the chain."""

    name: str
    version: str
    chain: str
    chain_type: str
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RpcContext:
    """Handed to every method."""

    chain: Chain
    pool: Pool
    network: Network
    keystore: Keystore
    node: NodeInfo

    def at(self, block: Hash | None) -> Hash:
        """The block that a question is about: the best one if it names none."""
        return self.chain.best().hash if block is None else block

    async def call(
        self,
        block: Hash | None,
        method: str,
        args: bytes,
        refusal: Callable[[str], RpcError] = client_error,
    ) -> bytes:
        """Ask the runtime at a block, or at the best one."""
        return await self.read(block, lambda at: self.chain.call(at, method, args), refusal, method)

    async def read(
        self,
        block: Hash | None,
        read: Callable[[Hash], T],
        refusal: Callable[[str], RpcError] = client_error,
        method: str = "",
    ) -> T:
        """Read at a block off the main loop; at a newer best one if its state goes meanwhile."""
        for _ in range(ATTEMPTS - 1 if block is None else 0):
            with self.refusing(self.at(None), refusal, method), suppress(StateDiscarded):
                return await self.chain.read_in_thread(lambda: read(self.at(None)))
        at = self.at(block)
        with self.refusing(at, refusal, method):
            return await self.chain.read_in_thread(lambda: read(at))

    @contextmanager
    def refusing(
        self, block: Hash, refusal: Callable[[str], RpcError] = client_error, method: str = ""
    ) -> Iterator[None]:
        """Turn what may go wrong with a block's state into an error of the method that asked."""
        try:
            yield
        except _ABOUT_STATES as error:
            raise refusal(self._explain(error, block, method)) from error

    def _explain(self, error: ChainError, block: Hash, method: str) -> str:
        """Clients search these texts: for pruned states they turn to an archive node."""
        match error:
            case MethodNotFound():
                return f"Execution failed: Other: Exported method {method} is not found"
            case RuntimePanic() | UnknownCode():
                return f"Execution failed: Execution aborted due to panic: {error.reason}"
            case _ if self.chain.header(block) is None:
                return f"UnknownBlock: Header was not found in the database: 0x{block.hex()}"
            case _:
                return f"UnknownBlock: State already discarded for 0x{block.hex()}"


_ABOUT_STATES = (UnknownBlock, StateDiscarded, MethodNotFound, RuntimePanic, UnknownCode)
