"""What can be asked of a Python runtime beyond its API: its pallets, and what they store."""

from collections.abc import Sequence
from typing import Any

from genesis.host import GenesisHost
from node.executor.python import BoundRuntime
from node.executor.runtimes import Bound, CodeRuntime
from node.try_runtime.report import Check
from primitives.host import Host
from primitives.scale.codec import AnyCodec
from runtime.migrations import version_key


def pallets_of(bound: Bound) -> Sequence[Any] | None:
    """The pallets in the order of their hooks; None if it is no Python runtime."""
    if not isinstance(bound, BoundRuntime):
        return None
    pallets: Sequence[Any] | None = getattr(bound.runtime, "in_order", None)
    return pallets


def codecs_of(runtime: CodeRuntime) -> dict[bytes, AnyCodec]:
    """What a Python runtime reads the values of each item with, by the item's prefix."""
    return {
        item.prefix: item.layout.value
        for pallet in pallets_of(runtime.over(GenesisHost())) or ()
        for item in vars(pallet).values()
        if hasattr(item, "layout")
    }


def check_versions(pallets: Sequence[Any] | None, host: Host, check: Check) -> None:
    """Compare what each pallet's code says of its storage with what stands on the chain."""
    if pallets is None:
        check.skip("the code of a WebAssembly runtime does not tell its storage versions")
        return
    for pallet in pallets:
        stored = host.get(version_key(pallet))
        on_chain = None if stored is None else int.from_bytes(stored, "little")
        if on_chain is None:
            check.fail(f"{pallet.name}: {pallet.storage_version} in the code, none on the chain")
        elif on_chain != pallet.storage_version:
            check.fail(
                f"{pallet.name}: {pallet.storage_version} in the code, {on_chain} on the chain"
            )
