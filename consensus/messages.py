"""Inputs and effects of the consensus machines, and the reasons for which they refuse."""

from dataclasses import dataclass
from enum import Enum
from typing import NewType

from primitives.block import Block, Header
from primitives.types import BlockNumber, Hash, Slot

AuthorityId = NewType("AuthorityId", bytes)
"""An Aura author: an sr25519 public key of 32 bytes."""

PeerId = str
"""The network's name for a peer. Machines only compare it."""


class RejectionReason(Enum):
    """Why a block was refused: one word for tests, logs and the reputation of peers."""

    NO_SEAL = "no_seal"
    """The header is not sealed by Aura."""
    SEAL_NOT_LAST = "seal_not_last"
    """A seal stands before the end of the digest."""
    NO_SLOT = "no_slot"
    """No Aura pre-runtime item says in which slot the block was made."""
    SEVERAL_SLOTS = "several_slots"
    """More than one Aura pre-runtime item."""
    MALFORMED_SLOT = "malformed_slot"
    """The Aura pre-runtime item is not eight bytes."""
    NO_AUTHORITIES = "no_authorities"
    """The parent's state names nobody who may author."""
    BAD_SIGNATURE = "bad_signature"
    """The slot's author did not sign this header."""
    TOO_FAR_AHEAD = "too_far_ahead"
    """The slot is so late that the block is not worth keeping until then."""
    BODY_MISMATCH = "body_mismatch"
    """The extrinsics are not those of the header."""
    WRONG_NUMBER = "wrong_number"
    """The height is not the parent's plus one."""
    DISPLACED_FORK = "displaced_fork"
    """The block stands on a fork that finality has left."""
    KNOWN_INVALID = "known_invalid"
    """The block was refused before."""
    INVALID_PARENT = "invalid_parent"
    """An ancestor was refused."""
    QUEUE_FULL = "queue_full"
    """The sender's share of the queue is used up."""
    EXECUTION_FAILED = "execution_failed"
    """Executing the block does not give what its header says."""
    CODE_NOT_RUN = "code_not_run"
    """The parent's state holds code that this node does not run: it cannot say whether the block is
    good."""


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block by its place and its name."""

    number: BlockNumber
    hash: Hash


# What the check of a header may answer.


@dataclass(frozen=True, slots=True)
class VerifiedHeader:
    """The author of the slot sealed this header."""

    slot: Slot
    author: AuthorityId


@dataclass(frozen=True, slots=True)
class DeferredHeader:
    """The header's slot lies ahead: check again when the slot before it has begun."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class InvalidHeader:
    """The header will never be acceptable."""

    reason: RejectionReason


HeaderVerdict = VerifiedHeader | DeferredHeader | InvalidHeader


# Fork choice.


@dataclass(frozen=True, slots=True)
class BlockAdded:
    """A block was executed and stored; its parent was added before."""

    block: BlockRef
    parent: Hash


@dataclass(frozen=True, slots=True)
class BlockFinalized:
    """The block and all its ancestors are final."""

    hash: Hash


ForkChoiceInput = BlockAdded | BlockFinalized


@dataclass(frozen=True, slots=True)
class NewBest:
    """Make this block the head: the pool takes `retracted` back and drops what `enacted` holds."""

    best: BlockRef
    retracted: tuple[Hash, ...]
    """Blocks left, from the old head downwards."""
    enacted: tuple[Hash, ...]
    """Blocks entered, upwards to the new head."""


@dataclass(frozen=True, slots=True)
class ChainFinalized:
    """These blocks became final, upwards. Record it durably before telling anyone."""

    blocks: tuple[Hash, ...]


@dataclass(frozen=True, slots=True)
class Displaced:
    """These blocks stand on forks that finality has left: forget them and their states."""

    blocks: tuple[Hash, ...]


ForkChoiceEffect = NewBest | ChainFinalized | Displaced


# Import queue.


@dataclass(frozen=True, slots=True)
class BlocksReady:
    """A peer delivered whole blocks: announced, asked for, or sent unasked."""

    peer: PeerId
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class SlotStarted:
    """The clock entered a slot."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class HeaderChecked:
    """The answer to `Verify`."""

    hash: Hash
    verdict: HeaderVerdict


@dataclass(frozen=True, slots=True)
class BlockImported:
    """The good answer to `Execute`, given after fork choice has heard of the block."""

    hash: Hash


@dataclass(frozen=True, slots=True)
class BlockRefused:
    """The bad answer to `Verify` or `Execute`."""

    hash: Hash
    reason: RejectionReason


@dataclass(frozen=True, slots=True)
class OwnBlock:
    """This node authored and imported a block, past the queue."""

    header: Header
    verdict: VerifiedHeader


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """The peer did not deliver a block that `FetchParent` asked it for."""

    peer: PeerId
    hash: Hash


@dataclass(frozen=True, slots=True)
class PeerGone:
    """The connection to a peer ended."""

    peer: PeerId


ImportInput = (
    BlocksReady
    | SlotStarted
    | HeaderChecked
    | BlockImported
    | BlockRefused
    | OwnBlock
    | FetchFailed
    | PeerGone
)


@dataclass(frozen=True, slots=True)
class Verify:
    """Check the header with the authorities in its parent's state; answer `HeaderChecked`."""

    block: Block


@dataclass(frozen=True, slots=True)
class Execute:
    """Execute and store the block; answer `BlockImported` or `BlockRefused`."""

    block: Block


@dataclass(frozen=True, slots=True)
class FetchParent:
    """Ask the peer for a block it must have, as it sent a child of it."""

    peer: PeerId
    block: BlockRef


@dataclass(frozen=True, slots=True)
class Reject:
    """The peer sent a block that was refused: let its reputation pay by the reason."""

    peer: PeerId
    hash: Hash
    reason: RejectionReason


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A queued block was dropped without a verdict: who fetches blocks may fetch it again."""

    hash: Hash


@dataclass(frozen=True, slots=True)
class EquivocationProof:
    """Two different headers which one author sealed for one slot."""

    offender: AuthorityId
    slot: Slot
    first: Header
    second: Header


@dataclass(frozen=True, slots=True)
class EquivocationFound:
    """Tell the operator. Comes once per author and slot; both blocks stay acceptable."""

    proof: EquivocationProof


ImportEffect = Verify | Execute | FetchParent | Reject | Forgotten | EquivocationFound
