"""Metadata of format 14, as any runtime answers it, in values."""

from typing import Final, Protocol, TypeAlias

from primitives.errors import Rejected
from primitives.scale.errors import ScaleError
from primitives.scale.raw import expect_end, take_sized
from primitives.scale.records import Enumeration, scale_struct
from primitives.scale.types import Compact, decode
from primitives.types import U8, U32

MAGIC: Final = b"meta\x0e"

TypeId: TypeAlias = Compact[U32]


class UnreadableMetadata(Rejected):
    """The bytes are no metadata of format 14."""


@scale_struct("scale_info::Field")
class Field:
    """A field of a struct or of a variant."""

    name: str | None
    type: TypeId
    type_name: str | None
    docs: list[str]


@scale_struct("scale_info::Variant")
class Case:
    """A variant of an enum: a call, an event and an error are such."""

    name: str
    fields: list[Field]
    index: U8
    docs: list[str]


class Definition(Enumeration, path="scale_info::TypeDef"):
    """What a type consists of."""


class StructType(Definition, index=0):
    fields: list[Field]


class EnumType(Definition, index=1):
    cases: list[Case]


class SequenceType(Definition, index=2):
    item: TypeId


class ArrayType(Definition, index=3):
    length: U32
    item: TypeId


class TupleType(Definition, index=4):
    items: list[TypeId]


class PrimitiveType(Definition, index=5):
    kind: U8


class CompactType(Definition, index=6):
    item: TypeId


class BitsType(Definition, index=7):
    store: TypeId
    order: TypeId


@scale_struct("scale_info::TypeParameter")
class Parameter:
    """What a generic type is about."""

    name: str
    type: TypeId | None


@scale_struct("scale_info::PortableType")
class NumberedType:
    """A type under its number."""

    number: TypeId
    path: list[str]
    parameters: list[Parameter]
    definition: Definition
    docs: list[str]


class EntryShape(Enumeration, path="frame_metadata::StorageEntryType"):
    """How a storage item is keyed."""


class PlainEntry(EntryShape, index=0):
    value: TypeId


class MapEntry(EntryShape, index=1):
    hashers: list[U8]
    key: TypeId
    value: TypeId


@scale_struct("frame_metadata::StorageEntry")
class Entry:
    """A storage item."""

    name: str
    modifier: U8
    shape: EntryShape
    default: bytes
    docs: list[str]


@scale_struct("frame_metadata::PalletStorage")
class Storage:
    """The storage items of a pallet."""

    prefix: str
    entries: list[Entry]


@scale_struct("frame_metadata::PalletConstant")
class Constant:
    """A constant with its encoded value."""

    name: str
    type: TypeId
    value: bytes
    docs: list[str]


@scale_struct("frame_metadata::Pallet")
class PalletMetadata:
    """A pallet; its calls, events and errors are enums."""

    name: str
    storage: Storage | None
    calls: TypeId | None
    event: TypeId | None
    constants: list[Constant]
    error: TypeId | None
    index: U8


@scale_struct("frame_metadata::SignedExtension")
class Extension:
    """A signed extension: what it sends, and what is signed besides."""

    name: str
    sent: TypeId
    implied: TypeId


@scale_struct("frame_metadata::Metadata")
class Metadata:
    """All of it."""

    types: list[NumberedType]
    pallets: list[PalletMetadata]
    extrinsic: TypeId
    extrinsic_format: U8
    extensions: list[Extension]
    runtime: TypeId


class Asked(Protocol):
    """A runtime over some state."""

    def call(self, method: str, args: bytes) -> bytes: ...


def metadata_of(runtime: Asked) -> Metadata:
    """Ask a runtime to describe itself. On what state it stands does not matter."""
    answer = runtime.call("Metadata_metadata", b"")
    try:
        raw, end = take_sized(answer, 0)
        expect_end(answer, end, "metadata")
    except ScaleError as error:
        raise UnreadableMetadata(f"the metadata is damaged: {error}") from error
    return read_metadata(raw)


def read_metadata(raw: bytes) -> Metadata:
    """Decode what `Metadata_metadata` answers, without the length in front."""
    if not raw.startswith(MAGIC):
        raise UnreadableMetadata("this is no metadata of format 14")
    try:
        metadata: Metadata = decode(Metadata, raw[len(MAGIC) :])
    except ScaleError as error:
        raise UnreadableMetadata(f"the metadata is damaged: {error}") from error
    return metadata
