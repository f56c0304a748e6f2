"""A Python runtime that is ready to run, wherever its code came from."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from primitives.host import Host
from runtime import api
from runtime.framework.errors import Panic
from runtime.pallets.system_types import RuntimeVersion
from runtime.runtime import Runtime
from runtime.version import VERSION


@dataclass(frozen=True, slots=True)
class LoadedRuntime:
    """What the node uses of a Python runtime, and all that an archive must offer."""

    version: RuntimeVersion
    over: Callable[[Host], Any]
    """All pallets over a host: the runtime that `call` is given."""
    call: Callable[[Any, str, bytes], bytes]
    methods: Container[str]
    """Names that `call` knows."""
    panic: type[Exception]
    """What it raises when it cannot go on; everything else is a bug."""
    module: Callable[[str], Any]
    """Any module of its own by the name it has there; ModuleNotFoundError if it has none such."""


INSTALLED: Final = LoadedRuntime(VERSION, Runtime, api.call, api.METHODS, Panic, import_module)
"""The runtime that is part of this program."""
