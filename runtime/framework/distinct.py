"""Numbers and names that tell the parts of a runtime apart: none of them stands for two."""

from collections.abc import Iterable


class Doubled(Exception):
    """Two parts of a runtime have one number or one name, so that nobody knows which is meant."""


def ensure_distinct(what: str, owner: str, parts: Iterable[tuple[int, str]]) -> None:
    """Raise Doubled if two of these, of an owner if it is named, share an index or a name."""
    of = f" of {owner}" if owner else ""
    names: dict[int, str] = {}
    indices: dict[str, int] = {}
    for index, name in parts:
        if index in names:
            raise Doubled(f"{what} {names[index]} and {name}{of} both have index {index}")
        if name in indices:
            raise Doubled(f"{what} {indices[name]} and {index}{of} are both named {name}")
        names[index], indices[name] = name, index
