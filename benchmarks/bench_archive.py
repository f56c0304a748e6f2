"""A node that meets new code: loading a runtime archive, against compiling its sources alone.

Prints one JSON line. Loading means everything between the bytes of `:code` and a runtime that
runs: unpacking, the static check, compiling, running the modules in a namespace of their own.
Files that a release of this node has too are not checked again: one archive has a number changed,
another a line in every file.
"""

import json
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from node.executor.archive.format import Archive, Manifest, pack, unpack
from node.executor.archive.loader import load_archive
from node.executor.archive.shipped import archive_of_spec, spec_versions
from primitives.types import U32
from runtime.version import VERSION
from tests.support.runtime_sources import with_spec_version

RUNS = 5


def seconds(task: Callable[[int], object]) -> float:
    """The median of several runs, each told its number."""
    taken = []
    for run in range(RUNS):
        start = time.perf_counter()
        task(run)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def packed(sources: dict[str, bytes]) -> bytes:
    """An archive that nobody has looked at yet."""
    found = re.search(rb"SPEC_VERSION = (\d+)", sources["runtime/version.py"])
    assert found is not None
    said = replace(VERSION, spec_version=U32(int(found.group(1))))
    return pack(Archive(Manifest.of(said, sources), sources))


def main() -> None:
    newest = spec_versions()[-1]
    numbered = [with_spec_version(newest + 1 + run) for run in range(RUNS)]
    near = [packed(sources) for sources in numbered]
    foreign = [
        packed({path: text + b"# another\n" for path, text in sources.items()})
        for sources in numbered
    ]
    sources = unpack(archive_of_spec(newest)).sources

    def compile_all(_: int) -> None:
        for path, text in sources.items():
            compile(text, path, "exec", dont_inherit=True)

    compiling = seconds(compile_all)
    loading = seconds(lambda run: load_archive(near[run]))
    print(
        json.dumps(
            {
                "benchmark": f"loading a runtime archive of {len(sources)} files",
                "seconds": round(loading, 3),
                "ratio_to_compiling_alone": round(loading / compiling, 2),
                "ratio_if_every_file_is_new": round(
                    seconds(lambda run: load_archive(foreign[run])) / compiling, 2
                ),
            }
        )
    )


if __name__ == "__main__":
    main()
