"""Timestamp: each block says when it was made, once, by an inherent."""

from collections.abc import Iterator
from typing import Final, Protocol

from primitives.scale.types import Compact
from primitives.types import U64, BlockNumber, Moment, Slot
from runtime.framework.calls import call
from runtime.framework.errors import panic
from runtime.framework.invariants import invariant
from runtime.framework.origin import Origin, ensure_none
from runtime.framework.pallet import Constant, Pallet, PalletContext, constant
from runtime.framework.storage import StorageValue, storage_value
from runtime.framework.weights import DispatchClass, Weight

INHERENT_ID: Final = b"timstap0"
"""The name authors give the clock's reading by; the spelling is historic."""

MAX_DRIFT: Final = 30_000
"""Milliseconds that a block's time may be ahead of the checker's clock."""


class OnTimestampSet(Protocol):
    """Who wants to know the block's time."""

    def on_timestamp_set(self, now: Moment) -> None:
        """The time was set; panic if it does not fit."""


class Timestamp(Pallet):
    """The time on chain."""

    rust_module = "pallet_timestamp::pallet"

    now: StorageValue[Moment] = storage_value(default=Moment(0))
    """Time of the current block, in milliseconds since the Unix epoch."""
    did_update: StorageValue[bool] = storage_value(default=False)
    """Whether this block has said its time."""

    minimum_period: Constant[U64] = constant(U64(6000))
    """Least milliseconds between blocks; half a slot."""

    def __init__(self, ctx: PalletContext, *, aura: OnTimestampSet) -> None:
        super().__init__(ctx)
        self._aura = aura

    def on_initialize(self, now: BlockNumber) -> Weight:  # noqa: ARG002
        """Account for `on_finalize`: one read, one write."""
        return Weight(4_334_000)

    def on_finalize(self, now: BlockNumber) -> None:  # noqa: ARG002
        """A block without a time is no block."""
        if not self.did_update.take():
            panic("Timestamp must be updated once in the block")

    @invariant()
    def block_has_told_its_time(self) -> Iterator[str]:
        """The mark that a block has told its time is taken back at its end."""
        if self.did_update.exists():
            yield "the mark is still there"

    @call(
        index=0,
        name="set",
        weight=Weight(160_492_000, 1493),
        dispatch_class=DispatchClass.MANDATORY,
    )
    def set_now(self, origin: Origin, now: Compact[Moment]) -> None:
        """Say when this block was made."""
        ensure_none(origin)
        if self.did_update.exists():
            panic("Timestamp must be updated only once in the block")
        before = self.now.get()
        if before != 0 and now < before + self.minimum_period:
            panic("Timestamp must increment by at least <MinimumPeriod> between sequential blocks")
        self.now.put(now)
        self.did_update.put(True)  # noqa: FBT003
        self._aura.on_timestamp_set(now)


def slot_of(now: Moment, slot_duration: int) -> Slot:
    """The slot a time falls into."""
    return Slot(now // slot_duration)
