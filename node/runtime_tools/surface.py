"""What others see of a runtime: every call, item, event, error and type, one line of text each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from node.runtime_tools.meaning import Part, Shapes
from node.runtime_tools.metadata import (
    ArrayType,
    BitsType,
    Case,
    CompactType,
    EnumType,
    Field,
    MapEntry,
    Metadata,
    NumberedType,
    PalletMetadata,
    PlainEntry,
    PrimitiveType,
    SequenceType,
    StructType,
    TupleType,
)
from primitives.types import U32

_PRIMITIVES: Final = (
    *("bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "u256"),
    *("i8", "i16", "i32", "i64", "i128", "i256"),
)
_HASHERS: Final = (
    *("blake2_128", "blake2_256", "blake2_128_concat"),
    *("twox_128", "twox_256", "twox_64_concat", "identity"),
)

_OUTER_ENUMS: Final = ("RuntimeCall", "RuntimeEvent", "RuntimeError")
"""They change with every pallet, and their parts are compared one by one."""

Lines = Mapping[str, str]
"""By name: what it looks like."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A runtime as clients see it."""

    calls: Lines
    events: Lines
    errors: Lines
    storage: Lines
    constants: Lines
    types: Lines
    extensions: Lines
    in_calls: frozenset[str]
    """Types that arguments of calls are made of."""
    shapes: Shapes = field(default_factory=Shapes)
    """Of what stands in extrinsics: whether it differs by more than words."""

    @classmethod
    def of(cls, metadata: Metadata) -> "Surface":
        """Describe a runtime by its metadata."""
        return _Reader(metadata).surface()


class _Reader:
    """Writes types by name, so that a change shows once and not wherever a type is used."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._types = {kind.number: kind for kind in metadata.types}

    def surface(self) -> Surface:
        pallets = self._metadata.pallets
        outer = {number for p in pallets for number in (p.calls, p.event, p.error)}
        return Surface(
            calls=self._cases((pallet, pallet.calls) for pallet in pallets),
            events=self._cases((pallet, pallet.event) for pallet in pallets),
            errors=self._cases((pallet, pallet.error) for pallet in pallets),
            storage={f"{p.name}.{name}": text for p in pallets for name, text in self._storage(p)},
            constants={
                f"{p.name}.{c.name}": f"{self._name(c.type)} = 0x{c.value.hex()}"
                for p in pallets
                for c in p.constants
            },
            types={
                self._name(kind.number): self._definition(kind)
                for kind in self._types.values()
                if self._is_compared(kind) and kind.number not in outer
            },
            extensions={
                extension.name: f"at {place}, sends {self._name(extension.sent)}, "
                f"signs {self._name(extension.implied)}"
                for place, extension in enumerate(self._metadata.extensions)
            },
            in_calls=frozenset(self._call_types()),
            shapes=Shapes(self._types, dict(self._parts())),
        )

    def _parts(self) -> Iterator[tuple[tuple[str, str], Part]]:
        for pallet in self._metadata.pallets:
            for case in self._variants(pallet.calls):
                fields = [(one.name, one.type) for one in case.fields]
                place = f"{pallet.index}.{case.index}"
                yield ("call", f"{pallet.name}.{case.name}"), Part(place, fields)
        for at, extension in enumerate(self._metadata.extensions):
            sent, implied = extension.sent, extension.implied
            part = Part(str(at), [(None, sent), (None, implied)])
            yield ("signed extension", extension.name), part
        for number in self._types:
            yield ("type", self._name(number)), Part("", [(None, number)])

    def _is_compared(self, kind: NumberedType) -> bool:
        return bool(kind.path) and kind.path[-1] not in _OUTER_ENUMS

    def _cases(self, enums: Iterator[tuple[PalletMetadata, U32 | None]]) -> Lines:
        return {
            f"{pallet.name}.{case.name}": f"{pallet.index}.{case.index}{self._fields(case.fields)}"
            for pallet, number in enums
            for case in self._variants(number)
        }

    def _variants(self, number: U32 | None) -> list[Case]:
        definition = None if number is None else self._types[number].definition
        return definition.cases if isinstance(definition, EnumType) else []

    def _storage(self, pallet: PalletMetadata) -> Iterator[tuple[str, str]]:
        if pallet.storage is None:
            return
        for entry in pallet.storage.entries:
            match entry.shape:
                case PlainEntry(value):
                    keys = ""
                case MapEntry(hashers, key, value):
                    names = ", ".join(_HASHERS[hasher] for hasher in hashers)
                    keys = f"{names} of {self._name(key)} -> "
                case _:
                    continue
            absent = "optional" if entry.modifier == 0 else f"default 0x{entry.default.hex()}"
            where = "" if pallet.storage.prefix == pallet.name else f"{pallet.storage.prefix}: "
            yield entry.name, f"{where}{keys}{self._name(value)}, {absent}"

    def _name(self, number: U32) -> str:
        """A type in few words: by path and parameters, or by its parts if it has no path."""
        kind = self._types[number]
        if not kind.path:
            return self._definition(kind)
        parameters = [self._name(p.type) for p in kind.parameters if p.type is not None]
        inner = f"<{', '.join(parameters)}>" if parameters else ""
        return "::".join(kind.path) + inner

    def _definition(self, kind: NumberedType) -> str:
        match kind.definition:
            case StructType(fields):
                return f"struct{self._fields(fields)}"
            case EnumType(cases):
                parts = (f"{case.name} = {case.index}{self._fields(case.fields)}" for case in cases)
                return f"enum {{{', '.join(parts)}}}"
            case SequenceType(item):
                return f"Vec<{self._name(item)}>"
            case ArrayType(length, item):
                return f"[{self._name(item)}; {length}]"
            case TupleType(items):
                return f"({', '.join(map(self._name, items))})"
            case PrimitiveType(kind=primitive):
                return _PRIMITIVES[primitive]
            case CompactType(item):
                return f"Compact<{self._name(item)}>"
            case BitsType(store, order):
                return f"BitVec<{self._name(store)}, {self._name(order)}>"
            case _:
                return "unknown"

    def _fields(self, fields: list[Field]) -> str:
        texts = [
            f"{field.name}: {self._name(field.type)}" if field.name else self._name(field.type)
            for field in fields
        ]
        return f"({', '.join(texts)})"

    def _call_types(self) -> Iterator[str]:
        """Names of the types below the arguments of calls. Calls within calls are calls anyway."""
        seen: set[U32] = set()
        calls = (case for pallet in self._metadata.pallets for case in self._variants(pallet.calls))
        waiting = [field.type for case in calls for field in case.fields]
        while waiting:
            number = waiting.pop()
            kind = self._types[number]
            if number in seen or (kind.path and not self._is_compared(kind)):
                continue
            seen.add(number)
            waiting += _parts(kind)
            if kind.path:
                yield self._name(number)


def _parts(kind: NumberedType) -> list[U32]:
    match kind.definition:
        case StructType(fields):
            return [field.type for field in fields]
        case EnumType(cases):
            return [field.type for case in cases for field in case.fields]
        case SequenceType(item) | ArrayType(item=item) | CompactType(item):
            return [item]
        case TupleType(items):
            return list(items)
        case _:
            return []
