"""Genesis: from one JSON document to the storage that the chain begins with."""

from typing import Any, Final

from primitives.scale.errors import ScaleRangeError
from primitives.types import BlockNumber, Hash
from runtime.framework.errors import panic
from runtime.framework.pallet import Pallet
from runtime.json_kinds import (
    Struct,
    account,
    fixed_u128,
    maybe,
    nothing,
    sequence,
    tuple_of,
    u16,
    u64,
)
from runtime.json_reader import JsonError, JsonReader, Read
from runtime.migrations import write_version
from runtime.pallets.membership import SENATE_SEATS, TRIUMVIRATE_SEATS
from runtime.pallets.system import EXTRINSIC_INDEX
from runtime.pallets.system_types import LastRuntimeUpgradeInfo
from runtime.runtime import Runtime

NO_PARENT: Final = Hash(b"\x45" * 32)
"""Stands where the hash of a block before genesis would be."""


def _part(fields: dict[str, Read], optional: tuple[str, ...] = ()) -> Read:
    return Struct("GenesisConfig", fields, optional)


DOCUMENT: Final = Struct(
    "RuntimeGenesisConfig",
    {
        "system": _part({}),
        "aura": _part({"authorities": sequence(account)}),
        "grandpa": _part({"authorities": sequence(tuple_of(account, u64))}),
        "balances": _part({"balances": sequence(tuple_of(account, u64))}),
        "transactionPayment": _part({"multiplier": fixed_u128}),
        "subtensorModule": _part(
            {
                "stakes": sequence(
                    tuple_of(account, sequence(tuple_of(account, tuple_of(u64, u16))))
                ),
                "balancesIssuance": u64,
            }
        ),
        "triumvirate": _part({"phantom": nothing, "members": sequence(account)}),
        "triumvirateMembers": _part({"members": sequence(account, TRIUMVIRATE_SEATS)}),
        "senateMembers": _part({"members": sequence(account, SENATE_SEATS)}),
        "sudo": _part({"key": maybe(account)}, optional=("key",)),
    },
)
"""What a genesis document holds."""


def config_name(pallet: Pallet) -> str:
    """The pallet's name in the document: its own, with a small first letter."""
    return pallet.name[0].lower() + pallet.name[1:]


def configurable(runtime: Runtime) -> dict[str, Pallet]:
    """Pallets that have a part in the document, by its name there."""
    return {
        config_name(pallet): pallet
        for pallet in runtime.in_order
        if pallet.genesis_default() is not None
    }


def default_config(runtime: Runtime) -> dict[str, Any]:
    """The document with every pallet's defaults."""
    return {name: pallet.genesis_default() for name, pallet in configurable(runtime).items()}


def build(runtime: Runtime, document: bytes) -> str | None:
    """Write the storage the document describes; answers what is wrong with it, if anything."""
    reader = JsonReader(document)
    try:
        config = reader.whole(DOCUMENT)
    except JsonError as error:
        return f"Invalid JSON blob: {error.told(document)}"
    _build_system(runtime)
    for pallet in runtime.in_order:
        write_version(pallet)
    for name, pallet in configurable(runtime).items():
        try:
            pallet.genesis_build(config[name])
        except ScaleRangeError as error:
            panic(f"the genesis of {pallet.name} does not fit: {error}")
    return None


def _build_system(runtime: Runtime) -> None:
    system = runtime.system
    system.block_hash.insert(BlockNumber(0), NO_PARENT)
    system.parent_hash.put(NO_PARENT)
    system.last_runtime_upgrade.put(
        LastRuntimeUpgradeInfo(system.version.spec_version, system.version.spec_name)
    )
    system.upgraded_to_u32_ref_count.put(True)  # noqa: FBT003
    system.upgraded_to_triple_ref_count.put(True)  # noqa: FBT003
    system.ctx.host.put(EXTRINSIC_INDEX, bytes(4))
