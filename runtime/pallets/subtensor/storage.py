"""State of the pallet and the pallets it leans on: what every function of this package takes."""

from typing import Protocol

from primitives.types import U32, AccountId, Hash
from runtime.framework.pallet import Pallet, PalletContext
from runtime.pallets.balances import Balances
from runtime.pallets.subtensor.constants import SubtensorConstants
from runtime.pallets.subtensor.storage_accounts import RegistrationItems, StakeItems
from runtime.pallets.subtensor.storage_neurons import ConsensusItems, HyperparameterItems
from runtime.pallets.subtensor.storage_subnets import EmissionItems, EndpointItems, NetworkItems
from runtime.pallets.system import System


class MemberManagement(Protocol):
    """What this pallet asks of the senate: a bounded set of hotkeys."""

    def add_member(self, account: AccountId) -> None: ...
    def remove_member(self, account: AccountId) -> None: ...
    def swap_member(self, remove: AccountId, add: AccountId) -> None: ...
    def members(self) -> list[AccountId]: ...
    def is_member(self, account: AccountId) -> bool: ...
    def max_members(self) -> int: ...


class CollectiveInterface(Protocol):
    """What this pallet asks of the triumvirate: senators vote on its motions."""

    def remove_votes(self, hotkey: AccountId) -> bool: ...
    def add_vote(self, hotkey: AccountId, proposal: Hash, index: U32, *, approve: bool) -> bool:
        """Record a vote; the answer says whether it is the senator's first on the motion."""
        ...


class SubtensorState(
    ConsensusItems,
    HyperparameterItems,
    EndpointItems,
    EmissionItems,
    NetworkItems,
    RegistrationItems,
    StakeItems,
    SubtensorConstants,
    Pallet,
):
    """All storage items; metadata lists them by base class from the last one upwards."""

    def __init__(
        self,
        ctx: PalletContext,
        *,
        system: System,
        balances: Balances,
        senate: MemberManagement,
        triumvirate: CollectiveInterface,
    ) -> None:
        super().__init__(ctx)
        self.system = system
        self.balances = balances
        self.senate = senate
        self.triumvirate = triumvirate
