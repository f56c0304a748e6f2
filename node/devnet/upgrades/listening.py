"""Clients that stay connected while the chain's code changes, and note down what they hear."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import trio

from node.devnet.rpc_client import RpcClient, connected, dial
from node.rpc.shapes import hexed
from node.runtime_tools.storage import storage_key

_NUMBER = storage_key("System", "Number")
"""Changes in every block."""


@dataclass(slots=True)
class Listener:
    """One client on a connection of its own, subscribed to what wallets and explorers hear of."""

    port: int
    heads: list[int] = field(default_factory=list)
    """Heights, as they came."""
    versions: list[int] = field(default_factory=list)
    """Spec versions, the one at the beginning included."""
    changes: int = 0
    """Of the block number in storage."""
    is_connected: bool = False

    async def listen(self, task_status: trio.TaskStatus[None]) -> None:
        """Hear everything until cancelled, or until the node hangs up."""
        async with connected(await dial(self.port)) as client, AsyncExitStack() as stack:
            heads, versions, storage = [
                await stack.enter_async_context(client.subscribe(*subscription))
                for subscription in (
                    ("chain_subscribeNewHeads", "chain_unsubscribeNewHeads"),
                    ("state_subscribeRuntimeVersion", "state_unsubscribeRuntimeVersion"),
                    ("state_subscribeStorage", "state_unsubscribeStorage", [hexed(_NUMBER)]),
                )
            ]
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._hear_heads, heads)
                nursery.start_soon(self._hear_versions, versions)
                nursery.start_soon(self._hear_storage, storage)
                nursery.start_soon(self._stay, client)
                self.is_connected = True
                task_status.started()

    async def _hear_heads(self, heads: trio.MemoryReceiveChannel[Any]) -> None:
        async for head in heads:
            self.heads.append(int(head["number"], 16))

    async def _hear_versions(self, versions: trio.MemoryReceiveChannel[Any]) -> None:
        async for version in versions:
            self.versions.append(version["specVersion"])

    async def _hear_storage(self, changes: trio.MemoryReceiveChannel[Any]) -> None:
        async for _ in changes:
            self.changes += 1

    async def _stay(self, client: RpcClient) -> None:
        await client.closed.wait()
        self.is_connected = False

    def missed(self) -> list[int]:
        """Heights between the first and the last that it heard of which it did not hear."""
        heard = set(self.heads)
        return [number for number in range(min(heard), max(heard)) if number not in heard]


@asynccontextmanager
async def listening(ports: Sequence[int]) -> AsyncIterator[list[Listener]]:
    """A client at each of these ports, for as long as the body runs."""
    async with trio.open_nursery() as nursery:
        listeners = [Listener(port) for port in ports]
        for listener in listeners:
            await nursery.start(listener.listen)
        yield listeners
        nursery.cancel_scope.cancel()
