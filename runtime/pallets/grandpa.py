"""Grandpa: who finalizes, and changes of that set."""

from typing import Annotated, Any, Final

from primitives import ss58
from primitives.block import Consensus
from primitives.hashing import twox_64_concat
from primitives.scale.containers import Bounded, fixed_bytes
from primitives.scale.records import Enumeration, scale_struct
from primitives.scale.types import BYTE, encode
from primitives.types import U32, U64, BlockNumber, Hash
from runtime.framework.calls import call
from runtime.framework.errors import PalletError
from runtime.framework.events import Event
from runtime.framework.origin import Never, Origin, ensure_none, ensure_root, ensure_signed
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageMap, StorageValue, storage_map, storage_value
from runtime.framework.weights import Weight
from runtime.pallets.balances_types import WEAK_BOUNDED_VEC
from runtime.pallets.system import System

ENGINE: Final = b"FRNK"

GrandpaKey = Annotated[bytes, fixed_bytes(32, BYTE, "sp_consensus_grandpa::app::Public")]
"""An ed25519 key that may finalize: 32 bytes."""
GrandpaSignature = Annotated[bytes, fixed_bytes(64, BYTE, "sp_consensus_grandpa::app::Signature")]
AuthorityList = list[tuple[GrandpaKey, U64]]
"""Who finalizes, each with a weight."""
BoundedAuthorities = Annotated[AuthorityList, Bounded(32, WEAK_BOUNDED_VEC)]

_BLOCK_TYPES: Final = (("H", Hash), ("N", BlockNumber))


class StoredState(
    Enumeration, path="pallet_grandpa::StoredState", parameters=(("N", BlockNumber),)
):
    """Whether finality runs."""


class Live(StoredState, index=0):
    """It runs."""


class PendingPause(StoredState, index=1):
    """It will stop."""

    scheduled_at: BlockNumber
    delay: BlockNumber


class PausedState(StoredState, index=2, name="Paused"):
    """It stands still."""


class PendingResume(StoredState, index=3):
    """It will go on."""

    scheduled_at: BlockNumber
    delay: BlockNumber


@scale_struct(
    "pallet_grandpa::StoredPendingChange", parameters=(("N", BlockNumber), ("Limit", None))
)
class StoredPendingChange:
    """A change of authorities that is signalled and not yet in force."""

    scheduled_at: BlockNumber
    delay: BlockNumber
    next_authorities: BoundedAuthorities
    forced: BlockNumber | None


@scale_struct("finality_grandpa::Prevote", parameters=_BLOCK_TYPES)
class Prevote:
    """A vote of the first phase."""

    target_hash: Hash
    target_number: BlockNumber


@scale_struct("finality_grandpa::Precommit", parameters=_BLOCK_TYPES)
class Precommit:
    """A vote of the second phase."""

    target_hash: Hash
    target_number: BlockNumber


@scale_struct(
    "finality_grandpa::Equivocation",
    parameters=(("Id", GrandpaKey), ("V", Prevote), ("S", GrandpaSignature)),
)
class PrevoteEquivocation:
    """Two prevotes of one authority in one round."""

    round_number: U64
    identity: GrandpaKey
    first: tuple[Prevote, GrandpaSignature]
    second: tuple[Prevote, GrandpaSignature]


@scale_struct(
    "finality_grandpa::Equivocation",
    parameters=(("Id", GrandpaKey), ("V", Precommit), ("S", GrandpaSignature)),
)
class PrecommitEquivocation:
    """Two precommits of one authority in one round."""

    round_number: U64
    identity: GrandpaKey
    first: tuple[Precommit, GrandpaSignature]
    second: tuple[Precommit, GrandpaSignature]


class Equivocation(Enumeration, path="sp_consensus_grandpa::Equivocation", parameters=_BLOCK_TYPES):
    """Two votes where one is allowed."""


class EquivocatedPrevote(Equivocation, index=0, name="Prevote", unnamed=True):
    """In the first phase."""

    votes: PrevoteEquivocation


class EquivocatedPrecommit(Equivocation, index=1, name="Precommit", unnamed=True):
    """In the second phase."""

    votes: PrecommitEquivocation


@scale_struct("sp_consensus_grandpa::EquivocationProof", parameters=_BLOCK_TYPES)
class EquivocationProof:
    """An equivocation within an authority set."""

    set_id: U64
    equivocation: Equivocation


class PauseFailed(PalletError, index=0):
    """Finality cannot be stopped now."""


class ResumeFailed(PalletError, index=1):
    """Finality cannot be started now."""


class ChangePending(PalletError, index=2):
    """Another change is under way."""


class TooSoon(PalletError, index=3):
    """The last forced change is too recent."""


class InvalidKeyOwnershipProof(PalletError, index=4):
    """It is not shown whose key it is."""


class InvalidEquivocationProof(PalletError, index=5):
    """It does not show an equivocation."""


