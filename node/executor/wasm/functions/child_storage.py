"""Default child storage, in a state that has no child tries.

Subtensor never had any. Reading and clearing answer as for an empty child trie, so a runtime that
only asks goes on; one that writes is stopped, since its state root could not be made.
"""
# ruff: noqa: ARG001 - an empty child trie gives the same answer to every question

from typing import Final, NoReturn

from node.executor.errors import RuntimePanic
from node.executor.wasm.functions.values import NONE
from node.executor.wasm.interface import HostFunctions, Long, RuntimeCall, Span, Word
from storage.trie.node import EMPTY_ROOT

FUNCTIONS = HostFunctions()

_ALL_REMOVED: Final = bytes(5)
"""KillStorageResult: none is left, and zero are gone."""


@FUNCTIONS.define(
    "ext_default_child_storage_get_version_1", "ext_default_child_storage_next_key_version_1"
)
def get(call: RuntimeCall, child: Span, key: Span) -> Span:
    return NONE


@FUNCTIONS.define("ext_default_child_storage_read_version_1")
def read(call: RuntimeCall, child: Span, key: Span, out: Long, offset: Word) -> Span:
    return NONE


@FUNCTIONS.define("ext_default_child_storage_exists_version_1")
def exists(call: RuntimeCall, child: Span, key: Span) -> Word:
    return 0


@FUNCTIONS.define("ext_default_child_storage_set_version_1")
def set_(call: RuntimeCall, child: Span, key: Span, value: Span) -> NoReturn:
    raise RuntimePanic("the runtime writes to child storage, which this node does not keep")


@FUNCTIONS.define(
    "ext_default_child_storage_clear_version_1",
    "ext_default_child_storage_clear_prefix_version_1",
)
def clear(call: RuntimeCall, child: Span, key: Span) -> None:
    """Nothing to remove."""


@FUNCTIONS.define("ext_default_child_storage_clear_prefix_version_2")
def clear_prefix(call: RuntimeCall, child: Span, prefix: Span, limit: Span) -> Span:
    return _ALL_REMOVED


@FUNCTIONS.define("ext_default_child_storage_storage_kill_version_1")
def kill(call: RuntimeCall, child: Span) -> None:
    """Nothing to remove."""


@FUNCTIONS.define("ext_default_child_storage_storage_kill_version_2")
def kill_some(call: RuntimeCall, child: Span, limit: Span) -> Word:
    """Answers whether all are gone."""
    return 1


@FUNCTIONS.define(
    "ext_default_child_storage_storage_kill_version_3",
    "ext_default_child_storage_storage_kill_version_4",
)
def kill_and_count(call: RuntimeCall, child: Span, limit: Span) -> Span:
    return _ALL_REMOVED


@FUNCTIONS.define("ext_default_child_storage_root_version_1")
def root(call: RuntimeCall, child: Span) -> Span:
    return EMPTY_ROOT


@FUNCTIONS.define("ext_default_child_storage_root_version_2")
def root_of_version(call: RuntimeCall, child: Span, version: Word) -> Span:
    return EMPTY_ROOT
