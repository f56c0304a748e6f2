"""Clients of the RPC port that do as they are told, right or wrong."""

import json
from contextlib import asynccontextmanager
from itertools import count

import h11
import trio
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

PATIENCE = 30


class WsClient:
    """A WebSocket client. `protocol` makes frames, `send` takes any bytes."""

    def __init__(self, stream, headers):
        self.stream = stream
        self.protocol = ClientProtocol(parse_uri("ws://localhost/"), max_size=None)
        self.headers = headers
        self.frames = []
        self.partial = b""
        self.messages = []
        self.response = None
        self.ids = count(1)

    async def shake_hands(self):
        request = self.protocol.connect()
        for name, value in self.headers.items():
            request.headers[name] = value
        self.protocol.send_request(request)
        await self.flush()
        while self.response is None:
            await self.receive()

    async def send(self, data):
        await self.stream.send_all(data)

    async def flush(self):
        await self.send(b"".join(self.protocol.data_to_send()))

    async def receive(self):
        """Take in one piece of the stream; False at its end."""
        with trio.fail_after(PATIENCE):
            data = await self.stream.receive_some(1 << 16)
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        for event in self.protocol.events_received():
            if not isinstance(event, Frame):
                self.response = event
                continue
            self.frames.append(event)
            if event.opcode in (Opcode.TEXT, Opcode.CONT):
                self.partial += event.data
                if event.fin:
                    self.messages.append(json.loads(self.partial))
                    self.partial = b""
        return bool(data)

    async def say(self, content):
        """Send a text message: bytes as they are, all else as JSON."""
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.protocol.send_text(text)
        await self.flush()

    async def hear(self):
        """The next message."""
        while not self.messages:
            if not await self.receive():
                raise EOFError
        return self.messages.pop(0)

    async def ask(self, content):
        await self.say(content)
        return await self.hear()

    async def call(self, method, *params):
        """The reply to a request; notifications stay where they are."""
        number = next(self.ids)
        await self.say({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        heard = []
        while (message := await self.hear()).get("id") != number:
            heard.append(message)
        self.messages[:0] = heard
        return message

    async def result(self, method, *params):
        return (await self.call(method, *params))["result"]

    async def error(self, method, *params):
        return (await self.call(method, *params))["error"]

    async def end(self):
        """Read to the end of the stream; answers the close code."""
        while await self.receive():
            pass
        return self.protocol.close_code


@asynccontextmanager
async def websocket(port, **headers):
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        client = WsClient(stream, headers)
        await client.shake_hands()
        yield client


@asynccontextmanager
async def tcp(port):
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        yield stream


class HttpClient:
    """An HTTP client on one connection."""

    def __init__(self, stream):
        self.stream = stream
        self.http = h11.Connection(h11.CLIENT)

    async def exchange(self, method="POST", body=b"", **headers):
        """Send a request in one piece; answers status, headers and body."""
        if self.http.our_state is h11.DONE:
            self.http.start_next_cycle()
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = {"host": "localhost", "content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if method == "POST":
            lines |= {"content-length": str(len(content))}
        request = h11.Request(method=method, target="/", headers=list(lines.items()))
        events = [request, *([h11.Data(data=content)] if content else []), h11.EndOfMessage()]
        await self.stream.send_all(b"".join(self.http.send(event) for event in events))
        return await self.response()

    async def response(self):
        response, body = None, b""
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                with trio.fail_after(PATIENCE):
                    self.http.receive_data(await self.stream.receive_some(1 << 16))
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                headers = {name.decode(): value.decode() for name, value in response.headers}
                return response.status_code, headers, bytes(body)
            elif isinstance(event, h11.ConnectionClosed):
                raise EOFError


@asynccontextmanager
async def http(port):
    async with tcp(port) as stream:
        yield HttpClient(stream)
