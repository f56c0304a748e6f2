"""The HTTP side of a connection: POST a message, get its answer; the connection is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import h11
import trio

from node.rpc.dispatch import Dispatcher
from node.rpc.outbox import send_all
from node.rpc.policy import Limits, Origins

CHUNK: Final = 1 << 16
JSON_TYPE: Final = b"application/json"

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Response:
    """Status, body and headers beyond the usual ones."""

    status: HTTPStatus
    body: bytes = b""
    headers: Sequence[tuple[bytes, bytes]] = ()


PREFLIGHT: Final = Response(
    HTTPStatus.NO_CONTENT,
    headers=[
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", b"content-type"),
        (b"access-control-max-age", b"600"),
    ],
)
"""What a browser asks before it lets a page of another origin post JSON."""


class Refused(Exception):
    """A request that is not answered by JSON-RPC."""

    def __init__(self, status: HTTPStatus, reason: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(reason)
        self.response = Response(status, reason.encode() + b"\n", headers)


class HttpConnection:
    """One client: request after request."""

    def __init__(
        self, stream: trio.abc.Stream, dispatcher: Dispatcher, limits: Limits, origins: Origins
    ) -> None:
        self._stream = stream
        self._dispatcher = dispatcher
        self._limits = limits
        self._origins = origins
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_size)
        self._is_head = False
        """Whether the client wants no body, whatever the response."""

    async def serve(self, head: bytes) -> None:
        """Run to the end of the connection; `head` is what was read of it already."""
        self._http.receive_data(head)
        try:
            while await self._exchange():
                self._http.start_next_cycle()
        except (trio.BrokenResourceError, trio.TooSlowError):
            return

    async def _exchange(self) -> bool:
        """One request and its response. False if the connection ends with it."""
        cors: Headers = []
        try:
            with trio.move_on_after(self._limits.idle_seconds) as idle:
                request = await self._next_event()
            if idle.cancelled_caught or not isinstance(request, h11.Request):
                return False
            self._is_head = request.method == b"HEAD"
            cors = self._check_origin(request)
            response = await self._respond(request)
        except Refused as refusal:
            response = refusal.response
        except h11.RemoteProtocolError as error:
            status = HTTPStatus(error.error_status_hint)
            response = Response(status, f"{error}\n".encode())
        await self._send(response, cors)
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    async def _respond(self, request: h11.Request) -> Response:
        if request.method == b"OPTIONS":
            self._skip_empty_body()
            return PREFLIGHT
        if request.method != b"POST":
            self._skip_empty_body()
            allow = (b"allow", b"POST, OPTIONS")
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "JSON-RPC is asked by POST.", allow)
        if not _header(request, b"content-type").lower().startswith(JSON_TYPE):
            raise Refused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type: application/json is required."
            )
        message = self._dispatcher.read(await self._body(request))
        answer = await self._dispatcher.answer(message, subscriptions=None)
        if answer.text is None:
            return Response(HTTPStatus.NO_CONTENT)
        return Response(HTTPStatus.OK, answer.text.encode("ascii"), [(b"content-type", JSON_TYPE)])

    def _check_origin(self, request: h11.Request) -> Headers:
        """Refuse foreign pages; answer the headers that let others read the response."""
        origin = _header(request, b"origin")
        if not origin:
            return []
        if not self._origins.allow(origin.decode("latin-1")):
            raise Refused(HTTPStatus.FORBIDDEN, "This origin is not allowed.")
        return [(b"access-control-allow-origin", origin), (b"vary", b"origin")]

    async def _body(self, request: h11.Request) -> bytes:
        limit = self._limits.request_size
        announced = _header(request, b"content-length")
        if announced and int(announced) > limit:
            raise _too_large(limit)
        if self._http.they_are_waiting_for_100_continue:
            go_on = self._http.send(h11.InformationalResponse(status_code=100, headers=[]))
            await send_all(self._stream, go_on or b"", self._limits.send_seconds)
        parts: list[bytes] = []
        size = 0
        with trio.move_on_after(self._limits.body_seconds):
            while isinstance(event := await self._next_event(), h11.Data):
                parts.append(bytes(event.data))
                size += len(event.data)
                if size > limit:
                    raise _too_large(limit)
            return b"".join(parts)
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, "The body took too long.")

    def _skip_empty_body(self) -> None:
        """Read the end of a request without a body, so that the connection can be kept."""
        self._http.next_event()

    async def _next_event(self) -> h11.Event:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            try:
                self._http.receive_data(bytes(await self._stream.receive_some(CHUNK)))
            except trio.BrokenResourceError:
                self._http.receive_data(b"")
        assert not isinstance(event, type)  # PAUSED is impossible: each cycle ends before the next
        return event

    async def _send(self, response: Response, cors: Headers) -> None:
        headers = [*response.headers, *cors]
        if response.status is not HTTPStatus.NO_CONTENT:
            headers.append((b"content-length", str(len(response.body)).encode()))
        if self._http.their_state is not h11.DONE:
            headers.append((b"connection", b"close"))
        parts = [
            self._http.send(h11.Response(status_code=response.status, headers=headers)),
            self._http.send(h11.Data(data=b"" if self._is_head else response.body)),
            self._http.send(h11.EndOfMessage()),
        ]
        data = b"".join(part for part in parts if part)
        await send_all(self._stream, data, self._limits.send_seconds)


def _header(request: h11.Request, name: bytes) -> bytes:
    return next((bytes(value) for key, value in request.headers if key == name), b"")


def _too_large(limit: int) -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A request has at most {limit} bytes.")
