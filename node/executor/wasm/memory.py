"""A memory of compiled code, as bytes that the node reads and writes."""

from typing import Final

import wasmtime

from node.executor.errors import RuntimePanic
from node.executor.wasm.meter import PER_BYTE, FuelMeter

PAGE: Final = 1 << 16
LOW_WORD: Final = (1 << 32) - 1


class GuestMemory:
    """One linear memory at a time, while its store is open.

    Invariant: a memory never moves and never shrinks, so a view taken earlier is only too short.
    """

    __slots__ = ("_charge", "_memory", "_store", "_view")

    def __init__(self, meter: FuelMeter) -> None:
        self._charge = meter.charge

    def open(self, memory: wasmtime.Memory, store: wasmtime.Store) -> None:
        """Stand for a memory until `close`."""
        self._memory, self._store = memory, store
        self._look()

    def close(self) -> None:
        """Let go: what the view shows ends with its store."""
        del self._memory, self._store, self._view

    def read(self, at: int, length: int) -> bytes:
        """Copy bytes out; RuntimePanic if they are not all inside the memory."""
        self._charge(length * PER_BYTE)
        data = bytes(self._view[at : at + length])
        if len(data) != length:
            self._look()
            data = bytes(self._view[at : at + length])
            if len(data) != length:
                raise RuntimePanic(f"{length} bytes at {at} lie outside the runtime's memory")
        return data

    def read_span(self, span: int) -> bytes:
        """Copy out what Substrate's pointer-size names: the length above, the address below."""
        return self.read(span & LOW_WORD, span >> 32)

    def write(self, at: int, data: bytes) -> None:
        """Copy bytes in; RuntimePanic if the memory has no room for them there."""
        self._charge(len(data) * PER_BYTE)
        end = at + len(data)
        if end > len(self._view):
            self._look()
            if end > len(self._view):
                raise RuntimePanic(f"{len(data)} bytes at {at} lie outside the runtime's memory")
        self._view[at:end] = data

    def write_span(self, span: int, data: bytes) -> None:
        """Fill the buffer that a pointer-size names, as far as it reaches."""
        self.write(span & LOW_WORD, data[: span >> 32])

    def make_room(self, end: int) -> None:
        """Let the memory reach this address at least."""
        missing = end - len(self._view)
        if missing <= 0:
            return
        try:
            self._memory.grow(self._store, -(-missing // PAGE))
        except wasmtime.WasmtimeError as error:
            raise RuntimePanic(f"no memory for an answer of {end} bytes") from error
        self._look()

    def _look(self) -> None:
        self._view = memoryview(self._memory.get_buffer_ptr(self._store)).cast("B")
