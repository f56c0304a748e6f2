"""Brings an archive's sources to life, in modules of their own and with less than all of Python.

The modules of one archive are named after the hash of its sources, `runtime_0f1e….runtime.api`,
and see each other under the names they use themselves. So archives share nothing with each other
nor with the installed package. They stand in `sys.modules`, because type hints and dataclasses are
resolved there, and stay: old blocks need old code. Their lines show in tracebacks.
"""

import builtins
import linecache
import sys
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import Any, Final

from genesis.host import GenesisHost
from node.executor.archive.allowed import BUILTINS, MACHINERY, MODULES
from node.executor.archive.check import PACKAGES, check, compile_text, module_name, text_of
from node.executor.archive.errors import ArchiveRefused
from node.executor.archive.format import ENTRY, Sources
from node.executor.archive.limits import IMPORTS
from node.executor.archive.own_stack import on_own_stack
from node.executor.archive.replaced import REPLACED
from node.executor.archive.strange import is_the_nodes_own, words_of
from node.executor.loaded import LoadedRuntime
from primitives.hashing import blake2_256
from primitives.scale.errors import ScaleError
from primitives.scale.types import decode
from runtime.pallets.system_types import RuntimeVersion

_PANIC: Final = "runtime.framework.errors"
_RUNTIME: Final = "runtime.runtime"
_CODECS: Final = "primitives.scale.types"
_RECORDS: Final = "primitives.scale.records"

_loading: Final = RLock()
"""Held while modules come to life: each archive does so once, and another thread waits for it."""
_loaded: Final[dict[bytes, LoadedRuntime]] = {}
"""By hash of the sources."""


def load_sources(sources: Sources, trusted: Container[str] = ()) -> LoadedRuntime:
    """Check the sources and run their modules; the same sources answer the same runtime.

    Args:
        sources: all of an archive.
        trusted: paths whose files were checked before, and need not be again.

    Raises:
        ArchiveRefused: the first thing that is wrong with them.
    """
    return on_own_stack(lambda: _load_sources(sources, trusted))


def _load_sources(sources: Sources, trusted: Container[str]) -> LoadedRuntime:
    name = _hash(sources)
    with _loading:
        if name not in _loaded:
            findings = check(sources, trusted)
            if findings:
                first, more = findings[0], len(findings) - 1
                reason = f"{first.reason} (and {more} more)" if more else first.reason
                raise ArchiveRefused(first.file, reason, first.line)
            _loaded[name] = _Namespace(f"runtime_{name.hex()[:16]}", sources).load()
        return _loaded[name]


def _hash(sources: Sources) -> bytes:
    parts = ((path.encode(), sources[path]) for path in sorted(sources))
    return blake2_256(b"".join(blake2_256(path) + blake2_256(source) for path, source in parts))


