"""What a scenario found out: figures for programs, lines for people, and a verdict."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import RenderableType


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that was looked at."""

    text: str
    holds: bool


@dataclass(slots=True)
class Report:
    """What can be said of any run."""

    scenario: str | None
    nodes: int
    best_height: int = 0
    best_hash: str = ""
    state_root: str = ""
    state_roots_equal: bool = False
    blocks_authored: dict[str, int] = field(default_factory=dict)
    extrinsics_included: int = 0
    seconds: float = 0.0
    claims: list[Claim] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def check(self, holds: bool, claim: str) -> None:  # noqa: FBT001
        """Note a claim; one that does not hold is fatal for the verdict."""
        self.claims.append(Claim(claim, holds))
        if not holds:
            self.failures.append(f"not so: {claim}")

    def check_equal(self, found: object, expected: object, claim: str) -> None:
        """Note a claim that holds if what was found is what was expected."""
        told = "" if found == expected else f", where {expected} was expected"
        self.check(found == expected, f"{claim}: {found}{told}")

    def check_none(self, exceptions: Collection[object], claim: str) -> None:
        """Note a claim that holds if there is no exception to it."""
        told = f", but for {exceptions}" if exceptions else ""
        self.check(not exceptions, claim + told)

    @property
    def ok(self) -> bool:
        """Whether all that was claimed holds."""
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {"ok": self.ok, **asdict(self)}

    def lines(self) -> Iterator[RenderableType]:
        """What people are shown."""
        yield (
            f"block {self.best_height}, state root {self.state_root}, "
            f"{self.extrinsics_included} extrinsics"
        )
