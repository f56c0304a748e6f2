"""How host functions are written: plain functions whose annotations say how values cross.

    @FUNCTIONS.define("ext_storage_get_version_1")
    def get(call: RuntimeCall, key: Span) -> Span: ...

A parameter arrives as bytes or as an integer, copied out of the runtime's memory; bytes that a
function answers are put into memory that the runtime then owns.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn, TypeVar, get_args, get_type_hints

from node.executor.host import StateHost
from node.executor.wasm.memory import LOW_WORD, GuestMemory

Body = TypeVar("Body", bound=Callable[..., Any])


@dataclass(slots=True)
class RuntimeCall:
    """What host functions know of the call that they serve."""

    memory: GuestMemory
    host: StateHost
    transactions: int = 0
    """Storage transactions that the runtime opened and has not closed."""
    last_error: str | None = None
    """The last line that it logged as an error: where it panics, its reason."""
    batch_is_good: bool | None = None
    """Whether all signatures of the batch so far are good; None outside of one."""

    def begin(self, host: StateHost) -> None:
        """Forget the call before."""
        self.host = host
        self.transactions, self.last_error, self.batch_is_good = 0, None, None


@dataclass(frozen=True, slots=True)
class Passing:
    """How one value crosses between a runtime and the node."""

    wasm: str
    """The type that the runtime sees."""
    placed_by: str | None = None
    """The function of the bridge that puts such an answer into the runtime's memory."""
    length: int | None = None
    """Of what a plain pointer points to."""

    def reader(self, memory: GuestMemory) -> Callable[[int], Any]:
        """Make the function that turns a raw argument into a value."""
        length = self.length
        if length is not None:
            return lambda at: memory.read(at & LOW_WORD, length)
        if self.placed_by is not None:
            return memory.read_span
        return _low_word if self.wasm == "i32" else _as_it_is


def _low_word(raw: int) -> int:
    """Of a slot that holds an i32, only the lower half is defined."""
    return raw & LOW_WORD


def _as_it_is(raw: int) -> int:
    return raw


def _block(length: int) -> Passing:
    return Passing("i32", "$place", length)


Word = Annotated[int, Passing("i32")]
Long = Annotated[int, Passing("i64")]
Span = Annotated[bytes, Passing("i64", "$place_span")]
"""Bytes of any length, passed as length and address in one i64."""
Bytes4 = Annotated[bytes, _block(4)]
Bytes8 = Annotated[bytes, _block(8)]
Bytes16 = Annotated[bytes, _block(16)]
Bytes32 = Annotated[bytes, _block(32)]
Bytes33 = Annotated[bytes, _block(33)]
Bytes64 = Annotated[bytes, _block(64)]
Bytes65 = Annotated[bytes, _block(65)]


@dataclass(frozen=True, slots=True)
class HostFunction:
    """One function with the way its values cross."""

    name: str
    parameters: tuple[Passing, ...]
    result: Passing | None
    body: Callable[..., Any]


class HostFunctions(Mapping[str, HostFunction]):
    """Host functions by the name that runtimes import."""

    def __init__(self) -> None:
        self._by_name: dict[str, HostFunction] = {}

    def define(self, *names: str) -> Callable[[Body], Body]:
        """Offer the decorated function under these names."""

        def keep(body: Body) -> Body:
            hints = get_type_hints(body, include_extras=True)
            result = hints.pop("return")
            crossing = None if result in {type(None), NoReturn} else _passing(result)
            parameters = tuple(_passing(hint) for key, hint in hints.items() if key != "call")
            for name in names:
                self._by_name[name] = HostFunction(name, parameters, crossing, body)
            return body

        return keep

    def __getitem__(self, name: str) -> HostFunction:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)


def _passing(hint: Any) -> Passing:
    passing = get_args(hint)[1]
    assert isinstance(passing, Passing)
    return passing
