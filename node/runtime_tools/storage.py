"""Storage under the eyes of metadata: which item a key belongs to, and what stands there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from node.runtime_tools.leaves import Leaf, Leaves
from node.runtime_tools.metadata import (
    Entry,
    MapEntry,
    Metadata,
    NumberedType,
    PlainEntry,
    TupleType,
)
from node.runtime_tools.values import Values
from primitives.hashing import (
    Hasher,
    blake2_128_concat,
    blake2_128_hasher,
    blake2_256_hasher,
    identity,
    twox_64_concat,
    twox_128,
    twox_128_hasher,
    twox_256_hasher,
)
from primitives.scale.codec import AnyCodec
from primitives.scale.errors import ScaleError
from primitives.scale.raw import expect_end, take

NAME: Final = 16
"""Bytes of a pallet's and of an item's hashed name in a key."""
VERSION_ITEM: Final = ":__STORAGE_VERSION__:"
"""Under every pallet: the version of what it stores."""
WELL_KNOWN: Final = b":"
"""Keys that belong to no pallet begin so."""

_HASHERS: Final = (
    (blake2_128_hasher, 16),
    (blake2_256_hasher, 32),
    (blake2_128_concat, 16),
    (twox_128_hasher, 16),
    (twox_256_hasher, 32),
    (twox_64_concat, 8),
    (identity, 0),
)
"""By their numbers in metadata, with the bytes of their hashes."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the keys of a map within a storage key."""

    hasher: Hasher
    kind: int
    """Its type."""
    raw: bytes
    """As it is encoded; its hash where nothing else is kept of it."""
    value: Any


@dataclass(frozen=True, slots=True)
class Item:
    """One storage item of a runtime."""

    pallet: str
    name: str
    hashers: tuple[int, ...]
    keys: tuple[int, ...]
    """Types of a map's keys, one for each hasher."""
    value: int

    def __str__(self) -> str:
        return f"{self.pallet}.{self.name}"


