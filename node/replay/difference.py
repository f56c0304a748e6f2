"""Differences: where and how a replay went another way than the record."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from primitives.errors import ChainError


class Kind(Enum):
    """What is different."""

    GENESIS = "genesis"
    """The hash of the block before the first one."""
    RESULT = "result"
    """What an extrinsic of the block answered."""
    REFUSAL = "refusal"
    """What an extrinsic answered that was left out of the block."""
    STORAGE = "storage"
    """What the block wrote."""
    STATE_ROOT = "state root"
    HEADER = "header"
    """The extrinsics root or the digest."""
    API = "api"
    """What a runtime API answered."""
    BAD_BLOCK = "bad block"
    """A block was executed that must not be."""
    DEAD_END = "dead end"
    """A block began that must not."""
    FAILURE = "failure"
    """The runtime gave up where it must not."""


@dataclass(frozen=True, slots=True)
class KeyDifference:
    """One storage key that holds something else than recorded, decoded as far as possible."""

    key: bytes
    item: str
    """Pallet and item."""
    keys: list[Any]
    """The keys within the item."""
    before: Any
    """The value before the block."""
    expected: Any
    got: Any
    written: list[str] = field(default_factory=list)
    """Which parts of the block wrote it in this replay, in order."""

    def lines(self) -> list[str]:
        """In words."""
        name = self.item + (f"({', '.join(str(key) for key in self.keys)})" if self.keys else "")
        written = ", ".join(self.written) or "nothing"
        return [
            f"  {name}  0x{self.key.hex()}",
            f"    before    {self.before}",
            f"    expected  {self.expected}",
            f"    got       {self.got}",
            f"    written here by {written}",
        ]

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "key": "0x" + self.key.hex(),
            "item": self.item,
            "keys": self.keys,
            "before": self.before,
            "expected": self.expected,
            "got": self.got,
            "written": self.written,
        }


SHOWN_KEYS = 40
"""Keys in words; the JSON form has them all."""


@dataclass
class Difference(ChainError):
    """The first difference of a replay."""

    kind: Kind
    block: int
    """Number of the block; for API answers and the like, of the one they are asked after."""
    expected: Any
    got: Any
    subject: str = ""
    """The extrinsic by index and call, or the API method."""
    extrinsic: int | None = None
    keys: list[KeyDifference] = field(default_factory=list)
    note: str = ""
    """What the record says about the block."""

    def __post_init__(self) -> None:
        super().__init__(f"block {self.block}: {self.kind.value} differs {self.subject}".rstrip())

    def text(self) -> str:
        """In words, over several lines."""
        head = f"block {self.block}"
        if self.extrinsic is not None:
            head += f", extrinsic {self.extrinsic}"
        lines = [f"{head}: {self.kind.value} differs" + (f" ({self.subject})" * bool(self.subject))]
        if self.note:
            lines.append(f"  the record says: {self.note}")
        if not self.keys:
            lines += [f"  expected  {self.expected}", f"  got       {self.got}"]
        for difference in self.keys[:SHOWN_KEYS]:
            lines += difference.lines()
        if len(self.keys) > SHOWN_KEYS:
            lines.append(f"  and {len(self.keys) - SHOWN_KEYS} keys more")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "kind": self.kind.value,
            "block": self.block,
            "extrinsic": self.extrinsic,
            "subject": self.subject,
            "expected": self.expected,
            "got": self.got,
            "keys": [difference.to_json() for difference in self.keys],
            "note": self.note,
        }
