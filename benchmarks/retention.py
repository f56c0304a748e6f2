"""What the chain's economy promises, reproduced: `python -m benchmarks.retention`.

Writes, under docs/img, the table of honest utility that retains the honest stake (99 cells), the
series of a cabal with 49 of 100, and the pictures of both and of a hundred restaked epochs; prints
the tables as markdown. Five samples of the table take about a quarter of an hour on one core.
"""

import argparse
import csv
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.cabal import VARIANTS, required_utility, restaked
from benchmarks.majority import BLOCKS, chain_series, paper_series, upkeep
from benchmarks.published import CABAL, RETENTION, STAKES
from benchmarks.svg import COLOURS, Panel, Series, chart

OUT: Final = Path(__file__).parent.parent / "docs" / "img"
CLOSE: Final = 0.015
"""A cell that differs by more has to be explained."""
STEPS: Final = 50
"""Of the grid of utilities, each way, as published."""
PANELS: Final = (
    ("Weights that differ by sigma", ("sigma = 0", "sigma = 0.2", "base")),
    ("Penalty beta on bonds out of consensus", ("base", "beta = 0.5", "beta = 0")),
    ("Part xi of the emission for validators", ("base", "xi = 0.25", "xi = 0")),
    ("Majority kappa", ("base", "kappa = 0.4", "kappa = 0.6")),
)
NAME_OF_BASE: Final = {
    "sigma": "sigma = 0.4",
    "beta": "beta = 1",
    "xi": "xi = 0.5",
    "kappa": "kappa = 0.5",
}
ROUNDS: Final = 100
STARTS: Final = ((0.6, 0.78), (0.6, 0.74), (0.6, 0.7), (0.51, 0.95))
"""Honest stake and honest utility at the start of the restaked epochs."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of the table: as published, and as the epoch gives it for each sample."""

    variant: str
    stake: int
    published: float
    samples: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Of the samples."""
        return statistics.fmean(self.samples)


def cells(seeds: Sequence[int]) -> Iterable[Cell]:
    """The whole table, variant by variant."""
    for variant, rules in VARIANTS.items():
        for stake, published in zip(STAKES, RETENTION[variant], strict=True):
            samples = [required_utility(stake / 100, rules, seed, STEPS) for seed in seeds]
            yield Cell(variant, stake, published, tuple(samples))


def agreement(differences: Iterable[float]) -> str:
    """How well numbers agree with those published."""
    sizes = [abs(difference) for difference in differences]
    close = sum(size <= CLOSE for size in sizes)
    return (
        f"{close} of {len(sizes)} cells within {CLOSE}, largest difference {max(sizes):.4f}, "
        f"mean {statistics.fmean(sizes):.4f}"
    )


def retention_markdown(table: Sequence[Cell]) -> str:
    """A line per share of honest stake, published / reproduced."""
    found = {(cell.variant, cell.stake): cell for cell in table}
    lines = ["| honest stake | " + " | ".join(VARIANTS) + " |", "|---" * (1 + len(VARIANTS)) + "|"]
    for stake in STAKES:
        row = [found[variant, stake] for variant in VARIANTS]
        shown = [f"{cell.published:.4f} / {cell.mean:.4f}" for cell in row]
        lines.append(f"| {stake / 100:.2f} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def majority_markdown(paper: Sequence[float], chain: Sequence[float]) -> str:
    """The published rows, and what two programs give for them."""
    lines = ["| block | published | in doubles | through the root epoch |", "|---" * 4 + "|"]
    lines += [
        f"| {block} | {share!r} | {paper[block]!r} | {chain[block]:.9f} |"
        for block, share in CABAL.items()
    ]
    return "\n".join(lines)


def retention_panels(table: Sequence[Cell]) -> list[Panel]:
    """A panel for each thing that is varied, dots as published and lines as reproduced."""
    panels = []
    for title, variants in PANELS:
        varied = variants[1].split()[0]
        series = []
        for colour, variant in zip(COLOURS, variants, strict=False):
            row = [cell for cell in table if cell.variant == variant]
            name = NAME_OF_BASE[varied] if variant == "base" else variant
            ours = [(cell.stake / 100, cell.mean) for cell in row]
            theirs = [(cell.stake / 100, cell.published) for cell in row]
            series += [Series(name, ours, colour), Series("", theirs, colour, dots=True)]
        panels.append(
            Panel(
                title,
                "honest stake",
                "honest utility that is needed",
                (0.5, 0.6, 0.7, 0.8, 0.9, 1),
                (0.5, 0.6, 0.7, 0.8, 0.9, 1),
                series,
                (0.72, 0.72),
            )
        )
    return panels


def majority_panels(chain: Sequence[float]) -> list[Panel]:
    """The share of the cabal, and what it would cost to keep it."""
    blue, red, *_ = COLOURS
    shares = [step / 100 for step in range(50)]
    decline = Panel(
        "A cabal with 49 of 100",
        "block",
        "its share of all stake",
        (0, 20, 40, 60, 80, 100),
        (0, 0.1, 0.2, 0.3, 0.4, 0.5),
        (
            Series("root epoch of the runtime", list(enumerate(chain)), blue),
            Series("published", list(CABAL.items()), red, dots=True),
        ),
        (0.4, 0.3),
    )
    cost = Panel(
        "What it must add to keep its share",
        "share of the cabal",
        "part of all stake, per block",
        (0, 0.1, 0.2, 0.3, 0.4, 0.5),
        (0, 0.01, 0.02, 0.03, 0.04),
        (Series("", [(share, upkeep(share)) for share in shares], blue),),
        (0, 0),
    )
    return [decline, cost]


def restaking_panel(seed: int) -> Panel:
    """Hundred epochs, all earnings staked again, against a cabal that only pays itself."""
    series = [
        Series(
            f"stake {stake}, utility {honest}",
            list(enumerate(restaked(stake, honest, 1.0, seed, ROUNDS))),
            colour,
        )
        for (stake, honest), colour in zip(STARTS, COLOURS, strict=True)
    ]
    return Panel(
        "Yuma consensus, everything restaked",
        "epoch",
        "honest share of all stake",
        (0, 20, 40, 60, 80, 100),
        (0, 0.2, 0.4, 0.6, 0.8, 1),
        series,
        (0.42, 0.5),
    )


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with a header."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """Compute, write, print."""
    parser = argparse.ArgumentParser(description="Reproduce the retention table and the series.")
    parser.add_argument("--seeds", type=int, default=1, help="samples to take the mean of")
    seeds = range(1, parser.parse_args().seeds + 1)

    paper, chain = paper_series(), chain_series()
    series = zip(range(BLOCKS), paper, chain, strict=True)
    write_csv(OUT / "majority.csv", ("block", "doubles", "chain"), series)
    (OUT / "majority.svg").write_text(
        chart([*majority_panels(chain), restaking_panel(seeds[0])], columns=3)
    )
    print(majority_markdown(paper, chain))
    off = max(abs(ours - theirs) for ours, theirs in zip(chain, paper, strict=True))
    print(f"\nlargest difference of the root epoch from the doubles: {off:.7f}\n")

    table = []
    for cell in cells(seeds):
        print(cell.variant, cell.stake, *(f"{x:.4f}" for x in cell.samples), file=sys.stderr)
        table.append(cell)
    write_csv(
        OUT / "retention.csv",
        ("variant", "honest_stake", "published", "mean", *(f"seed_{seed}" for seed in seeds)),
        (
            (
                c.variant,
                c.stake / 100,
                c.published,
                f"{c.mean:.4f}",
                *(f"{x:.4f}" for x in c.samples),
            )
            for c in table
        ),
    )
    (OUT / "retention.svg").write_text(chart(retention_panels(table), columns=2))
    print(retention_markdown(table))
    print(f"\nmean of {len(seeds)}:", agreement(c.mean - c.published for c in table))
    for place, seed in enumerate(seeds):
        print(f"sample {seed}:", agreement(c.samples[place] - c.published for c in table))


if __name__ == "__main__":
    main()
