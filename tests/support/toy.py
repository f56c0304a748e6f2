"""A small pallet with one of everything, over a host in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from primitives.hashing import blake2_128_concat, identity, twox_64_concat
from primitives.scale.types import Compact
from primitives.types import U8, U16, U32, AccountId, Balance, NetUid
from runtime.framework import calls
from runtime.framework.calls import RuntimeCall, call, install_calls
from runtime.framework.errors import PalletError, panic
from runtime.framework.events import Event
from runtime.framework.origin import Origin, ensure_signed
from runtime.framework.pallet import Constant, Pallet, RuntimeContext, constant, pallet_calls
from runtime.framework.storage import (
    StorageDoubleMap,
    StorageMap,
    StorageNMap,
    StorageValue,
    storage_double_map,
    storage_map,
    storage_n_map,
    storage_value,
)
from runtime.framework.weights import PostInfo, Weight
from tests.support.host import MemoryHost


class Broken(PalletError, index=3):
    """It broke."""


class Painted(Event, index=2):
    """Something got a colour."""

    index_: U8
    colour: str


class Moved(Event, index=1, unnamed=True):
    """Somebody moved."""

    who: AccountId
    steps: Compact[U32]


class Toy(Pallet):
    """One of everything."""

    rust_module = "pallet_toy::pallet"
    events = (Moved, Painted)
    errors = (Broken,)

    total: StorageValue[U32] = storage_value(default=U32(7))
    """A number."""
    last: StorageValue[AccountId | None] = storage_value()
    """Somebody, perhaps."""
    names: StorageValue[list[str]] = storage_value(default=[])
    """Texts."""
    tempo: StorageMap[NetUid, U16] = storage_map(identity, default=U16(99))
    """A number for each subnet."""
    owner: StorageMap[NetUid, AccountId | None] = storage_map(blake2_128_concat)
    """Somebody for some subnets."""
    stake: StorageDoubleMap[AccountId, NetUid, Balance] = storage_double_map(
        blake2_128_concat, identity, default=Balance(0)
    )
    """Two keys."""
    votes: StorageNMap[tuple[NetUid, U8, U16], bool] = storage_n_map(
        identity, twox_64_concat, identity, default=False
    )
    """Three keys."""

    limit: Constant[U16] = constant(U16(12))
    """A constant."""

    @call(index=0, weight=Weight(10))
    def set_total(self, origin: Origin, total: Compact[U32]) -> None:
        """Set the number."""
        ensure_signed(origin)
        self.total.put(total)

    @call(index=1, weight=lambda self, steps: Weight(steps + self.limit), pays=False)
    def move(self, origin: Origin, steps: U32) -> PostInfo:
        """Say that somebody moved."""
        self.deposit(Moved(ensure_signed(origin), steps))
        return PostInfo(Weight(1))

    @call(index=2, weight=Weight(0))
    def write_and_fail(self, origin: Origin) -> None:
        """Write, say so, then fail."""
        self.total.put(U32(1))
        self.deposit(Painted(U8(1), "red"))
        raise Broken

    @call(index=3, weight=Weight(0))
    def write_and_panic(self, origin: Origin) -> None:
        """Write, then panic."""
        self.total.put(U32(1))
        panic("the toy fell")

    @call(index=4, weight=Weight(0))
    def wrap(self, origin: Origin, inner: RuntimeCall) -> None:
        """Make another call."""
        self.ctx.dispatch(inner, origin)


class StoredEvents:
    """Keeps events in the host, so that storage layers undo them."""

    def __init__(self, host: MemoryHost) -> None:
        self._host = host

    def deposit_event(self, encoded: bytes) -> None:
        self._host.append(b"events", encoded)

    def all(self) -> bytes | None:
        """All events behind their count."""
        return self._host.get(b"events")


@contextmanager
def toy_pallet(index: int = 40) -> Iterator[Toy]:
    """The pallet in a runtime of its own; the calls that there were before come back."""
    before = dict(calls._table)
    runtime = RuntimeContext(MemoryHost())
    runtime.events = StoredEvents(runtime.host)
    try:
        toy = Toy(runtime.at(index, "Toy"))
        install_calls([pallet_calls(Toy, index, "Toy")])
        yield toy
    finally:
        install_calls(list(before.values()))
