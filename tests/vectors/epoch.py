"""Check epoch vectors: `python -m tests.vectors.epoch FILE` prints `N passed, M failed`."""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from primitives.fixed import I32F32, I64F64, I96F32, OutOfRange
from primitives.scale.compact import decode_compact
from runtime.epoch.bonds import LiquidAlpha
from runtime.epoch.matrix import SparseRows, flags, whole_numbers
from runtime.epoch.subnet import EpochInputs, EpochOutputs
from runtime.epoch.yuma import yuma_epoch

PUBLIC = Path(__file__).with_name("epoch.json.gz")
"""The vectors that this repository carries."""

WRAPPING = Path(__file__).with_name("epoch_wrapping.json.gz")
"""Epochs that wrap around, as the runtime of spec 185 runs them."""

OVERFLOWS = "overflow_dependent"
"""Vectors with more stake than can exist: the build profile and the version make the result."""

WRAPS = 185
"""The spec version that ours follows where numbers overflow."""

STORED = (
    *("active", "validator_permit", "stake_weight", "rank", "trust", "consensus", "incentive"),
    *("dividends", "pruning_scores", "validator_trust"),
    *("emission", "server_emission", "validator_emission"),
)
"""Outputs that are one vector over all uids."""

OPERATIONS: dict[str, Callable[..., int]] = {
    "add32": I32F32.add,
    "sub32": I32F32.sub,
    "mul32": I32F32.mul,
    "div32": I32F32.div,
    "div64": I64F64.div,
    "mul96": I96F32.mul,
    "sum32": I32F32.wrapping_add,
    "exp": I32F32.exp,
    "ln": I32F32.ln,
    "round": I32F32.round,
    "to32": lambda bits: I32F32.convert(bits, I64F64),
    "num16": lambda bits: I32F32.to_unsigned(bits, 16),
    "num64": lambda bits: I96F32.to_unsigned(bits, 64),
    "prop16": lambda bits: I32F32.to_unsigned(I32F32.mul(bits, 0xFFFF << 32), 16),
    "from64u": I64F64.of,
    "from96u": I96F32.of,
}
"""What the names of single operations mean."""


def load(path: Path) -> dict:
    """Read a file of vectors, gzipped or plain."""
    raw = path.read_bytes()
    return json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)


def inputs_of(given: dict) -> EpochInputs:
    """The inputs of a vector; liquid alpha only where the vector turns it on."""
    liquid = LiquidAlpha(given["alpha_low"], given["alpha_high"])
    return EpochInputs(
        current_block=given["current_block"],
        activity_cutoff=given["activity_cutoff"],
        last_update=whole_numbers(given["last_update"]),
        block_at_registration=whole_numbers(given["block_at_registration"]),
        stake=whole_numbers(given["stake"]),
        validator_permit=flags(map(bool, given["validator_permit"])),
        max_allowed_validators=given["max_allowed_validators"],
        weights=SparseRows.of(given["weights"]),
        bonds=SparseRows.of(given["bonds"]),
        kappa=given["kappa"],
        bonds_moving_average=given["bonds_moving_average"],
        rao_emission=given["rao_emission"],
        liquid_alpha=liquid if given["liquid_alpha_enabled"] else None,
        updates_wrap=given.get("updates_wrap", False),
    )


def decoded_row(row: bytes) -> list[list[int]]:
    """The entries of one stored row."""
    count, at = decode_compact(row, 0)
    entries = [row[start : start + 4] for start in range(at, len(row), 4)]
    assert len(entries) == count
    return [
        [int.from_bytes(entry[:2], "little"), int.from_bytes(entry[2:], "little")]
        for entry in entries
    ]


def bonds_after(given: dict, outputs: EpochOutputs) -> list[list[list[int]]]:
    """The whole bonds map once the epoch's rows are written."""
    rows = [list(map(list, row)) for row in given["bonds"]]
    for uid, row in outputs.bonds.items():
        rows[uid] = decoded_row(row)
    return rows


def differences(vector: dict) -> Iterator[str]:
    """Say which outputs differ from what a vector expects, of those that it lists."""
    outputs = yuma_epoch(inputs_of(vector["input"]))
    expected = vector["expected"]
    for name in STORED:
        if name in expected and getattr(outputs, name).tolist() != expected[name]:
            yield name
    if bonds_after(vector["input"], outputs) != expected["bonds"]:
        yield "bonds"


def operation_holds(name: str, operands: list[str], expected: str) -> bool:
    """Whether a single operation gives the expected bits, or fails where it should."""
    try:
        return str(OPERATIONS[name](*map(int, operands))) == str(expected)
    except OutOfRange:
        return expected == "err"


def skipped(content: dict, vector: dict) -> bool:
    """Whether a vector overflows and does not come from the version that ours follows there."""
    return vector[OVERFLOWS] and content.get("spec_version") != WRAPS


def failures(content: dict) -> Iterator[tuple[str, str]]:
    """Each vector and operation with what is wrong about it, empty when all is well."""
    for vector in content["vectors"]:
        if not skipped(content, vector):
            yield vector["id"], ", ".join(differences(vector))
    for name, operands, expected in content.get("ops", ()):
        wrong = "" if operation_holds(name, operands, expected) else f"not {expected}"
        yield f"{name}({', '.join(operands)})", wrong


def main(path: Path) -> int:
    """Check one file; the exit status is 1 when anything failed."""
    passed = failed = 0
    content = load(path)
    for name, wrong in failures(content):
        if wrong:
            failed += 1
            print(f"{name}: {wrong}")
        else:
            passed += 1
    left_out = sum(skipped(content, vector) for vector in content["vectors"])
    if left_out:
        print(f"{left_out} {OVERFLOWS} skipped (tests/vectors/README.md)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else PUBLIC))
