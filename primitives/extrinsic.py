"""Extrinsics of format 4: the envelope around a call, and what its signature covers.

    bare      compact length | 04 | call
    signed    compact length | 84 | address | signature | extra | call

The extra bytes belong to the runtime's signed extensions, and so does what is signed without
being sent: `call | extra | spec version | transaction version | genesis hash | birth hash`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from primitives.hashing import blake2_256
from primitives.scale.compact import decode_compact, encode_compact
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scale.raw import sized, take, take_sized
from primitives.scheme import Scheme
from primitives.types import Balance, BlockNumber, Hash, Nonce

_BARE: Final = 0x04
_SIGNED: Final = 0x84

_NONCE_END: Final = 1 << 32
_TIP_END: Final = 1 << 64

_LONGEST_PLAIN_PAYLOAD: Final = 256
"""Longer payloads are signed by their hash, to spare devices that hold little at a time."""

_SHORTEST_PERIOD, _LONGEST_PERIOD = 4, 1 << 16
_PHASE_STEPS: Final = 1 << 12
"""The phase has twelve bits, so in longer periods it moves in steps."""


@dataclass(frozen=True, slots=True)
class Era:
    """How long an extrinsic may wait: for ever (period 0), or within one period of blocks."""

    period: int = 0
    phase: int = 0

    @classmethod
    def mortal(cls, period: int, current: BlockNumber) -> "Era":
        """Start at the given block, for a power of two of blocks that is not below `period`."""
        rounded = 1 << max(period - 1, 0).bit_length()
        period = min(max(rounded, _SHORTEST_PERIOD), _LONGEST_PERIOD)
        step = _phase_step(period)
        return cls(period, current % period // step * step)

    @property
    def is_immortal(self) -> bool:
        return self.period == 0

    def birth(self, current: BlockNumber) -> BlockNumber:
        """Answer the first block at which it is valid, seen from the given block."""
        if self.is_immortal:
            return BlockNumber(0)
        periods = (max(current, self.phase) - self.phase) // self.period
        return BlockNumber(periods * self.period + self.phase)

    def death(self, current: BlockNumber) -> BlockNumber | None:
        """Answer the first block at which it is no longer valid; None if that never comes."""
        return None if self.is_immortal else BlockNumber(self.birth(current) + self.period)

    def encode(self) -> bytes:
        """The period's logarithm takes four bits, the phase in steps the other twelve."""
        if self.is_immortal:
            return b"\0"
        if not self._is_sound():
            raise ScaleRangeError(f"no era has period {self.period} and phase {self.phase}")
        logarithm = min(15, max(1, self.period.bit_length() - 2))
        return (logarithm | self.phase // _phase_step(self.period) << 4).to_bytes(2, "little")

    def _is_sound(self) -> bool:
        return (
            _SHORTEST_PERIOD <= self.period <= _LONGEST_PERIOD
            and self.period.bit_count() == 1
            and 0 <= self.phase < self.period
            and self.phase % _phase_step(self.period) == 0
        )


IMMORTAL: Final = Era()


def _phase_step(period: int) -> int:
    return max(period // _PHASE_STEPS, 1)


def decode_era(data: bytes, at: int) -> tuple[Era, int]:
    (first,), at = take(data, at, 1)
    if first == 0:
        return IMMORTAL, at
    (second,), at = take(data, at, 1)
    word = first | second << 8
    period = 2 << (word & 0xF)
    era = Era(period, (word >> 4) * _phase_step(period))
    if period < _SHORTEST_PERIOD or era.phase >= period:
        raise ScaleError(f"no era has period {period} and phase {era.phase}")
    return era, at


class AddressKind(IntEnum):
    """The variants of MultiAddress. Accounts have no index here, so Index carries nothing."""

    ID = 0
    INDEX = 1
    RAW = 2
    ADDRESS32 = 3
    ADDRESS20 = 4


_ADDRESS_LENGTHS: Final = {
    AddressKind.ID: 32,
    AddressKind.INDEX: 0,
    AddressKind.ADDRESS32: 32,
    AddressKind.ADDRESS20: 20,
}


@dataclass(frozen=True, slots=True)
class Address:
    """Who signs. Runtimes without account indices resolve the Id kind only."""

    kind: AddressKind
    value: bytes

    def encode(self) -> bytes:
        length = _ADDRESS_LENGTHS.get(self.kind)
        if length is None:
            return bytes((self.kind,)) + sized(self.value)
        if len(self.value) != length:
            raise ScaleRangeError(f"an address of kind {self.kind.name} has {length} bytes")
        return bytes((self.kind,)) + self.value


@dataclass(frozen=True, slots=True)
class SignedExtensions:
    """What a runtime's list of extensions adds beyond the standard eight."""

    explicit: bytes = b""
    """Stands after the tip."""
    implicit: bytes = b""
    """Is signed after the birth hash."""


PLAIN_EXTENSIONS: Final = SignedExtensions()
"""Spec 185: its own two extensions carry no bytes."""

METADATA_HASH_EXTENSIONS: Final = SignedExtensions(explicit=b"\0", implicit=b"\0")
"""Lists that end in CheckMetadataHash, as in spec 218, with the check switched off."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What the signer says through the extensions."""

    era: Era = IMMORTAL
    nonce: Nonce = Nonce(0)
    tip: Balance = Balance(0)

    def encode(self, extensions: SignedExtensions = PLAIN_EXTENSIONS) -> bytes:
        if not 0 <= self.nonce < _NONCE_END:
            raise ScaleRangeError(f"nonce {self.nonce} does not fit u32")
        if not 0 <= self.tip < _TIP_END:
            raise ScaleRangeError(f"tip {self.tip} does not fit u64")
        return b"".join(
            (
                self.era.encode(),
                encode_compact(self.nonce),
                encode_compact(self.tip),
                extensions.explicit,
            )
        )


@dataclass(frozen=True, slots=True)
class Implicit:
    """What is signed but not sent, as the chain knows it: it ties a signature to one chain."""

    spec_version: int
    transaction_version: int
    genesis_hash: Hash
    birth_hash: Hash
    """Hash of the era's birth block; the genesis hash when immortal."""

    def encode(self, extensions: SignedExtensions = PLAIN_EXTENSIONS) -> bytes:
        versions = (self.spec_version, self.transaction_version)
        return b"".join(
            (
                *(version.to_bytes(4, "little") for version in versions),
                self.genesis_hash,
                self.birth_hash,
                extensions.implicit,
            )
        )


@dataclass(frozen=True, slots=True)
class BareExtrinsic:
    """A call that nobody signed: an inherent, or one that vouches for itself."""

    call: bytes

    def encode(self) -> bytes:
        return sized(bytes((_BARE,)) + self.call)


@dataclass(frozen=True, slots=True)
class SignedExtrinsic:
    """A call with its signer, the signature, and what the extensions read."""

    address: Address
    scheme: Scheme
    signature: bytes
    extra: Extra
    call: bytes
    extensions: SignedExtensions = PLAIN_EXTENSIONS

    def encode(self) -> bytes:
        if len(self.signature) != self.scheme.signature_length:
            raise ScaleRangeError(f"a signature has {self.scheme.signature_length} bytes")
        return sized(
            b"".join(
                (
                    bytes((_SIGNED,)),
                    self.address.encode(),
                    bytes((self.scheme,)),
                    self.signature,
                    self.extra.encode(self.extensions),
                    self.call,
                )
            )
        )

    def signed_payload(self, implicit: Implicit) -> bytes:
        """Answer the message that the signature must hold for."""
        return signed_payload(self.call, self.extra, implicit, self.extensions)


Extrinsic = BareExtrinsic | SignedExtrinsic


def signed_payload(
    call: bytes,
    extra: Extra,
    implicit: Implicit,
    extensions: SignedExtensions = PLAIN_EXTENSIONS,
) -> bytes:
    """Answer what a signer signs: the payload, or its hash when it is long."""
    payload = call + extra.encode(extensions) + implicit.encode(extensions)
    return blake2_256(payload) if len(payload) > _LONGEST_PLAIN_PAYLOAD else payload


def extrinsic_hash(encoded: bytes) -> Hash:
    """Answer the name of an extrinsic: the hash of its bytes, length prefix included."""
    return Hash(blake2_256(encoded))


def decode_extrinsic(encoded: bytes, extensions: SignedExtensions = PLAIN_EXTENSIONS) -> Extrinsic:
    """Decode the envelope. The call stays opaque: only a runtime knows where it ends."""
    length, at = decode_compact(encoded, 0)
    if length != len(encoded) - at:
        raise ScaleError(f"an extrinsic of {length} bytes announced, {len(encoded) - at} found")
    (preamble,), at = take(encoded, at, 1)
    if preamble == _BARE:
        return BareExtrinsic(encoded[at:])
    if preamble != _SIGNED:
        raise ScaleError(f"extrinsic format 0x{preamble:02x} is not supported")
    address, at = _decode_address(encoded, at)
    scheme, signature, at = _decode_signature(encoded, at)
    extra, at = _decode_extra(encoded, at, extensions)
    return SignedExtrinsic(address, scheme, signature, extra, encoded[at:], extensions)


def _decode_address(data: bytes, at: int) -> tuple[Address, int]:
    (index,), at = take(data, at, 1)
    try:
        kind = AddressKind(index)
    except ValueError:
        raise ScaleError(f"address kind {index} does not exist") from None
    length = _ADDRESS_LENGTHS.get(kind)
    value, at = take_sized(data, at) if length is None else take(data, at, length)
    return Address(kind, value), at


def _decode_signature(data: bytes, at: int) -> tuple[Scheme, bytes, int]:
    (index,), at = take(data, at, 1)
    try:
        scheme = Scheme(index)
    except ValueError:
        raise ScaleError(f"signature scheme {index} does not exist") from None
    signature, at = take(data, at, scheme.signature_length)
    return scheme, signature, at


def _decode_extra(data: bytes, at: int, extensions: SignedExtensions) -> tuple[Extra, int]:
    era, at = decode_era(data, at)
    nonce, at = decode_compact(data, at)
    tip, at = decode_compact(data, at)
    explicit, at = take(data, at, len(extensions.explicit))
    if nonce >= _NONCE_END:
        raise ScaleError(f"nonce {nonce} does not fit u32")
    if tip >= _TIP_END:
        raise ScaleError(f"tip {tip} does not fit u64")
    if explicit != extensions.explicit:
        raise ScaleError("the metadata hash check is not supported")
    return Extra(era, Nonce(nonce), Balance(tip)), at
