"""From a message to its answer: finds the method, reads the parameters, runs it."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import cast

import trio

from node.rpc.context import RpcContext
from node.rpc.declare import Method, Methods, Subscription, Unsubscribe
from node.rpc.errors import (
    RpcError,
    bugs_as_internal_errors,
    invalid_params,
    method_not_found,
    oversized_batch_response,
    oversized_response,
    unsafe_call,
)
from node.rpc.messages import (
    Json,
    Malformed,
    Message,
    Request,
    error_text,
    read_message,
    result_text,
)
from node.rpc.params import read_params
from node.rpc.policy import Limits
from node.rpc.subscriptions import Subscriptions


@dataclass(slots=True)
class Answer:
    """What goes back for one message."""

    text: str | None = None
    """None if it held notifications only."""
    subscribed: list[str] = field(default_factory=list)
    """Subscriptions whose ids the text tells; their notifications wait until it is on its way."""


class Dispatcher:
    """Answers messages, whatever they came in by."""

    def __init__(
        self, methods: Methods, rpc: RpcContext, limits: Limits, *, allow_unsafe: bool
    ) -> None:
        self._methods = methods
        self._rpc = rpc
        self._limits = limits
        self._allow_unsafe = allow_unsafe

    def read(self, data: bytes | bytearray) -> Message:
        return read_message(data, self._limits.batch)

    def is_quick(self, message: Message) -> bool:
        """Whether the answer can be had at once, without holding up others."""
        if message.is_batch:
            return False
        (request,) = message.requests
        if isinstance(request, Malformed):
            return True
        entry = self._methods.find(request.method)
        return not isinstance(entry, Subscription) and not (
            isinstance(entry, Method) and not entry.is_quick
        )

    async def answer(self, message: Message, subscriptions: Subscriptions | None) -> Answer:
        """Run what a message asks for. Without `subscriptions` there are none, as over HTTP."""
        answer = Answer()
        if not message.is_batch:
            answer.text = await self._respond(message.requests[0], subscriptions, answer.subscribed)
            return answer

        texts: list[str] = []
        room = self._limits.response_size
        for request in message.requests:
            await trio.lowlevel.checkpoint()
            text = await self._respond(request, subscriptions, answer.subscribed)
            if text is not None:
                texts.append(text)
                room -= len(text)
            if room < 0:
                if subscriptions is not None:
                    subscriptions.abandon(answer.subscribed)
                return Answer(
                    error_text(None, oversized_batch_response(self._limits.response_size))
                )
        answer.text = "[" + ",".join(texts) + "]" if texts else None
        return answer

    async def _respond(
        self, request: Request | Malformed, subscriptions: Subscriptions | None, opened: list[str]
    ) -> str | None:
        if isinstance(request, Malformed):
            return error_text(request.id, request.error)
        try:
            with bugs_as_internal_errors(request.method):
                result = await self._run(request, subscriptions, opened)
        except RpcError as error:
            return None if request.is_notification else error_text(request.id, error)
        if request.is_notification:
            return None
        text = result_text(request.id, result)
        if len(text) > self._limits.response_size:
            return error_text(request.id, oversized_response(self._limits.response_size))
        return text

    async def _run(
        self, request: Request, subscriptions: Subscriptions | None, opened: list[str]
    ) -> Json:
        entry = self._methods.find(request.method)
        match entry:
            case Method():
                if entry.is_unsafe and not self._allow_unsafe:
                    raise unsafe_call()
                result = entry.function(self._rpc, *read_params(entry.params, request.params))
                return result if entry.is_quick else await cast(Awaitable[Json], result)
            case Subscription() if subscriptions is not None and not request.is_notification:
                arguments = read_params(entry.params, request.params)
                opened.append(await subscriptions.open(entry, self._rpc, arguments))
                return opened[-1]
            case Unsubscribe(of) if subscriptions is not None:
                if not request.params or not isinstance(request.params[0], str):
                    raise invalid_params("subscription: expected a string")
                return subscriptions.close(of, request.params[0])
            case _:
                raise method_not_found()
