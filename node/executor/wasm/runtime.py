"""Wasm runtimes behind the door that the Python runtime has: a method's name, bytes, a host."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Final

from genesis.host import GenesisHost
from node.executor.errors import MethodNotFound
from node.executor.host import StateHost
from node.executor.wasm.code import unpack
from node.executor.wasm.instance import VERSION_FUEL, RuntimeInstance
from node.executor.wasm.module import CompiledCode
from node.executor.wasm.version import complete_version, embedded_version
from primitives.hashing import blake2_256

KEPT: Final = 4
"""Compiled runtimes in memory: forks around an upgrade use two, a dry run some more."""


class WasmRuntime:
    """A code blob, compiled. Any number of threads may call it."""

    def __init__(self, code: bytes, directory: Path | None = None) -> None:
        """Compile it, or find it compiled in a directory; UnknownCode if it is no runtime."""
        self._module = unpack(code)
        self._compiled = CompiledCode(self._module, directory)
        self._idle: deque[RuntimeInstance] = deque()

    @cached_property
    def version(self) -> bytes:
        """The SCALE RuntimeVersion."""
        embedded = embedded_version(self._module)
        if embedded is not None:
            return embedded
        return complete_version(self.call("Core_version", b"", GenesisHost(), VERSION_FUEL))

    def call(self, method: str, args: bytes, host: StateHost, fuel: int | None = None) -> bytes:
        """Ask the runtime. What it writes stays in the host, also when it panics."""
        if method not in self._compiled.methods:
            raise MethodNotFound(f"the runtime has no method {method}")
        try:
            instance = self._idle.popleft()
        except IndexError:
            instance = RuntimeInstance(self._compiled, host)
        try:
            return instance.call(method, args, host, fuel)
        finally:
            self._idle.append(instance)

    def over(self, host: StateHost) -> "BoundRuntime":
        """The same runtime with a host that stays."""
        return BoundRuntime(self, host)


@dataclass(frozen=True, slots=True)
class BoundRuntime:
    """A Wasm runtime over one host."""

    runtime: WasmRuntime
    host: StateHost

    def call(self, method: str, args: bytes) -> bytes:
        """Ask the runtime."""
        return self.runtime.call(method, args, self.host)


class WasmRuntimes:
    """The runtimes in use, by the hash of their code."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._kept: OrderedDict[bytes, WasmRuntime] = OrderedDict()
        self._lock = Lock()

    def of(self, code: bytes) -> WasmRuntime:
        """The runtime in a blob, compiled on first use; UnknownCode if there is none."""
        key = blake2_256(code)
        with self._lock:
            runtime = self._kept.get(key)
            if runtime is None:
                runtime = self._kept[key] = WasmRuntime(code, self._directory)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return runtime

    def version_of(self, code: bytes) -> bytes | None:
        """The SCALE RuntimeVersion of a blob, None if it is no runtime: the host's question.

        A blob that says its version itself is not compiled for that.
        """
        try:
            embedded = embedded_version(unpack(code))
            return self.of(code).version if embedded is None else embedded
        except Exception:  # noqa: BLE001 - whoever proposes code may make it fail in any way
            return None
