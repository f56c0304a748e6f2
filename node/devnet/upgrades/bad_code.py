"""Code that no node would run: refused with a reason, before it is on the chain and at its door."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import zstandard

from node.devnet.fleet import Devnet
from node.devnet.scenario import Say
from node.devnet.upgrades.upgrade_report import UpgradeReport
from node.devnet.upgrades.variants import (
    NEWEST,
    edited,
    module_that_says,
    numbered,
    unchecked,
    variant,
)
from node.devnet.upgrades.world import World
from node.executor.archive.format import SIZE_LIMIT
from node.executor.code import COMPRESSED_MAGIC

NO_RUNTIME: Final = "System.FailedToExtractRuntimeVersion"
BOMB: Final = 1 << 26
"""Bytes that a small blob says it unpacks to."""


@dataclass(frozen=True, slots=True)
class BadCode:
    """Something that is no next runtime."""

    name: str
    code: bytes
    finding: str
    """What a dry run says of it."""


def bad_codes() -> Iterator[BadCode]:
    """Everything that is tried."""
    good = variant(numbered(NEWEST + 1))
    middle = len(good) // 2
    flipped = good[:middle] + bytes((good[middle] ^ 1,)) + good[middle + 1 :]
    yield BadCode("an archive that is cut off", good[:-9], "cut off")
    yield BadCode("an archive with a flipped bit", flipped, "")
    yield BadCode(
        "an archive with a forbidden import",
        _with_line("import os"),
        "runtime/extra.py:1: import of os is not allowed",
    )
    yield BadCode(
        "an archive that divides with a float",
        _with_line("HALF = 1 / 2"),
        "runtime/extra.py:1: true division",
    )
    yield BadCode(
        "an archive that fails when it is loaded",
        _with_line("raise ValueError('not today')", in_version=True),
        "not today",
    )
    yield BadCode("a WebAssembly module that is cut off", module_that_says(NEWEST + 1)[:-3], "")
    yield BadCode(
        "a small blob that unpacks to a big one",
        COMPRESSED_MAGIC + zstandard.ZstdCompressor().compress(bytes(BOMB)),
        "",
    )
    yield BadCode("a text", b"<html>404 Not Found</html>", "unknown")
    yield BadCode("nothing at all", b"", "absent")
    oversize = good + bytes(SIZE_LIMIT - len(good) + 1)
    yield BadCode("an archive over the limit", oversize, "more than 4 MiB")


def _with_line(line: str, *, in_version: bool = False) -> bytes:
    sources = edited(numbered(NEWEST + 1))
    path = "runtime/version.py" if in_version else "runtime/extra.py"
    return unchecked(NEWEST + 1, {**sources, path: sources.get(path, b"") + line.encode() + b"\n"})


async def bad_code(network: Devnet, report: UpgradeReport, say: Say) -> None:
    """One bad blob after the other is handed to the chain, which goes on as it is."""
    world = await World.of(network, report, say)
    await world.reach(2)
    code = await world.node().storage(b":code")
    for bad in bad_codes():
        say(f"{bad.name}, {len(bad.code)} bytes")
        await world.check_finding(bad.code, bad.name, "runtime", bad.finding)
        await world.check_refused(bad.code, bad.name, NO_RUNTIME)
    best = await world.pass_by(2)
    report.check(await world.node().storage(b":code") == code, "the chain's code is as it was")
    await world.check_finality(best, "all of it")
    await world.check_agreement()
