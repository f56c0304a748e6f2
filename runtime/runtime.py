"""The runtime: which pallets there are, under which index, and what each is given."""

from primitives.host import Host
from primitives.types import U32, AccountId, Hash, NetUid
from runtime.extensions import SignedExtensions
from runtime.framework.calls import install_calls
from runtime.framework.outer_enums import install_pallets
from runtime.framework.pallet import Pallet, RuntimeContext, pallet_calls
from runtime.pallets.admin_utils import AdminUtils
from runtime.pallets.aura import Aura
from runtime.pallets.balances import Balances
from runtime.pallets.collective import Collective
from runtime.pallets.commitments import Commitments
from runtime.pallets.grandpa import Grandpa
from runtime.pallets.membership import (
    SENATE_SEATS,
    TRIUMVIRATE_SEATS,
    Membership,
    TriumvirateMembers,
)
from runtime.pallets.multisig import Multisig
from runtime.pallets.preimage import Preimage
from runtime.pallets.proxy import Proxy
from runtime.pallets.randomness import RandomnessCollectiveFlip
from runtime.pallets.registry import Registry
from runtime.pallets.scheduler import Scheduler
from runtime.pallets.subtensor import staking, uids
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.pallet import SubtensorModule
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.sudo import Sudo
from runtime.pallets.system import System
from runtime.pallets.timestamp import Timestamp
from runtime.pallets.transaction_payment import TransactionPayment
from runtime.pallets.utility import Utility

PALLETS: dict[str, tuple[int, type[Pallet]]] = {
    "System": (0, System),
    "RandomnessCollectiveFlip": (1, RandomnessCollectiveFlip),
    "Timestamp": (2, Timestamp),
    "Aura": (3, Aura),
    "Grandpa": (4, Grandpa),
    "Balances": (5, Balances),
    "TransactionPayment": (6, TransactionPayment),
    "SubtensorModule": (7, SubtensorModule),
    "Triumvirate": (8, Collective),
    "TriumvirateMembers": (9, TriumvirateMembers),
    "SenateMembers": (10, Membership),
    "Utility": (11, Utility),
    "Sudo": (12, Sudo),
    "Multisig": (13, Multisig),
    "Preimage": (14, Preimage),
    "Scheduler": (15, Scheduler),
    "Proxy": (16, Proxy),
    "Registry": (17, Registry),
    "Commitments": (18, Commitments),
    "AdminUtils": (19, AdminUtils),
}
"""Every pallet with its index, in the order in which their hooks run."""


install_calls([pallet_calls(cls, index, name) for name, (index, cls) in PALLETS.items()])
install_pallets(PALLETS)


class SenateOfSubnets:
    """The senate as the subnet pallet sees it: seats that follow the root network."""

    def __init__(self, members: Membership, triumvirate: Collective) -> None:
        self._members = members
        self._triumvirate = triumvirate

    def add_member(self, account: AccountId) -> None:
        """Give a seat."""
        self._members.add(account)

    def remove_member(self, account: AccountId) -> None:
        """Take a seat away."""
        self._members.remove(account)

    def swap_member(self, remove: AccountId, add: AccountId) -> None:
        """Pass a seat on; the votes of the one who leaves are void."""
        self._triumvirate.remove_votes(remove)
        self._members.swap(remove, add)

    def members(self) -> list[AccountId]:
        """Who has a seat."""
        return self._members.members.get()

    def is_member(self, account: AccountId) -> bool:
        """Whether the account has a seat."""
        return self._members.contains(account)

    def max_members(self) -> int:
        """How many seats there are."""
        return SENATE_SEATS


class VotesOfSenators:
    """The triumvirate's motions as the subnet pallet sees them: senators vote there."""

    def __init__(self, triumvirate: Collective) -> None:
        self._triumvirate = triumvirate

    def remove_votes(self, hotkey: AccountId) -> bool:
        """Void an account's votes on all open motions."""
        self._triumvirate.remove_votes(hotkey)
        return True

    def add_vote(self, hotkey: AccountId, proposal: Hash, index: U32, *, approve: bool) -> bool:
        """Record a vote; the answer says whether it is the first of the senator on the motion."""
        return self._triumvirate.do_vote(hotkey, proposal, index, approve)


class MembershipOfSubnets:
    """What Registry and Commitments ask of the subnets."""

    def __init__(self, subtensor: SubtensorState) -> None:
        self._subtensor = subtensor

    def can_register(self, who: AccountId, identified: AccountId) -> bool:
        """A root validator's owner names it; a subnet owner names itself."""
        if who == identified:
            return who in self._subtensor.subnet_owner.values()
        return staking.coldkey_owns_hotkey(
            self._subtensor, who, identified
        ) and uids.is_hotkey_registered_on_network(self._subtensor, ROOT_NETUID, identified)

    def can_commit(self, netuid: NetUid, who: AccountId) -> bool:
        """Who has a place on the subnet."""
        return uids.is_hotkey_registered_on_network(self._subtensor, netuid, who)


class Runtime:
    """All pallets over one host. The host's state may change under it; it keeps none itself."""

    def __init__(self, host: Host) -> None:
        ctx = self.ctx = RuntimeContext(host)
        at = {name: ctx.at(index, name) for name, (index, _) in PALLETS.items()}
        system = self.system = System(at["System"])
        RandomnessCollectiveFlip(at["RandomnessCollectiveFlip"], system=system)
        self.aura = Aura(at["Aura"], system=system)
        self.timestamp = Timestamp(at["Timestamp"], aura=self.aura)
        self.grandpa = Grandpa(at["Grandpa"], system=system)
        balances = self.balances = Balances(at["Balances"], system=system)
        self.payment = TransactionPayment(
            at["TransactionPayment"], system=system, balances=balances
        )
        senators = Membership(at["SenateMembers"], seats=SENATE_SEATS)
        triumvirate = Collective(at["Triumvirate"], system=system, senate=senators)
        TriumvirateMembers(at["TriumvirateMembers"], seats=TRIUMVIRATE_SEATS, listener=triumvirate)
        self.subtensor = SubtensorModule(
            at["SubtensorModule"],
            system=system,
            balances=balances,
            senate=SenateOfSubnets(senators, triumvirate),
            triumvirate=VotesOfSenators(triumvirate),
        )
        subnets = MembershipOfSubnets(self.subtensor)
        Utility(at["Utility"])
        Sudo(at["Sudo"])
        Multisig(at["Multisig"], system=system, balances=balances)
        preimages = Preimage(at["Preimage"], balances=balances)
        Scheduler(at["Scheduler"], system=system, preimages=preimages)
        Proxy(at["Proxy"], system=system, balances=balances)
        Registry(at["Registry"], balances=balances, can_register=subnets)
        Commitments(at["Commitments"], system=system, balances=balances, can_commit=subnets)
        AdminUtils(at["AdminUtils"], subtensor=self.subtensor, aura=self.aura)
        self.in_order = [pallet for _, pallet in sorted(ctx.pallets.items())]
        self.extensions = SignedExtensions(system, self.payment, self.subtensor)

    def pallet(self, name: str) -> Pallet:
        """The pallet of this name."""
        return self.ctx.pallets[PALLETS[name][0]]
