"""What the two halves of AdminUtils share: the pallets they tune, and their errors."""

from typing import Protocol

from primitives.types import NetUid
from runtime.framework.errors import PalletError, ensure
from runtime.framework.origin import Origin, ensure_root
from runtime.framework.pallet import Pallet, PalletContext
from runtime.framework.weights import Weight, db_weight
from runtime.pallets.subtensor import params
from runtime.pallets.subtensor.storage import SubtensorState


class SubnetDoesNotExist(PalletError, index=0):
    """No such subnet."""


class StorageValueOutOfRange(PalletError, index=1):
    """More validators than neurons fit on the subnet."""


class MaxAllowedUIdsNotAllowed(PalletError, index=2):
    """Not more uids than there are neurons."""


class AuraInterface(Protocol):
    """What this pallet asks of Aura."""

    def change_authorities(self, keys: list[bytes]) -> None:
        """Let these keys author from the next block on."""


def benchmarked(ref_time: int, proof_size: int, *, reads: int) -> Weight:
    """Weight of a call that was measured, with its database reads and its one write."""
    return Weight(ref_time, proof_size) + db_weight(reads, 1)


class AdminBase(Pallet):
    """The pallets that the calls reach into, and who may."""

    def __init__(
        self, ctx: PalletContext, *, subtensor: SubtensorState, aura: AuraInterface
    ) -> None:
        super().__init__(ctx)
        self.subtensor = subtensor
        self.aura = aura

    def ensure_owner_or_root(self, origin: Origin, netuid: NetUid) -> None:
        """The subnet's owner or root, and the subnet must exist."""
        params.ensure_subnet_owner_or_root(self.subtensor, origin, netuid)
        ensure(self.subtensor.networks_added.get(netuid), SubnetDoesNotExist)

    def ensure_root_and_subnet(self, origin: Origin, netuid: NetUid) -> None:
        """Root only, and the subnet must exist."""
        ensure_root(origin)
        ensure(self.subtensor.networks_added.get(netuid), SubnetDoesNotExist)
