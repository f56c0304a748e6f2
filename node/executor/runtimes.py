"""The one door to runtimes of every kind: by the hash of their code, each made ready once.

    :code ── the installed runtime's own ── runs from the installed package
          ── a Python archive            ── if the operator lets it, from its bytes
          ── a Wasm blob, zstd or plain  ── compiled

What only one of the kinds needs is imported when the first blob of that kind comes along.
"""

from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Final, Protocol

from genesis.build import RuntimeEntry
from genesis.host import GenesisHost
from node.executor.code import describe_code, is_python, is_wasm
from node.executor.errors import RuntimePanic, UnknownCode
from node.executor.host import StateHost
from node.executor.policy import OnchainCode
from primitives.hashing import blake2_256
from runtime.framework.errors import Panic
from runtime.version import VERSION

if TYPE_CHECKING:
    from node.executor.wasm.runtime import WasmRuntimes

KEPT: Final = 4
"""Runtimes that are ready: forks around an upgrade use two, readers of old blocks some more."""


class Bound(Protocol):
    """A runtime over one host."""

    def call(self, method: str, args: bytes) -> bytes:
        """Ask the runtime; MethodNotFound or RuntimePanic if there is no answer."""


class CodeRuntime(Protocol):
    """A runtime of any kind."""

    def over(self, host: StateHost) -> Bound:
        """Bind it to a host. One thread uses what comes of that at a time."""


class Runtimes:
    """Makes runtimes out of code. All executors of a node share one, from any thread."""

    def __init__(self, policy: OnchainCode = OnchainCode.ANY, compiled: Path | None = None) -> None:
        """`compiled` is a directory for compiled code, which nobody else may write."""
        self._policy = policy
        self._compiled = compiled
        self._kept: OrderedDict[bytes, CodeRuntime] = OrderedDict()
        self._keeping = Lock()
        self._loading = RLock()
        """Held for long: whoever wants a runtime that is ready does not wait for it."""

    def of(self, code: bytes | None) -> CodeRuntime:
        """The runtime that a state holds.

        Raises:
            UnknownCode: this node cannot run it, or must not.
        """
        if not code:
            raise UnknownCode("the code is absent")
        name = blake2_256(code)
        if (ready := self._ready(name)) is not None:
            return ready
        with self._loading:
            if (ready := self._ready(name)) is not None:
                return ready
            runtime = self._load(code)
            with self._keeping:
                self._kept[name] = runtime
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return runtime

    def _ready(self, name: bytes) -> CodeRuntime | None:
        with self._keeping:
            if name not in self._kept:
                return None
            self._kept.move_to_end(name)
            return self._kept[name]

    def version_of(self, code: bytes) -> bytes | None:
        """The SCALE RuntimeVersion of a blob; None if it is no runtime: the host's question."""
        if is_python(code):
            from node.executor.python import python_version

            return python_version(code)
        if is_wasm(code):
            return self._wasm.version_of(code)
        return None

    def entry(self, code: bytes | None) -> RuntimeEntry:
        """The runtime of some code, as the builder of a genesis calls it.

        Raises:
            UnknownCode: this node does not run it.
        """
        runtime = self.of(code)

        def call(method: str, args: bytes, host: GenesisHost) -> bytes:
            try:
                return runtime.over(host).call(method, args)
            except RuntimePanic as panic:
                raise Panic(panic.reason) from panic

        return call

    def _load(self, code: bytes) -> CodeRuntime:
        if is_python(code):
            from node.executor.python import load_python

            return load_python(code, self._policy)
        if is_wasm(code):
            try:
                return self._wasm.of(code)
            except UnknownCode as error:
                raise UnknownCode(
                    f"the code is {describe_code(code)}, which does not run: {error}"
                ) from error
        raise UnknownCode(
            f"the code is {describe_code(code)}; this node runs WebAssembly and Python "
            f"runtimes, such as its own {VERSION.spec_name} {VERSION.spec_version}"
        )

    @cached_property
    def _wasm(self) -> "WasmRuntimes":
        from node.executor.wasm.runtime import WasmRuntimes

        return WasmRuntimes(self._compiled)
