"""A whole node: cold start to the first RPC answer, and memory when idle.

Prints one JSON line. Against it stands a bare interpreter that imports numpy and trio.
"""

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

RUNS = 3
REQUEST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "system_name", "params": []}).encode()
PATIENCE = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}", REQUEST, {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=1) as reply:
            return bool(json.load(reply)["result"])
    except OSError:
        return False


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0


def one_node() -> tuple[float, float]:
    port = free_port()
    arguments = ["--dev", "--tmp", "--rpc-port", str(port), "--port", "0"]
    start = time.perf_counter()
    node = subprocess.Popen(
        [sys.executable, "-m", "node", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not answers(port):
            assert time.perf_counter() - start < PATIENCE, "the node does not answer"
            time.sleep(0.01)
        started = time.perf_counter() - start
        time.sleep(5)
        return started, resident_mib(node.pid)
    finally:
        node.send_signal(signal.SIGTERM)
        node.wait(PATIENCE)


def bare_interpreter() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import numpy, trio"], check=True, env=dict(os.environ))
    return time.perf_counter() - start


def main() -> None:
    starts, memories, bare = [], [], []
    for _ in range(RUNS):
        bare.append(bare_interpreter())
        started, memory = one_node()
        starts.append(started)
        memories.append(memory)
    print(
        json.dumps(
            {
                "benchmark": "cold start and idle memory of taonode --dev",
                "seconds_to_first_answer": round(statistics.median(starts), 2),
                "goal_seconds": 1.5,
                "ratio_to_bare_imports": round(
                    statistics.median(starts) / statistics.median(bare), 1
                ),
                "idle_mib": round(statistics.median(memories)),
                "goal_mib": 120,
            }
        )
    )


if __name__ == "__main__":
    main()
