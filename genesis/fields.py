"""Typed reading of JSON whose errors name the path of the field."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn, TypeVar

from genesis.errors import SpecError

T = TypeVar("T")

Json = dict[str, Any]

_HEX: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMES: Final = {str: "text", int: "a whole number", dict: "an object", list: "a list"}


def child(path: str, name: str | int) -> str:
    """Answer the path of a field or item: `a.b`, `a["0x12"]` or `a[3]`."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    if _PLAIN_NAME.fullmatch(name):
        return f"{path}.{name}" if path else name
    return f'{path}["{name}"]'


def expect(value: Any, kind: type[T], path: str) -> T:
    """Answer the value if it has the wanted JSON type; true and false are no numbers."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SpecError(path, f"must be {_NAMES[kind]}")
    return value


def read_hex(value: Any, path: str) -> bytes:
    """Read bytes written as 0x and an even number of digits."""
    text = expect(value, str, path)
    if _HEX.fullmatch(text) is None:
        raise SpecError(path, "must be 0x and an even number of hex digits")
    return bytes.fromhex(text[2:])


def write_hex(data: bytes) -> str:
    return "0x" + data.hex()


class Fields:
    """The fields of one object. Each is read once; what is left over is unknown."""

    def __init__(self, value: Any, path: str) -> None:
        self._left = dict(expect(value, dict, path))
        self._path = path

    def path_of(self, name: str) -> str:
        return child(self._path, name)

    def required(self, name: str, read: Callable[[Any, str], T]) -> T:
        """Read a field that must be there."""
        if name not in self._left:
            raise SpecError(self.path_of(name), "is missing")
        return read(self._left.pop(name), self.path_of(name))

    def optional(self, name: str, read: Callable[[Any, str], T]) -> T | None:
        """Read a field that may be absent or null."""
        value = self._left.pop(name, None)
        return None if value is None else read(value, self.path_of(name))

    def unsupported(self, name: str) -> None:
        """Take a field of the format that asks for something this node does not do."""
        if self._left.pop(name, None):
            raise SpecError(self.path_of(name), "is not supported")

    def ignored(self, name: str) -> None:
        """Take a field of the format that means nothing to this node, whatever it holds."""
        self._left.pop(name, None)

    def one_of(self, *names: str) -> str:
        """Answer which one of several fields is there; exactly one must be."""
        present = [name for name in names if name in self._left]
        if len(present) != 1:
            raise SpecError(self._path, f"must have exactly one of {', '.join(names)}")
        return present[0]

    def finish(self) -> None:
        """Refuse fields that nobody asked for: a misspelt one would silently do nothing."""
        for name in self._left:
            raise SpecError(self.path_of(name), "is not a known field")


def read_text(value: Any, path: str) -> str:
    return expect(value, str, path)


def read_object(value: Any, path: str) -> Json:
    return expect(value, dict, path)


def read_items(value: Any, path: str) -> Iterator[tuple[Any, str]]:
    """Answer each item of a list with its path."""
    return ((item, child(path, at)) for at, item in enumerate(expect(value, list, path)))


def refuse_constant(name: str) -> NoReturn:
    raise SpecError("", f"{name} is no JSON")


def unique_fields(pairs: list[tuple[str, Any]]) -> Json:
    """Build an object, but not from fields given twice: one of the two would be lost."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError("", f'the field "{twice}" is given twice in one object')
    return fields
