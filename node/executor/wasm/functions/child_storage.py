"""Default child storage: what is asked of the state, asked of one of its child tries."""

from node.executor.wasm.functions.values import (
    NONE,
    kill_result,
    known_version,
    read_limit,
    read_optional_bytes,
    some,
    some_bytes,
)
from node.executor.wasm.interface import HostFunctions, Long, RuntimeCall, Span, Word

FUNCTIONS = HostFunctions()


@FUNCTIONS.define("ext_default_child_storage_get_version_1")
def get(call: RuntimeCall, child: Span, key: Span) -> Span:
    value = call.host.child(child).get(key)
    return NONE if value is None else some_bytes(value)


@FUNCTIONS.define("ext_default_child_storage_read_version_1")
def read(call: RuntimeCall, child: Span, key: Span, out: Long, offset: Word) -> Span:
    """Fill a buffer from an offset on; answers how many bytes there were from there."""
    value = call.host.child(child).get(key)
    if value is None:
        return NONE
    rest = value[offset:]
    call.memory.write_span(out, rest)
    return some(len(rest).to_bytes(4, "little"))


@FUNCTIONS.define("ext_default_child_storage_exists_version_1")
def exists(call: RuntimeCall, child: Span, key: Span) -> Word:
    return call.host.child(child).get(key) is not None


@FUNCTIONS.define("ext_default_child_storage_next_key_version_1")
def next_key(call: RuntimeCall, child: Span, after: Span) -> Span:
    key = call.host.child(child).next_key(after)
    return NONE if key is None else some_bytes(key)


@FUNCTIONS.define("ext_default_child_storage_set_version_1")
def set_(call: RuntimeCall, child: Span, key: Span, value: Span) -> None:
    call.host.child(child).put(key, value)


@FUNCTIONS.define("ext_default_child_storage_clear_version_1")
def clear(call: RuntimeCall, child: Span, key: Span) -> None:
    call.host.child(child).delete(key)


@FUNCTIONS.define("ext_default_child_storage_clear_prefix_version_1")
def clear_prefix(call: RuntimeCall, child: Span, prefix: Span) -> None:
    call.host.child(child).clear_prefix(prefix, None)


@FUNCTIONS.define("ext_default_child_storage_clear_prefix_version_2")
def clear_prefix_with_limit(call: RuntimeCall, child: Span, prefix: Span, limit: Span) -> Span:
    return kill_result(call.host.child(child).clear_prefix(prefix, read_limit(limit)))


@FUNCTIONS.define("ext_default_child_storage_storage_kill_version_1")
def kill(call: RuntimeCall, child: Span) -> None:
    """Remove all that is in it: then there is no such child trie."""
    call.host.child(child).clear_prefix(b"", None)


@FUNCTIONS.define("ext_default_child_storage_storage_kill_version_2")
def kill_some(call: RuntimeCall, child: Span, limit: Span) -> Word:
    """Answers whether none is left."""
    return call.host.child(child).clear_prefix(b"", read_limit(limit))[1]


@FUNCTIONS.define("ext_default_child_storage_storage_kill_version_3")
def kill_and_count(call: RuntimeCall, child: Span, limit: Span) -> Span:
    return kill_result(call.host.child(child).clear_prefix(b"", read_limit(limit)))


@FUNCTIONS.define("ext_default_child_storage_storage_kill_version_4")
def kill_from_cursor(call: RuntimeCall, child: Span, limit: Span, cursor: Span) -> Span:
    """Answers MultiRemovalResults: where to go on, and three counts."""
    start = read_optional_bytes(cursor) or b""
    removal = call.host.child(child).remove(b"", read_limit(limit), start)
    counts = (removal.below, removal.unique, removal.visited)
    go_on = NONE if removal.cursor is None else some_bytes(removal.cursor)
    return go_on + b"".join(count.to_bytes(4, "little") for count in counts)


@FUNCTIONS.define("ext_default_child_storage_root_version_1")
def root(call: RuntimeCall, child: Span) -> Span:
    return call.host.child_root(child, 0)


@FUNCTIONS.define("ext_default_child_storage_root_version_2")
def root_of_version(call: RuntimeCall, child: Span, version: Word) -> Span:
    return call.host.child_root(child, known_version(version))
