"""RandomnessCollectiveFlip: the hashes of the last 81 blocks, as weak seed material."""

from typing import Annotated, Final, Protocol

from primitives.scale.containers import Bounded
from primitives.types import BlockNumber, Hash
from runtime.framework.pallet import Pallet, PalletContext
from runtime.framework.storage import StorageValue, storage_value
from runtime.framework.weights import Weight, db_weight

RANDOM_MATERIAL_LENGTH: Final = 81
"""Enough hashes that no single author decides most of them; divisible by three for mixing."""


class ParentHash(Protocol):
    """What this pallet asks of System."""

    parent_hash: StorageValue[Hash]


class RandomnessCollectiveFlip(Pallet):
    """A ring of recent block hashes."""

    rust_module = "pallet_insecure_randomness_collective_flip::pallet"

    random_material: StorageValue[Annotated[list[Hash], Bounded(RANDOM_MATERIAL_LENGTH)]] = (
        storage_value(default=[])
    )
    """A ring of parent hashes; block n writes slot (n - 1) mod 81."""

    def __init__(self, ctx: PalletContext, *, system: ParentHash) -> None:
        super().__init__(ctx)
        self._system = system

    def on_initialize(self, now: BlockNumber) -> Weight:
        """Add the parent's hash, in place of the oldest once the ring is full."""
        hashes, parent = self.random_material.get(), self._system.parent_hash.get()
        if len(hashes) < RANDOM_MATERIAL_LENGTH:
            hashes.append(parent)
        else:
            hashes[(now - 1) % RANDOM_MATERIAL_LENGTH] = parent
        self.random_material.put(hashes)
        return db_weight(1, 1)
