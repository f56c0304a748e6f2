"""The enums that a runtime's pallets make together: RuntimeEvent and RuntimeError.

RuntimeCall, which also has values, stands in `runtime.framework.calls`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from primitives.scale.shape import Case, Described, Description, Field, Shape, Variant
from runtime.framework.distinct import ensure_distinct
from runtime.framework.pallet import Pallet, error_enum, event_enum

RUNTIME_CRATE: Final = "node_subtensor_runtime"

_pallets: dict[str, tuple[int, type[Pallet]]] = {}

EnumOf = Callable[[type[Pallet], int], Described | None]


def install_pallets(pallets: Mapping[str, tuple[int, type[Pallet]]]) -> None:
    """Say which pallets make this runtime: index and class by name, in the order of indices.

    Raises:
        Doubled: two pallets share an index.
    """
    ensure_distinct("pallets", "", ((index, name) for name, (index, _) in pallets.items()))
    _pallets.clear()
    _pallets.update(pallets)


def _outer_shape(name: str, enum_of: EnumOf) -> Shape:
    cases = []
    for pallet, (index, cls) in _pallets.items():
        inner = enum_of(cls, index)
        if inner is not None:
            cases.append(Case(pallet, index, (Field(None, inner),)))
    return Variant(f"{RUNTIME_CRATE}::{name}", cases)


RUNTIME_EVENT: Final = Description(lambda: _outer_shape("RuntimeEvent", event_enum))
"""Any pallet's event, behind the pallet's index."""

RUNTIME_ERROR: Final = Description(lambda: _outer_shape("RuntimeError", error_enum))
"""Any pallet's error, behind the pallet's index."""
