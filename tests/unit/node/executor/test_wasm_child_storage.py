"""Default child storage as a runtime sees it, and what it leaves in the top trie."""

import pytest

from node.executor.errors import RuntimePanic
from tests.support.host import MemoryHost
from tests.support.host_functions import NONE, call, some
from tests.support.plain_trie import plain_root
from tests.support.wasm import NOTHING, method, runtime, span

TOP = {b"a": b"one", b"b": b"two"}
CHILD = {b"a": b"1", b"ab": b"22", b"abc": b"", b"b": b"x" * 40}
ROOT = b":child_storage:default:"
EMPTY = plain_root({})


def host_with_child():
    return MemoryHost(TOP, children={b"c": CHILD})


def ask(short_name, *arguments, host):
    return call(f"default_child_storage_{short_name}", *arguments, host=host)


def limit(number):
    return b"\1" + number.to_bytes(4, "little")


def counts(*numbers):
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def child_after(host, name=b"c"):
    """The entries of a child trie once the changes are settled, and its root in the top trie."""
    host.settle()
    return host.below.child(name).state, host.below.get(ROOT + name)


@pytest.mark.parametrize("key", [*CHILD, b"absent"])
def test_reading_looks_below_and_at_changes(key):
    host = host_with_child()
    value = CHILD.get(key)
    assert ask("get", b"c", key, host=host) == (NONE if value is None else some(value))
    assert ask("exists", b"c", key, host=host) == (value is not None)
    ask("set", b"c", key, b"new", host=host)
    assert ask("get", b"c", key, host=host) == some(b"new")
    ask("clear", b"c", key, host=host)
    assert ask("get", b"c", key, host=host) == NONE
    assert ask("exists", b"c", key, host=host) == 0


def test_a_child_trie_that_is_not_there_is_empty():
    host = host_with_child()
    assert ask("get", b"other", b"a", host=host) == NONE
    assert ask("read", b"other", b"a", span(0, 1), 0, host=host) == NONE
    assert ask("exists", b"other", b"a", host=host) == 0
    assert ask("next_key", b"other", b"", host=host) == NONE
    assert ask("storage_kill_version_2", b"other", NONE, host=host) == 1
    assert ask("storage_kill_version_3", b"other", NONE, host=host) == bytes(5)
    assert ask("root", b"other", host=host) == EMPTY
    assert ask("root_version_2", b"other", 1, host=host) == EMPTY
    ask("clear", b"other", b"a", host=host)
    assert host.settle() == {}


@pytest.mark.parametrize(("offset", "left"), [(0, 40), (39, 1), (41, 0)])
def test_read_tells_how_much_there_is_from_the_offset(offset, left):
    answer = ask("read", b"c", b"b", span(0, 2), offset, host=host_with_child())
    assert answer == b"\1" + counts(left)


def test_read_fills_no_more_than_the_buffer():
    name = ("ext_default_child_storage_read_version_1", "(param i64 i64 i64 i32) (result i64)")
    child, key, buffer, seen = span(64, 1), span(65, 2), span(96, 2), span(96, 4)
    asking = f"(call 0 (i64.const {child}) (i64.const {key}) (i64.const {buffer}) (i32.const 1))"
    reading = runtime(
        method("go", f"(drop {asking}) (i64.const {seen})"), imports=[name], data=[(64, "cab")]
    )
    host = MemoryHost(children={b"c": {b"ab": b"value"}})
    assert reading.call("go", b"", host) == b"al\0\0"


def test_keys_come_in_order_from_below_and_from_changes():
    host = host_with_child()
    ask("set", b"c", b"aa", b"new", host=host)
    ask("clear", b"c", b"ab", host=host)
    found, key = [], b""
    while (answer := ask("next_key", b"c", key, host=host)) != NONE:
        key = answer[2:]
        found.append(key)
    assert found == [b"a", b"aa", b"abc", b"b"]


