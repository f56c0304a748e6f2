"""The state root after 1,000 changed keys, against hashing as many bytes as the new nodes have.

Prints one JSON line. The trie has 20,000 keys like account records.
"""

import hashlib
import json
import statistics
import time

from storage.trie.backend import MappedSource, Nodes
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Trie

KEYS = 20_000
CHANGED = 1_000
RUNS = 7
KEY_LENGTH = 80


def key(i: int) -> bytes:
    digest = hashlib.blake2b(i.to_bytes(4, "little"), digest_size=16).digest()
    return b"\x26" * 32 + digest + digest * 2


def main() -> None:
    nodes: dict[bytes, bytes] = {}
    trie = Trie(Nodes(MappedSource(nodes, {})))
    first = trie.apply(EMPTY_ROOT, {key(i): bytes(32) for i in range(KEYS)})
    nodes.update(first.nodes)
    applied, hashed, made = [], [], 0
    for run in range(RUNS):
        changes = {key((i * 17 + run) % KEYS): bytes((run + 1,)) * 32 for i in range(CHANGED)}
        start = time.perf_counter()
        update = trie.apply(first.root, changes)
        applied.append(time.perf_counter() - start)
        made = len(update.nodes)
        start = time.perf_counter()
        for encoded in update.nodes.values():
            hashlib.blake2b(encoded, digest_size=32).digest()
        hashed.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "benchmark": f"state root after {CHANGED} changes in {KEYS} keys",
                "ms": round(1000 * statistics.median(applied), 1),
                "nodes_made": made,
                "ratio_to_hashing_them": round(
                    statistics.median(applied) / statistics.median(hashed), 1
                ),
            }
        )
    )


if __name__ == "__main__":
    main()
