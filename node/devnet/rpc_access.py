"""A node's chain over its JSON-RPC."""

from typing import Any, Final

from node.devnet.errors import ConnectionLost, ExtrinsicLost, UnknownBlock
from node.devnet.rpc_client import RpcClient
from node.rpc.shapes import hexed, read_header_json, unhexed
from primitives.block import Header
from primitives.types import BlockNumber, Hash

_PAGE: Final = 1000
"""Most keys that a node hands out at once."""

_LOST_STATUSES: Final = ("dropped", "invalid")


class RpcAccess:
    """The chain as the node at the other end of a connection sees it."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client

    async def best(self) -> Header:
        return read_header_json(await self._client.call("chain_getHeader"))

    async def block_hash(self, number: BlockNumber) -> Hash | None:
        found = await self._client.call("chain_getBlockHash", number)
        return None if found is None else Hash(unhexed(found))

    async def header(self, block: Hash) -> Header:
        found = await self._client.call("chain_getHeader", hexed(block))
        if found is None:
            raise UnknownBlock(block)
        return read_header_json(found)

    async def extrinsics(self, block: Hash) -> list[bytes]:
        found = await self._client.call("chain_getBlock", hexed(block))
        if found is None:
            raise UnknownBlock(block)
        return [unhexed(extrinsic) for extrinsic in found["block"]["extrinsics"]]

    async def storage(self, key: bytes, block: Hash | None = None) -> bytes | None:
        found = await self._client.call("state_getStorage", hexed(key), *_at(block))
        return None if found is None else unhexed(found)

    async def keys(self, prefix: bytes, block: Hash | None = None) -> list[bytes]:
        found: list[str] = []
        while True:
            start = found[-1] if found else None
            page = await self._client.call(
                "state_getKeysPaged", hexed(prefix), _PAGE, start, *_at(block)
            )
            found += page
            if len(page) < _PAGE:
                return [unhexed(key) for key in found]

    async def call(self, method: str, arguments: bytes, block: Hash | None = None) -> bytes:
        return unhexed(await self._client.call("state_call", method, hexed(arguments), *_at(block)))

    async def submit(self, extrinsic: bytes) -> Hash:
        return Hash(unhexed(await self._client.call("author_submitExtrinsic", hexed(extrinsic))))

    async def submit_and_watch(self, extrinsic: bytes) -> Hash:
        async with self._client.subscribe(
            "author_submitAndWatchExtrinsic", "author_unwatchExtrinsic", hexed(extrinsic)
        ) as statuses:
            async for status in statuses:
                if status in _LOST_STATUSES or "usurped" in status:
                    raise ExtrinsicLost(f"the pool lost an extrinsic: {status}")
                if isinstance(status, dict) and "inBlock" in status:
                    return Hash(unhexed(status["inBlock"]))
        raise ConnectionLost("the node closed the connection")

    async def wait_for(self, number: BlockNumber) -> None:
        await self._wait_for("chain_subscribeNewHeads", "chain_unsubscribeNewHeads", number)

    async def _wait_for(self, subscribe: str, unsubscribe: str, number: BlockNumber) -> None:
        async with self._client.subscribe(subscribe, unsubscribe) as heads:
            async for head in heads:
                if int(head["number"], 16) >= number:
                    return
        raise ConnectionLost("the node closed the connection")

    async def ask(self, method: str, *params: Any) -> Any:
        """The answer to any method, as JSON."""
        return await self._client.call(method, *params)

    async def finalized(self) -> Header:
        """The header of the highest finalized block."""
        return read_header_json(
            await self._client.call(
                "chain_getHeader", await self._client.call("chain_getFinalizedHead")
            )
        )

    async def wait_for_finalized(self, number: BlockNumber) -> None:
        """Wait until the finalized block has at least this height."""
        await self._wait_for(
            "chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads", number
        )

    async def peer_count(self) -> int:
        """How many peers the node is connected to."""
        count: int = (await self._client.call("system_health"))["peers"]
        return count

    async def pool_size(self) -> int:
        """How many extrinsics wait for a block."""
        return len(await self._client.call("author_pendingExtrinsics"))


def _at(block: Hash | None) -> tuple[str, ...]:
    return () if block is None else (hexed(block),)
