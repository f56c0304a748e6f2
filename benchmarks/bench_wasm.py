"""The Wasm executor: one crossing to the node, one call, and a block of 500 transfers.

Prints one JSON line. The block needs the production runtime of spec 185 in the folder that
TAONODE_SPECS names (see tests/README.md); without it the line has the first two figures only.
"""

import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from genesis.spec import CODE_KEY
from node.executor.wasm.module import HOST_FUNCTIONS
from node.executor.wasm.runtime import WasmRuntime
from primitives.crypto import KeyPair
from primitives.scale.compact import encode_compact
from primitives.scheme import Scheme
from primitives.signing import sign_extrinsic
from tests.support.host import MemoryHost
from tests.support.specs import CODE_185, first_block, fresh_host, genesis_header, state_with_code
from tests.support.wasm import ECHO, NOTHING, method, runtime, span

TRANSFERS = 500
CROSSINGS = 100_000
RUNS = 5
TRANSFER_KEEP_ALIVE = b"\5\3"
TO_ID = b"\0"
SPEC_VERSION, TRANSACTION_VERSION = 185, 1


def seconds(work: Callable[[], Any]) -> float:
    """Median over some runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def crossing() -> float:
    """Seconds for a runtime to look up a storage item."""
    get = ("ext_storage_get_version_1", "(param i64) (result i64)")
    body = f"""(local $n i32) (local.set $n (i32.const {CROSSINGS}))
        (loop $again (drop (call ${get[0]} (i64.const {span(64, 32)})))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"""
    asking = runtime(method("go", f"{body} {NOTHING}"), imports=[get])
    host = MemoryHost({bytes(32): bytes(40)})
    return seconds(lambda: asking.call("go", b"", host)) / CROSSINGS


def call() -> float:
    """Seconds for a call that does nothing: an instance made, entered and dropped."""
    echo, host = runtime(ECHO), MemoryHost()
    return seconds(lambda: [echo.call("echo", b"", host) for _ in range(100)]) / 100


def transfers(genesis_hash: Any) -> list[bytes]:
    alice = KeyPair.from_uri("//Alice", Scheme.SR25519)
    extrinsics = []
    for nonce in range(TRANSFERS):
        call = TRANSFER_KEEP_ALIVE + TO_ID + nonce.to_bytes(32, "big")
        extrinsics.append(
            sign_extrinsic(
                call + encode_compact(1_000_000 + nonce),
                alice,
                nonce=nonce,
                genesis_hash=genesis_hash,
                spec_version=SPEC_VERSION,
                transaction_version=TRANSACTION_VERSION,
            )
        )
    return extrinsics


def block() -> dict[str, float]:
    """A block of transfers to new accounts, executed as an import does."""
    state = state_with_code(CODE_185)
    host, production = fresh_host(state), WasmRuntime(state[CODE_KEY])
    encoded = first_block(production, host, transfers(genesis_header(host).hash())).encode()

    def execute(on: WasmRuntime = production) -> None:
        on.call("Core_execute_block", encoded, host)
        host.reset(host.below)

    taken = seconds(execute)
    counts = count_crossings(state[CODE_KEY], execute)
    return {
        "block_of_500_transfers_ms": round(taken * 1000),
        "us_per_transfer": round(taken / TRANSFERS * 1e6),
        "crossings_per_transfer": round(counts.total() / TRANSFERS),
    }


def count_crossings(code: bytes, work: Callable[[WasmRuntime], None]) -> Counter[str]:
    """How often each host function is called; what the bridge does alone does not count."""
    counts: Counter[str] = Counter()
    original = dict(HOST_FUNCTIONS)

    def counting(name: str, body: Callable[..., Any]) -> Callable[..., Any]:
        def count_and_call(*arguments: Any) -> Any:
            counts[name] += 1
            return body(*arguments)

        return count_and_call

    for name, function in original.items():
        HOST_FUNCTIONS[name] = replace(function, body=counting(name, function.body))
    work(WasmRuntime(code))
    HOST_FUNCTIONS.update(original)
    return counts


def main() -> None:
    figures: dict[str, Any] = {
        "benchmark": "Wasm executor",
        "us_per_crossing": round(crossing() * 1e6, 2),
        "us_per_empty_call": round(call() * 1e6),
    }
    if os.environ.get("TAONODE_SPECS"):
        figures |= block()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