class StorageReader:
    """Reads the state of a chain by the metadata of a runtime."""

    def __init__(self, metadata: Metadata, codecs: Mapping[bytes, AnyCodec] | None = None) -> None:
        """`codecs` are what the runtime itself reads values with, by items' prefixes, if it tells.

        Metadata says less than they know: how long a bounded list may be, for one.
        """
        self.values = Values(metadata)
        self._codecs = {} if codecs is None else codecs
        self._leaves = Leaves(metadata, self.values)
        self.constants = {
            (pallet.name, constant.name): constant
            for pallet in metadata.pallets
            for constant in pallet.constants
        }
        self._widths: dict[bytes, tuple[int | None, int | None]] = {}
        self._pallets: dict[bytes, str] = {}
        self._items: dict[bytes, Item] = {}
        self.types: dict[Any, NumberedType] = {kind.number: kind for kind in metadata.types}
        for pallet in metadata.pallets:
            if pallet.storage is None:
                self._pallets[twox_128(pallet.name.encode())] = pallet.name
                continue
            prefix = twox_128(pallet.storage.prefix.encode())
            self._pallets[prefix] = pallet.name
            for entry in pallet.storage.entries:
                item = _item(pallet.name, entry, self.types)
                self._items[prefix + twox_128(entry.name.encode())] = item

    def item(self, key: bytes) -> Item | None:
        """The item that a key belongs to, if this runtime has it."""
        return self._items.get(key[: 2 * NAME])

    def name(self, key: bytes) -> str:
        """The item of a key in words, or what else stands there."""
        item = self.item(key)
        if item is not None:
            return str(item)
        pallet = self._pallets.get(key[:NAME])
        if pallet is None and key.startswith(WELL_KNOWN):
            return key.decode("ascii", "backslashreplace")
        if pallet is None:
            return f"unknown pallet 0x{key[:NAME].hex()}"
        name = key[NAME : 2 * NAME]
        return f"{pallet}.{VERSION_ITEM if name == VERSION else f'unknown item 0x{name.hex()}'}"

    def is_known(self, key: bytes) -> bool:
        """Whether the runtime has a use for a key."""
        if key[:NAME] not in self._pallets:
            return key.startswith(WELL_KNOWN)
        return self.item(key) is not None or key[NAME:] == VERSION

    def keys(self, key: bytes) -> list[Any]:
        """The keys within a map; of those that are only hashed, the hash. Strict."""
        return [part.value for part in self.parts(key)]

    def parts(self, key: bytes) -> list[Part]:
        """The keys within a map, with how they are encoded. Strict."""
        item = self._items[key[: 2 * NAME]]
        found: list[Part] = []
        at = 2 * NAME
        for number, kind in zip(item.hashers, item.keys, strict=True):
            hasher, width = _HASHERS[number]
            digest, at = take(key, at, width)
            if hasher.skip is None:
                found.append(Part(hasher, kind, digest, "0x" + digest.hex()))
                continue
            value, end = self.values.reader(kind)(key, at)
            if width and hasher.hash(key[at:end]) != key[at - width : end]:
                raise ScaleError(f"0x{digest.hex()} is not the {hasher.name} of what follows")
            found.append(Part(hasher, kind, key[at:end], value))
            at = end
        expect_end(key, at, "key")
        return found

    def leaves(self, part: Part) -> list[Leaf]:
        """The words and numbers that a key is made of; a hash is one word."""
        if part.hasher.skip is None:
            return [Leaf(0, len(part.raw), is_number=False)]
        return self._leaves.of(part.kind, part.raw)

    def value(self, key: bytes, value: bytes) -> Any:
        """A stored value; ScaleError if it is not wholly one of the item's type."""
        return self.values.read_all(self._items[key[: 2 * NAME]].value, value)

    def fault(self, key: bytes, value: bytes) -> str | None:
        """Why an entry of a known item cannot be read, if so."""
        prefix = key[: 2 * NAME]
        plain_key, plain_value = self._plain_widths(prefix)
        try:
            if len(key) != plain_key:
                self.keys(key)
        except (ScaleError, RecursionError) as error:
            return f"the key: {error}"
        try:
            if len(value) != plain_value:
                self.value(key, value)
                if prefix in self._codecs:
                    self._codecs[prefix].decode(value, 0)
        except (ValueError, RecursionError) as error:  # a runtime's own ScaleError is another class
            return str(error)
        return None

    def _plain_widths(self, prefix: bytes) -> tuple[int | None, int | None]:
        """Lengths of an item's keys and values, if whatever is so long is one of them.

        Most of a state is of such items, and need not be read to know that it can be.
        """
        found = self._widths.get(prefix)
        if found is None:
            item = self._items[prefix]
            parts = [
                self._width_of_part(number, kind)
                for number, kind in zip(item.hashers, item.keys, strict=True)
            ]
            known = [part for part in parts if part is not None]
            key = 2 * NAME + sum(known) if len(known) == len(parts) else None
            found = self._widths[prefix] = key, self.values.width(item.value)
        return found

    def _width_of_part(self, number: int, kind: int) -> int | None:
        """None for a key behind its hash: that has to be compared."""
        hasher, width = _HASHERS[number]
        if hasher.skip is None:
            return width
        return self.values.width(kind) if width == 0 else None

    def constant(self, pallet: str, name: str) -> Any:
        """A constant's value; None if there is no such constant."""
        found = self.constants.get((pallet, name))
        return None if found is None else self.values.read_all(found.type, found.value)


VERSION: Final = twox_128(VERSION_ITEM.encode())


def storage_key(pallet: str, name: str) -> bytes:
    """Where a single value lies, or all entries of a map begin."""
    return twox_128(pallet.encode()) + twox_128(name.encode())


def _item(pallet: str, entry: Entry, types: dict[Any, Any]) -> Item:
    match entry.shape:
        case PlainEntry(value):
            return Item(pallet, entry.name, (), (), value)
        case MapEntry(hashers, key, value):
            keys = (key,) if len(hashers) == 1 else _parts(types[key].definition)
            return Item(pallet, entry.name, tuple(hashers), tuple(keys), value)
        case _:
            raise ScaleError(f"{pallet}.{entry.name} is neither a value nor a map")


def _parts(definition: Any) -> list[int]:
    if not isinstance(definition, TupleType):
        raise ScaleError("a map with several hashers has a tuple of keys")
    return list(definition.items)
