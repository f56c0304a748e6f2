"""The state: reading, writing, walking, roots and nested transactions."""

from node.executor.errors import RuntimePanic
from node.executor.wasm.functions.values import NONE, kill_result, read_limit, some, some_bytes
from node.executor.wasm.interface import HostFunctions, Long, RuntimeCall, Span, Word

FUNCTIONS = HostFunctions()


@FUNCTIONS.define("ext_storage_get_version_1")
def get(call: RuntimeCall, key: Span) -> Span:
    value = call.host.get(key)
    return NONE if value is None else some_bytes(value)


@FUNCTIONS.define("ext_storage_read_version_1")
def read(call: RuntimeCall, key: Span, out: Long, offset: Word) -> Span:
    """Fill a buffer from an offset on; answers how many bytes there were from there."""
    value = call.host.get(key)
    if value is None:
        return NONE
    rest = value[offset:]
    call.memory.write_span(out, rest)
    return some(len(rest).to_bytes(4, "little"))


@FUNCTIONS.define("ext_storage_set_version_1")
def set_(call: RuntimeCall, key: Span, value: Span) -> None:
    call.host.put(key, value)


@FUNCTIONS.define("ext_storage_clear_version_1")
def clear(call: RuntimeCall, key: Span) -> None:
    call.host.delete(key)


@FUNCTIONS.define("ext_storage_exists_version_1")
def exists(call: RuntimeCall, key: Span) -> Word:
    return call.host.get(key) is not None


@FUNCTIONS.define("ext_storage_append_version_1")
def append(call: RuntimeCall, key: Span, item: Span) -> None:
    call.host.append(key, item)


@FUNCTIONS.define("ext_storage_clear_prefix_version_1")
def clear_prefix(call: RuntimeCall, prefix: Span) -> None:
    call.host.clear_prefix(prefix, None)


@FUNCTIONS.define("ext_storage_clear_prefix_version_2")
def clear_prefix_with_limit(call: RuntimeCall, prefix: Span, limit: Span) -> Span:
    return kill_result(call.host.clear_prefix(prefix, read_limit(limit)))


@FUNCTIONS.define("ext_storage_next_key_version_1")
def next_key(call: RuntimeCall, after: Span) -> Span:
    key = call.host.next_key(after)
    return NONE if key is None else some_bytes(key)


@FUNCTIONS.define("ext_storage_root_version_1")
def root(call: RuntimeCall) -> Span:  # noqa: ARG001
    raise RuntimePanic("the runtime keeps its state in version 0; this node's tries are version 1")


@FUNCTIONS.define("ext_storage_root_version_2")
def root_of_version(call: RuntimeCall, version: Word) -> Span:
    return root(call) if version == 0 else call.host.state_root()


@FUNCTIONS.define("ext_storage_changes_root_version_1")
def changes_root(call: RuntimeCall, parent: Span) -> Span:  # noqa: ARG001
    """Changes tries are long gone from Substrate, this question is not."""
    return NONE


@FUNCTIONS.define("ext_storage_start_transaction_version_1")
def start_transaction(call: RuntimeCall) -> None:
    call.host.begin()
    call.transactions += 1


@FUNCTIONS.define("ext_storage_commit_transaction_version_1")
def commit_transaction(call: RuntimeCall) -> None:
    _close_transaction(call)
    call.host.commit()


@FUNCTIONS.define("ext_storage_rollback_transaction_version_1")
def rollback_transaction(call: RuntimeCall) -> None:
    _close_transaction(call)
    call.host.rollback()


def _close_transaction(call: RuntimeCall) -> None:
    """A runtime may end only what it began: the caller has transactions of its own."""
    if call.transactions == 0:
        raise RuntimePanic("the runtime ends a storage transaction that it did not begin")
    call.transactions -= 1
