"""Noise XX against the noiseprotocol package in both roles, and against the public vectors."""

import json
from pathlib import Path

import pytest
from noise.connection import Keypair, NoiseConnection

from p2p.wire.noise import PROTOCOL_NAME, NoiseXX
from p2p.wire.reason import P2pFault, Reason

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "noise_xx.json").read_text())
SECRETS = [bytes([number]) * 32 for number in range(1, 5)]
PAYLOADS = [b"", b"identity of the responder", b"identity of the initiator"]


def ours(*, initiator, prologue=b"prologue", static=SECRETS[0], ephemeral=SECRETS[1]):
    return NoiseXX(
        initiator=initiator, prologue=prologue, static_secret=static, ephemeral_secret=ephemeral
    )


def theirs(*, initiator):
    other = NoiseConnection.from_name(PROTOCOL_NAME)
    (other.set_as_initiator if initiator else other.set_as_responder)()
    other.set_prologue(b"prologue")
    other.set_keypair_from_private_bytes(Keypair.STATIC, SECRETS[2])
    other.start_handshake()
    return other


@pytest.mark.parametrize("initiator", [True, False])
def test_handshake_and_transport_agree_with_noiseprotocol(initiator):
    here, there = ours(initiator=initiator), theirs(initiator=not initiator)
    for payload in PAYLOADS:
        if here.writes_next:
            assert there.read_message(here.write_message(payload)) == payload
        else:
            assert here.read_message(bytes(there.write_message(payload))) == payload
    assert here.finished
    assert there.handshake_finished
    assert here.handshake_hash == there.get_handshake_hash()
    transport = here.split()
    for number in range(3):
        text = b"message %d" % number
        assert there.decrypt(transport.seal(text)) == text
        assert transport.open(there.encrypt(text)) == text


@pytest.mark.parametrize("vector", VECTORS["vectors"])
def test_public_vector(vector):
    initiator = ours(
        initiator=True,
        prologue=bytes.fromhex(vector["init_prologue"]),
        static=bytes.fromhex(vector["init_static"]),
        ephemeral=bytes.fromhex(vector["init_ephemeral"]),
    )
    responder = ours(
        initiator=False,
        prologue=bytes.fromhex(vector["resp_prologue"]),
        static=bytes.fromhex(vector["resp_static"]),
        ephemeral=bytes.fromhex(vector["resp_ephemeral"]),
    )
    messages = [
        (bytes.fromhex(message["payload"]), bytes.fromhex(message["ciphertext"]))
        for message in vector["messages"]
    ]
    writer, reader = initiator, responder
    for payload, ciphertext in messages[:3]:
        assert writer.write_message(payload) == ciphertext
        assert reader.read_message(ciphertext) == payload
        writer, reader = reader, writer
    if "handshake_hash" in vector:
        assert initiator.handshake_hash == bytes.fromhex(vector["handshake_hash"])
    sender, receiver = responder.split(), initiator.split()
    for payload, ciphertext in messages[3:]:
        assert sender.seal(payload) == ciphertext
        assert receiver.open(ciphertext) == payload
        sender, receiver = receiver, sender


def test_public_key_of_low_order_is_refused():
    responder = ours(initiator=False)
    responder.read_message(bytes(32))
    with pytest.raises(P2pFault) as fault:
        responder.write_message(b"")
    assert fault.value.why is Reason.BAD_HANDSHAKE


def test_replayed_transport_message_is_refused():
    initiator, responder = ours(initiator=True), ours(initiator=False, static=SECRETS[2])
    responder.read_message(initiator.write_message(b""))
    initiator.read_message(responder.write_message(b""))
    responder.read_message(initiator.write_message(b""))
    sender, receiver = initiator.split(), responder.split()
    sealed = sender.seal(b"once")
    assert receiver.open(sealed) == b"once"
    with pytest.raises(P2pFault) as fault:
        receiver.open(sealed)
    assert fault.value.why is Reason.FORGED
