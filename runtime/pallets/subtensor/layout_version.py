"""Which layout the pallet's stored data has: by this, migrations know what was done before."""

from primitives.hashing import twox_128
from runtime.pallets.subtensor.storage import SubtensorState


class LayoutVersion:
    """A u16 beside the pallet's items, 0 where it is missing."""

    def __init__(self, pallet: SubtensorState) -> None:
        self._host = pallet.ctx.host
        self._key = pallet.prefix + twox_128(b":__STORAGE_VERSION__:")

    def get(self) -> int:
        """The version of what is stored."""
        stored = self._host.get(self._key) or b""
        return int.from_bytes(stored[:2], "little") if len(stored) > 1 else 0

    def put(self, version: int) -> None:
        """Note that what is stored has the form of this version."""
        self._host.put(self._key, version.to_bytes(2, "little"))
