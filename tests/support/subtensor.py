"""A small economy: the whole subnet pallet with its calls, and a senate made of lists."""

from dataclasses import dataclass, field

import pytest

from primitives.hashing import blake2_256
from primitives.types import U16, U32, AccountId, Hash, NetUid
from runtime.framework.calls import RuntimeCall
from runtime.framework.errors import DispatchError
from runtime.framework.events import Event
from runtime.framework.origin import Origin
from runtime.framework.pallet import call_specs_of
from runtime.framework.weights import PostInfo
from runtime.pallets.subtensor.networks import init_new_network
from runtime.pallets.subtensor.pallet import SubtensorModule
from tests.support.subtensor_world import SUBTENSOR_INDEX, World

CALLS = {spec.name: spec for spec in call_specs_of(SubtensorModule).values()}
TAO = 10**9


def account(name: str) -> AccountId:
    return AccountId(blake2_256(name.encode()))


@dataclass
class Senate:
    """Hotkeys with a seat, in the order of their keys, as a membership keeps them."""

    seats: int = 3
    hotkeys: list[AccountId] = field(default_factory=list)

    def add_member(self, account: AccountId) -> None:
        self.hotkeys = sorted([*self.hotkeys, account])

    def remove_member(self, account: AccountId) -> None:
        self.hotkeys.remove(account)

    def swap_member(self, remove: AccountId, add: AccountId) -> None:
        self.remove_member(remove)
        self.add_member(add)

    def members(self) -> list[AccountId]:
        return list(self.hotkeys)

    def is_member(self, account: AccountId) -> bool:
        return account in self.hotkeys

    def max_members(self) -> int:
        return self.seats


@dataclass
class Triumvirate:
    """One motion, and who voted on it."""

    votes: dict[AccountId, bool] = field(default_factory=dict)

    def remove_votes(self, hotkey: AccountId) -> bool:
        return self.votes.pop(hotkey, None) is not None

    def add_vote(self, hotkey: AccountId, proposal: Hash, index: U32, *, approve: bool) -> bool:
        is_first = hotkey not in self.votes
        self.votes[hotkey] = approve
        return is_first


class Economy(World):
    """The world with all of the pallet: calls are dispatched as extrinsics would."""

    def __init__(self) -> None:
        super().__init__()
        self.senate = Senate()
        self.triumvirate = Triumvirate()
        self.pallet = self.subtensor = SubtensorModule(
            self.runtime.at(SUBTENSOR_INDEX, "SubtensorModule"),
            system=self.system,
            balances=self.balances,
            senate=self.senate,
            triumvirate=self.triumvirate,
        )

    def open_network(self, netuid: int, owner: AccountId) -> NetUid:
        """A subnet that takes registrations of both kinds, as many as come."""
        subnet, pallet = NetUid(netuid), self.pallet
        init_new_network(pallet, subnet, U16(10))
        pallet.subnet_owner.insert(subnet, owner)
        pallet.network_pow_registration_allowed.insert(subnet, True)
        pallet.max_registrations_per_block.insert(subnet, U16(1000))
        pallet.target_registrations_per_interval.insert(subnet, U16(1000))
        return subnet

    def call(self, name: str, who: AccountId | Origin, *args: object) -> PostInfo:
        """Dispatch a call of the pallet, signed by an account or from an origin."""
        origin = who if isinstance(who, Origin) else Origin.signed(who)
        call = RuntimeCall(SUBTENSOR_INDEX, CALLS[name], args)
        return self.runtime.dispatch_bypass_filter(call, origin)

    def refuses(
        self, error: type[DispatchError], name: str, who: AccountId | Origin, *args: object
    ) -> None:
        """The call fails with exactly this error and leaves no trace."""
        before = self.state()
        with pytest.raises(error) as caught:
            self.call(name, who, *args)
        assert caught.type is error
        assert self.state() == before

    def has_event(self, event: Event) -> bool:
        """Whether the pallet has deposited the event."""
        return bytes((SUBTENSOR_INDEX,)) + event.encode() in self.recorded.encoded
