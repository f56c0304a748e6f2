"""AdminUtils: root tunes the chain's parameters, and subnet owners those of their subnets."""

from primitives.types import U16, U64, Balance
from runtime.framework.calls import call
from runtime.framework.origin import Origin, ensure_root
from runtime.framework.weights import ZERO_WEIGHT, DispatchClass, Weight, db_weight
from runtime.pallets.admin_base import (
    AdminBase,
    MaxAllowedUIdsNotAllowed,
    StorageValueOutOfRange,
    SubnetDoesNotExist,
    benchmarked,
)
from runtime.pallets.admin_subnets import SubnetCalls
from runtime.pallets.aura import AuraKeys
from runtime.pallets.subtensor import params


def _weight_of_swap(_: AdminBase, new_authorities: AuraKeys) -> Weight:
    return Weight(20_410_228, 1_127) + Weight(199_399).mul(len(new_authorities)) + db_weight(1, 2)


class AdminUtils(SubnetCalls):
    """The calls that name no subnet, for root alone."""

    rust_module = "pallet_admin_utils::pallet"
    events = ()
    errors = (SubnetDoesNotExist, StorageValueOutOfRange, MaxAllowedUIdsNotAllowed)

    @call(index=0, weight=_weight_of_swap)
    def swap_authorities(self, origin: Origin, new_authorities: AuraKeys) -> None:
        """Let other keys author blocks."""
        ensure_root(origin)
        self.aura.change_authorities(new_authorities)

    @call(index=1, weight=benchmarked(27_199_000, 655, reads=0))
    def sudo_set_default_take(self, origin: Origin, default_take: U16) -> None:
        """Set the largest take of a delegate, which is the default as well."""
        ensure_root(origin)
        params.set_max_delegate_take(self.subtensor, default_take)

    @call(index=2, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def sudo_set_tx_rate_limit(self, origin: Origin, tx_rate_limit: U64) -> None:
        """Set how many blocks a coldkey waits between rate-limited calls."""
        ensure_root(origin)
        params.set_tx_rate_limit(self.subtensor, tx_rate_limit)

    @call(
        index=28,
        weight=Weight(14_000_000) + db_weight(0, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_subnet_owner_cut(self, origin: Origin, subnet_owner_cut: U16) -> None:
        """Set the owner's share of every subnet's emission."""
        ensure_root(origin)
        params.set_subnet_owner_cut(self.subtensor, subnet_owner_cut)

    @call(
        index=29,
        weight=Weight(14_000_000) + db_weight(0, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_network_rate_limit(self, origin: Origin, rate_limit: U64) -> None:
        """Set how many blocks lie between two foundings of subnets."""
        ensure_root(origin)
        params.set_network_rate_limit(self.subtensor, rate_limit)

    @call(index=33, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def sudo_set_total_issuance(self, origin: Origin, total_issuance: Balance) -> None:
        """Set the issuance that the emission is reckoned from."""
        ensure_root(origin)
        params.set_total_issuance(self.subtensor, total_issuance)

    @call(
        index=35,
        weight=Weight(14_000_000) + db_weight(0, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_network_immunity_period(self, origin: Origin, immunity_period: U64) -> None:
        """Set for how many blocks a new subnet cannot be replaced."""
        ensure_root(origin)
        params.set_network_immunity_period(self.subtensor, immunity_period)

    @call(
        index=36,
        weight=Weight(14_000_000) + db_weight(0, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_network_min_lock_cost(self, origin: Origin, lock_cost: Balance) -> None:
        """Set the floor of the price of founding a subnet."""
        ensure_root(origin)
        params.set_network_min_lock(self.subtensor, lock_cost)

    @call(
        index=37,
        weight=Weight(14_000_000) + db_weight(0, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_subnet_limit(self, origin: Origin, max_subnets: U16) -> None:
        """Set how many subnets may exist."""
        ensure_root(origin)
        params.set_max_subnets(self.subtensor, max_subnets)

    @call(
        index=38,
        weight=Weight(14_000_000) + db_weight(0, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_lock_reduction_interval(self, origin: Origin, interval: U64) -> None:
        """Set in how many blocks the price of founding falls by the latest one."""
        ensure_root(origin)
        params.set_lock_reduction_interval(self.subtensor, interval)

    @call(index=42, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def sudo_set_weights_min_stake(self, origin: Origin, min_stake: Balance) -> None:
        """Set the stake that a hotkey needs to set weights."""
        ensure_root(origin)
        params.set_weights_min_stake(self.subtensor, min_stake)

    @call(index=43, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def sudo_set_nominator_min_required_stake(self, origin: Origin, min_stake: Balance) -> None:
        """Set what a nomination must hold; a raise pays out those that hold less."""
        ensure_root(origin)
        params.set_nominator_min_required_stake(self.subtensor, min_stake)

    @call(index=45, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def sudo_set_tx_delegate_take_rate_limit(self, origin: Origin, tx_rate_limit: U64) -> None:
        """Set how many blocks a delegate waits between raises of its take."""
        ensure_root(origin)
        params.set_tx_delegate_take_rate_limit(self.subtensor, tx_rate_limit)

    @call(index=46, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def sudo_set_min_delegate_take(self, origin: Origin, take: U16) -> None:
        """Set the smallest take of a delegate."""
        ensure_root(origin)
        params.set_min_delegate_take(self.subtensor, take)
