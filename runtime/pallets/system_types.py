"""What System stores: accounts, the digest, event phases, limits of a block, the version."""

from typing import Annotated, Any, Final

from primitives.block import Digest
from primitives.scale.codec import Codec
from primitives.scale.containers import byte_vector, wrapped
from primitives.scale.records import Enumeration, scale_struct
from primitives.scale.shape import (
    Case,
    Composite,
    Description,
    Field,
    Parameter,
    Sequence,
    Shape,
    Variant,
)
from primitives.scale.types import BYTE, Compact, codec_of
from primitives.types import U8, U32, U64, U128, Balance, Bytes4, Bytes8, Hash, Nonce
from runtime.framework.outer_enums import RUNTIME_EVENT
from runtime.framework.weights import DispatchClass, Weight

NEW_LOGIC: Final = 1 << 127
"""Flag of accounts whose holds and freezes are counted by references."""


@scale_struct("pallet_balances::types::ExtraFlags", unnamed=True)
class ExtraFlags:
    """Bits about an account's balance."""

    bits: U128 = U128(NEW_LOGIC)


@scale_struct("pallet_balances::types::AccountData", parameters=(("Balance", Balance),))
class AccountData:
    """The balance of an account, in rao: free to spend, reserved, and frozen of the total."""

    free: Balance
    reserved: Balance
    frozen: Balance
    flags: ExtraFlags

    @staticmethod
    def new() -> "AccountData":
        """The data of an account that holds nothing."""
        return AccountData(Balance(0), Balance(0), Balance(0), ExtraFlags())

    def is_default(self) -> bool:
        """Whether it says nothing that a missing account would not."""
        return not (self.free or self.reserved or self.frozen) and self.flags.bits == NEW_LOGIC


@scale_struct(
    "frame_system::AccountInfo", parameters=(("Nonce", Nonce), ("AccountData", AccountData))
)
class AccountInfo:
    """An account: its nonce, who keeps it alive, who needs it, and its balance."""

    nonce: Nonce
    consumers: U32
    providers: U32
    sufficients: U32
    data: AccountData

    @staticmethod
    def new() -> "AccountInfo":
        """An account that does not exist yet."""
        return AccountInfo(Nonce(0), U32(0), U32(0), U32(0), AccountData.new())


def _digest_shape() -> Shape:
    engine, payload = codec_of(Bytes4), byte_vector(BYTE)
    message = (Field(None, engine, "ConsensusEngineId"), Field(None, payload, "Vec<u8>"))
    item = Description(
        lambda: Variant(
            "sp_runtime::generic::digest::DigestItem",
            (
                Case("PreRuntime", 6, message),
                Case("Consensus", 4, message),
                Case("Seal", 5, message),
                Case("Other", 0, (Field(None, payload, "Vec<u8>"),)),
                Case("RuntimeEnvironmentUpdated", 8),
            ),
        ),
    )
    logs = Field("logs", Description(lambda: Sequence(item)), "Vec<DigestItem>")
    return Composite("sp_runtime::generic::digest::Digest", (logs,))


StoredDigest = Annotated[
    Digest, Codec[Any](lambda d: d.encode(), Digest.decode_from, _digest_shape)
]
"""A digest as storage and runtime APIs carry it."""


class Phase(Enumeration, path="frame_system::Phase"):
    """When in a block an event happened."""


class ApplyExtrinsic(Phase, index=0, unnamed=True):
    """While the extrinsic with this index ran."""

    extrinsic: U32


class Finalization(Phase, index=1):
    """In the hooks after the extrinsics."""


class Initialization(Phase, index=2):
    """In the hooks before the extrinsics."""


def _events_shape() -> Shape:
    topic = codec_of(Hash)
    record = Composite(
        "frame_system::EventRecord",
        (
            Field("phase", codec_of(Phase), "Phase"),
            Field("event", RUNTIME_EVENT, "E"),
            Field("topics", codec_of(list[Hash]), "Vec<T>"),
        ),
        (Parameter("E", RUNTIME_EVENT), Parameter("T", topic)),
    )
    return Sequence(Description(lambda: record))


EventRecords = Annotated[
    bytes,
    Codec[Any](lambda records: records, lambda data, at: (data[at:], len(data)), _events_shape),
]
"""The events of a block as they are stored. They are appended one by one and never decoded here."""

NO_EVENTS: Final = b"\x00"


