"""The subscriptions of one connection: a task each, which ends with the connection or before it.

A client that does not read holds up only its own tasks. The chain's events then pile up in the
bounded channels of these tasks, and once such a channel is full the chain drops it.
"""

import secrets
import string
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import trio

from node.rpc.context import RpcContext
from node.rpc.declare import Subscription
from node.rpc.errors import RpcError, bugs_as_internal_errors, too_many_subscriptions
from node.rpc.messages import Json, failure_text, notification_text

ALPHABET: Final = string.ascii_letters + string.digits
ID_LENGTH: Final = 16
"""As in Substrate. One client keeps ids of requests and of subscriptions in the same dict."""

Send = Callable[[str], Awaitable[None]]
"""Puts a message on its way; waits while the client does not read."""


class OpenSubscription:
    """One subscription, as its function sees it (`Subscriber`) and as its connection does."""

    def __init__(
        self, declared: Subscription, send: Send, task_status: trio.TaskStatus[str]
    ) -> None:
        self.id = "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))
        self.declared = declared
        self.scope = trio.CancelScope()
        self.id_is_sent = trio.Event()
        self.is_accepted = False
        self._send = send
        self._task_status = task_status

    def accept(self) -> None:
        self.is_accepted = True
        self._task_status.started(self.id)

    async def notify(self, result: Json) -> None:
        await self._put(notification_text(self.declared.event, self.id, result))

    async def fail(self, error: RpcError) -> None:
        """Tell the client that nothing more will come, and why."""
        await self._put(failure_text(self.declared.event, self.id, error))

    async def _put(self, text: str) -> None:
        """Clients learn the id before its first notification."""
        await self.id_is_sent.wait()
        await self._send(text)


class Subscriptions:
    """Opens and closes the subscriptions of a connection."""

    def __init__(self, nursery: trio.Nursery, send: Send, limit: int) -> None:
        self._nursery = nursery
        self._send = send
        self._limit = limit
        self._open: dict[str, OpenSubscription] = {}

    async def open(self, declared: Subscription, rpc: RpcContext, arguments: Sequence[Any]) -> str:
        """Start a subscription and answer its id; raises RpcError if it was not accepted."""
        if len(self._open) >= self._limit:
            raise too_many_subscriptions(self._limit)
        subscription_id: str = await self._nursery.start(self._run, declared, rpc, arguments)
        return subscription_id

    def id_is_sent(self, subscription_id: str) -> None:
        """Let notifications follow the reply that told the id."""
        if subscription_id in self._open:
            self._open[subscription_id].id_is_sent.set()

    def close(self, declared: Subscription, subscription_id: str) -> bool:
        """End a subscription; False if it is not open, or of another kind."""
        found = self._open.get(subscription_id)
        if found is None or found.declared is not declared:
            return False
        del self._open[subscription_id]
        found.scope.cancel()
        return True

    def abandon(self, subscription_ids: Sequence[str]) -> None:
        """End subscriptions whose ids will never be told."""
        for subscription_id in subscription_ids:
            if subscription_id in self._open:
                self._open.pop(subscription_id).scope.cancel()

    async def _run(
        self,
        declared: Subscription,
        rpc: RpcContext,
        arguments: Sequence[Any],
        *,
        task_status: trio.TaskStatus[str],
    ) -> None:
        subscription = OpenSubscription(declared, self._send, task_status)
        self._open[subscription.id] = subscription
        try:
            with subscription.scope:
                await self._run_until_error(subscription, rpc, arguments)
        finally:
            self._open.pop(subscription.id, None)

    async def _run_until_error(
        self, subscription: OpenSubscription, rpc: RpcContext, arguments: Sequence[Any]
    ) -> None:
        declared = subscription.declared
        try:
            with bugs_as_internal_errors(declared.names[0]):
                await declared.function(rpc, subscription, *arguments)
        except RpcError as error:
            if not subscription.is_accepted:
                raise
            await subscription.fail(error)
