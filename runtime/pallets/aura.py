"""Aura: who may author, and that every block has a later slot than its parent."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from primitives import ss58
from primitives.block import Consensus, PreRuntime
from primitives.scale.containers import Bounded, fixed_bytes, wrapped
from primitives.scale.errors import ScaleError
from primitives.scale.types import BYTE, codec_of, encode
from primitives.types import U64, BlockNumber, Moment, Slot
from runtime.framework.errors import panic
from runtime.framework.invariants import invariant
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageValue, storage_value
from runtime.framework.weights import Weight, db_weight
from runtime.pallets.system import System
from runtime.pallets.timestamp import slot_of

ENGINE: Final = b"aura"
AUTHORITIES_CHANGE: Final = b"\x01"

AuraKey = Annotated[bytes, fixed_bytes(32, BYTE, "sp_consensus_aura::sr25519::app_sr25519::Public")]
"""An sr25519 key that may author: 32 bytes."""

AuraKeys = Annotated[list[AuraKey], Bounded(32)]

_SLOT = codec_of(Slot)
StoredSlot = Annotated[Slot, wrapped(_SLOT, "sp_consensus_slots::Slot", type_name="u64")]


class Aura(Pallet):
    """Authorities take turns by slot."""

    rust_module = "pallet_aura::pallet"

    authorities: StorageValue[AuraKeys] = storage_value(default=[])
    """Who may author, in the order of their turns."""
    current_slot: StorageValue[StoredSlot] = storage_value(default=Slot(0))
    """The slot of this block."""

    slot_duration: Constant[U64] = constant(U64(12_000))
    """Milliseconds in a slot."""

    def __init__(self, ctx: PalletContext, *, system: System) -> None:
        super().__init__(ctx)
        self._system = system

    def genesis_default(self) -> dict[str, Any]:
        """Nobody may author."""
        return {"authorities": []}

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Take the first authorities."""
        keys = [ss58.decode(text)[0] for text in config["authorities"]]
        if keys:
            self.authorities.put(keys)

    @invariant()
    def somebody_may_author(self) -> Iterator[str]:
        """There is an authority: a change to none is not made. Only a genesis can lack any."""
        if not self.authorities.get() and self._system.block_number() > 0:
            yield "nobody may author"

    def on_initialize(self, now: BlockNumber) -> Weight:  # noqa: ARG002
        """Take the slot from the digest; it must be later than the last."""
        slot = self._slot_from_digest()
        if slot is None:
            return db_weight(1, 0)
        if self.current_slot.get() >= slot:
            panic("Slot must increase")
        self.current_slot.put(slot)
        return db_weight(2, 1)

    def _slot_from_digest(self) -> Slot | None:
        for item in self._system.digest.get().items:
            if isinstance(item, PreRuntime) and item.engine == ENGINE:
                try:
                    return Slot(_SLOT.decode(item.data, 0)[0])
                except ScaleError:
                    return None
        return None

    def on_timestamp_set(self, now: Moment) -> None:
        """The block's time must lie in its slot."""
        if slot_of(now, self.slot_duration) != self.current_slot.get():
            panic("Timestamp slot must match `CurrentSlot`")

    def change_authorities(self, keys: list[bytes]) -> None:
        """Replace the authorities, from the next block on, and say so in the digest."""
        if not keys:
            return
        self.authorities.put(keys)
        payload = AUTHORITIES_CHANGE + encode(list[AuraKey], keys)
        self._system.deposit_log(Consensus(ENGINE, payload))