def test_child_tries_are_apart_from_each_other_and_from_the_top():
    host = host_with_child()
    ask("set", b"d", b"a", b"other", host=host)
    assert ask("get", b"c", b"a", host=host) == some(b"1")
    assert call("storage_get", b"a", host=host) == some(b"one")
    assert child_after(host, b"d") == ({b"a": b"other"}, plain_root({b"a": b"other"}))


def test_the_state_root_covers_child_tries():
    host = host_with_child()
    ask("set", b"c", b"new", b"y" * 40, host=host)
    ask("set", b"d", b"k", b"v", host=host)
    c, d = plain_root(CHILD | {b"new": b"y" * 40}), plain_root({b"k": b"v"})
    expected = plain_root(TOP | {ROOT + b"c": c, ROOT + b"d": d})
    assert call("storage_root_version_2", 1, host=host) == expected


def test_an_emptied_child_trie_leaves_nothing_in_the_top():
    host = host_with_child()
    for key in CHILD:
        ask("clear", b"c", key, host=host)
    assert call("storage_root_version_2", 1, host=host) == plain_root(TOP)
    assert child_after(host) == ({}, None)


def test_clearing_a_prefix():
    host = host_with_child()
    ask("set", b"c", b"abd", b"new", host=host)
    assert ask("clear_prefix", b"c", b"ab", host=host) == b""
    left = {b"a": b"1", b"b": b"x" * 40}
    assert child_after(host) == (left, plain_root(left))


def test_a_limit_counts_what_stood_before_the_block():
    """Given four entries of which one is changed and one removed, and a new one; when two may be
    cleared, then the first two that stood count, the new and the changed one go as well."""
    for name in ("clear_prefix_version_2", "storage_kill_version_3"):
        prefix = [b""] if name.startswith("clear") else []
        host = host_with_child()
        ask("clear", b"c", b"a", host=host)
        ask("set", b"c", b"b", b"changed", host=host)
        ask("set", b"c", b"new", b"", host=host)
        assert ask(name, b"c", *prefix, limit(2), host=host) == b"\1" + counts(2)
        left = {b"abc": b""}
        assert child_after(host) == (left, plain_root(left))


def test_a_limit_that_is_not_reached_leaves_nothing():
    host = host_with_child()
    assert ask("clear_prefix_version_2", b"c", b"a", limit(3), host=host) == b"\0" + counts(3)
    assert ask("storage_kill_version_2", b"c", limit(3), host=host) == 0
    assert ask("storage_kill_version_2", b"c", limit(4), host=host) == 1
    assert child_after(host) == ({}, None)


def test_killing_removes_everything():
    host = host_with_child()
    ask("set", b"c", b"new", b"", host=host)
    assert ask("storage_kill", b"c", host=host) == b""
    assert ask("next_key", b"c", b"", host=host) == NONE
    assert child_after(host) == ({}, None)


def test_killing_goes_on_from_a_cursor():
    """Counts: removed from below, removed at all, visited."""
    host = host_with_child()
    ask("set", b"c", b"ab", b"changed", host=host)
    ask("set", b"c", b"new", b"", host=host)
    ask("clear", b"c", b"a", host=host)
    name = "storage_kill_version_4"
    assert ask(name, b"c", limit(3), NONE, host=host) == some(b"b") + counts(1, 3, 3)
    assert ask(name, b"c", limit(3), some(b"b"), host=host) == NONE + counts(1, 1, 1)
    assert ask(name, b"c", NONE, some(b"c"), host=host) == NONE + counts(0, 0, 0)
    assert child_after(host) == ({}, None)


@pytest.mark.parametrize("version", [0, 1])
def test_the_root_is_that_of_the_changed_child_in_either_version(version):
    host = MemoryHost(TOP)
    entries = {b"k": b"v" * 40, b"l": b"w"}
    for key, value in entries.items():
        ask("set", b"c", key, value, host=host)
    assert call("storage_get", ROOT + b"c", host=host) == NONE
    assert ask("root_version_2", b"c", version, host=host) == plain_root(entries, version)
    assert call("storage_get", ROOT + b"c", host=host) == some(plain_root(entries, version))
    expected = plain_root(TOP | {ROOT + b"c": plain_root(entries)})
    assert call("storage_root_version_2", 1, host=host) == expected


