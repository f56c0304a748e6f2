"""A runtime for tests of the pallets that dispatch calls, over a host in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from primitives.types import U8, AccountId, Balance, BlockNumber
from runtime.framework import calls
from runtime.framework.address import IdAddress, MultiAddress
from runtime.framework.calls import RuntimeCall, call, install_calls, make_call
from runtime.framework.errors import BadOrigin, DispatchError, Exhausted
from runtime.framework.events import Event
from runtime.framework.origin import Origin, ensure_root, ensure_signed
from runtime.framework.pallet import DepositsEvents, Pallet, RuntimeContext, pallet_calls
from runtime.framework.weights import DispatchClass, Pays, PostInfo, Weight
from runtime.pallets.balances import Balances
from runtime.pallets.collective import Collective
from runtime.pallets.membership import SENATE_SEATS, TRIUMVIRATE_SEATS, Membership
from runtime.pallets.multisig import Multisig
from runtime.pallets.preimage import Preimage
from runtime.pallets.proxy import Proxy
from runtime.pallets.randomness import RandomnessCollectiveFlip
from runtime.pallets.scheduler import Scheduler
from runtime.pallets.sudo import Sudo
from runtime.pallets.system import System
from runtime.pallets.utility import Utility
from tests.support.host import MemoryHost

ALICE, BOB, CHARLIE, DAVE, EVE = (AccountId(bytes((n,)) * 32) for n in range(1, 6))
ROOT, NOBODY = Origin.root(), Origin.none()
UNIT = 10**9
FULL = Weight(5_000, 50)
LESS = Weight(700, 7)


class RecordedEvents(DepositsEvents):
    """Keeps events in a list, which no storage layer undoes."""

    def __init__(self) -> None:
        self.encoded: list[bytes] = []

    def deposit_event(self, encoded: bytes) -> None:
        self.encoded.append(encoded)


class AdminUtils(Pallet):
    """Calls with known weights and results, under the name of a pallet that proxies ask for."""

    rust_module = "stand_in"

    @call(index=0, weight=Weight(0, 0), dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def operational(self, origin: Origin, padding: list[U8]) -> None:
        """For root only."""
        ensure_root(origin)

    @call(index=1, weight=FULL)
    def takes_less(self, origin: Origin) -> PostInfo:
        """Succeeds for less than it announces."""
        ensure_signed(origin)
        return PostInfo(LESS)

    @call(index=2, weight=FULL)
    def takes_more(self, origin: Origin) -> PostInfo:
        """Claims more than it announces."""
        ensure_signed(origin)
        return PostInfo(FULL + FULL)

    @call(index=3, weight=FULL)
    def fails_for_less(self, origin: Origin) -> None:
        """Fails, having taken less than it announces."""
        ensure_signed(origin)
        raise Exhausted().with_post(PostInfo(LESS, Pays.NO))

    @call(index=4, weight=FULL)
    def fails(self, origin: Origin) -> None:
        """Fails."""
        raise Exhausted

    @call(index=5, weight=Weight(3_000_000_000_000, 0))
    def heavy(self, origin: Origin) -> None:
        """Takes most of a block."""


class Governed:
    """The pallets, a clock that the test sets, and the events."""

    def __init__(self) -> None:
        self.host = MemoryHost()
        self.runtime = RuntimeContext(self.host)
        at = self.runtime.at
        self.system = System(at(0, "System"))
        self.randomness = RandomnessCollectiveFlip(
            at(1, "RandomnessCollectiveFlip"), system=self.system
        )
        self.balances = Balances(at(5, "Balances"), system=self.system)
        self.senate = Membership(at(10, "SenateMembers"), seats=SENATE_SEATS)
        self.triumvirate = Collective(at(8, "Triumvirate"), system=self.system, senate=self.senate)
        self.members = Membership(
            at(9, "TriumvirateMembers"), seats=TRIUMVIRATE_SEATS, listener=self.triumvirate
        )
        self.utility = Utility(at(11, "Utility"))
        self.sudo = Sudo(at(12, "Sudo"))
        self.multisig = Multisig(at(13, "Multisig"), system=self.system, balances=self.balances)
        self.preimage = Preimage(at(14, "Preimage"), balances=self.balances)
        self.scheduler = Scheduler(at(15, "Scheduler"), system=self.system, preimages=self.preimage)
        self.proxy = Proxy(at(16, "Proxy"), system=self.system, balances=self.balances)
        self.admin = AdminUtils(at(19, "AdminUtils"))
        install_calls(
            [pallet_calls(type(p), p.index, p.name) for p in self.runtime.pallets.values()]
        )
        self.recorded = self.runtime.events = RecordedEvents()
        for who in (ALICE, BOB, CHARLIE, DAVE):
            self.balances.deposit_best_effort(who, Balance(UNIT))
        self.now(1)
        self.recorded.encoded.clear()

    def now(self, block: int) -> None:
        """Set the block number."""
        self.system.number.put(BlockNumber(block))

    def call(
        self, pallet: str, name: str, who: AccountId | Origin, /, **arguments: object
    ) -> PostInfo:
        """Dispatch a call, signed by an account or from an origin."""
        return self.dispatch(make_call(pallet, name, **arguments), who)

    def dispatch(self, runtime_call: RuntimeCall, who: AccountId | Origin) -> PostInfo:
        """Dispatch a call that was made before."""
        origin = who if isinstance(who, Origin) else Origin.signed(who)
        self.recorded.encoded.clear()
        return self.runtime.dispatch(runtime_call, origin)

    def refuses(
        self,
        error: type[DispatchError],
        pallet: str,
        name: str,
        who: AccountId | Origin,
        /,
        **arguments: object,
    ) -> DispatchError:
        """The call fails with exactly this error and leaves no trace."""
        before = self.state()
        with pytest.raises(error) as caught:
            self.call(pallet, name, who, **arguments)
        assert caught.type is error
        assert self.state() == before
        return caught.value

    def refuses_all_but_root(self, pallet: str, name: str, /, **arguments: object) -> None:
        """The call is root's alone."""
        for who in (ALICE, NOBODY):
            self.refuses(BadOrigin, pallet, name, who, **arguments)

    def events_of(self, pallet: Pallet) -> list[bytes]:
        """A pallet's events since the last dispatch."""
        return [event for event in self.recorded.encoded if event[0] == pallet.index]

    def told(self, pallet: Pallet, *events: Event) -> bool:
        """Whether just these were a pallet's events."""
        return self.events_of(pallet) == [bytes((pallet.index,)) + e.encode() for e in events]

    def state(self) -> dict[bytes, bytes | None]:
        """Every key and value."""
        return {key: self.host.get(key) for key in self.host.keys(b"")}


@contextmanager
def governed() -> Iterator[Governed]:
    """This runtime for as long as a test lasts; the calls that there were before come back."""
    before = dict(calls._table)
    try:
        yield Governed()
    finally:
        calls._table.clear()
        calls._table.update(before)


def address(who: AccountId) -> MultiAddress:
    """An account's address."""
    return IdAddress(who)


def remark(data: bytes = b"") -> RuntimeCall:
    """A call that everybody may make and that does nothing."""
    return make_call("System", "remark", remark=data)


def transfer(to: AccountId, amount: int) -> RuntimeCall:
    """A payment."""
    return make_call("Balances", "transfer_allow_death", dest=address(to), value=Balance(amount))


def admin(name: str) -> RuntimeCall:
    """One of the calls with known results."""
    return make_call("AdminUtils", name)
