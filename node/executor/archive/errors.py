"""Why an archive is refused: one error that names the place."""

from dataclasses import dataclass

from node.executor.errors import UnknownCode


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and where: a file of the archive and a line; neither for the whole archive."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return _shown(f"{place}: {self.reason}" if place else self.reason)


def _shown(text: str) -> str:
    """On one line, and without what moves a cursor: names and errors come from strangers."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


class ArchiveRefused(UnknownCode):
    """The blob is no archive that this node runs."""

    def __init__(self, file: str, reason: str, line: int | None = None) -> None:
        self.finding = Finding(file, line, reason)
        super().__init__(str(self.finding))
