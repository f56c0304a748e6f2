"""A runtime bound to host functions, ready to be called: each call has an instance of its own.

A fresh instance costs less than finding out what the last call left behind, and cannot be wrong.
"""

import logging
from collections.abc import Callable
from typing import Any, Final

import wasmtime

from node.executor.errors import OF_THE_NODE, RuntimePanic
from node.executor.host import StateHost
from node.executor.wasm.bridge import ENV, GIVE_UP, MALLOC, MEMORY, NODE, OPEN, STAGE_AT
from node.executor.wasm.interface import HostFunction, RuntimeCall
from node.executor.wasm.memory import LOW_WORD, PAGE, GuestMemory
from node.executor.wasm.meter import PER_CALL, FuelMeter
from node.executor.wasm.module import HEAP_BASE, CompiledCode, engine
from node.executor.wasm.native import Body, HostLinker, Slots
from runtime.framework.errors import Panic

log = logging.getLogger("runtime")

HEAP_PAGES: Final = 2048
"""Substrate's default heap: 128 MiB beyond what the module itself declares."""
HEAP_PAGES_KEY: Final = b":heappages"
"""Where a chain sets another size, as u64."""
MAX_PAGES: Final = 65_535
"""One page less than addresses reach, so that the end of a block never wraps around."""
TABLE_ELEMENTS: Final = 1_000_000
"""In one table: production runtimes have some thousand functions in theirs."""
FUEL: Final = 100_000_000_000
"""Instructions in one call, about a minute of them: blocks take seconds, and a loop must end."""

VERSION_FUEL: Final = FUEL // 1000
"""In the question for a version, which anybody's code may be asked: it answers a constant."""

_INSTANCES: Final = 2
"""In one call: the runtime's and the bridge's."""
_MEMORIES: Final = 2
"""In one call: the one they share, and the stage."""
_RUNTIME: Final = "runtime"
"""The module name under which the runtime's own exports are looked up."""
_LONG: Final = (1 << 64) - 1
"""Wasmtime reads an i64 as signed."""


class RuntimeInstance:
    """A runtime's imports bound to host functions. One thread uses it at a time."""

    def __init__(self, code: CompiledCode, host: StateHost) -> None:
        self._code = code
        self._meter = FuelMeter()
        self._stage = GuestMemory(self._meter)
        self._context = RuntimeCall(GuestMemory(self._meter), host)
        self._linker = HostLinker(engine())
        self._linker.define(
            NODE, GIVE_UP, wasmtime.FuncType([wasmtime.ValType.i32()], []), self._give_up
        )
        for function in code.functions:
            self._linker.define(NODE, function.name, _type_of(function), self._body_of(function))
        self._bridge = self._linker.prepare(code.bridge)

    def call(self, method: str, args: bytes, host: StateHost, fuel: int | None = None) -> bytes:
        """Run one method; RuntimePanic if it traps. Transactions that it left open are undone."""
        context = self._context
        context.begin(host)
        try:
            with wasmtime.Store(engine()) as store:
                return self._run(store, method, args, FUEL if fuel is None else fuel)
        except RuntimePanic as panic:
            raise RuntimePanic(f"{method}: {panic.reason}") from panic
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            failure = self._linker.take_failure()
            if failure is None:
                raise RuntimePanic(f"{method}: {self._reason(error)}") from error
            raise _told_as(method, failure) from failure
        finally:
            while context.transactions:
                context.transactions -= 1
                host.rollback()

    def _run(self, store: wasmtime.Store, method: str, args: bytes, fuel: int) -> bytes:
        heap_pages = _heap_pages(self._context.host.get(HEAP_PAGES_KEY))
        pages = min(self._code.pages + heap_pages, self._code.most_pages or MAX_PAGES, MAX_PAGES)
        store.set_limits(
            memory_size=pages * PAGE,
            table_elements=TABLE_ELEMENTS,
            instances=_INSTANCES,
            memories=_MEMORIES,
        )
        store.set_fuel(fuel)

        linker = wasmtime.Linker(engine())
        linker.define_instance(store, ENV, self._bridge.instantiate(store))
        self._meter.open(store)
        memory = self._context.memory
        memory.open(_memory(linker, store, MEMORY), store)
        self._stage.open(_memory(linker, store, "stage"), store)
        try:
            # A module may run code as soon as there is an instance of it.
            instance = linker.instantiate(store, self._code.runtime)
            linker.define_instance(store, _RUNTIME, instance)
            heap = linker.get(store, _RUNTIME, HEAP_BASE)
            assert isinstance(heap, wasmtime.Global)
            _function(linker, store, ENV, OPEN)(store, heap.value(store), pages)
            at = _function(linker, store, ENV, MALLOC)(store, len(args)) & LOW_WORD
            memory.write(at, args)
            answer = _function(linker, store, _RUNTIME, method)(store, at, len(args))
            return memory.read_span(answer & _LONG)
        finally:
            memory.close()
            self._stage.close()
            self._meter.close()

    def _reason(self, error: wasmtime.Trap | wasmtime.WasmtimeError) -> str:
        """A panic logs its message, and then runs into an instruction that cannot be reached."""
        panic = self._context.last_error
        if (
            panic is not None
            and isinstance(error, wasmtime.Trap)
            and error.trap_code is wasmtime.TrapCode.UNREACHABLE
        ):
            return panic.replace("\n", " ")
        return str(error).strip().rsplit("\n", 1)[-1].strip()

    def _give_up(self, slots: Slots) -> None:
        raise RuntimePanic(self._code.complaints[slots[0] & LOW_WORD])

    def _body_of(self, function: HostFunction) -> Body:
        """The host function over slots; what it answers in bytes goes to the stage."""
        ask, stage = _over_slots(function, self._context), self._stage
        charge = self._meter.charge

        def answer_nothing(slots: Slots) -> None:
            charge(PER_CALL)
            ask(slots)

        def answer_number(slots: Slots) -> None:
            charge(PER_CALL)
            slots[0] = ask(slots)

        def answer_bytes(slots: Slots) -> None:
            charge(PER_CALL)
            answer = ask(slots)
            stage.make_room(STAGE_AT + len(answer))
            stage.write(STAGE_AT, answer)
            slots[0] = len(answer)

        if function.result is None:
            return answer_nothing
        return answer_bytes if function.result.placed_by else answer_number


