"""Values out of encoded bytes, for any runtime, by the types in its metadata."""

from collections.abc import Callable
from typing import Any, Final

from node.runtime_tools.metadata import (
    ArrayType,
    BitsType,
    Case,
    CompactType,
    Definition,
    EnumType,
    Field,
    Metadata,
    NumberedType,
    PrimitiveType,
    SequenceType,
    StructType,
    TupleType,
)
from primitives import ss58
from primitives.scale.compact import decode_compact
from primitives.scale.errors import ScaleError
from primitives.scale.raw import expect_end, take, take_sized

Read = Callable[[bytes, int], tuple[Any, int]]
"""The value at an offset, and the offset behind it."""

U8: Final = 3
"""The number of the smallest integer among the primitives; bool, char and str come before it."""
INTEGERS: Final = {
    U8 + place: (width, is_signed)
    for place, (width, is_signed) in enumerate(
        (width, is_signed) for is_signed in (False, True) for width in (1, 2, 4, 8, 16, 32)
    )
}
"""Width and sign, by the number of the primitive."""
_ACCOUNT: Final = "AccountId32"
_HIGHEST_CHARACTER: Final = 0x10FFFF


class Values:
    """Reads values of all types of one runtime. Whatever is no value raises ScaleError."""

    def __init__(self, metadata: Metadata) -> None:
        self._types = {kind.number: kind for kind in metadata.types}
        self._readers: dict[int, Read] = {}
        self._widths: dict[int, int | None] = {}

    def read_all(self, number: int, data: bytes) -> Any:
        """The value that the whole input stands for."""
        value, end = self.reader(number)(data, 0)
        expect_end(data, end, "value")
        return value

    def reader(self, number: int) -> Read:
        """What reads values of a type, made on first use."""
        read = self._readers.get(number)
        if read is None:
            # A type that contains itself finds this in its own place while it is being made.
            self._readers[number] = lambda data, at: self._readers[number](data, at)
            read = self._readers[number] = self._make(self._types[number])  # type: ignore[index]
        return read

    def width(self, number: int) -> int | None:
        """How many bytes a value of a type has, if just so many of any kind are one."""
        if number not in self._widths:
            # A type that contains itself has no such width; it finds that here.
            self._widths[number] = None
            definition = self._types[number].definition  # type: ignore[index]
            self._widths[number] = self._width_of(definition)
        return self._widths[number]

    def _width_of(self, definition: Definition) -> int | None:
        match definition:
            case StructType(fields):
                parts = [self.width(field.type) for field in fields]
            case TupleType(items):
                parts = [self.width(item) for item in items]
            case ArrayType(length, item):
                one = self.width(item)
                return None if one is None else one * length
            case PrimitiveType(kind=primitive) if primitive in INTEGERS:
                return INTEGERS[primitive][0]
            case _:
                return None
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    def _make(self, kind: NumberedType) -> Read:
        match kind.definition:
            case StructType(fields):
                if kind.path and kind.path[-1] == _ACCOUNT:
                    return _read_account
                return self._fields(fields)
            case EnumType(cases):
                return self._enum("::".join(kind.path), cases)
            case SequenceType(item):
                return self._sequence(item)
            case ArrayType(length, item):
                return self._array(length, item)
            case TupleType(items):
                return _row([self.reader(item) for item in items])
            case PrimitiveType(kind=primitive):
                return _primitive(primitive)
            case CompactType():
                return decode_compact
            case BitsType(store, _):
                return self._bits(store)
            case _:
                raise ScaleError("a type of a kind that metadata does not have")

    def _fields(self, fields: list[Field]) -> Read:
        names = [field.name for field in fields]
        readers = [self.reader(field.type) for field in fields]
        if not all(names):
            return _row(readers)
        pairs = list(zip(names, readers, strict=True))

        def read(data: bytes, at: int) -> tuple[Any, int]:
            values = {}
            for name, part in pairs:
                values[name], at = part(data, at)
            return values, at

        return read if pairs else _row([])

    def _enum(self, path: str, cases: list[Case]) -> Read:
        known = {case.index: (case.name, self._fields(case.fields), case.fields) for case in cases}

        def read(data: bytes, at: int) -> tuple[Any, int]:
            index, at = take(data, at, 1)
            found = known.get(index[0])  # type: ignore[call-overload]
            if found is None:
                raise ScaleError(f"{path} has no variant {index[0]}")
            name, part, fields = found
            if not fields:
                return name, at
            value, at = part(data, at)
            return {name: value}, at

        return read

    def _sequence(self, item: int) -> Read:
        if self._is_byte(item):

            def read_bytes(data: bytes, at: int) -> tuple[Any, int]:
                raw, at = take_sized(data, at)
                return "0x" + raw.hex(), at

            return read_bytes
        part = self.reader(item)

        def read(data: bytes, at: int) -> tuple[Any, int]:
            count, at = decode_compact(data, at)
            return _repeat(part, count, data, at)

        return read

    def _array(self, length: int, item: int) -> Read:
        if self._is_byte(item):

            def read_bytes(data: bytes, at: int) -> tuple[Any, int]:
                raw, at = take(data, at, length)
                return "0x" + raw.hex(), at

            return read_bytes
        part = self.reader(item)
        return lambda data, at: _repeat(part, length, data, at)

    def _is_byte(self, number: int) -> bool:
        definition = self._types[number].definition  # type: ignore[index]
        return isinstance(definition, PrimitiveType) and definition.kind == U8

    def _bits(self, store: int) -> Read:
        definition = self._types[store].definition  # type: ignore[index]
        if not isinstance(definition, PrimitiveType) or definition.kind not in INTEGERS:
            raise ScaleError("bits are stored in integers")
        width = INTEGERS[definition.kind][0]

        def read(data: bytes, at: int) -> tuple[Any, int]:
            count, at = decode_compact(data, at)
            raw, at = take(data, at, -(-count // (8 * width)) * width)
            return f"{count} bits 0x{raw.hex()}", at

        return read


def _row(readers: list[Read]) -> Read:
    if len(readers) == 1:
        return readers[0]

    def read(data: bytes, at: int) -> tuple[Any, int]:
        values = []
        for part in readers:
            value, at = part(data, at)
            values.append(value)
        return values, at

    return read


def _repeat(part: Read, count: int, data: bytes, at: int) -> tuple[Any, int]:
    if count > len(data) << 3:
        raise ScaleError(f"{count} items in {len(data)} bytes")
    values = []
    for _ in range(count):
        value, at = part(data, at)
        values.append(value)
    return values, at


def _primitive(kind: int) -> Read:
    if kind not in INTEGERS:
        return (_read_bool, _read_character, _read_text)[kind]
    width, is_signed = INTEGERS[kind]

    def read(data: bytes, at: int) -> tuple[Any, int]:
        raw, at = take(data, at, width)
        return int.from_bytes(raw, "little", signed=is_signed), at

    return read


def _read_bool(data: bytes, at: int) -> tuple[Any, int]:
    raw, at = take(data, at, 1)
    if raw[0] > 1:
        raise ScaleError(f"{raw[0]} is no bool")
    return raw == b"\1", at


def _read_character(data: bytes, at: int) -> tuple[Any, int]:
    raw, at = take(data, at, 4)
    number = int.from_bytes(raw, "little")
    if number > _HIGHEST_CHARACTER:
        raise ScaleError(f"{number} is no character")
    return chr(number), at


def _read_text(data: bytes, at: int) -> tuple[Any, int]:
    raw, at = take_sized(data, at)
    try:
        return raw.decode(), at
    except UnicodeDecodeError as error:
        raise ScaleError(f"no UTF-8: {error}") from error


def _read_account(data: bytes, at: int) -> tuple[Any, int]:
    raw, at = take(data, at, 32)
    return ss58.encode(raw), at
