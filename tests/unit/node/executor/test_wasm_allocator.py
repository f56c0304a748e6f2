"""The bridge's allocator does what Substrate's does, address by address."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.executor.errors import RuntimePanic
from tests.support.host import MemoryHost
from tests.support.wasm import HEAP_BASE, method, runtime, span

MALLOC = ("ext_allocator_malloc_version_1", "(param i32) (result i32)")
FREE = ("ext_allocator_free_version_1", "(param i32)")
SCRIPT_LIMIT = 60

# Reads steps of five bytes, 0 and a size or 1 and the number of an earlier block, and answers the
# addresses, which it keeps from address 0 on.
_SCRIPTED = method(
    "go",
    f"""(local $n i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (if (i32.load8_u (local.get $at))
        (then (call ${FREE[0]}
          (i32.load (i32.shl (i32.load offset=1 (local.get $at)) (i32.const 2)))))
        (else
          (i32.store (i32.shl (local.get $n) (i32.const 2))
            (call ${MALLOC[0]} (i32.load offset=1 (local.get $at))))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))))
      (local.set $at (i32.add (local.get $at) (i32.const 5)))
      (local.set $length (i32.sub (local.get $length) (i32.const 5)))
      (br $next)))
    (i64.shl (i64.extend_i32_u (local.get $n)) (i64.const 34))""",
)
SCRIPTED = runtime(_SCRIPTED, imports=[MALLOC, FREE])


class PlainAllocator:
    """Substrate's freeing-bump allocator, written down from its description."""

    def __init__(self, base):
        self.end = base
        self.free_by_order = {}
        self.order_of = {}

    def allocate(self, size):
        order = 0
        while 8 << order < size:
            order += 1
        free = self.free_by_order.get(order)
        if free:
            header = free.pop()
        else:
            header, self.end = self.end, self.end + 8 + (8 << order)
        self.order_of[header + 8] = order
        return header + 8

    def free(self, address):
        self.free_by_order.setdefault(self.order_of.pop(address), []).append(address - 8)


steps = st.lists(
    st.one_of(
        st.tuples(st.just(0), st.integers(0, 200) | st.integers(0, 1 << 18)),
        st.tuples(st.just(1), st.integers(0, SCRIPT_LIMIT)),
    ),
    max_size=SCRIPT_LIMIT,
)


@given(steps)
@settings(max_examples=60)
def test_blocks_stand_where_substrate_would_put_them(wanted):
    script, addresses, alive = [], [], []
    plain = PlainAllocator(HEAP_BASE)
    kept = []
    for kind, value in wanted:
        if kind == 0:
            kept.append((0, value))
            alive.append(len([step for step in kept if step[0] == 0]) - 1)
        elif alive:
            kept.append((1, alive.pop(value % len(alive))))
    script = b"".join(bytes((kind,)) + value.to_bytes(4, "little") for kind, value in kept)

    plain.allocate(len(script))
    for kind, value in kept:
        if kind == 0:
            addresses.append(plain.allocate(value))
        else:
            plain.free(addresses[value])

    answer = SCRIPTED.call("go", script, MemoryHost())
    got = [int.from_bytes(answer[at : at + 4], "little") for at in range(0, len(answer), 4)]
    assert got == addresses


def broken(*steps_):
    calls = " ".join(steps_)
    return runtime(method("go", f"(local $p i32) {calls} (i64.const 0)"), imports=[MALLOC, FREE])


def taken(size=8):
    return f"(local.set $p (call ${MALLOC[0]} (i32.const {size})))"


FREED = f"(call ${FREE[0]} (local.get $p))"


@pytest.mark.parametrize(
    ("steps_", "reason"),
    [
        ([taken(), FREED, FREED], "the runtime freed what was not allocated"),
        (["(local.set $p (i32.const 4))", FREED], "the runtime freed what was not allocated"),
        ([taken(32 << 20), taken((32 << 20) + 1)], "more than 32 MiB in one piece"),
        ([taken(32 << 20)] * 5, "the runtime is out of memory"),
        (
            [
                taken(),
                FREED,
                "(i64.store (i32.sub (local.get $p) (i32.const 8)) (i64.const -1))",
                taken(),
            ],
            "the runtime overwrote the header of a free block",
        ),
    ],
)
def test_misuse_stops_the_call(steps_, reason):
    with pytest.raises(RuntimePanic, match=reason):
        broken(*steps_).call("go", b"", MemoryHost())


def test_the_heap_begins_at_a_multiple_of_eight():
    where = method("go", f"(i64.or (i64.const {span(0, 1)}) (i64.extend_i32_u (local.get $at)))")
    assert SCRIPTED.call("go", b"", MemoryHost()) == b""
    assert runtime(where).call("go", b"\x2a", MemoryHost()) == b"\x2a"
    assert HEAP_BASE % 8 == 0
