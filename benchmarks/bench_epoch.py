"""One Yuma epoch from stored rows to stored rows, against a float64 epoch timed in the same run.

Prints one JSON line: milliseconds and peak memory for both sizes, and the ratio to the float64
epoch, which is not exact, starts from dense matrices in memory and neither decodes nor encodes.
"""

import json
import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from runtime.epoch.matrix import SparseRows, encode_rows
from runtime.epoch.subnet import EpochInputs, EpochOutputs
from runtime.epoch.yuma import yuma_epoch

SIZES = ((256, 64, 41), (4096, 128, 11))
"""Uids, validators, and runs to take the median of."""

KAPPA = 32767
BONDS_MOVING_AVERAGE = 900_000
QUALITY_NOISE = 0.2


class Subnet:
    """A subnet where every validator weights all uids: shared quality with noise, full bonds."""

    def __init__(self, n: int, validators: int) -> None:
        generator = np.random.default_rng(n)
        noise = generator.uniform(1 - QUALITY_NOISE, 1 + QUALITY_NOISE, (validators, n))
        quality = generator.uniform(0.1, 1, n) * noise
        self.weights = (quality / quality.max(axis=1, keepdims=True) * 65535).astype(np.uint16)
        self.bonds = generator.integers(1, 65536, (validators, n)).astype(np.uint16)
        self.stake = generator.integers(10**9, 10**14, n).astype(np.uint64)
        self.stake[validators:] = 0
        self.permit = np.arange(n) < validators
        self.uids = list(range(validators))
        everything = np.ones_like(self.weights, dtype=bool)
        self.weight_rows = encode_rows(self.weights, everything)
        self.bond_rows = encode_rows(self.bonds, everything)

    def epoch(self) -> EpochOutputs:
        """The exact epoch, with decoding and encoding of the rows."""
        n = self.stake.size
        return yuma_epoch(
            EpochInputs(
                current_block=10_000,
                activity_cutoff=5_000,
                last_update=np.full(n, 9_900, dtype=np.uint64),
                block_at_registration=np.full(n, 100, dtype=np.uint64),
                stake=self.stake,
                validator_permit=self.permit,
                max_allowed_validators=len(self.uids),
                weights=SparseRows.decode(self.uids, self.weight_rows),
                bonds=SparseRows.decode(self.uids, self.bond_rows),
                kappa=KAPPA,
                bonds_moving_average=BONDS_MOVING_AVERAGE,
                rao_emission=10**9,
            )
        )

    def float_epoch(self) -> np.ndarray:
        """The same formulas in float64, without care for the last bits."""
        validators = len(self.uids)
        stake = self.stake[:validators] / self.stake.sum()
        weights = self.weights.astype(np.float64)
        np.fill_diagonal(weights, 0)
        weights /= weights.sum(axis=1, keepdims=True)
        preranks = stake @ weights
        order = np.argsort(weights, axis=0)
        reached = np.cumsum(stake[order], axis=0) > 1 - KAPPA / 65535
        median_line = np.take_along_axis(order, reached.argmax(axis=0)[None], axis=0)
        consensus = np.take_along_axis(weights, median_line, axis=0)[0]
        clipped = np.minimum(weights, consensus)
        ranks = stake @ clipped
        trust = ranks / preranks
        incentive = ranks / ranks.sum()
        observed = clipped * stake[:, None]
        observed /= observed.sum(axis=0)
        stored = self.bonds / self.bonds.sum(axis=0, dtype=np.float64)
        share = BONDS_MOVING_AVERAGE / 1_000_000
        bonds = (1 - share) * observed + share * stored
        bonds /= bonds.sum(axis=0)
        dividends = bonds @ incentive
        rows = (bonds / bonds.max(axis=0) * 65535).astype(np.uint16)
        return np.concatenate([trust, clipped.sum(axis=1), dividends / dividends.sum(), rows[0]])


def milliseconds(runs: int, *subjects: Callable[[], object]) -> list[float]:
    """Median time of each subject; runs are interleaved so that all meet the same machine."""
    times: list[list[float]] = [[] for _ in subjects]
    for _ in range(runs):
        for subject, taken in zip(subjects, times, strict=True):
            start = time.perf_counter()
            subject()
            taken.append((time.perf_counter() - start) * 1_000)
    return [round(statistics.median(taken), 2) for taken in times]


def peak_mebibytes(subject: Callable[[], object]) -> float:
    """Greatest memory allocated on top of the inputs while the subject runs."""
    tracemalloc.start()
    subject()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(peak / 2**20, 1)


def main() -> None:
    """Measure both sizes."""
    result: dict[str, object] = {"benchmark": "epoch"}
    for n, validators, runs in SIZES:
        subnet = Subnet(n, validators)
        exact, naive = milliseconds(runs, subnet.epoch, subnet.float_epoch)
        result[f"n{n}x{validators}"] = {
            "ms": exact,
            "float64_ms": naive,
            "ratio": round(exact / naive, 2),
            "peak_mib": peak_mebibytes(subnet.epoch),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
