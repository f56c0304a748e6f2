"""What can be asked of a Python runtime beyond its API: its pallets and their checks."""

import logging
from collections.abc import Callable
from typing import Any

from node.executor.python import BoundRuntime
from node.executor.runtimes import Bound
from node.try_runtime.report import Check
from primitives.host import Host
from runtime.migrations import version_key

log = logging.getLogger("try_runtime")


def pallets_of(bound: Bound) -> list[Any] | None:
    """The pallets in the order of their hooks; None if it is no Python runtime."""
    if not isinstance(bound, BoundRuntime):
        return None
    pallets: list[Any] | None = getattr(bound.runtime, "in_order", None)
    return pallets


def watch_hooks(pallets: list[Any], host: Host, check: Check) -> Callable[[], None]:
    """Have each pallet's `on_runtime_upgrade` between its `pre_upgrade` and `post_upgrade`.

    It stays in its place among everything else that an upgrade does. What the two write is undone.

    Returns:
        What ends this.
    """
    for pallet in pallets:
        if hasattr(pallet, "pre_upgrade") and hasattr(pallet, "post_upgrade"):
            pallet.on_runtime_upgrade = _watched(pallet, host, check)

    def end() -> None:
        for pallet in pallets:
            vars(pallet).pop("on_runtime_upgrade", None)

    return end


def _watched(pallet: Any, host: Host, check: Check) -> Callable[[], Any]:
    migrate = pallet.on_runtime_upgrade

    def unchanging(stage: str, ask: Callable[[], Any]) -> Any:
        host.begin()
        try:
            return ask()
        except Exception as error:
            check.fail(f"{pallet.name}.{stage} raises {type(error).__name__}: {error}")
            log.debug("%s.%s failed", pallet.name, stage, exc_info=True)
            return None
        finally:
            host.rollback()

    def run() -> Any:
        before = unchanging("pre_upgrade", pallet.pre_upgrade)
        try:
            weight = migrate()
        except Exception as error:
            check.fail(f"{pallet.name}.on_runtime_upgrade raises {type(error).__name__}: {error}")
            raise
        if before is not None:
            problems = unchanging("post_upgrade", lambda: list(pallet.post_upgrade(before)))
            for problem in problems or ():
                check.fail(f"{pallet.name}.post_upgrade: {problem}")
        return weight

    return run


def check_versions(pallets: list[Any] | None, host: Host, check: Check) -> None:
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
