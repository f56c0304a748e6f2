"""A state as it may be one day: entries of maps copied under fresh keys.

    map[netuid, account] -> value        map[netuid, account'] -> value     for each copy
    map[netuid]          -> value        map[netuid']          -> value

An account or another word of a key becomes another one; where a key has none, its first number
does. What becomes of a word or a number depends on it and on the copy alone, so that copies in one
map find their like in another. Values stay as they are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import shake_128
from itertools import islice
from typing import Final

from node.runtime_tools.leaves import Leaf
from node.runtime_tools.storage import NAME, Part, StorageReader
from primitives.errors import Rejected
from primitives.scale.errors import ScaleError

ITEM: Final = 2 * NAME
"""Bytes of a key that say which item it is of."""
LIMIT: Final = 1_000_000
"""Entries to add. Each takes about a quarter of a kilobyte, besides the value that copies share."""


class TooLarge(Rejected):
    """A state so many times as large does not fit into memory."""


@dataclass(frozen=True, slots=True)
class Grown:
    """How many entries an item had, and has."""

    item: str
    before: int
    after: int


@dataclass(slots=True)
class Growth:
    """What a state has grown by."""

    entries: dict[bytes, bytes] = field(default_factory=dict)
    items: list[Grown] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Which items have not grown, or not as far as was asked for."""


@dataclass(frozen=True, slots=True)
class _Template:
    """A key that can be made anew with other words, or with another number."""

    item: bytes
    parts: list[Part]
    places: list[tuple[int, Leaf]]
    """By part: what changes."""

    @classmethod
    def of(cls, key: bytes, reader: StorageReader) -> "_Template | None":
        """Find the places where a key may change; None if it has none, or is broken."""
        try:
            parts = reader.parts(key)
            every = [(at, leaf) for at, part in enumerate(parts) for leaf in reader.leaves(part)]
        except (ScaleError, RecursionError):
            return None
        # Of what is only hashed nobody can tell whose account it is: it comes last.
        plain = [place for place in every if parts[place[0]].hasher.skip is not None]
        words = [place for place in plain if not place[1].is_number]
        places = words or plain[:1] or every[:1]
        return cls(key[:ITEM], parts, places) if places else None

    def number(self) -> tuple[int, int] | None:
        """Width and value of the number that changes, if it is one that does."""
        at, leaf = self.places[0]
        if not leaf.is_number:
            return None
        raw = self.parts[at].raw[leaf.at : leaf.at + leaf.length]
        return leaf.length, int.from_bytes(raw, "little")

    def key(self, copy: int, numbers: "_Numbers") -> bytes | None:
        """The key of a copy; None where numbers have run out."""
        raws = [bytearray(part.raw) for part in self.parts]
        for at, leaf in self.places:
            span = slice(leaf.at, leaf.at + leaf.length)
            old = bytes(raws[at][span])
            new = numbers.fresh(old, copy) if leaf.is_number else _word(old, copy)
            if new is None:
                return None
            raws[at][span] = new
        pairs = zip(self.parts, map(bytes, raws), strict=True)
        return self.item + b"".join(
            raw if part.hasher.skip is None else part.hasher.hash(raw) for part, raw in pairs
        )


class _Numbers:
    """Numbers that are not taken, for those that are: the smallest ones, by width."""

    def __init__(self, taken: Iterable[tuple[int, int]], copies: int) -> None:
        by_width: dict[int, set[int]] = {}
        for width, number in taken:
            by_width.setdefault(width, set()).add(number)
        self._fresh = {
            width: dict(_rows(width, numbers, copies)) for width, numbers in by_width.items()
        }

    def fresh(self, old: bytes, copy: int) -> bytes | None:
        row = self._fresh[len(old)][int.from_bytes(old, "little")]
        return row[copy - 1].to_bytes(len(old), "little") if copy <= len(row) else None


def _rows(width: int, taken: set[int], copies: int) -> Iterator[tuple[int, list[int]]]:
    """For each taken number those that stand for it in the copies, as far as they go."""
    free = (number for number in range(1 << (8 * width)) if number not in taken)
    order = sorted(taken)
    columns = [list(islice(free, len(order))) for _ in range(copies)]
    for at, number in enumerate(order):
        yield number, [column[at] for column in columns if at < len(column)]


def _word(old: bytes, copy: int) -> bytes:
    return shake_128(old + copy.to_bytes(4, "little")).digest(len(old))


def grow(state: Mapping[bytes, bytes], items: Mapping[bytes, StorageReader], times: int) -> Growth:
    """Multiply the entries of some items, each by its prefix with who can read it.

    Raises:
        TooLarge: it would be more than fits into memory.
    """
    keys: dict[bytes, list[bytes]] = {prefix: [] for prefix in sorted(items)}
    for key in state:
        if key[:ITEM] in keys:
            keys[key[:ITEM]].append(key)
    wanted = sum(map(len, keys.values())) * (times - 1)
    if wanted > LIMIT:
        raise TooLarge(f"that would be {wanted} more entries, and {LIMIT} are the limit")
    numbers = _Numbers(
        (number for prefix, found in keys.items() for number in _numbers(found, items[prefix])),
        times - 1,
    )
    growth = Growth()
    for prefix, found in keys.items():
        if not found:
            continue
        made = dict(_copies(state, found, items[prefix], times, numbers))
        growth.entries |= made
        before, after = len(found), len(found) + len(made)
        name = items[prefix].name(prefix)
        growth.items.append(Grown(name, before, after))
        if after < before * times:
            growth.notes.append(
                f"{name}: {after} entries of {before * times}, for its keys allow no more"
            )
    return growth


def _numbers(keys: Iterable[bytes], reader: StorageReader) -> Iterator[tuple[int, int]]:
    for key in keys:
        template = _Template.of(key, reader)
        number = None if template is None else template.number()
        if number is not None:
            yield number


def _copies(
    state: Mapping[bytes, bytes],
    keys: Iterable[bytes],
    reader: StorageReader,
    times: int,
    numbers: _Numbers,
) -> Iterator[tuple[bytes, bytes]]:
    """Templates are made once more for that: all of them at once would be larger than the state."""
    for key in keys:
        template = _Template.of(key, reader)
        if template is None:
            continue
        for copy in range(1, times):
            fresh = template.key(copy, numbers)
            if fresh is not None:
                yield fresh, state[key]
