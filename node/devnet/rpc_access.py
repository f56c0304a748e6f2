"""A node's chain over its JSON-RPC."""

from typing import Any, Final

from node.devnet.errors import ConnectionLost, ExtrinsicLost
from node.devnet.rpc_client import RpcClient
from primitives.block import Digest, Header
from primitives.scale.compact import encode_compact
from primitives.types import BlockNumber, Hash

_PAGE: Final = 1000
"""Most keys that a node hands out at once."""

_LOST_STATUSES: Final = ("dropped", "invalid")


class RpcAccess:
    """The chain as the node at the other end of a connection sees it."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client

    async def best(self) -> Header:
        return parse_header(await self._client.call("chain_getHeader"))

    async def block_hash(self, number: BlockNumber) -> Hash | None:
        found = await self._client.call("chain_getBlockHash", number)
        return None if found is None else Hash(unhex(found))

    async def header(self, block: Hash) -> Header:
        return parse_header(await self._client.call("chain_getHeader", tohex(block)))

    async def extrinsics(self, block: Hash) -> list[bytes]:
        found = await self._client.call("chain_getBlock", tohex(block))
        return [unhex(extrinsic) for extrinsic in found["block"]["extrinsics"]]

    async def storage(self, key: bytes, block: Hash | None = None) -> bytes | None:
        found = await self._client.call("state_getStorage", tohex(key), *_at(block))
        return None if found is None else unhex(found)

    async def keys(self, prefix: bytes, block: Hash | None = None) -> list[bytes]:
        found: list[str] = []
        while True:
            start = found[-1] if found else None
            page = await self._client.call(
                "state_getKeysPaged", tohex(prefix), _PAGE, start, *_at(block)
            )
            found += page
            if len(page) < _PAGE:
                return [unhex(key) for key in found]

    async def call(self, method: str, arguments: bytes, block: Hash | None = None) -> bytes:
        return unhex(await self._client.call("state_call", method, tohex(arguments), *_at(block)))

    async def submit(self, extrinsic: bytes) -> Hash:
        return Hash(unhex(await self._client.call("author_submitExtrinsic", tohex(extrinsic))))

    async def submit_and_watch(self, extrinsic: bytes) -> Hash:
        async with self._client.subscribe(
            "author_submitAndWatchExtrinsic", "author_unwatchExtrinsic", tohex(extrinsic)
        ) as statuses:
            async for status in statuses:
                if status in _LOST_STATUSES or "usurped" in status:
                    raise ExtrinsicLost(f"the pool lost an extrinsic: {status}")
                if isinstance(status, dict) and "inBlock" in status:
                    return Hash(unhex(status["inBlock"]))
        raise ConnectionLost("the node closed the connection")

    async def wait_for(self, number: BlockNumber) -> None:
        async with self._client.subscribe(
            "chain_subscribeNewHeads", "chain_unsubscribeNewHeads"
        ) as heads:
            async for head in heads:
                if int(head["number"], 16) >= number:
                    return
        raise ConnectionLost("the node closed the connection")

    async def peer_count(self) -> int:
        """How many peers the node is connected to."""
        count: int = (await self._client.call("system_health"))["peers"]
        return count

    async def pool_size(self) -> int:
        """How many extrinsics wait for a block."""
        return len(await self._client.call("author_pendingExtrinsics"))


def parse_header(document: dict[str, Any]) -> Header:
    """Read a header as JSON-RPC writes it."""
    logs = [unhex(log) for log in document["digest"]["logs"]]
    return Header(
        parent_hash=Hash(unhex(document["parentHash"])),
        number=BlockNumber(int(document["number"], 16)),
        state_root=Hash(unhex(document["stateRoot"])),
        extrinsics_root=Hash(unhex(document["extrinsicsRoot"])),
        digest=Digest.decode(encode_compact(len(logs)) + b"".join(logs)),
    )


def _at(block: Hash | None) -> tuple[str, ...]:
    return () if block is None else (tohex(block),)


def tohex(data: bytes) -> str:
    """Bytes as JSON-RPC writes them."""
    return f"0x{data.hex()}"


def unhex(text: str) -> bytes:
    """Bytes as JSON-RPC writes them, back."""
    return bytes.fromhex(text[2:])
