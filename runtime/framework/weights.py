"""Weight: the two-part price of execution, and what a call announces and reports about itself."""

from enum import IntEnum
from typing import Annotated, Final

from primitives.arith import U64_MAX
from primitives.scale.ints import compact, integer
from primitives.scale.records import scale_enum, scale_struct
from primitives.scale.types import name_type

CompactU64 = Annotated[int, compact(integer("u64"))]
name_type(CompactU64, "u64")


@scale_struct("sp_weights::weight_v2::Weight")
class Weight:
    """Picoseconds of reference time, and bytes of proof. Treat as immutable."""

    ref_time: CompactU64
    proof_size: CompactU64 = 0

    def __add__(self, other: "Weight") -> "Weight":
        """Sum of both parts, each stopping at 2^64 - 1."""
        return Weight(
            min(self.ref_time + other.ref_time, U64_MAX),
            min(self.proof_size + other.proof_size, U64_MAX),
        )

    def __sub__(self, other: "Weight") -> "Weight":
        """Difference of both parts, each stopping at zero."""
        return Weight(
            max(self.ref_time - other.ref_time, 0), max(self.proof_size - other.proof_size, 0)
        )

    def mul(self, times: int) -> "Weight":
        """Both parts times a number, stopping at 2^64 - 1."""
        return Weight(min(self.ref_time * times, U64_MAX), min(self.proof_size * times, U64_MAX))

    def any_gt(self, other: "Weight") -> bool:
        """Whether either part is greater."""
        return self.ref_time > other.ref_time or self.proof_size > other.proof_size

    def all_gte(self, other: "Weight") -> bool:
        """Whether both parts are at least as great."""
        return self.ref_time >= other.ref_time and self.proof_size >= other.proof_size

    def min(self, other: "Weight") -> "Weight":
        """The smaller of each part."""
        return Weight(min(self.ref_time, other.ref_time), min(self.proof_size, other.proof_size))


ZERO_WEIGHT: Final = Weight(0, 0)

DB_READ: Final = 25_000_000
"""Reference time of one RocksDB read."""
DB_WRITE: Final = 100_000_000
"""Reference time of one RocksDB write."""


def db_weight(reads: int, writes: int) -> Weight:
    """Weight of so many database reads and writes."""
    return Weight(reads * DB_READ + writes * DB_WRITE, 0)


@scale_enum("frame_support::dispatch::DispatchClass")
class DispatchClass(IntEnum):
    """Which share of a block an extrinsic counts against."""

    NORMAL = 0
    OPERATIONAL = 1
    MANDATORY = 2


@scale_enum("frame_support::dispatch::Pays")
class Pays(IntEnum):
    """Whether the signer is charged."""

    YES = 0
    NO = 1


@scale_struct("frame_support::dispatch::DispatchInfo")
class DispatchInfo:
    """What a call says about itself before it runs."""

    weight: Weight
    class_: DispatchClass
    pays_fee: Pays


@scale_struct("frame_support::dispatch::PostDispatchInfo")
class PostInfo:
    """What a call says about itself after it ran; None means as announced."""

    actual_weight: Weight | None = None
    pays_fee: Pays = Pays.YES
