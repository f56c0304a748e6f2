"""AdminUtils, first half: parameters of one subnet, most of them for its owner to set."""

from primitives.types import U16, U64, Balance, NetUid
from runtime.framework.calls import call
from runtime.framework.errors import ensure
from runtime.framework.origin import Origin
from runtime.framework.weights import ZERO_WEIGHT, DispatchClass, Weight, db_weight
from runtime.pallets.admin_base import (
    AdminBase,
    MaxAllowedUIdsNotAllowed,
    StorageValueOutOfRange,
    benchmarked,
)
from runtime.pallets.subtensor import params


class SubnetCalls(AdminBase):
    """Calls that name a subnet."""

    @call(index=3, weight=benchmarked(28_290_000, 655, reads=0))
    def sudo_set_serving_rate_limit(
        self, origin: Origin, netuid: NetUid, serving_rate_limit: U64
    ) -> None:
        """Set how many blocks a neuron waits between announcements of its endpoint."""
        params.ensure_subnet_owner_or_root(self.subtensor, origin, netuid)
        params.set_serving_rate_limit(self.subtensor, netuid, serving_rate_limit)

    @call(index=4, weight=benchmarked(46_909_000, 4_697, reads=1))
    def sudo_set_min_difficulty(self, origin: Origin, netuid: NetUid, min_difficulty: U64) -> None:
        """Set the floor of the difficulty of registrations by work."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_min_difficulty(self.subtensor, netuid, min_difficulty)

    @call(index=5, weight=benchmarked(47_279_000, 4_697, reads=1))
    def sudo_set_max_difficulty(self, origin: Origin, netuid: NetUid, max_difficulty: U64) -> None:
        """Set the ceiling of the difficulty of registrations by work."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_max_difficulty(self.subtensor, netuid, max_difficulty)

    @call(index=6, weight=benchmarked(47_460_000, 4_697, reads=1))
    def sudo_set_weights_version_key(
        self, origin: Origin, netuid: NetUid, weights_version_key: U64
    ) -> None:
        """Set the least version of the software that may set weights."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_weights_version_key(self.subtensor, netuid, weights_version_key)

    @call(index=7, weight=benchmarked(46_970_000, 4_697, reads=1))
    def sudo_set_weights_set_rate_limit(
        self, origin: Origin, netuid: NetUid, weights_set_rate_limit: U64
    ) -> None:
        """Set how many blocks a validator waits between settings of its weights."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_weights_set_rate_limit(self.subtensor, netuid, weights_set_rate_limit)

    @call(index=8, weight=benchmarked(46_790_000, 4_697, reads=1))
    def sudo_set_adjustment_interval(
        self, origin: Origin, netuid: NetUid, adjustment_interval: U16
    ) -> None:
        """Set how many blocks lie between adjustments of burn price and difficulty."""
        self.ensure_root_and_subnet(origin, netuid)
        params.set_adjustment_interval(self.subtensor, netuid, adjustment_interval)

    @call(
        index=9,
        weight=Weight(14_000_000) + db_weight(1, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_adjustment_alpha(
        self, origin: Origin, netuid: NetUid, adjustment_alpha: U64
    ) -> None:
        """Set how much of the old price and difficulty an adjustment keeps."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_adjustment_alpha(self.subtensor, netuid, adjustment_alpha)

    @call(index=12, weight=benchmarked(46_589_000, 4_697, reads=1))
    def sudo_set_max_weight_limit(
        self, origin: Origin, netuid: NetUid, max_weight_limit: U16
    ) -> None:
        """Set the largest share of a validator's weights that one neuron may get."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_max_weight_limit(self.subtensor, netuid, max_weight_limit)

    @call(index=13, weight=benchmarked(46_679_000, 4_697, reads=1))
    def sudo_set_immunity_period(
        self, origin: Origin, netuid: NetUid, immunity_period: U16
    ) -> None:
        """Set for how many blocks a new neuron cannot be replaced."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_immunity_period(self.subtensor, netuid, immunity_period)

    @call(index=14, weight=benchmarked(47_390_000, 4_697, reads=1))
    def sudo_set_min_allowed_weights(
        self, origin: Origin, netuid: NetUid, min_allowed_weights: U16
    ) -> None:
        """Set how many weights a validator must set at least."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_min_allowed_weights(self.subtensor, netuid, min_allowed_weights)

    @call(index=15, weight=benchmarked(51_149_000, 8_301, reads=2))
    def sudo_set_max_allowed_uids(
        self, origin: Origin, netuid: NetUid, max_allowed_uids: U16
    ) -> None:
        """Set how many neurons fit on a subnet: more than there are."""
        self.ensure_root_and_subnet(origin, netuid)
        neurons = self.subtensor.subnetwork_n.get(netuid)
        ensure(neurons < max_allowed_uids, MaxAllowedUIdsNotAllowed)
        params.set_max_allowed_uids(self.subtensor, netuid, max_allowed_uids)

    @call(index=16, weight=benchmarked(46_440_000, 4_697, reads=1))
    def sudo_set_kappa(self, origin: Origin, netuid: NetUid, kappa: U16) -> None:
        """Set the majority of stake that consensus asks for."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_kappa(self.subtensor, netuid, kappa)

    @call(index=17, weight=benchmarked(31_820_000, 4_281, reads=1))
    def sudo_set_rho(self, origin: Origin, netuid: NetUid, rho: U16) -> None:
        """Set the steepness of the sigmoid over trust."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_rho(self.subtensor, netuid, rho)

    @call(index=18, weight=benchmarked(46_759_000, 4_697, reads=1))
    def sudo_set_activity_cutoff(
        self, origin: Origin, netuid: NetUid, activity_cutoff: U16
    ) -> None:
        """Set after how many blocks without new weights a neuron is inactive."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_activity_cutoff(self.subtensor, netuid, activity_cutoff)

    @call(
        index=19,
        weight=Weight(4_000_000) + db_weight(0, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_network_registration_allowed(
        self,
        origin: Origin,
        netuid: NetUid,
        registration_allowed: bool,  # noqa: FBT001
    ) -> None:
        """Open or close a subnet for registrations by burning."""
        params.ensure_subnet_owner_or_root(self.subtensor, origin, netuid)
        params.set_network_registration_allowed(
            self.subtensor, netuid, allowed=registration_allowed
        )

    @call(
        index=20,
        weight=Weight(14_000_000) + db_weight(0, 1),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def sudo_set_network_pow_registration_allowed(
        self,
        origin: Origin,
        netuid: NetUid,
        registration_allowed: bool,  # noqa: FBT001
    ) -> None:
        """Open or close a subnet for registrations by work."""
        params.ensure_subnet_owner_or_root(self.subtensor, origin, netuid)
        params.set_network_pow_registration_allowed(
            self.subtensor, netuid, allowed=registration_allowed
        )

    @call(index=21, weight=benchmarked(47_099_000, 4_697, reads=1))
    def sudo_set_target_registrations_per_interval(
        self, origin: Origin, netuid: NetUid, target_registrations_per_interval: U16
    ) -> None:
        """Set how many registrations per interval the adjustment aims at."""
        self.ensure_root_and_subnet(origin, netuid)
        params.set_target_registrations_per_interval(
            self.subtensor, netuid, target_registrations_per_interval
        )

    @call(index=22, weight=benchmarked(46_109_000, 4_697, reads=1))
    def sudo_set_min_burn(self, origin: Origin, netuid: NetUid, min_burn: Balance) -> None:
        """Set the floor of the burn price."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_min_burn(self.subtensor, netuid, min_burn)

    @call(index=23, weight=benchmarked(46_339_000, 4_697, reads=1))
    def sudo_set_max_burn(self, origin: Origin, netuid: NetUid, max_burn: Balance) -> None:
        """Set the ceiling of the burn price."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_max_burn(self.subtensor, netuid, max_burn)

    @call(index=24, weight=benchmarked(47_130_000, 4_697, reads=1))
    def sudo_set_difficulty(self, origin: Origin, netuid: NetUid, difficulty: U64) -> None:
        """Set the difficulty of registrations by work."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_difficulty(self.subtensor, netuid, difficulty)

    @call(index=25, weight=benchmarked(53_640_000, 8_412, reads=2))
    def sudo_set_max_allowed_validators(
        self, origin: Origin, netuid: NetUid, max_allowed_validators: U16
    ) -> None:
        """Set how many neurons may hold a validator permit: at most as many as fit."""
        self.ensure_root_and_subnet(origin, netuid)
        most = self.subtensor.max_allowed_uids.get(netuid)
        ensure(max_allowed_validators <= most, StorageValueOutOfRange)
        params.set_max_allowed_validators(self.subtensor, netuid, max_allowed_validators)

    @call(index=26, weight=benchmarked(47_510_000, 4_697, reads=1))
    def sudo_set_bonds_moving_average(
        self, origin: Origin, netuid: NetUid, bonds_moving_average: U64
    ) -> None:
        """Set how much of the old bonds their moving average keeps."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_bonds_moving_average(self.subtensor, netuid, bonds_moving_average)

    @call(index=27, weight=benchmarked(46_490_000, 4_697, reads=1))
    def sudo_set_max_registrations_per_block(
        self, origin: Origin, netuid: NetUid, max_registrations_per_block: U16
    ) -> None:
        """Set how many registrations fit in one block."""
        self.ensure_root_and_subnet(origin, netuid)
        params.set_max_registrations_per_block(self.subtensor, netuid, max_registrations_per_block)

    @call(index=30, weight=benchmarked(45_489_000, 4_697, reads=1))
    def sudo_set_tempo(self, origin: Origin, netuid: NetUid, tempo: U16) -> None:
        """Set how many blocks lie between two epochs."""
        self.ensure_root_and_subnet(origin, netuid)
        params.set_tempo(self.subtensor, netuid, tempo)

    @call(index=39, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def sudo_set_rao_recycled(self, origin: Origin, netuid: NetUid, rao_recycled: Balance) -> None:
        """Set how much rao the registrations on a subnet have burned."""
        self.ensure_root_and_subnet(origin, netuid)
        params.set_rao_recycled(self.subtensor, netuid, rao_recycled)

    @call(index=48, weight=benchmarked(47_279_000, 4_697, reads=1))
    def sudo_set_commit_reveal_weights_enabled(
        self,
        origin: Origin,
        netuid: NetUid,
        enabled: bool,  # noqa: FBT001
    ) -> None:
        """Demand, or no longer, that weights are committed before they are shown."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_commit_reveal_weights_enabled(self.subtensor, netuid, enabled=enabled)

    @call(index=57, weight=benchmarked(47_279_000, 4_697, reads=1))
    def sudo_set_commit_reveal_weights_interval(
        self, origin: Origin, netuid: NetUid, interval: U64
    ) -> None:
        """Set how many epochs after their commit weights are revealed."""
        self.ensure_owner_or_root(origin, netuid)
        params.set_commit_reveal_weights_interval(self.subtensor, netuid, interval)
