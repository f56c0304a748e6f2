"""Calls of the pallet: indices, prices and arguments; what they do stands in other files."""

from typing import Final

from primitives.scale.containers import Ok
from primitives.scale.types import Compact
from primitives.types import U8, U16, U32, U64, U128, AccountId, Balance, Hash, NetUid
from runtime.framework.calls import RuntimeCall, call
from runtime.framework.errors import ensure
from runtime.framework.origin import Origin
from runtime.framework.weights import (
    ZERO_WEIGHT,
    DispatchClass,
    PostInfo,
    Weight,
    db_weight,
)
from runtime.pallets.subtensor import errors
from runtime.pallets.subtensor.events import Sudid
from runtime.pallets.subtensor.networks import user_add_network, user_remove_network
from runtime.pallets.subtensor.registration import (
    do_burned_registration,
    do_faucet,
    do_registration,
)
from runtime.pallets.subtensor.root import do_root_register, do_vote_root, ensure_senate_majority
from runtime.pallets.subtensor.serving import do_serve_axon, do_serve_prometheus
from runtime.pallets.subtensor.staking import (
    do_add_stake,
    do_become_delegate,
    do_decrease_take,
    do_increase_take,
    do_remove_stake,
)
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.swap import do_swap_hotkey
from runtime.pallets.subtensor.types import AxonInfo, PrometheusInfo
from runtime.pallets.subtensor.weight_commits import (
    do_batch_reveal_weights,
    do_commit_weights,
    do_reveal_weights,
)
from runtime.pallets.subtensor.weights import do_set_root_weights, do_set_weights

REVEALING: Final = Weight(103_000_000) + db_weight(11, 3)
"""Finding one commit, and setting the weights that it hid."""


