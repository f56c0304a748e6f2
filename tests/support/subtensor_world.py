"""A small runtime for pallet tests: System, Balances and SubtensorModule over a host in memory."""

from collections.abc import Callable

import pytest

from primitives.types import AccountId, Balance, BlockNumber, NetUid, Uid
from runtime.framework.errors import DispatchError
from runtime.framework.events import Event
from runtime.framework.origin import Origin
from runtime.framework.pallet import DepositsEvents, RuntimeContext
from runtime.pallets.balances import Balances
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.system import System
from tests.support.host import MemoryHost

COLD, OTHER_COLD, HOT, OTHER_HOT, OWNER = (AccountId(bytes((n,)) * 32) for n in range(1, 6))
NET = NetUid(1)
SUBTENSOR_INDEX = 7


class RecordedEvents(DepositsEvents):
    """Takes the place of System as the keeper of events."""

    def __init__(self) -> None:
        self.encoded: list[bytes] = []

    def deposit_event(self, encoded: bytes) -> None:
        self.encoded.append(encoded)


class NoSenate:
    """Neither senators nor motions."""

    def members(self):
        return []


class World:
    """The pallets, a clock that the test sets, and what they said."""

    def __init__(self) -> None:
        self.host = MemoryHost()
        self.runtime = RuntimeContext(self.host)
        self.system = System(self.runtime.at(0, "System"))
        self.balances = Balances(self.runtime.at(5, "Balances"), system=self.system)
        self.subtensor = SubtensorState(
            self.runtime.at(SUBTENSOR_INDEX, "SubtensorModule"),
            system=self.system,
            balances=self.balances,
            senate=NoSenate(),
            triumvirate=NoSenate(),
        )
        self.recorded = self.runtime.events = RecordedEvents()
        self.now(1)

    def now(self, block: int) -> None:
        """Set the block number."""
        self.system.number.put(BlockNumber(block))

    def fund(self, who: AccountId, amount: int) -> None:
        """Mint a balance, unnoticed."""
        self.balances.deposit_best_effort(who, Balance(amount))
        self.recorded.encoded.clear()

    def own(self, hotkey: AccountId, coldkey: AccountId) -> None:
        """Make the hotkey the coldkey's."""
        self.subtensor.owner.insert(hotkey, coldkey)

    def found(self, netuid: int = 1, hotkeys: tuple[AccountId, ...] = ()) -> None:
        """A subnet of OWNER's with these hotkeys as neurons, all of them with a permit."""
        subnet, pallet, size = NetUid(netuid), self.subtensor, len(hotkeys)
        pallet.networks_added.insert(subnet, True)
        pallet.subnet_owner.insert(subnet, OWNER)
        pallet.subnetwork_n.insert(subnet, size)
        pallet.last_update.insert(subnet, [0] * size)
        pallet.validator_permit.insert(subnet, [True] * size)
        pallet.min_allowed_weights.insert(subnet, 1)
        pallet.max_weights_limit.insert(subnet, 65535)
        for uid, hotkey in enumerate(hotkeys):
            pallet.keys.insert(subnet, Uid(uid), hotkey)
            pallet.uids.insert(subnet, hotkey, Uid(uid))

    def state(self) -> dict[bytes, bytes | None]:
        """Every key and value."""
        return {key: self.host.get(key) for key in self.host.keys(b"")}

    def said(self, event: Event, pallet: int = SUBTENSOR_INDEX) -> bool:
        """Whether the event was the last one."""
        return self.recorded.encoded[-1:] == [bytes((pallet,)) + event.encode()]

    def assert_noop(self, error: type[DispatchError], act: Callable[[], None]) -> None:
        """The act fails with just this error, and a storage layer undoes all it did."""
        before = self.state()
        with pytest.raises(error) as caught, self.runtime.transaction():
            act()
        assert caught.type is error
        assert self.state() == before


def signed(who: AccountId) -> Origin:
    """The origin of an account."""
    return Origin.signed(who)
