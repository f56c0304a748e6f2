"""The kinds of values in a genesis document, as functions that read them."""

from dataclasses import dataclass
from typing import Any, Final

import base58

from primitives import ss58
from primitives.arith import U16_MAX, U64_MAX
from runtime.json_reader import JsonError, JsonReader, Read, one_of

ACCOUNT_LENGTH: Final = 32
_LONGEST_TEXT: Final = 200
"""Characters of an address that are worth decoding: real ones have fewer than 60."""
_ALPHABET: Final = base58.BITCOIN_ALPHABET.decode()
_MAX_U128: Final = (1 << 128) - 1


@dataclass(frozen=True, slots=True)
class Struct:
    """An object with exactly these fields, or a list of their values."""

    name: str
    fields: dict[str, Read]
    optional: tuple[str, ...] = ()

    def __call__(self, reader: JsonReader) -> dict[str, Any]:
        """Read one."""
        bracket = reader.begin()
        if bracket not in b"[{":
            raise reader.unexpected(f"struct {self.name}")
        reader.at += 1
        if bracket == ord("["):
            values = reader.closed("]", lambda: self._read_list(reader))
        else:
            values = reader.closed("}", lambda: self._read_object(reader))
        return {field: values[field] for field in self.fields}

    def _read_list(self, reader: JsonReader) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field, read in self.fields.items():
            if not reader.more("]", is_first=not values):
                count = f"{len(self.fields)} element{'s' * (len(self.fields) != 1)}"
                raise JsonError(
                    f"invalid length {len(values)}, expected struct {self.name} with {count}"
                )
            values[field] = read(reader)
        return values

    def _read_object(self, reader: JsonReader) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while reader.more("}", is_first=not values):
            field = reader.key()
            if field not in self.fields:
                raise JsonError(f"unknown field `{field}`, {one_of(list(self.fields))}")
            if field in values:
                raise JsonError(f"duplicate field `{field}`")
            reader.colon()
            values[field] = self.fields[field](reader)
        for field in self.fields:
            if field not in values and field not in self.optional:
                raise JsonError(f"missing field `{field}`")
        return dict.fromkeys(self.optional) | values


def sequence(item: Read, limit: int | None = None) -> Read:
    """A list of items of one kind."""

    def read_items(reader: JsonReader) -> list[Any]:
        items: list[Any] = []
        while reader.more("]", is_first=not items):
            value = item(reader)
            if limit is not None and len(items) >= limit:
                raise JsonError("out of bounds")
            items.append(value)
        return items

    def read(reader: JsonReader) -> list[Any]:
        if reader.begin() != ord("["):
            raise reader.unexpected("a sequence")
        reader.at += 1
        items: list[Any] = reader.closed("]", lambda: read_items(reader))
        return items

    return read


def tuple_of(*items: Read) -> Read:
    """A list with one item of each of these kinds."""
    wanted = f"a tuple of size {len(items)}"

    def read_items(reader: JsonReader) -> list[Any]:
        values: list[Any] = []
        for item in items:
            if not reader.more("]", is_first=not values):
                raise JsonError(f"invalid length {len(values)}, expected {wanted}")
            values.append(item(reader))
        return values

    def read(reader: JsonReader) -> list[Any]:
        if reader.begin() != ord("["):
            raise reader.unexpected(wanted)
        reader.at += 1
        values: list[Any] = reader.closed("]", lambda: read_items(reader))
        return values

    return read


def unsigned(name: str, largest: int) -> Read:
    """A number from 0 to the largest."""

    def read(reader: JsonReader) -> int:
        byte = reader.begin()
        if byte != ord("-") and byte not in b"0123456789":
            raise reader.unexpected(name)
        value = reader.number()
        if isinstance(value, str):
            raise reader.here(f"invalid type: {value}, expected {name}")
        if not 0 <= value <= largest:
            raise reader.here(f"invalid value: integer `{value}`, expected {name}")
        return value

    return read


u64: Final = unsigned("u64", U64_MAX)
u16: Final = unsigned("u16", U16_MAX)


def text(reader: JsonReader) -> str:
    """A text."""
    if reader.begin() != ord('"'):
        raise reader.unexpected("a string")
    reader.at += 1
    return reader.text()


def nothing(reader: JsonReader) -> None:
    """Only null."""
    if reader.begin() != ord("n"):
        raise reader.unexpected("unit")
    reader.at += 1
    reader.word(b"ull")


def maybe(read_value: Read) -> Read:
    """A value or null."""

    def read(reader: JsonReader) -> Any:
        if reader.skip_space() != ord("n"):
            return read_value(reader)
        reader.at += 1
        return reader.word(b"ull")

    return read


def fixed_u128(reader: JsonReader) -> str:
    """The inner number of a fixed point number, as a text."""
    digits = text(reader)
    plain = digits.removeprefix("+")
    if not (plain.isascii() and plain.isdigit()) or int(plain) > _MAX_U128:
        raise JsonError("invalid string input for fixed point number")
    return plain


def account(reader: JsonReader) -> str:
    """An address of any network; answers the one of the generic network."""
    address = text(reader)
    if any(letter not in _ALPHABET for letter in address):
        raise JsonError("BadBase58")
    raw = base58.b58decode(address[:_LONGEST_TEXT])
    if len(raw) < 2:
        raise JsonError("BadLength")
    if raw[0] >= _TWO_BYTE_END:
        raise JsonError("InvalidPrefix")
    prefix_length = 1 if raw[0] < _ONE_BYTE_END else 2
    if len(raw) != prefix_length + ACCOUNT_LENGTH + 2 or len(address) > _LONGEST_TEXT:
        raise JsonError("BadLength")
    key = raw[prefix_length:-2]
    return _checked(address, key)


_ONE_BYTE_END: Final = 64
_TWO_BYTE_END: Final = 128


def _checked(address: str, key: bytes) -> str:
    try:
        ss58.decode(address)
    except ss58.AddressError as error:
        reason = "InvalidChecksum" if "checksum" in str(error) else "FormatNotAllowed"
        raise JsonError(reason) from None
    return ss58.encode(key)
