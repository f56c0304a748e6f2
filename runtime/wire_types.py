"""Blocks, extrinsics, inherent data and keys as the runtime APIs pass them."""

from typing import Annotated, Any

from primitives.block import Block, Header
from primitives.scale.codec import Codec
from primitives.scale.compact import decode_compact
from primitives.scale.containers import byte_vector, wrapped
from primitives.scale.errors import ScaleError
from primitives.scale.records import Enumeration, scale_struct
from primitives.scale.shape import Composite, Description, Field, Parameter, Sequence, Shape
from primitives.scale.types import BYTE, Compact, codec_of
from primitives.types import U32, U64, Bytes4, Bytes8, Bytes64, Bytes65, Hash
from runtime.extension_types import EXTRA_CODEC
from runtime.framework.address import MultiAddress
from runtime.framework.calls import CALL_CODEC
from runtime.pallets.system_types import StoredDigest


def _encode_extrinsic(value: bytes) -> bytes:
    return value


def _decode_extrinsic(data: bytes, at: int) -> tuple[bytes, int]:
    length, start = decode_compact(data, at)
    end = start + length
    if end > len(data):
        raise ScaleError(f"extrinsic at byte {at}: {length} bytes announced, the input ends")
    return data[at:end], end


class MultiSignature(Enumeration, path="sp_runtime::MultiSignature"):
    """A signature with its scheme."""


class Ed25519Signature(MultiSignature, index=0, name="Ed25519", unnamed=True):
    """By an ed25519 key."""

    signature: Bytes64


class Sr25519Signature(MultiSignature, index=1, name="Sr25519", unnamed=True):
    """By an sr25519 key."""

    signature: Bytes64


class EcdsaSignature(MultiSignature, index=2, name="Ecdsa", unnamed=True):
    """By a secp256k1 key, with the recovery byte."""

    signature: Bytes65


def _extrinsic_shape() -> Shape:
    return Composite(
        "sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic",
        (Field(None, byte_vector(BYTE)),),
        (
            Parameter("Address", codec_of(MultiAddress)),
            Parameter("Call", CALL_CODEC),
            Parameter("Signature", codec_of(MultiSignature)),
            Parameter("Extra", EXTRA_CODEC),
        ),
    )


OpaqueExtrinsic = Annotated[
    bytes, Codec[Any](_encode_extrinsic, _decode_extrinsic, _extrinsic_shape)
]
"""An extrinsic with its length prefix, not looked into."""


def _header_shape() -> Shape:
    return Composite(
        "sp_runtime::generic::header::Header",
        (
            Field("parent_hash", codec_of(Hash), "Hash"),
            Field("number", codec_of(Compact[U32]), "Number"),
            Field("state_root", codec_of(Hash), "Hash"),
            Field("extrinsics_root", codec_of(Hash), "Hash"),
            Field("digest", codec_of(StoredDigest), "Digest"),
        ),
        (Parameter("Number", codec_of(U32)), Parameter("Hash", None)),
    )


def _block_shape() -> Shape:
    header, extrinsic = codec_of(WireHeader), codec_of(OpaqueExtrinsic)
    return Composite(
        "sp_runtime::generic::block::Block",
        (
            Field("header", header, "Header"),
            Field("extrinsics", Description(lambda: Sequence(extrinsic)), "Vec<Extrinsic>"),
        ),
        (Parameter("Header", header), Parameter("Extrinsic", extrinsic)),
    )


WireHeader = Annotated[Header, Codec[Any](lambda h: h.encode(), Header.decode_from, _header_shape)]
"""A header."""

WireBlock = Annotated[Block, Codec[Any](lambda b: b.encode(), Block.decode_from, _block_shape)]
"""A block."""


_INHERENTS = codec_of(list[tuple[Bytes8, bytes]])
InherentsByName = Annotated[
    list[tuple[Bytes8, bytes]],
    wrapped(
        _INHERENTS,
        "BTreeMap",
        (Parameter("K", codec_of(Bytes8)), Parameter("V", codec_of(bytes))),
    ),
]
"""Entries of a map, in ascending order."""


@scale_struct("sp_inherents::InherentData")
class InherentData:
    """What authors and checkers know from outside: data by eight-byte identifier."""

    data: InherentsByName

    def find(self, identifier: bytes) -> bytes | None:
        """The data under an identifier."""
        return next((value for key, value in self.data if key == identifier), None)


@scale_struct("sp_inherents::CheckInherentsResult")
class CheckInherentsResult:
    """Whether a block's inherents agree with what the checker knows."""

    okay: bool
    fatal_error: bool
    errors: InherentData


@scale_struct("sp_core::OpaqueMetadata", unnamed=True)
class OpaqueMetadata:
    """Encoded metadata."""

    data: bytes


SlotDuration = Annotated[
    U64, wrapped(codec_of(U64), "sp_consensus_slots::SlotDuration", type_name="u64")
]
"""Milliseconds in a slot."""

KeyTypeId = Annotated[
    Bytes4, wrapped(codec_of(Bytes4), "sp_core::crypto::KeyTypeId", type_name="[u8; 4]")
]
"""What a key in a keystore is for: four letters."""

OpaqueKeyOwnershipProof = Annotated[
    bytes,
    wrapped(codec_of(bytes), "sp_consensus_grandpa::OpaqueKeyOwnershipProof", type_name="Vec<u8>"),
]
"""Shows whose key it is."""