class DuplicateOffenceReport(PalletError, index=6):
    """It was reported before."""


class NewAuthorities(Event, index=0):
    """Others finalize from now on."""

    authority_set: AuthorityList


class Paused(Event, index=1):
    """Finality stands still."""


class Resumed(Event, index=2):
    """Finality goes on."""


class Grandpa(Pallet):
    """The finality authorities as the chain knows them."""

    rust_module = "pallet_grandpa::pallet"
    storage_version = 5
    events = (NewAuthorities, Paused, Resumed)
    event_is_generic = False
    errors = (
        PauseFailed,
        ResumeFailed,
        ChangePending,
        TooSoon,
        InvalidKeyOwnershipProof,
        InvalidEquivocationProof,
        DuplicateOffenceReport,
    )

    state: StorageValue[StoredState] = storage_value(default=Live())
    """Whether finality runs."""
    pending_change: StorageValue[StoredPendingChange | None] = storage_value()
    """A change of authorities that is not yet in force."""
    next_forced: StorageValue[BlockNumber | None] = storage_value()
    """From when on a change may be forced again."""
    stalled: StorageValue[tuple[BlockNumber, BlockNumber] | None] = storage_value()
    """Finality was seen to stall: how long to wait, and the last block known final."""
    current_set_id: StorageValue[U64] = storage_value(default=U64(0))
    """How often the authorities have changed."""
    set_id_session: StorageMap[U64, U32 | None] = storage_map(twox_64_concat)
    """In which session a set came into force."""
    authorities: StorageValue[BoundedAuthorities] = storage_value(default=[])
    """Who finalizes now."""

    max_authorities: Constant[U32] = constant(U32(32))
    """How many may finalize."""
    max_nominators: Constant[U32] = constant(U32(20))
    """Bound used for the weight of reports."""
    max_set_id_session_entries: Constant[U64] = constant(U64(0))
    """How many old sets are remembered for reports: none."""

    def __init__(self, ctx: PalletContext, *, system: System) -> None:
        super().__init__(ctx)
        self._system = system

    def genesis_default(self) -> dict[str, Any]:
        """Nobody finalizes."""
        return {"authorities": []}

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Take the first authorities."""
        self.current_set_id.put(U64(0))
        keys = [(ss58.decode(text)[0], U64(weight)) for text, weight in config["authorities"]]
        if keys:
            self.authorities.put(keys)
        self.set_id_session.insert(U64(0), U32(0))

    def on_finalize(self, now: BlockNumber) -> None:
        """Signal and enact changes of authorities and of the state."""
        change = self.pending_change.get()
        if change is not None:
            self._on_pending_change(change, now)
        state = self.state.get()
        if isinstance(state, PendingPause):
            self._on_pending_state(state, now, b"\x04", PausedState(), Paused())
        elif isinstance(state, PendingResume):
            self._on_pending_state(state, now, b"\x05", Live(), Resumed())

    def _on_pending_change(self, change: StoredPendingChange, now: BlockNumber) -> None:
        if now == change.scheduled_at:
            signal = encode(AuthorityList, change.next_authorities) + encode(U32, change.delay)
            if change.forced is None:
                self._log(b"\x01" + signal)
            else:
                self._log(b"\x02" + encode(U32, change.forced) + signal)
        if now == change.scheduled_at + change.delay:
            self.authorities.put(change.next_authorities)
            self.deposit(NewAuthorities(change.next_authorities))
            self.pending_change.kill()

    def _on_pending_state(
        self,
        pending: PendingPause | PendingResume,
        now: BlockNumber,
        signal: bytes,
        after: StoredState,
        event: Event,
    ) -> None:
        if now == pending.scheduled_at:
            self._log(signal + encode(U32, pending.delay))
        if now == pending.scheduled_at + pending.delay:
            self.state.put(after)
            self.deposit(event)

    def _log(self, payload: bytes) -> None:
        self._system.deposit_log(Consensus(ENGINE, payload))

    @call(index=0, weight=Weight(0))
    def report_equivocation(
        self,
        origin: Origin,
        equivocation_proof: EquivocationProof,  # noqa: ARG002
        key_owner_proof: Never,  # noqa: ARG002
    ) -> None:
        """Report two votes where one is allowed. It takes a proof that has no value here."""
        ensure_signed(origin)

    @call(index=1, weight=Weight(0))
    def report_equivocation_unsigned(
        self,
        origin: Origin,
        equivocation_proof: EquivocationProof,  # noqa: ARG002
        key_owner_proof: Never,  # noqa: ARG002
    ) -> None:
        """The same, made by an author. It takes a proof that has no value here."""
        ensure_none(origin)

    @call(index=2, weight=Weight(103_000_000))
    def note_stalled(
        self, origin: Origin, delay: BlockNumber, best_finalized_block_number: BlockNumber
    ) -> None:
        """As root, record that finality does not advance."""
        ensure_root(origin)
        self.stalled.put((delay, best_finalized_block_number))
