"""The authenticated handshake: who is who, whatever happens to the bytes between them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.wire.handshake import Handshake, decode_payload, encode_payload
from p2p.wire.reason import P2pFault, Reason
from tests.support.p2p_node import node_key

ALICE, BOB, EVE = node_key(1), node_key(2), node_key(3)


def initiator(*, dialled=BOB.peer_id, key=ALICE):
    return Handshake(key, b"\x0a" * 32, b"\x0b" * 32, dialled=dialled)


def responder(key=BOB):
    return Handshake(key, b"\x0c" * 32, b"\x0d" * 32)


def converse(a, b, change=lambda _turn, data: data, step=1024):
    """Carry bytes both ways until nobody has anything to say."""
    turn, data, reader, writer = 0, a.start(), b, a
    while data:
        data = change(turn, data)
        reply = b"".join(reader.receive(data[at : at + step]) for at in range(0, len(data), step))
        turn, data, reader, writer = turn + 1, reply, writer, reader


@pytest.mark.parametrize("step", [1, 7, 1024])
def test_both_learn_who_the_other_is(step):
    a, b = initiator(), responder()
    converse(a, b, step=step)
    assert (a.peer, b.peer) == (BOB.peer_id, ALICE.peer_id)
    here, there = a.secure(), b.secure()
    sealed = here.seal(b"hello") + here.seal(b", world")
    assert b"".join(there.open(sealed[at : at + 1]) for at in range(len(sealed))) == b"hello, world"


def test_bytes_right_behind_the_handshake_are_kept():
    a, b = initiator(), responder()
    second = b.receive(a.start())
    third = a.receive(second)
    b.receive(third + a.secure().seal(b"early"))
    assert b.secure().open(b"") == b"early"


def test_somebody_else_at_the_address_is_turned_away():
    with pytest.raises(P2pFault) as fault:
        converse(initiator(dialled=EVE.peer_id), responder())
    assert fault.value.why is Reason.WRONG_PEER


def test_own_key_at_the_other_end_is_noticed():
    with pytest.raises(P2pFault) as fault:
        converse(initiator(), responder(key=ALICE))
    assert fault.value.why is Reason.SELF


def test_stolen_identity_without_its_key_is_refused():
    """Given Eve who replays Bob's signed payload, when she answers with her own Noise key,
    then Alice refuses, for Bob signed another key."""
    bobs = encode_payload(BOB.public, BOB.sign(b"noise-libp2p-static-key:" + b"\x01" * 32))
    eve = responder(key=EVE)
    eve._payload = lambda: bobs
    with pytest.raises(P2pFault) as fault:
        converse(initiator(), eve)
    assert fault.value.why is Reason.BAD_HANDSHAKE


@given(st.integers(0, 2), st.integers(0, 400), st.integers(0, 7))
def test_flipped_bit_never_leads_to_a_session(turn, at, bit):
    """A changed prefix may also leave a side waiting for bytes that never come."""
    a, b = initiator(), responder()

    def change(now, data):
        if now != turn:
            return data
        where = at % len(data)
        return data[:where] + bytes([data[where] ^ 1 << bit]) + data[where + 1 :]

    with suppress(P2pFault):
        converse(a, b, change)
    assert b.peer is None


@given(st.integers(0, 60), st.integers(0, 7))
def test_flipped_bit_after_the_handshake_is_never_delivered(at, bit):
    a, b = initiator(), responder()
    converse(a, b)
    sealed = bytearray(a.secure().seal(b"some plaintext of forty-three bytes or more"))
    sealed[at % len(sealed)] ^= 1 << bit
    with suppress(P2pFault):
        assert b.secure().open(bytes(sealed)) == b""


@given(st.binary(max_size=300))
def test_garbage_is_refused_or_waited_on(data):
    side = responder()
    with suppress(P2pFault):
        side.receive(data)
    assert side.peer is None


def test_payload_is_the_protobuf_of_libp2p():
    signature = bytes(range(64))
    payload = encode_payload(ALICE.public, signature)
    assert payload == b"\x0a\x24\x08\x01\x12\x20" + ALICE.public + b"\x12\x40" + signature
    assert decode_payload(payload) == (ALICE.public, signature)