class SubtensorCalls(SubtensorState):
    """What extrinsics can ask of the pallet."""

    @call(index=0, weight=Weight(22_060_000_000) + db_weight(4106, 2), pays=False)
    def set_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        dests: list[U16],
        weights: list[U16],
        version_key: U64,
    ) -> None:
        """Set the calling neuron's weights on others, where they need not be committed first."""
        ensure(not self.commit_reveal_weights_enabled.get(netuid), errors.CommitRevealEnabled)
        do_set_weights(self, origin, netuid, dests, weights, version_key)

    @call(index=96, weight=Weight(46_000_000) + db_weight(8, 2), pays=False)
    def commit_weights(self, origin: Origin, netuid: NetUid, commit_hash: Hash) -> None:
        """Commit to weights by their hash."""
        do_commit_weights(self, origin, netuid, commit_hash)

    @call(index=97, weight=REVEALING, pays=False)
    def reveal_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        uids: list[U16],
        values: list[U16],
        salt: list[U16],
        version_key: U64,
    ) -> None:
        """Set the weights that were committed to."""
        do_reveal_weights(self, origin, netuid, uids, values, salt, version_key)

    @call(
        index=98,
        weight=lambda _pallet, _netuid, uids_list, *_: REVEALING.mul(max(len(uids_list), 1)),
        pays=False,
    )
    def batch_reveal_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        uids_list: list[list[U16]],
        values_list: list[list[U16]],
        salts_list: list[list[U16]],
        version_keys: list[U64],
    ) -> None:
        """Set several weights that were committed to, in this order, all or none."""
        do_batch_reveal_weights(
            self, origin, netuid, uids_list, values_list, salts_list, version_keys
        )

    @call(index=8, weight=Weight(10_151_000_000) + db_weight(4104, 2), pays=False)
    def set_root_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        hotkey: AccountId,
        dests: list[U16],
        weights: list[U16],
        version_key: U64,
    ) -> None:
        """Set the votes of a root validator on the emission of subnets, signed by its coldkey."""
        do_set_root_weights(self, origin, netuid, hotkey, dests, weights, version_key)

    @call(index=1, weight=Weight(79_000_000) + db_weight(6, 3), pays=False)
    def become_delegate(self, origin: Origin, hotkey: AccountId) -> None:
        """Open one of the caller's hotkeys to nominators, with the highest take."""
        do_become_delegate(self, origin, hotkey, self.max_take.get())

    @call(index=65, weight=ZERO_WEIGHT, pays=False)
    def decrease_take(self, origin: Origin, hotkey: AccountId, take: U16) -> None:
        """Lower the take of one of the caller's delegates."""
        do_decrease_take(self, origin, hotkey, take)

    @call(index=66, weight=ZERO_WEIGHT, pays=False)
    def increase_take(self, origin: Origin, hotkey: AccountId, take: U16) -> None:
        """Raise the take of one of the caller's delegates."""
        do_increase_take(self, origin, hotkey, take)

    @call(index=2, weight=Weight(124_000_000) + db_weight(10, 7), pays=False)
    def add_stake(self, origin: Origin, hotkey: AccountId, amount_staked: Balance) -> None:
        """Move rao from the caller's balance to a hotkey."""
        do_add_stake(self, origin, hotkey, amount_staked)

    @call(index=3, weight=Weight(111_000_000, 43_991) + db_weight(10, 7), pays=False)
    def remove_stake(self, origin: Origin, hotkey: AccountId, amount_unstaked: Balance) -> None:
        """Move rao from a hotkey back to the caller's balance."""
        do_remove_stake(self, origin, hotkey, amount_unstaked)

    @call(index=4, weight=Weight(46_000_000) + db_weight(4, 1), pays=False)
    def serve_axon(
        self,
        origin: Origin,
        netuid: NetUid,
        version: U32,
        ip: U128,
        port: U16,
        ip_type: U8,
        protocol: U8,
        placeholder1: U8,
        placeholder2: U8,
    ) -> None:
        """Announce where the calling hotkey serves requests."""
        now = U64(self.system.block_number())
        axon = AxonInfo(now, version, port, ip, ip_type, protocol, placeholder1, placeholder2)
        do_serve_axon(self, origin, netuid, axon)

    @call(index=5, weight=Weight(45_000_000) + db_weight(4, 1), pays=False)
    def serve_prometheus(
        self, origin: Origin, netuid: NetUid, version: U32, ip: U128, port: U16, ip_type: U8
    ) -> None:
        """Announce where the calling hotkey serves metrics."""
        now = U64(self.system.block_number())
        do_serve_prometheus(self, origin, netuid, PrometheusInfo(now, version, ip, port, ip_type))

    @call(index=6, weight=Weight(192_000_000) + db_weight(24, 22), pays=False)
    def register(
        self,
        origin: Origin,
        netuid: NetUid,
        block_number: U64,
        nonce: U64,
        work: bytes,
        hotkey: AccountId,
        coldkey: AccountId,
    ) -> None:
        """Register the calling hotkey on a subnet for a proof of work."""
        do_registration(self, origin, netuid, block_number, nonce, work, hotkey, coldkey)

    @call(index=62, weight=Weight(164_000_000) + db_weight(23, 20), pays=False)
    def root_register(self, origin: Origin, hotkey: AccountId) -> None:
        """Register a hotkey on the root network for its stake."""
        do_root_register(self, origin, hotkey)

    @call(index=7, weight=Weight(177_000_000) + db_weight(26, 24), pays=False)
    def burned_register(self, origin: Origin, netuid: NetUid, hotkey: AccountId) -> None:
        """Register a hotkey on a subnet for the burn price, paid by the calling coldkey."""
        do_burned_registration(self, origin, netuid, hotkey)

    @call(
        index=70,
        weight=Weight(1_940_000_000) + db_weight(272, 527),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def swap_hotkey(self, origin: Origin, hotkey: AccountId, new_hotkey: AccountId) -> PostInfo:
        """Move what one of the caller's hotkeys has to another, for one tao."""
        return do_swap_hotkey(self, origin, hotkey, new_hotkey)

    @call(index=51, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL, pays=False)
    def sudo(self, origin: Origin, call: RuntimeCall) -> PostInfo:
        """Run a call as root, if a majority of the senate says so."""
        ensure_senate_majority(origin)
        post = self.ctx.dispatch_bypass_filter(call, Origin.root())
        self.deposit(Sudid(Ok(None)))
        return post

    @call(
        index=52,
        weight=lambda _pallet, _call, weight: weight,
        dispatch_class=lambda pallet, call, _weight: pallet.ctx.info_of(call).class_,
        pays=False,
    )
    def sudo_unchecked_weight(
        self,
        origin: Origin,
        call: RuntimeCall,
        weight: Weight,  # noqa: ARG002  announced already
    ) -> PostInfo:
        """Run a call as root at a weight of one's choice, if a majority of the senate says so."""
        return self.sudo(origin, call)

    @call(index=55, weight=ZERO_WEIGHT, dispatch_class=DispatchClass.OPERATIONAL)
    def vote(
        self,
        origin: Origin,
        hotkey: AccountId,
        proposal: Hash,
        index: Compact[U32],
        approve: bool,  # noqa: FBT001  as metadata has it
    ) -> PostInfo:
        """Vote on a motion of the triumvirate with a hotkey that sits in the senate."""
        return do_vote_root(self, origin, hotkey, proposal, index, approve=approve)

    @call(
        index=59,
        weight=Weight(157_000_000) + db_weight(16, 30),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def register_network(self, origin: Origin) -> None:
        """Found a subnet and lock its price."""
        user_add_network(self, origin)

    @call(index=60, weight=Weight(91_000_000) + db_weight(27, 22), pays=False)
    def faucet(self, origin: Origin, block_number: U64, nonce: U64, work: bytes) -> None:
        """Get TAO for a proof of work; on a test chain only."""
        do_faucet(self, origin, block_number, nonce, work)

    @call(
        index=61,
        weight=Weight(119_000_000) + db_weight(6, 31),
        dispatch_class=DispatchClass.OPERATIONAL,
        pays=False,
    )
    def dissolve_network(self, origin: Origin, netuid: NetUid) -> None:
        """Dissolve one of the caller's subnets and get its lock back."""
        user_remove_network(self, origin, netuid)
