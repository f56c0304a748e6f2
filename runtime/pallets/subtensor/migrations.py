"""Migrations: what the first block under this version does to the state of older ones, in order."""

from typing import Final

from primitives.arith import U64_MAX, saturating_add_u64
from primitives.scale.errors import ScaleError
from primitives.scale.types import codec_of
from primitives.types import U64, AccountId, Balance, NetUid
from runtime.framework.errors import DispatchError
from runtime.framework.weights import ZERO_WEIGHT, Weight, db_weight
from runtime.pallets.subtensor.constants import ROOT_NETUID
from runtime.pallets.subtensor.genesis import add_root_network
from runtime.pallets.subtensor.layout_version import LayoutVersion
from runtime.pallets.subtensor.migration_186 import queue_commits
from runtime.pallets.subtensor.networks import forget_network
from runtime.pallets.subtensor.storage import SubtensorState

STORAGE_VERSION: Final = 7
"""Version of the layout that this code reads and writes."""
FOUNDATION: Final = AccountId(
    bytes.fromhex("feabaafee293d3b76dae304e2f9d885f77d2b17adab9e17e921b321eccd61c77")
)
"""Coldkey of the foundation, which got two orphaned subnets."""
GRACE: Final = 13 * 7200
"""13 days on top of the immunity that subnet 1 got with its new owner."""
FORGETTING_WRITES: Final = 5 + 4 + 11 + 12
"""Items that forgetting a subnet is charged for."""

OldEmission = list[tuple[AccountId, Balance]]
"""Loaded emission of version 0: hotkey and amount, not split by role."""


def migrate(pallet: SubtensorState) -> Weight:
    """Run every migration; those that were run before see it by the version."""
    return (
        split_loaded_emission(pallet)
        + recount_stake(pallet)
        + create_root_network(pallet)
        + give_orphans_to_foundation(pallet)
        + delete_subnet(pallet, NetUid(21), version=4)
        + delete_subnet(pallet, NetUid(3), version=5)
        + recount_issuance(pallet)
        + queue_commits(pallet)
    )


def split_loaded_emission(pallet: SubtensorState) -> Weight:
    """To version 1: loaded emission is split by role. All of the old counts as a validator's."""
    version = LayoutVersion(pallet)
    if version.get() >= 1:
        return ZERO_WEIGHT
    old_form, host = codec_of(OldEmission), pallet.ctx.host
    weight = db_weight(reads=1, writes=0)
    for netuid in pallet.loaded_emission.keys():  # noqa: SIM118
        key = pallet.loaded_emission.raw_key(netuid)
        weight += db_weight(reads=1, writes=0)
        try:
            emission, _ = old_form.decode(host.get(key) or b"", 0)
        except ScaleError:
            host.delete(key)
            weight += db_weight(reads=0, writes=1)
        else:
            split = [(hotkey, Balance(0), amount) for hotkey, amount in emission]
            pallet.loaded_emission.insert(netuid, split)
            weight += db_weight(reads=1, writes=1)
    version.put(1)
    return weight + db_weight(reads=0, writes=1)


def recount_stake(pallet: SubtensorState) -> Weight:
    """To version 2: the totals of all stake and of each coldkey are summed up anew."""
    version = LayoutVersion(pallet)
    if version.get() >= 2:
        return ZERO_WEIGHT
    coldkeys = pallet.total_coldkey_stake.keys()
    for coldkey in coldkeys:
        pallet.total_coldkey_stake.insert(coldkey, Balance(0))
    pairs = total = 0
    for (_, coldkey), stake in pallet.stake.items():
        of_coldkey = saturating_add_u64(pallet.total_coldkey_stake.get(coldkey), stake)
        pallet.total_coldkey_stake.insert(coldkey, Balance(of_coldkey))
        total = saturating_add_u64(total, stake)
        pairs += 1
    pallet.total_stake.put(Balance(total))
    version.put(2)
    reads, writes = 1 + len(coldkeys) + 3 * pairs, 1 + len(coldkeys) + 2 * pairs + 1
    return db_weight(reads, writes)


def create_root_network(pallet: SubtensorState) -> Weight:
    """At any version: without a root network, make one, and empty the senate for its members."""
    weight = db_weight(reads=1, writes=0)
    if pallet.networks_added.get(ROOT_NETUID):
        return weight
    add_root_network(pallet)
    weight += db_weight(reads=0, writes=8)
    for senator in pallet.senate.members():
        _dismiss(pallet, senator)
        weight += db_weight(reads=2, writes=2)
    return weight


def _dismiss(pallet: SubtensorState, senator: AccountId) -> None:
    """Both steps are tried, and a failure of one does not stop the upgrade."""
    for step in (pallet.triumvirate.remove_votes, pallet.senate.remove_member):
        try:
            step(senator)
        except DispatchError:
            continue


def give_orphans_to_foundation(pallet: SubtensorState) -> Weight:
    """To version 3: subnets 1 and 11 get the foundation as owner, and new immunity."""
    version = LayoutVersion(pallet)
    if version.get() >= 3:
        return ZERO_WEIGHT
    now = pallet.system.block_number()
    for netuid, registered_at in ((NetUid(1), now + GRACE), (NetUid(11), now)):
        pallet.subnet_owner.insert(netuid, FOUNDATION)
        pallet.network_registered_at.insert(netuid, U64(registered_at))
    version.put(3)
    return db_weight(reads=2, writes=5)


def delete_subnet(pallet: SubtensorState, netuid: NetUid, *, version: int) -> Weight:
    """To a version: a subnet is gone, without its lock being paid back.

    Where it does not exist the stored version stays as it is.
    """
    stored = LayoutVersion(pallet)
    if stored.get() >= version or not pallet.networks_added.get(netuid):
        return ZERO_WEIGHT
    forget_network(pallet, netuid)
    stored.put(version)
    return db_weight(reads=1, writes=FORGETTING_WRITES + 1)


def recount_issuance(pallet: SubtensorState) -> Weight:
    """From version 5 to 6: the issuance is the sum of stake, balances and locks."""
    version = LayoutVersion(pallet)
    weight = db_weight(reads=1, writes=0)
    if version.get() != 5:
        return weight
    stakes = [stake for _, stake in pallet.stake.items()]
    locks = list(pallet.subnet_locked.values())
    balances = pallet.balances.total_issuance.get()
    total = min(sum(stakes), U64_MAX) + balances + min(sum(locks), U64_MAX)
    pallet.total_issuance.put(Balance(total & U64_MAX))
    version.put(6)
    return weight + db_weight(reads=len(stakes) + len(locks) + 1, writes=1)
