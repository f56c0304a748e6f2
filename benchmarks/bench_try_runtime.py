"""A dry run of an upgrade over 50,000 keys, against reading the snapshot that it begins with.

Prints one JSON line. The upgrade rewrites a map of 12,500 entries; the run makes every check that
there is, once on the state as it is and once on five times of what the migrations look at. Reading
means unpacking, and comparing the root of all keys and values with the header's.
"""

import json
import resource
import tempfile
import time
from dataclasses import replace
from itertools import starmap
from pathlib import Path

from genesis.build import build_state, genesis_header
from genesis.host import GenesisHost
from genesis.presets import preset
from node.executor.archive.build import installed_archive
from node.executor.python import embedded_call
from node.runtime_tools.storage import storage_key
from node.snapshot.file import About, read_snapshot, write_snapshot
from node.try_runtime.dry_run import Task, dry_run
from node.whole_state import Entry
from primitives.hashing import blake2_256
from primitives.types import U32, U128, AccountId, Balance, Nonce
from runtime.pallets.system_types import AccountData, AccountInfo, ExtraFlags
from runtime.runtime import Runtime
from runtime.version import SPEC_VERSION, VERSION
from storage.trie.root import trie_root
from tests.support.dry_runs import COMMITMENTS, NEXT, code, hook

PEOPLE = 12_500
"""Each has an account, a hotkey, a stake on it and two totals: four keys."""
STAKE = Balance(10**6)
FREE = Balance(10**9)
NEW_LOGIC = ExtraFlags(U128(1 << 127))
SCALE = 5
REWRITE = f"""\
for key in host.keys({storage_key("SubtensorModule", "TotalHotkeyStake")!r}):
    host.put(key, host.get(key))
    weight += Weight(10**6, 0)
"""


def crowded(state: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """The state with many more people in it, and sound."""
    host = GenesisHost()
    for key, value in state.items():
        host.put(key, value)
    runtime = Runtime(host)
    subtensor, issuance = runtime.subtensor, runtime.balances.total_issuance
    account = AccountInfo(
        Nonce(1), U32(0), U32(1), U32(0), AccountData(FREE, Balance(0), Balance(0), NEW_LOGIC)
    )
    for number in range(PEOPLE):
        coldkey, hotkey = (AccountId(blake2_256(b"%d %d" % (kind, number))) for kind in (0, 1))
        runtime.system.account.insert(coldkey, account)
        subtensor.stake.insert(hotkey, coldkey, STAKE)
        subtensor.total_hotkey_stake.insert(hotkey, STAKE)
        subtensor.total_coldkey_stake.insert(coldkey, STAKE)
    issuance.put(Balance(issuance.get() + PEOPLE * FREE))
    subtensor.total_stake.put(Balance(subtensor.total_stake.get() + PEOPLE * STAKE))
    return host.state()


def main() -> None:
    state = crowded(build_state(preset("dev", installed_archive()), embedded_call))
    header = replace(genesis_header({}), state_root=trie_root(state))
    next_code = code(NEXT, hook(COMMITMENTS, REWRITE))
    with tempfile.TemporaryDirectory() as directory:
        snapshot = Path(directory) / "snapshot"
        write_snapshot(
            snapshot,
            About("benchmark", header.hash(), header, VERSION.spec_name, SPEC_VERSION),
            starmap(Entry, sorted(state.items())),
        )
        start = time.perf_counter()
        about, whole, _ = read_snapshot(snapshot)
        reading = time.perf_counter() - start
    start = time.perf_counter()
    report = dry_run(Task("next", next_code, about, whole, blocks=1, scale=SCALE))
    running = time.perf_counter() - start
    assert report.passed, list(report.lines())
    print(
        json.dumps(
            {
                "benchmark": f"dry run of an upgrade over {len(state)} keys",
                "seconds": round(running, 2),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
                "ratio_to_reading_the_snapshot": round(running / reading, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