@scale_struct("frame_support::dispatch::PerDispatchClass", parameters=(("T", Weight),))
class ConsumedWeight:
    """Weight used in a block, by dispatch class."""

    normal: Weight
    operational: Weight
    mandatory: Weight

    @staticmethod
    def new() -> "ConsumedWeight":
        """Nothing used yet."""
        return ConsumedWeight(Weight(0, 0), Weight(0, 0), Weight(0, 0))

    def of(self, dispatch_class: DispatchClass) -> Weight:
        """What one class used."""
        return (self.normal, self.operational, self.mandatory)[dispatch_class]

    def set(self, dispatch_class: DispatchClass, weight: Weight) -> None:
        """Replace what one class used."""
        setattr(self, dispatch_class.name.lower(), weight)

    def total(self) -> Weight:
        """What all classes used."""
        return self.normal + self.operational + self.mandatory


@scale_struct("frame_system::limits::WeightsPerClass")
class WeightsPerClass:
    """Limits of one dispatch class; None means no limit."""

    base_extrinsic: Weight
    max_extrinsic: Weight | None
    max_total: Weight | None
    reserved: Weight | None


@scale_struct("frame_support::dispatch::PerDispatchClass", parameters=(("T", WeightsPerClass),))
class LimitsByClass:
    """Weight limits by dispatch class."""

    normal: WeightsPerClass
    operational: WeightsPerClass
    mandatory: WeightsPerClass


@scale_struct("frame_system::limits::BlockWeights")
class BlockWeights:
    """What a block may weigh."""

    base_block: Weight
    max_block: Weight
    per_class: LimitsByClass

    def of(self, dispatch_class: DispatchClass) -> WeightsPerClass:
        """The limits of one class."""
        classes = self.per_class
        return (classes.normal, classes.operational, classes.mandatory)[dispatch_class]


@scale_struct("frame_support::dispatch::PerDispatchClass", parameters=(("T", U32),))
class LengthsByClass:
    """Bytes by dispatch class."""

    normal: U32
    operational: U32
    mandatory: U32


@scale_struct("frame_system::limits::BlockLength")
class BlockLength:
    """How many bytes of extrinsics a block may hold."""

    max: LengthsByClass

    def of(self, dispatch_class: DispatchClass) -> int:
        """The limit of one class."""
        return (self.max.normal, self.max.operational, self.max.mandatory)[dispatch_class]


@scale_struct("sp_weights::RuntimeDbWeight")
class RuntimeDbWeight:
    """Reference time of one database read and one write."""

    read: U64
    write: U64


@scale_struct("frame_system::LastRuntimeUpgradeInfo")
class LastRuntimeUpgradeInfo:
    """The version whose upgrade hooks ran last."""

    spec_version: Compact[U32]
    spec_name: str


@scale_struct("frame_system::CodeUpgradeAuthorization", parameters=(("T", None),))
class CodeUpgradeAuthorization:
    """Hash of code that anybody may now put in place."""

    code_hash: Hash
    check_version: bool


ApiVersions = list[tuple[Bytes8, U32]]


_API_VERSIONS = codec_of(ApiVersions)


@scale_struct("sp_version::RuntimeVersion")
class RuntimeVersion:
    """Which rules these are."""

    spec_name: str
    impl_name: str
    authoring_version: U32
    spec_version: U32
    impl_version: U32
    apis: Annotated[ApiVersions, wrapped(_API_VERSIONS, "Cow", (Parameter("T", _API_VERSIONS),))]
    transaction_version: U32
    state_version: U8


_BASE_EXTRINSIC: Final = Weight(124_414_000, 0)
_MAX_BLOCK: Final = Weight(4_000_000_000_000, 2**64 - 1)


def block_weights() -> BlockWeights:
    """Four seconds of execution; three quarters for normal extrinsics, a quarter kept for others.

    The figures are those of `BlockWeights::with_sensible_defaults` at this size.
    """
    return BlockWeights(
        base_block=Weight(390_584_000, 0),
        max_block=_MAX_BLOCK,
        per_class=LimitsByClass(
            normal=WeightsPerClass(
                _BASE_EXTRINSIC,
                Weight(2_599_875_586_000, 11_990_383_647_911_208_550),
                Weight(3_000_000_000_000, 13_835_058_055_282_163_711),
                Weight(0, 0),
            ),
            operational=WeightsPerClass(
                _BASE_EXTRINSIC,
                Weight(3_599_875_586_000, 16_602_069_666_338_596_454),
                _MAX_BLOCK,
                Weight(1_000_000_000_000, 4_611_686_018_427_387_904),
            ),
            mandatory=WeightsPerClass(_BASE_EXTRINSIC, None, None, None),
        ),
    )


def block_length() -> BlockLength:
    """Ten MiB of extrinsics, three quarters of it for normal ones."""
    return BlockLength(LengthsByClass(U32(7_864_320), U32(10_485_760), U32(10_485_760)))
