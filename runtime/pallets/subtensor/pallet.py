"""SubtensorModule: the subnet economy, put together from its calls, hooks and genesis."""

from collections.abc import Iterator
from typing import Any, Final

from primitives.types import BlockNumber
from runtime.framework.weights import Weight, db_weight
from runtime.pallets.subtensor import coinbase, genesis, migration_186, migrations
from runtime.pallets.subtensor.calls import SubtensorCalls
from runtime.pallets.subtensor.errors import ERRORS
from runtime.pallets.subtensor.events import EVENTS
from runtime.pallets.subtensor.try_state import SubtensorInvariants

BLOCK_STEP_WEIGHT: Final = Weight(110_634_229_000) + db_weight(reads=8304, writes=110)
"""Claimed by every block, whatever its step did."""


class SubtensorModule(SubtensorCalls, SubtensorInvariants):
    """Subnets, neurons and their weights; stake, emission and who gets it."""

    rust_module = "pallet_subtensor::pallet"
    events = EVENTS
    errors = ERRORS
    storage_version = migrations.STORAGE_VERSION

    def on_initialize(self, now: BlockNumber) -> Weight:  # noqa: ARG002
        """Adjust prices, mint the block's emission and run the epochs that are due."""
        coinbase.block_step(self)
        return BLOCK_STEP_WEIGHT

    def on_runtime_upgrade(self) -> Weight:
        """Bring the state of older versions up to date."""
        return migrations.migrate(self)

    def pre_upgrade(self) -> bytes:
        """Which commits to weights have to come through."""
        return migration_186.before_queueing(self)

    def post_upgrade(self, before: bytes) -> Iterator[str]:
        """Commits to weights that did not come through."""
        yield from migration_186.problems_after_queueing(self, before)

    def genesis_default(self) -> dict[str, Any]:
        """Nobody has stake and nothing is issued."""
        return {"stakes": [], "balancesIssuance": 0}

    def genesis_build(self, config: dict[str, Any]) -> None:
        """Write the root network, and subnet 3 with the given stakes as its neurons."""
        genesis.build(self, genesis.read(config))
