"""Fuel for the work of the host: compiled code pays for its instructions, and for what it asks."""

from typing import Final

import wasmtime

from node.executor.errors import RuntimePanic

PER_CALL: Final = 1_000
"""Fuel for any host function: crossing over takes as long as about as many instructions."""
PER_BYTE: Final = 10
"""Fuel for each byte that a host function takes or gives, which it copies, hashes or stores."""
_SETTLED_AT: Final = 100_000
"""What may be owed: reading the fuel takes longer than most host functions."""


class FuelMeter:
    """Charges one call at a time, while its store is open."""

    __slots__ = ("_owed", "_store")

    def open(self, store: wasmtime.Store) -> None:
        """Charge the fuel of this store until `close`."""
        self._store, self._owed = store, 0

    def close(self) -> None:
        """Let go of the store."""
        del self._store

    def charge(self, fuel: int) -> None:
        """Take fuel, sooner or later; RuntimePanic if less is left."""
        self._owed += fuel
        if self._owed >= _SETTLED_AT:
            self._settle()

    def _settle(self) -> None:
        left = self._store.get_fuel() - self._owed
        self._store.set_fuel(max(left, 0))
        self._owed = 0
        if left <= 0:
            raise RuntimePanic("all fuel consumed by host functions")
