"""Cutting a stream: any split of the bytes gives the same messages; lengths are checked first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.wire import limits
from p2p.wire.envelope import cap_of, encode
from p2p.wire.frame import FRAME_PEEK, FRAME_PREFIX, Cutter, handshake_cutter, prefix
from p2p.wire.messages import Ping
from p2p.wire.reason import P2pFault, Reason


def frame_cutter():
    return Cutter(FRAME_PREFIX, cap_of, FRAME_PEEK)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.integers(1, 50))
def test_any_split_gives_the_same_messages(messages, step):
    stream = b"".join(prefix(message, FRAME_PREFIX) for message in messages)
    cutter = Cutter(FRAME_PREFIX, lambda _: 40)
    got = []
    for at in range(0, len(stream), step):
        got += cutter.feed(stream[at : at + step])
    assert got == messages
    assert cutter.held == 0


def test_frame_arrives_byte_by_byte():
    cutter = frame_cutter()
    stream = prefix(encode(Ping()), FRAME_PREFIX)
    got = [list(cutter.feed(stream[at : at + 1])) for at in range(len(stream))]
    assert got == [[]] * (len(stream) - 1) + [[encode(Ping())]]


@pytest.mark.parametrize("length", [513, 2**16, 2**32 - 1])
def test_oversized_frame_is_refused_before_its_body_comes(length):
    head = encode(Ping())[:FRAME_PEEK]
    cutter = frame_cutter()
    with pytest.raises(P2pFault) as fault:
        list(cutter.feed(length.to_bytes(4, "big") + head + b"\0" * 10))
    assert fault.value.why is Reason.OVERSIZED
    assert cutter.held < 20


@pytest.mark.parametrize("head", [b"\x93\x05\x00", b"\xc0\xc0\xc0", b"\x90", b"\xdc\x00\x03"])
def test_unknown_head_is_refused_before_its_body_comes(head):
    with pytest.raises(P2pFault) as fault:
        list(frame_cutter().feed((3).to_bytes(4, "big") + head.ljust(3, b"\0")))
    assert fault.value.why is Reason.UNDECODABLE


def test_empty_message_is_refused():
    with pytest.raises(P2pFault) as fault:
        list(frame_cutter().feed(bytes(4)))
    assert fault.value.why is Reason.UNDECODABLE


def test_long_handshake_message_is_refused():
    with pytest.raises(P2pFault) as fault:
        list(handshake_cutter().feed((limits.HANDSHAKE_MESSAGE_MAX + 1).to_bytes(2, "big")))
    assert fault.value.why is Reason.OVERSIZED
