"""Reading JSON objects field by field, with errors that say where."""

from typing import Any

from node.replay.errors import TraceError


class Fields:
    """An object of a JSON document and its path in it."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise TraceError(f"{path}: an object is wanted, not {_kind(value)}")
        self._value: dict[str, Any] = value
        self.path = path

    def wrong(self, name: str, why: str) -> TraceError:
        """The error of one field."""
        return TraceError(f"{self.path}.{name}: {why}")

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number from 0 on."""
        value = self._value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(name, f"a whole number is wanted, not {_kind(value)}")
        return value

    def optional_number(self, name: str) -> int | None:
        """A whole number, or null."""
        return None if self._value.get(name) is None else self.number(name)

    def text(self, name: str) -> str:
        """A text, empty where there is none."""
        value = self._value.get(name) or ""
        if not isinstance(value, str):
            raise self.wrong(name, f"a text is wanted, not {_kind(value)}")
        return value

    def hex(self, name: str) -> bytes:
        """Bytes in hex."""
        return self._bytes(name, self._value.get(name))

    def optional_hex(self, name: str) -> bytes | None:
        """Bytes in hex, or null."""
        value = self._value.get(name)
        return None if value is None else self._bytes(name, value)

    def hexes(self, name: str) -> list[bytes]:
        """A list of bytes in hex."""
        return [self._bytes(f"{name}[{i}]", item) for i, item in enumerate(self._list(name))]

    def texts(self, name: str) -> list[str]:
        """A list of texts, empty where there is none."""
        return [str(item) for item in self._list(name, default=[])]

    def objects(self, name: str) -> "list[Fields]":
        """A list of objects, empty where there is none."""
        items = self._list(name, default=[])
        return [Fields(item, f"{self.path}.{name}[{i}]") for i, item in enumerate(items)]

    def storage(self, name: str) -> dict[bytes, bytes]:
        """Storage values by key, all in hex."""
        changes = self.changes(name)
        if changes is None:
            raise self.wrong(name, "storage is wanted, not null")
        values = {key: value for key, value in changes.items() if value is not None}
        if len(values) < len(changes):
            raise self.wrong(name, "a value is null")
        return values

    def changes(self, name: str) -> dict[bytes, bytes | None] | None:
        """New storage values by key, null for removed ones; or null for all of it."""
        if self._value.get(name) is None:
            return None
        entries = Fields(self._value[name], f"{self.path}.{name}")
        return {
            entries._bytes(key, key): None if value is None else entries._bytes(key, value)
            for key, value in entries._value.items()
        }

    def storages(self, name: str) -> dict[bytes, dict[bytes, bytes]]:
        """Storage by the name of the child trie in hex, empty where there is none."""
        tries = self._object(name)
        return {self._bytes(name, child): tries.storage(child) for child in tries.names()}

    def all_changes(self, name: str) -> dict[bytes, dict[bytes, bytes | None]]:
        """Changes by the name of the child trie in hex, empty where there are none."""
        tries = self._object(name)
        return {self._bytes(name, child): tries.changes(child) or {} for child in tries.names()}

    def names(self) -> list[str]:
        """Which fields there are."""
        return list(self._value)

    def _object(self, name: str) -> "Fields":
        value = self._value.get(name)
        return Fields({} if value is None else value, f"{self.path}.{name}")

    def _list(self, name: str, default: list[Any] | None = None) -> list[Any]:
        value = self._value.get(name)
        value = default if value is None else value
        if not isinstance(value, list):
            raise self.wrong(name, f"a list is wanted, not {_kind(value)}")
        return value

    def _bytes(self, name: str, value: Any) -> bytes:
        if not isinstance(value, str):
            raise self.wrong(name, f"hex is wanted, not {_kind(value)}")
        try:
            return bytes.fromhex(value.removeprefix("0x"))
        except ValueError:
            raise self.wrong(name, f"no hex: {value[:20]!r}") from None


def _kind(value: Any) -> str:
    return "null" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
