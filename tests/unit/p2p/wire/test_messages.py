"""The envelope: one byte string per message, and nothing but P2pFault for all other bytes."""

from contextlib import suppress

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.wire.envelope import cap_of, decode, decode_answer, encode, encode_answer
from p2p.wire.messages import Extension, GetBlocks, Ping
from p2p.wire.reason import P2pFault, Reason
from tests.support import p2p_strategies as wire

plain = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-1, 2**64 - 1) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.integers(0, 9), inner),
    max_leaves=20,
)


def assert_refused_or_canonical(data):
    with suppress(P2pFault):
        message = decode(data)
        assert isinstance(message, Extension) or encode(message) == data


@given(wire.messages)
def test_messages_round_trip(message):
    data = encode(message)
    assert decode(data) == message
    assert len(data) <= cap_of(data[:3])


@given(wire.answered)
def test_answers_round_trip(answered):
    query, answer = answered
    assert decode_answer(query, encode_answer(query, answer)) == answer


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_canonical(data):
    assert_refused_or_canonical(data)


@given(st.integers(0, 140), st.lists(plain, max_size=10))
def test_random_structures_are_refused_or_canonical(kind, fields):
    assert_refused_or_canonical(msgpack.packb([kind, *fields]))


@given(wire.messages, st.data())
def test_changed_byte_is_refused_or_another_message(message, data):
    encoded = bytearray(encode(message))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    assert_refused_or_canonical(bytes(encoded))


@given(wire.messages, st.binary(min_size=1, max_size=4))
def test_trailing_bytes_are_refused(message, tail):
    with pytest.raises(P2pFault):
        decode(encode(message) + tail)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x91" * 100_000, "deep nesting"),
        (b"\xdd\xff\xff\xff\xff", "array of 2^32 items"),
        (b"\xc6\xff\xff\xff\xff", "bytes of 4 GiB"),
        (b"\x91\xcc\x03", "kind in a long form"),
        (b"\x92\x03\x00", "too many fields"),
        (b"\xd6\xff\x00\x00\x00\x00", "timestamp"),
        (msgpack.packb([48, 1, 1, 0, 0, 3]), "empty range"),
        (msgpack.packb([48, 1, 1, 129, 0, 3]), "long range"),
        (msgpack.packb([48, -1, 1, 1, 0, 3]), "negative query number"),
        (msgpack.packb([48]), "query without number"),
        (msgpack.packb([16, "text", 1]), "text for bytes"),
        (msgpack.packb([16, b"header", True]), "boolean for a flag"),
        (msgpack.packb([16, b"header", 2]), "flag of 2"),
    ],
)
def test_malformed_message_is_refused(data, what):
    with pytest.raises(P2pFault) as fault:
        decode(data)
    assert fault.value.why is Reason.UNDECODABLE, what


def test_extension_is_read_and_set_aside():
    assert decode(msgpack.packb([200, b"whatever"])) == Extension(200)
    assert cap_of(msgpack.packb([200])) > 0


def test_wire_bytes_do_not_drift():
    """Compare with bytes written down by hand from the layout of the module docstring."""
    assert encode(Ping()) == bytes.fromhex("9103")
    assert decode_answer(GetBlocks(1, 1), bytes.fromhex("9190")).blocks == ()
    assert decode(bytes.fromhex("96300701cc800003")).query == GetBlocks(1, 128)
