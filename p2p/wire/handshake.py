"""The authenticated handshake: Noise XX whose payloads bind the session to a node identity.

payload   0a len identity key (protobuf) | 12 len signature of the domain text + Noise static key
"""

from typing import Final

from p2p.wire import frame
from p2p.wire.identity import (
    NodeKey,
    PeerId,
    decode_public,
    encode_public,
    peer_id_of,
    verify_identity,
)
from p2p.wire.noise import NoiseXX, Transport
from p2p.wire.reason import P2pFault, Reason

PROLOGUE: Final = b"taonode/p2p/1"
_SIGNATURE_DOMAIN: Final = b"noise-libp2p-static-key:"
_IDENTITY_KEY, _IDENTITY_SIGNATURE = 0x0A, 0x12
_VARINT_CONTINUES: Final = 0x80


class Handshake:
    """One side, fed with bytes. Done when `peer` is known."""

    def __init__(
        self,
        key: NodeKey,
        static_secret: bytes,
        ephemeral_secret: bytes,
        *,
        dialled: PeerId | None = None,
    ) -> None:
        """`dialled` is the peer that the initiator wants; the responder leaves it out."""
        self._key = key
        self._dialled = dialled
        self._noise = NoiseXX(
            initiator=dialled is not None,
            prologue=PROLOGUE,
            static_secret=static_secret,
            ephemeral_secret=ephemeral_secret,
        )
        self._cutter = frame.handshake_cutter()
        self.peer: PeerId | None = None

    def start(self) -> bytes:
        """Answer what to send first: the initiator opens, the responder listens."""
        return self._write(b"") if self._noise.writes_next else b""

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the peer, and answer what to send back."""
        for message in self._cutter.feed(data):
            reply = self._read(message)
            if reply or self.peer is not None:
                return reply
        return b""

    def secure(self) -> "SecureChannel":
        """Answer the channel of a finished handshake, with what came right behind it."""
        return SecureChannel(self._noise.split(), self._cutter.drain())

    def _read(self, message: bytes) -> bytes:
        try:
            payload = self._noise.read_message(message)
        except P2pFault as fault:
            raise P2pFault(Reason.BAD_HANDSHAKE, fault.reason) from None
        if self._noise.remote_static is not None:
            self.peer = self._identify(payload, self._noise.remote_static)
        elif payload:
            raise P2pFault(Reason.BAD_HANDSHAKE, "payload in the clear")
        return b"" if self._noise.finished else self._write(self._payload())

    def _identify(self, payload: bytes, static: bytes) -> PeerId:
        public, signature = decode_payload(payload)
        if not verify_identity(public, _SIGNATURE_DOMAIN + static, signature):
            raise P2pFault(Reason.BAD_HANDSHAKE, "identity did not sign the static key")
        peer = peer_id_of(public)
        if peer == self._key.peer_id:
            raise P2pFault(Reason.SELF)
        if self._dialled not in (None, peer):
            raise P2pFault(Reason.WRONG_PEER, f"{peer} answers for {self._dialled}")
        return peer

    def _payload(self) -> bytes:
        signature = self._key.sign(_SIGNATURE_DOMAIN + self._noise.static_public)
        return encode_payload(self._key.public, signature)

    def _write(self, payload: bytes) -> bytes:
        return frame.prefix(self._noise.write_message(payload), frame.NOISE_PREFIX)


class SecureChannel:
    """Seals what goes out and opens what comes in, cut into Noise messages."""

    def __init__(self, transport: Transport, early: bytes = b"") -> None:
        self._transport = transport
        self._early = early
        self._cutter = frame.noise_cutter()

    def seal(self, plaintext: bytes) -> bytes:
        """Seal up to `NOISE_PLAINTEXT_MAX` bytes into one Noise message."""
        return frame.prefix(self._transport.seal(plaintext), frame.NOISE_PREFIX)

    def open(self, data: bytes) -> bytes:
        """Take bytes of the peer, and answer the plaintext they complete."""
        data, self._early = self._early + data, b""
        return b"".join(self._transport.open(message) for message in self._cutter.feed(data))


def encode_payload(public: bytes, signature: bytes) -> bytes:
    """Write libp2p's NoiseHandshakePayload. Both fields are shorter than 128 bytes."""
    key = encode_public(public)
    return b"".join(
        (
            bytes((_IDENTITY_KEY, len(key))),
            key,
            bytes((_IDENTITY_SIGNATURE, len(signature))),
            signature,
        )
    )


def decode_payload(payload: bytes) -> tuple[bytes, bytes]:
    """Read identity key and signature; extensions behind them are passed over."""
    key, at = _take_field(payload, 0, _IDENTITY_KEY)
    signature, _ = _take_field(payload, at, _IDENTITY_SIGNATURE)
    return decode_public(key), signature


def _take_field(payload: bytes, at: int, tag: int) -> tuple[bytes, int]:
    head, start = payload[at : at + 2], at + 2
    if len(head) < 2 or head[0] != tag or head[1] >= _VARINT_CONTINUES:
        raise P2pFault(Reason.BAD_HANDSHAKE, "handshake payload is malformed")
    end = start + head[1]
    if end > len(payload):
        raise P2pFault(Reason.BAD_HANDSHAKE, "handshake payload is cut short")
    return payload[start:end], end