def _told_as(method: str, failure: BaseException) -> BaseException:
    """What a host function raised, as the caller shall see it.

    Whatever it is, the runtime asked for it: that must cost the block or the question, and not the
    node. Only what went wrong in the node is the node's own affair.
    """
    if isinstance(failure, OF_THE_NODE) or not isinstance(failure, Exception):
        return failure
    if isinstance(failure, RuntimePanic):
        return RuntimePanic(f"{method}: {failure.reason}")
    if not isinstance(failure, Panic):  # the host panics in the installed runtime's words
        log.error("host function failed method=%s", method, exc_info=failure)
    return RuntimePanic(f"{method}: {type(failure).__name__}: {failure}")


def _over_slots(function: HostFunction, context: RuntimeCall) -> Callable[[Slots], Any]:
    """Read the arguments, then call. The common numbers of them are written out: it is hot."""
    body = function.body
    match [parameter.reader(context.memory) for parameter in function.parameters]:
        case []:
            return lambda _slots: body(context)
        case [first]:
            return lambda slots: body(context, first(slots[0]))
        case [first, second]:
            return lambda slots: body(context, first(slots[0]), second(slots[2]))
        case readers:
            return lambda slots: body(
                context, *[read(slots[2 * at]) for at, read in enumerate(readers)]
            )


def _type_of(function: HostFunction) -> wasmtime.FuncType:
    """As the bridge imports it: an answer in bytes comes as the length of what is staged."""
    result = function.result
    came_as = [] if result is None else ["i32" if result.placed_by else result.wasm]
    parameters = [_value_type(parameter.wasm) for parameter in function.parameters]
    return wasmtime.FuncType(parameters, [_value_type(name) for name in came_as])


def _value_type(name: str) -> wasmtime.ValType:
    return wasmtime.ValType.i32() if name == "i32" else wasmtime.ValType.i64()


def _function(
    linker: wasmtime.Linker, store: wasmtime.Store, module: str, name: str
) -> wasmtime.Func:
    found = linker.get(store, module, name)
    assert isinstance(found, wasmtime.Func)
    return found


def _memory(linker: wasmtime.Linker, store: wasmtime.Store, name: str) -> wasmtime.Memory:
    found = linker.get(store, ENV, name)
    assert isinstance(found, wasmtime.Memory)
    return found


def _heap_pages(stored: bytes | None) -> int:
    return HEAP_PAGES if stored is None else int.from_bytes(stored, "little")