class _Namespace:
    """The modules of one archive under their private names."""

    def __init__(self, name: str, sources: Sources) -> None:
        self._name = name
        self._paths = {module_name(path): path for path in sources}
        self._sources = sources
        self._modules: dict[str, ModuleType] = {}
        self._depth = 0
        self._builtins = {
            builtin: getattr(builtins, builtin) for builtin in sorted(BUILTINS | MACHINERY)
        } | {"__import__": self._import}

    def load(self) -> LoadedRuntime:
        """Run the entry module with what it imports, and then all others.

        A module that came to life with a call only would do so in two threads at once, and its
        faults would show when the chain stands on it.
        """
        try:
            door, runtime, errors = map(self._module, (ENTRY, _RUNTIME, _PANIC))
            for name in sorted(self._paths):
                self._module(name)
            self._finish_codecs()
            return _offer(door, runtime, errors, self.module)
        except BaseException as error:  # whatever a stranger's module raises
            self._forget()
            if isinstance(error, ArchiveRefused) or is_the_nodes_own(error):
                raise
            path, line = self._place(error)
            raise ArchiveRefused(path, words_of(error), line) from error

    def _finish_codecs(self) -> None:
        """Have an archive make the codecs of its enums while no other thread is in it.

        Release 185 fills them variant by variant on first use, and a second thread would take some
        of them for all.
        """
        if not self._paths.keys() >= {_CODECS, _RECORDS}:
            return
        codecs, records = self._module(_CODECS), self._module(_RECORDS)
        with suppress(AttributeError):  # other sources may have other names for it
            for enum in records.Enumeration.__subclasses__():
                with suppress(Exception):
                    codecs.codec_of(enum).decode(b"", 0)

    def module(self, name: str) -> ModuleType:
        """A module of the archive, for the node. All have come to life when it gets this."""
        return self._module(name)

    def _module(self, name: str) -> ModuleType:
        """A module of the archive by the name it has there; run now if nobody asked before."""
        if name in self._modules:
            return self._modules[name]
        package, _, leaf = name.rpartition(".")
        parent = self._module(package) if package else None
        if name not in self._modules:
            self._run(name)
        if parent is not None:
            setattr(parent, leaf, self._modules[name])
        return self._modules[name]

    def _run(self, name: str) -> None:
        path = self._paths.get(name)
        if path is None:
            raise ModuleNotFoundError(f"{name} is not in the archive")
        if self._depth == IMPORTS:
            raise ArchiveRefused(path, f"more than {IMPORTS} imports within each other")
        module = ModuleType(f"{self._name}.{name}")
        module.__file__ = self._file(path)
        module.__dict__["__builtins__"] = self._builtins
        source = self._sources[path]
        text = text_of(path, source)
        _show_lines(module.__file__, text)
        self._modules[name] = sys.modules[module.__name__] = module
        self._depth += 1
        try:
            exec(compile_text(text, module.__file__), module.__dict__)
        except BaseException:  # half of a module is none, whoever catches this
            del self._modules[name], sys.modules[module.__name__]
            raise
        finally:
            self._depth -= 1

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002, ARG002 - as Python calls it
        locals: Mapping[str, Any] | None = None,  # noqa: A002, ARG002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """What `import` means inside the archive.

        Compiled code of the libraries imports by the built-ins of whoever called it, for its own
        use. Python hands it a list of names then, where a statement has a tuple or nothing.
        """
        if isinstance(fromlist, list):
            return import_module(name)
        top = name.partition(".")[0]
        if level or (top not in PACKAGES and name not in MODULES):
            raise ImportError(f"import of {name} is not allowed")
        if top not in PACKAGES:
            return _facade(name)
        module = self._module(name)
        for wanted in fromlist or ():
            if f"{name}.{wanted}" in self._paths:
                self._module(f"{name}.{wanted}")
        return module if fromlist else self._module(top)

    def _file(self, path: str) -> str:
        return f"<{self._name}>/{path}"

    def _place(self, error: BaseException) -> tuple[str, int | None]:
        """The innermost line of the archive that an error came through."""
        place: tuple[str, int | None] = ("", None)
        trace, prefix = error.__traceback__, self._file("")
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file.startswith(prefix):
                place = (file.removeprefix(prefix), trace.tb_lineno)
            trace = trace.tb_next
        return place

    def _forget(self) -> None:
        for module in self._modules.values():
            sys.modules.pop(module.__name__, None)
            linecache.cache.pop(str(module.__file__), None)


def _show_lines(file: str, text: str) -> None:
    """Let tracebacks, debuggers and the reader of docstrings find a file that lies nowhere."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)


@cache
def _facade(name: str) -> ModuleType:
    """A module of Python or of a library, with what archives may use of it and nothing else."""
    facade, real = ModuleType(name), import_module(name)
    for wanted in sorted(MODULES[name]):
        inner = f"{name}.{wanted}"
        value = _facade(inner) if inner in MODULES else getattr(real, wanted)
        value = REPLACED.get(inner, value)
        setattr(facade, wanted, value)
    return facade


def _offer(
    door: ModuleType,
    runtime: ModuleType,
    errors: ModuleType,
    module: Callable[[str], ModuleType],
) -> LoadedRuntime:
    """What the node takes of the modules, each of it of the kind that it must be."""
    call: Callable[[Any, str, bytes], bytes] = door.call
    over, methods, panic = runtime.Runtime, frozenset(door.METHODS), errors.Panic
    if not all(type(method) is str for method in methods):
        raise ArchiveRefused("", "METHODS must hold names of methods")
    if not (isinstance(panic, type) and issubclass(panic, Exception)):
        raise ArchiveRefused("", "Panic must be a class of exceptions")
    try:
        version = decode(RuntimeVersion, call(over(GenesisHost()), "Core_version", b""))
    except ScaleError as error:
        raise ArchiveRefused("", f"the runtime has no version that can be read: {error}") from error
    return LoadedRuntime(version, over, call, methods, panic, module)