def test_the_first_version_of_root_is_of_state_version_0():
    host = MemoryHost()
    ask("set", b"c", b"k", b"v" * 40, host=host)
    assert ask("root", b"c", host=host) == plain_root({b"k": b"v" * 40}, 0)
    with pytest.raises(RuntimePanic, match="no state version 2"):
        ask("root_version_2", b"c", 2, host=host)


def test_the_root_of_an_unchanged_child_is_what_stands_in_the_top():
    host = host_with_child()
    assert ask("root", b"c", host=host) == plain_root(CHILD)
    assert host.settle() == {}


def test_an_asked_for_root_follows_later_changes():
    host = MemoryHost(TOP)
    ask("set", b"c", b"k", b"v", host=host)
    ask("root", b"c", host=host)
    ask("clear", b"c", b"k", host=host)
    assert ask("root", b"c", host=host) == EMPTY
    assert call("storage_get", ROOT + b"c", host=host) == NONE
    assert call("storage_root_version_2", 1, host=host) == plain_root(TOP)


def test_roots_are_keys_of_the_top_that_its_functions_do_not_change():
    host = host_with_child()
    key, root = ROOT + b"c", plain_root(CHILD)
    assert call("storage_next_key", b":", host=host) == some(key)
    for name, *arguments in (
        ("set", key, b"mine"),
        ("set", ROOT + b"new", b"mine"),
        ("set", b":child_storage:other", b"mine"),
        ("append", key, b"mine"),
        ("clear", key),
        ("clear_prefix", b""),
        ("clear_prefix", b":child"),
        ("clear_prefix", key),
    ):
        call(f"storage_{name}", *arguments, host=host)
        assert host.changes() == {}
    assert call("storage_clear_prefix_version_2", b":", limit(9), host=host) == bytes(5)
    assert call("storage_get", key, host=host) == some(root)
    call("storage_set", b":child", b"free", host=host)
    call("storage_clear_prefix", b":childish", host=host)
    assert host.settle() == {b":child": b"free"}


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("commit", "commit", {b"k": b"2"}),
        ("commit", "rollback", {b"k": b"1"}),
        ("rollback", "commit", {}),
        ("rollback", "rollback", {}),
    ],
)
def test_nested_transactions_are_kept_or_undone(outer, inner, expected):
    names = ["start", "commit", "rollback"]
    imports = [(f"ext_storage_{name}_transaction_version_1", "") for name in names]
    imports.append(("ext_default_child_storage_set_version_1", "(param i64 i64 i64)"))
    start, set_ = "(call 0)", f"(call 3 (i64.const {span(64, 1)}) (i64.const {span(65, 1)})"
    first, second = (f"{set_} (i64.const {span(at, 1)}))" for at in (66, 67))
    end = {name: f"(call {at})" for at, name in enumerate(names)}
    body = f"{start} {first} {start} {second} {end[inner]} {end[outer]} {NOTHING}"
    host = MemoryHost(TOP)
    runtime(method("go", body), imports=imports, data=[(64, "ck12")]).call("go", b"", host)
    assert child_after(host) == (expected, plain_root(expected) if expected else None)


def test_a_trap_undoes_what_an_open_transaction_wrote():
    imports = [
        ("ext_storage_start_transaction_version_1", ""),
        ("ext_default_child_storage_set_version_1", "(param i64 i64 i64)"),
    ]
    write = (
        f"(call 1 (i64.const {span(64, 1)}) (i64.const {span(65, 1)}) (i64.const {span(66, 1)}))"
    )
    trapping = runtime(
        method("go", f"(call 0) {write} unreachable"), imports=imports, data=[(64, "ckv")]
    )
    host = MemoryHost(TOP)
    with pytest.raises(RuntimePanic):
        trapping.call("go", b"", host)
    assert host.child_changes() == {}
