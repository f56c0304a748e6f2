"""Host functions as Wasmtime's C interface calls them, without a detour.

The package's `Func` turns every argument into an object and back, 14 microseconds a call; this is
half a microsecond. It rests on the C interface, which is stable, and on its generated bindings.
"""

import ctypes
from collections.abc import Callable
from typing import Any, Final

import wasmtime
from wasmtime import _bindings as c

Slots = Any
"""Arguments by even index, each in the lower half of its 16 bytes; slot 0 takes the result."""
Body = Callable[[Slots], None]

_Callback: Final = ctypes.CFUNCTYPE(
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.c_size_t,
)
_no_finalizer: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()
_TRAP_TEXT: Final = b"a host function failed"


class HostLinker:
    """Offers Python functions to modules. What a function raises is kept, and stops the call."""

    def __init__(self, engine: wasmtime.Engine) -> None:
        self._linker = wasmtime.Linker(engine)
        self._callbacks: list[Any] = []
        self._failure: BaseException | None = None

    def define(self, module: str, name: str, type_: wasmtime.FuncType, body: Body) -> None:
        """Offer a function that reads its arguments from slots and writes its result to slot 0."""

        def callback(_data: int, _caller: int, slots: Slots, _count: int) -> int | None:
            try:
                body(slots)
            except BaseException as failure:  # noqa: BLE001 - no exception may enter compiled code
                self._failure = failure
                trap = c.wasmtime_trap_new(ctypes.create_string_buffer(_TRAP_TEXT), len(_TRAP_TEXT))
                return ctypes.cast(trap, ctypes.c_void_p).value
            return None

        kept = _Callback(callback)
        self._callbacks.append(kept)
        error = c.wasmtime_linker_define_func_unchecked(
            self._linker.ptr(),
            ctypes.create_string_buffer(module.encode()),
            len(module.encode()),
            ctypes.create_string_buffer(name.encode()),
            len(name.encode()),
            type_.ptr(),
            ctypes.cast(kept, c.wasmtime_func_unchecked_callback_t),
            None,
            _no_finalizer,
        )
        assert not bool(error), f"{name} is defined twice"

    def take_failure(self) -> BaseException | None:
        """What a function raised, told once; None if none did."""
        failure, self._failure = self._failure, None
        return failure

    def prepare(self, module: wasmtime.Module) -> wasmtime.InstancePre:
        """Bind a module's imports to what is offered."""
        return self._linker.instantiate_pre(module)
