"""The WebSocket engine without sockets: any cut of the same bytes gives the same messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from node.rpc.policy import LOCAL_PAGES, Limits
from node.rpc.websocket import WebSocketWire

LIMITS = Limits(request_size=1_000)


def client_after_handshake():
    client = ClientProtocol(parse_uri("ws://localhost/"))
    client.send_request(client.connect())
    return client, b"".join(client.data_to_send())


def spoken():
    """A handshake, and the frames of everything a client says after it."""
    client, handshake = client_after_handshake()
    wire = WebSocketWire(LIMITS, LOCAL_PAGES)
    wire.receive(handshake)
    client.receive_data(wire.take_output())
    client.events_received()
    client.send_text(b"whole")
    client.send_text(b"in ", fin=False)
    client.send_ping(b"in between")
    client.send_continuation(b"three ", fin=False)
    client.send_continuation(b"parts", fin=True)
    client.send_binary(b"binary")
    client.send_text(b"")
    return handshake, b"".join(client.data_to_send())


HANDSHAKE, SPOKEN = spoken()
MESSAGES = [b"whole", b"in three parts", b"binary", b""]
PONG = Frame(Opcode.PONG, b"in between").serialize(mask=False)


def heard_in(pieces):
    wire = WebSocketWire(LIMITS, LOCAL_PAGES)
    wire.receive(HANDSHAKE)
    wire.take_output()
    heard = [message for piece in pieces for message in wire.receive(piece)]
    assert not wire.is_over
    return heard, wire.take_output()


def bytewise(data):
    return [bytes((byte,)) for byte in data]


def test_one_byte_at_a_time():
    assert heard_in(bytewise(SPOKEN)) == heard_in([SPOKEN]) == (MESSAGES, PONG)


def test_a_handshake_one_byte_at_a_time():
    wire = WebSocketWire(LIMITS, LOCAL_PAGES)
    for byte in bytewise(HANDSHAKE):
        assert wire.receive(byte) == []
    assert wire.take_output().startswith(b"HTTP/1.1 101 ")


@given(st.lists(st.integers(0, len(SPOKEN)), max_size=8))
def test_any_cut(cuts):
    ends = sorted([*cuts, len(SPOKEN)])
    pieces = [SPOKEN[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert heard_in(pieces) == (MESSAGES, PONG)


def masked(opcode, data, *, fin=True):
    return Frame(opcode, data, fin).serialize(mask=True)


BROKEN = {
    "oversize": (masked(Opcode.TEXT, b"x" * 1_001), 1009),
    "oversize in parts": (
        masked(Opcode.TEXT, b"x" * 600, fin=False) + masked(Opcode.CONT, b"x" * 600),
        1009,
    ),
    "stray part": (masked(Opcode.CONT, b""), 1002),
    "interleaved": (masked(Opcode.TEXT, b"", fin=False) + masked(Opcode.TEXT, b""), 1002),
    "unknown extension": (b"\xc1\x80\0\0\0\0", 1002),
    "unknown opcode": (b"\x83\x80\0\0\0\0", 1002),
}


@pytest.mark.parametrize(("data", "code"), BROKEN.values(), ids=BROKEN)
def test_broken_frames_close_the_connection_with_a_reason(data, code):
    wire = WebSocketWire(LIMITS, LOCAL_PAGES)
    client, said = client_after_handshake()
    wire.receive(said)
    client.receive_data(wire.take_output())
    assert wire.receive(data) == []
    assert wire.is_over
    client.receive_data(wire.take_output())
    assert client.close_rcvd.code == code


def test_unmasked_frames_close_the_connection():
    wire = WebSocketWire(LIMITS, LOCAL_PAGES)
    wire.receive(client_after_handshake()[1])
    wire.receive(Frame(Opcode.TEXT, b"x").serialize(mask=False))
    assert wire.is_over


def test_nothing_is_read_after_a_close():
    wire = WebSocketWire(LIMITS, LOCAL_PAGES)
    wire.receive(client_after_handshake()[1])
    close = Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True)
    after = Frame(Opcode.TEXT, b"too late").serialize(mask=True)
    assert wire.receive(close + after) == []
    assert wire.is_over
    wire.take_output()
    wire.send("too late")
    assert wire.take_output() == b""


def test_a_foreign_page_is_refused_by_the_handshake():
    wire = WebSocketWire(LIMITS, LOCAL_PAGES)
    head = client_after_handshake()[1]
    wire.receive(head.replace(b"\r\n\r\n", b"\r\nOrigin: https://evil.example\r\n\r\n"))
    assert wire.is_over
    assert wire.take_output().startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("origins", "status"),
    [
        (("http://localhost", "http://localhost:1"), b"400"),
        (("http://localhost", "https://evil.example"), b"403"),
    ],
)
def test_who_names_several_origins_is_turned_away(origins, status):
    head, _ = HANDSHAKE.rsplit(b"\r\n\r\n")
    lines = [f"Origin: {origin}".encode() for origin in origins]
    wire = WebSocketWire(LIMITS, LOCAL_PAGES)
    wire.receive(b"\r\n".join([head, *lines, b"", b""]))
    assert wire.take_output().split()[1] == status
