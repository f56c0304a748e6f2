"""What differs between two runtimes for those who use them, and what must be numbered anew."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from node.runtime_tools.meaning import means_the_same
from node.runtime_tools.surface import Lines, Surface

_SHOWN: Final = 160
"""Characters of a definition; some constants are whole tables."""
_BEFORE: Final = 40
"""How many of them lead up to the first difference, where it lies further on."""


class Verb(Enum):
    """What became of a thing."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    kind: str
    """A call, a storage item, …"""
    name: str
    verb: Verb
    before: str | None
    after: str | None
    breaks_signers: bool = False
    """An extrinsic that was made for the one runtime means something else to the other, or nothing.

    Such a change demands a new transaction version, on which wallets and devices rely.
    """

    def __str__(self) -> str:
        texts = [text for text in (self.before, self.after) if text]
        start = _start(texts)
        states = " -> ".join(_short(text, start) for text in texts)
        return f"{self.verb.value} {self.kind} {self.name}: {states}"


def _start(texts: list[str]) -> int:
    """Where to begin to show texts, so that their first difference is seen."""
    if len(texts) == 1 or max(map(len, texts)) <= _SHOWN:
        return 0
    pairs = enumerate(zip(*texts, strict=False))
    alike = next((at for at, (a, b) in pairs if a != b), min(map(len, texts)))
    return max(0, alike - _BEFORE)


def _short(text: str, start: int) -> str:
    end = start + _SHOWN
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def compare(before: Surface, after: Surface) -> list[Change]:
    """Every difference, in the order in which people ask for them."""
    return [
        *_calls(before, after),
        *_extensions(before, after),
        *_types(before, after),
        *_lines("storage item", before.storage, after.storage),
        *_lines("event", before.events, after.events),
        *_lines("error", before.errors, after.errors),
        *_lines("constant", before.constants, after.constants),
    ]


def _calls(before: Surface, after: Surface) -> Iterator[Change]:
    for change in _lines("call", before.calls, after.calls):
        match change.before, change.after:
            case str(old), str(new):
                is_moved = _arguments(old) == _arguments(new)
                verb = Verb.MOVED if is_moved else Verb.CHANGED
                is_broken = not means_the_same(before.shapes, after.shapes, "call", change.name)
                yield Change("call", change.name, verb, old, new, is_broken)
            case _:
                is_gone = change.verb is Verb.REMOVED
                yield Change("call", change.name, change.verb, change.before, change.after, is_gone)


def _arguments(call: str) -> str:
    return call.partition("(")[2]


def _extensions(before: Surface, after: Surface) -> Iterator[Change]:
    for change in _lines("signed extension", before.extensions, after.extensions):
        is_same = means_the_same(before.shapes, after.shapes, change.kind, change.name)
        yield replace(change, breaks_signers=not is_same)


def _types(before: Surface, after: Surface) -> Iterator[Change]:
    """Types that both know: a new or a lost one shows where it is used."""
    in_calls = before.in_calls & after.in_calls
    for name in sorted(before.types.keys() & after.types.keys()):
        old, new = before.types[name], after.types[name]
        if old != new:
            is_broken = name in in_calls and not means_the_same(
                before.shapes, after.shapes, "type", name
            )
            yield Change("type", name, Verb.CHANGED, old, new, is_broken)


def _lines(kind: str, before: Lines, after: Lines) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new:
            verb = Verb.ADDED if old is None else Verb.REMOVED if new is None else Verb.CHANGED
            yield Change(kind, name, verb, old, new)
