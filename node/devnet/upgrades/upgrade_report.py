"""What a scenario of an upgrade found out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from node.devnet.report import Report
from node.try_runtime.report import ItemChanges


@dataclass(slots=True)
class UpgradeReport(Report):
    """The versions that the chain went through, what they did to its storage, and some figures."""

    versions: dict[int, int] = field(default_factory=dict)
    """By number of the block whose state holds the code first: the spec version."""
    storage: list[ItemChanges] = field(default_factory=list)
    """What the migrations changed."""
    figures: dict[str, Any] = field(default_factory=dict)

    def lines(self) -> Iterator[RenderableType]:
        """What people are shown."""
        for claim in self.claims:
            mark = ("holds", "green") if claim.holds else ("fails", "bold red")
            yield Text.assemble("  ", mark, "  ", claim.text)
        for item in self.storage:
            counted = f"{item.added} added, {item.changed} changed, {item.removed} removed"
            yield f"         {item.item}: {counted}"
        if self.figures:
            yield "         " + ", ".join(
                f"{name.replace('_', ' ')} {value}" for name, value in self.figures.items()
            )
        yield from super(UpgradeReport, self).lines()
