"""What a client needs of a node: the chain behind a door that RPC and tests both fit."""

from typing import Protocol

from primitives.block import Header
from primitives.types import BlockNumber, Hash


class ChainAccess(Protocol):
    """One node's view of the chain. Blocks are named by hash; None means the best one."""

    async def best(self) -> Header:
        """The header of the best block."""
        ...

    async def block_hash(self, number: BlockNumber) -> Hash | None:
        """The canonical block of a height, if the node has come that far."""
        ...

    async def header(self, block: Hash) -> Header:
        """The header of a block."""
        ...

    async def extrinsics(self, block: Hash) -> list[bytes]:
        """The extrinsics of a block, inherents included."""
        ...

    async def storage(self, key: bytes, block: Hash | None = None) -> bytes | None:
        """The value under a key in the state after a block."""
        ...

    async def keys(self, prefix: bytes, block: Hash | None = None) -> list[bytes]:
        """Every key that starts with a prefix, in order."""
        ...

    async def call(self, method: str, arguments: bytes, block: Hash | None = None) -> bytes:
        """The answer of a runtime API."""
        ...

    async def submit(self, extrinsic: bytes) -> Hash:
        """Put an extrinsic into the pool. RpcError says why it may not be there."""
        ...

    async def submit_and_watch(self, extrinsic: bytes) -> Hash:
        """Put an extrinsic into the pool, and answer the block that it is in."""
        ...

    async def wait_for(self, number: BlockNumber) -> None:
        """Wait until the best block has at least this height."""
        ...
