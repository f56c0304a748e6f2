"""Python runtimes behind the door that Wasm runtimes have: a method's name, bytes, a host."""

import logging
from dataclasses import dataclass
from typing import Any

from genesis.build import EMBEDDED_CODE
from node.executor.archive.build import installed_archive
from node.executor.archive.loader import code_version, load_archive
from node.executor.archive.shipped import known_archives
from node.executor.archive.strange import is_the_nodes_own, text_of, words_of
from node.executor.errors import OF_THE_NODE, MethodNotFound, RuntimePanic, UnknownCode
from node.executor.loaded import INSTALLED, LoadedRuntime
from node.executor.policy import OnchainCode
from primitives.errors import ChainError
from primitives.host import Host
from primitives.scale.types import encode
from runtime.framework.errors import Panic
from runtime.pallets.system_types import RuntimeVersion
from runtime.version import VERSION

log = logging.getLogger("runtime")


@dataclass(frozen=True, slots=True)
class PythonRuntime:
    """A Python runtime, installed or out of an archive. Any number of threads may bind it."""

    loaded: LoadedRuntime

    def over(self, host: Host) -> "BoundRuntime":
        """Its pallets over a host; UnknownCode if they do not come to stand there."""
        try:
            return BoundRuntime(self.loaded, self.loaded.over(host))
        except BaseException as error:
            if isinstance(error, ChainError) or is_the_nodes_own(error):
                raise
            log.exception("runtime failed over a host")
            raise UnknownCode(f"the runtime does not start: {words_of(error)}") from error


@dataclass(frozen=True, slots=True)
class BoundRuntime:
    """A Python runtime over one host."""

    loaded: LoadedRuntime
    runtime: Any

    def call(self, method: str, args: bytes) -> bytes:
        """Ask the runtime; RuntimePanic if it gives up, and if it fails in any other way."""
        if method not in self.loaded.methods:
            raise MethodNotFound(f"the runtime has no method {method}")
        try:
            answer: object = self.loaded.call(self.runtime, method, args)
        except (Panic, self.loaded.panic) as panic:  # the host panics in the installed one's words
            raise RuntimePanic(text_of(panic)) from panic
        except OF_THE_NODE:
            raise
        except BaseException as error:
            if is_the_nodes_own(error):
                raise
            # A bug of the runtime must cost the block or the question, and not the node.
            log.exception("runtime failed method=%s", method)
            raise RuntimePanic(words_of(error)) from error
        if type(answer) is not bytes:
            raise RuntimePanic(f"{method} answered no bytes")
        return answer


def embedded_call(method: str, args: bytes, host: Host) -> bytes:
    """The embedded runtime over any host, as the builder of a genesis calls it."""
    return INSTALLED.call(INSTALLED.over(host), method, args)


def load_python(code: bytes, policy: OnchainCode) -> PythonRuntime:
    """The Python runtime in a blob.

    Raises:
        CodeNotPermitted: it is an archive that the policy rules out.
        UnknownCode: it is none that this node runs.
    """
    if code in (EMBEDDED_CODE, installed_archive()):
        return PythonRuntime(INSTALLED)
    policy.ensure_permits(code, known_archives())
    return PythonRuntime(load_archive(code))


def python_version(code: bytes) -> bytes | None:
    """The SCALE RuntimeVersion of a Python runtime; None if it would not run anywhere.

    The operator's policy has no say: whether an upgrade goes through, all nodes must answer alike.
    """
    version = VERSION if code == EMBEDDED_CODE else code_version(code)
    return None if version is None else encode(RuntimeVersion, version)
