"""Inputs and effects of the pool."""

from dataclasses import dataclass

from node.txpool.refusal import Refusal
from node.txpool.status import Status
from primitives.transaction_validity import TransactionValidityError, ValidTransaction
from primitives.types import BlockNumber, Hash, Moment

Validity = ValidTransaction | TransactionValidityError
Tag = bytes


@dataclass(frozen=True, slots=True)
class Submitted:
    """An extrinsic came in, and the runtime validated it on top of block number `at`."""

    hash: Hash
    extrinsic: bytes
    validity: Validity
    at: BlockNumber
    now: Moment


@dataclass(frozen=True, slots=True)
class Revalidated:
    """The answer to one item of `Revalidate`."""

    hash: Hash
    extrinsic: bytes
    validity: Validity
    at: BlockNumber
    now: Moment


@dataclass(frozen=True, slots=True)
class FoundInvalid:
    """The author found that these cannot go into a block."""

    hashes: tuple[Hash, ...]
    now: Moment


@dataclass(frozen=True, slots=True)
class Propagated:
    """The network sent an extrinsic to these peers."""

    hash: Hash
    peers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetractedBlock:
    """A block that left the best chain, with its extrinsics by hash."""

    hash: Hash
    extrinsics: tuple[tuple[Hash, bytes], ...]


@dataclass(frozen=True, slots=True)
class Included:
    """An extrinsic of a block; `provides` may be empty if the pool has it, or nobody knows."""

    hash: Hash
    provides: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class EnactedBlock:
    """A block that entered the best chain."""

    hash: Hash
    number: BlockNumber
    extrinsics: tuple[Included, ...]


@dataclass(frozen=True, slots=True)
class BestChanged:
    """The best chain lost the first blocks and then gained the others, in fork choice's order."""

    retracted: tuple[RetractedBlock, ...]
    enacted: tuple[EnactedBlock, ...]
    now: Moment
    has_other_code: bool = False
    """Whether the runtime may answer differently about everything."""


@dataclass(frozen=True, slots=True)
class BlocksFinalized:
    """These blocks are final."""

    blocks: tuple[Hash, ...]


PoolInput = Submitted | Revalidated | FoundInvalid | Propagated | BestChanged | BlocksFinalized


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """Tell those who watch this extrinsic."""

    hash: Hash
    status: Status


@dataclass(frozen=True, slots=True)
class Refused:
    """Answer the submitter with an error; the extrinsic is not in the pool."""

    hash: Hash
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Announce:
    """Spread the extrinsic to the peers."""

    hash: Hash
    extrinsic: bytes


@dataclass(frozen=True, slots=True)
class Revalidate:
    """Validate these on top of the new best block; answer `Revalidated` for each."""

    extrinsics: tuple[tuple[Hash, bytes], ...]


PoolEffect = StatusChanged | Refused | Announce | Revalidate
