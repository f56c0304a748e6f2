"""Node keys and PeerIds, against the specification of libp2p and subkey's output."""

import pytest

from p2p.wire.identity import NodeKey, decode_public, encode_public, parse_peer_id, peer_id_of
from p2p.wire.reason import P2pFault, Reason

ALICE_NODE_KEY = bytes(31) + b"\x01"
ALICE_PEER_ID = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"
"""Substrate's `--node-key 0000…0001`, known from its tutorials."""


def test_peer_id_is_that_of_substrate():
    assert NodeKey.from_seed(ALICE_NODE_KEY).peer_id == ALICE_PEER_ID


def test_peer_id_round_trips_through_text():
    peer = NodeKey.from_seed(bytes(32)).peer_id
    assert parse_peer_id(peer) == peer


@pytest.mark.parametrize("text", ["", "12D3Koo", "0OIl", ALICE_PEER_ID[:-1], ALICE_PEER_ID + "1"])
def test_malformed_peer_id_is_refused(text):
    with pytest.raises(ValueError):
        parse_peer_id(text)


@pytest.mark.parametrize(
    "change", [lambda k: k[:-1], lambda k: k + b"\0", lambda k: b"\x09" + k[1:]]
)
def test_public_key_has_one_form(change):
    public = NodeKey.from_seed(bytes(32)).public
    assert decode_public(encode_public(public)) == public
    with pytest.raises(P2pFault) as fault:
        decode_public(change(encode_public(public)))
    assert fault.value.why is Reason.BAD_HANDSHAKE


def test_secret_stays_out_of_text():
    key = NodeKey.from_seed(b"\x2a" * 32)
    assert (b"\x2a" * 32).hex() not in repr(key)
    assert peer_id_of(key.public) == key.peer_id
