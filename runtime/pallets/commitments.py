"""Commitments: a registered hotkey publishes one small blob per subnet, every so many blocks."""

from collections.abc import Iterator
from typing import Annotated, Final, Protocol

from primitives.hashing import identity, twox_64_concat
from primitives.scale.containers import Bounded
from primitives.scale.records import scale_struct
from primitives.types import U32, AccountId, Balance, BlockNumber, NetUid
from runtime.framework.calls import call
from runtime.framework.errors import PalletError, ensure
from runtime.framework.events import Event
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, ensure_signed
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageDoubleMap, storage_double_map
from runtime.framework.weights import DispatchClass, Weight, db_weight
from runtime.pallets.balances import Balances
from runtime.pallets.identity_data import Data, data_codec
from runtime.pallets.system import System

MAX_FIELDS: Final = 1
"""Blobs in one commitment."""

LONGEST_FIELD: Final = 128
"""Bytes of a blob."""

CommitmentField = Annotated[Data, data_codec("pallet_commitments::types::Data", LONGEST_FIELD)]


@scale_struct("pallet_commitments::types::CommitmentInfo", parameters=(("FieldLimit", None),))
class CommitmentInfo:
    """What is published."""

    fields: Annotated[list[CommitmentField], Bounded(MAX_FIELDS)]
    """The blobs."""


@scale_struct(
    "pallet_commitments::types::Registration",
    parameters=(("Balance", Balance), ("MaxFields", None), ("BlockNumber", BlockNumber)),
)
class Registration:
    """A commitment, what is reserved for it, and its age."""

    deposit: Balance
    """Rao reserved."""
    block: BlockNumber
    """When it was published."""
    info: CommitmentInfo
    """What was published."""


class TooManyFields(PalletError, index=0):
    """Never raised: commitments with more fields than allowed cannot be decoded."""


class CannotCommit(PalletError, index=1):
    """The key is not registered on the subnet."""


class RateLimitExceeded(PalletError, index=2):
    """The key's last commitment on the subnet is too recent."""


class CommitmentSet(Event, index=0, name="Commitment"):
    """A key published a commitment, or replaced it."""

    netuid: NetUid
    who: AccountId


class CanCommit(Protocol):
    """What this pallet asks of the subnets: who takes part in them."""

    def can_commit(self, netuid: NetUid, who: AccountId) -> bool:
        """Whether `who` may publish on the subnet."""


class Commitments(Pallet):
    """The latest commitment of every key on every subnet."""

    rust_module = "pallet_commitments::pallet"
    events = (CommitmentSet,)
    errors = (TooManyFields, CannotCommit, RateLimitExceeded)

    max_fields: Constant[U32] = constant(U32(MAX_FIELDS))
    """Fields that a commitment may have."""
    initial_deposit: Constant[Balance] = constant(Balance(0))
    """Rao reserved for a commitment."""
    field_deposit: Constant[Balance] = constant(Balance(0))
    """Rao reserved for each of its fields."""
    rate_limit: Constant[BlockNumber] = constant(BlockNumber(100))
    """Blocks between two commitments of a key on a subnet."""
    commitment_of: StorageDoubleMap[NetUid, AccountId, Registration | None] = storage_double_map(
        identity, twox_64_concat
    )
    """By subnet and key: the latest commitment."""
    last_commitment: StorageDoubleMap[NetUid, AccountId, BlockNumber | None] = storage_double_map(
        identity, twox_64_concat
    )
    """By subnet and key: the block of the latest commitment."""

    def __init__(
        self, ctx: PalletContext, *, system: System, balances: Balances, can_commit: CanCommit
    ) -> None:
        super().__init__(ctx)
        self._system = system
        self._balances = balances
        self._subnets = can_commit

    def deposits(self) -> Iterator[tuple[AccountId, Balance]]:
        """Keys with commitments have deposits, if only of 0."""
        for (_, who), registration in self.commitment_of.items():
            if registration is not None:
                yield who, registration.deposit

    @invariant()
    def commitments_have_their_block(self) -> Iterator[str]:
        """The latest commitment and its block are written together and never removed."""
        blocks = dict(self.last_commitment.items())
        for place, registration in self.commitment_of.items():
            if registration is None or blocks.pop(place, None) != registration.block:
                yield f"{place[1].hex()} committed on {place[0]} at another block"
        for netuid, who in sorted(blocks):
            yield f"{who.hex()} committed nothing on {netuid}"

    @call(
        index=0,
        weight=Weight(28_000_000, 6_344) + db_weight(2, 2),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def set_commitment(self, origin: Origin, netuid: NetUid, info: CommitmentInfo) -> None:
        """Publish or replace the caller's commitment on a subnet."""
        who = ensure_signed(origin)
        ensure(self._subnets.can_commit(netuid, who), CannotCommit)
        now = self._system.block_number()
        last = self.last_commitment.get(netuid, who)
        ensure(last is None or now >= last + self.rate_limit, RateLimitExceeded)

        before = self.commitment_of.get(netuid, who)
        held = before.deposit if before is not None else Balance(0)
        due = Balance(self.initial_deposit + len(info.fields) * self.field_deposit)
        if due > held:
            self._balances.reserve(who, Balance(due - held))
        elif held > due:
            self._balances.unreserve(who, Balance(held - due))
        self.commitment_of.insert(netuid, who, Registration(due, now, info))
        self.last_commitment.insert(netuid, who, now)

        self.deposit(CommitmentSet(netuid=netuid, who=who))
