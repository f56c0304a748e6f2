"""Storage items: declared by annotation in a pallet, bound once to its keys and codecs.

    tempo: StorageMap[NetUid, U16] = storage_map(identity, default=U16(99))

An item whose value type is optional (`V | None`) is absent until written; any other has a default
that `get` returns while nothing is stored.

Bytes that are no value of the item's type count as nothing, as root can write anything anywhere:
they are passed over when reading and stay where they are when taking.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

from primitives.hashing import Hasher
from primitives.host import Storage
from primitives.scale.codec import AnyCodec
from primitives.scale.errors import ScaleError

K = TypeVar("K")
K1 = TypeVar("K1")
K2 = TypeVar("K2")
V = TypeVar("V")

RAW_KEYS: Final = 4096
"""Storage keys remembered per map: one block touches the same accounts over and over."""

_IMMUTABLE = (int, bytes, str, bool, type(None))


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """What a declaration says beyond its types."""

    hashers: tuple[Hasher, ...]
    default: Any
    name: str | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything an item needs, worked out once per pallet class."""

    keys: tuple[tuple[Hasher, AnyCodec], ...]
    value: AnyCodec
    optional: bool
    default: bytes
    """Encoded default; of an optional item, the encoding of None."""


def storage_value(*, default: Any = None, name: str | None = None) -> Any:
    """Declare a single value."""
    return ItemSpec((), default, name)


def storage_map(hasher: Hasher, *, default: Any = None, name: str | None = None) -> Any:
    """Declare a map from one key."""
    return ItemSpec((hasher,), default, name)


def storage_double_map(
    first: Hasher, second: Hasher, *, default: Any = None, name: str | None = None
) -> Any:
    """Declare a map from two keys; entries with the same first key lie together."""
    return ItemSpec((first, second), default, name)


def storage_n_map(*hashers: Hasher, default: Any = None, name: str | None = None) -> Any:
    """Declare a map from a tuple of keys."""
    return ItemSpec(hashers, default, name)


class _Item(Generic[V]):
    """Reading and writing raw values with the item's codec and default."""

    __slots__ = ("_decode", "_default", "_encode", "_fresh", "_host", "layout", "prefix")

    def __init__(self, host: Storage, prefix: bytes, layout: Layout) -> None:
        self._host = host
        self.prefix = prefix
        """First bytes of every key of the item."""
        self.layout = layout
        self._encode, self._decode = layout.value.encode, layout.value.decode
        self._default = None if layout.optional else self._decode(layout.default, 0)[0]
        self._fresh = not isinstance(self._default, _IMMUTABLE)

    def _get(self, key: bytes) -> Any:
        raw = self._host.get(key)
        if raw is None:
            return self._absent()
        try:
            return self._decode(raw, 0)[0]
        except ScaleError:
            return self._absent()

    def _try_get(self, key: bytes) -> Any:
        raw = self._host.get(key)
        if raw is None:
            return None
        try:
            return self._decode(raw, 0)[0]
        except ScaleError:
            return None

    def _absent(self) -> Any:
        return self._decode(self.layout.default, 0)[0] if self._fresh else self._default

    def _put(self, key: bytes, value: Any) -> None:
        self._host.put(key, self._encode(value))

    def _take(self, key: bytes) -> Any:
        raw = self._host.get(key)
        if raw is None:
            return self._absent()
        try:
            value, _ = self._decode(raw, 0)
        except ScaleError:
            return self._absent()
        self._host.delete(key)
        return value


class StorageValue(_Item[V]):
    """One value under one key."""

    __slots__ = ()

    def get(self) -> V:
        """The stored value, or the default."""
        value: V = self._get(self.prefix)
        return value

    def put(self, value: V) -> None:
        """Store a value."""
        self._put(self.prefix, value)

    def kill(self) -> None:
        """Remove the value."""
        self._host.delete(self.prefix)

    def take(self) -> V:
        """Remove the value and return what it was."""
        value: V = self._take(self.prefix)
        return value

    def exists(self) -> bool:
        """Whether anything is stored."""
        return self._host.get(self.prefix) is not None

    def raw(self) -> bytes | None:
        """The stored bytes."""
        return self._host.get(self.prefix)

    def append_raw(self, item: bytes) -> None:
        """Add an encoded item to a stored sequence without decoding it."""
        self._host.append(self.prefix, item)


class _Keyed(_Item[V]):
    """What maps of any number of keys share: key making, key reading, clearing."""

    __slots__ = ("_parts",)

    def __init__(self, host: Storage, prefix: bytes, layout: Layout) -> None:
        super().__init__(host, prefix, layout)
        self._parts = tuple(
            (hasher.hash, hasher.skip, codec.encode, codec.decode) for hasher, codec in layout.keys
        )

    def _partial(self, keys: tuple[Any, ...]) -> bytes:
        key = self.prefix
        for (hash_part, _, encode, _), part in zip(self._parts, keys, strict=False):
            key += hash_part(encode(part))
        return key

    def _read_keys(self, raw: bytes) -> tuple[Any, ...]:
        at, keys = len(self.prefix), []
        for _, skip, _, decode in self._parts:
            if skip is None:
                raise TypeError("keys of this map cannot be read back from their hashes")
            key, at = decode(raw, at + skip)
            keys.append(key)
        return tuple(keys)

    def _items(self, start: bytes) -> Iterator[tuple[tuple[Any, ...], Any]]:
        for raw_key in self._host.keys(start):
            raw = self._host.get(raw_key)
            if raw is None:
                continue
            try:
                entry = self._read_keys(raw_key), self._decode(raw, 0)[0]
            except ScaleError:
                continue
            yield entry

    def _all_keys(self, start: bytes) -> Iterator[tuple[Any, ...]]:
        for raw_key in self._host.keys(start):
            try:
                keys = self._read_keys(raw_key)
            except ScaleError:
                continue
            yield keys

    def values(self) -> Iterator[V]:
        """Values in the order of their storage keys."""
        for _, value in self._items(self.prefix):
            yield value

    def clear(self, limit: int | None = None) -> tuple[int, bool]:
        """Remove all entries, or as many stored before this block as `limit` says.

        Returns how many of those were removed, and whether none is left.
        """
        return self._host.clear_prefix(self.prefix, limit)


class StorageMap(_Keyed[V], Generic[K, V]):
    """Values under one key each."""

    __slots__ = ("raw_key",)

    def __init__(self, host: Storage, prefix: bytes, layout: Layout) -> None:
        super().__init__(host, prefix, layout)
        self.raw_key: Callable[[K], bytes] = lru_cache(RAW_KEYS)(self._make_raw_key)
        """The full storage key of an entry."""

    def _make_raw_key(self, key: K) -> bytes:
        hash_part, _, encode, _ = self._parts[0]
        return self.prefix + hash_part(encode(key))

    def get(self, key: K) -> V:
        """The entry's value, or the default."""
        value: V = self._get(self.raw_key(key))
        return value

    def insert(self, key: K, value: V) -> None:
        """Store an entry."""
        self._put(self.raw_key(key), value)

    def remove(self, key: K) -> None:
        """Remove an entry."""
        self._host.delete(self.raw_key(key))

    def take(self, key: K) -> V:
        """Remove an entry and return what it was."""
        value: V = self._take(self.raw_key(key))
        return value

    def contains(self, key: K) -> bool:
        """Whether the entry is stored."""
        return self._host.get(self.raw_key(key)) is not None

    def raw(self, key: K) -> bytes | None:
        """The stored bytes of an entry."""
        return self._host.get(self.raw_key(key))

    def append_raw(self, key: K, item: bytes) -> None:
        """Add an encoded item to a stored sequence without decoding it."""
        self._host.append(self.raw_key(key), item)

    def items(self) -> Iterator[tuple[K, V]]:
        """Entries in the order of their storage keys, over the keys present at the start."""
        for keys, value in self._items(self.prefix):
            yield keys[0], value

    def keys(self) -> list[K]:
        """Keys in the order of their storage keys."""
        return [keys[0] for keys in self._all_keys(self.prefix)]


class StorageDoubleMap(_Keyed[V], Generic[K1, K2, V]):
    """Values under two keys each."""

    __slots__ = ()

    def raw_key(self, first: K1, second: K2) -> bytes:
        """The full storage key of an entry."""
        return self._partial((first, second))

    def raw_prefix(self, first: K1) -> bytes:
        """What the keys of all entries under one first key begin with."""
        return self._partial((first,))

    def get(self, first: K1, second: K2) -> V:
        """The entry's value, or the default."""
        value: V = self._get(self.raw_key(first, second))
        return value

    def try_get(self, first: K1, second: K2) -> V | None:
        """The entry's value, or None where nothing stands that is a value."""
        value: V | None = self._try_get(self.raw_key(first, second))
        return value

    def insert(self, first: K1, second: K2, value: V) -> None:
        """Store an entry."""
        self._put(self.raw_key(first, second), value)

    def remove(self, first: K1, second: K2) -> None:
        """Remove an entry."""
        self._host.delete(self.raw_key(first, second))

    def take(self, first: K1, second: K2) -> V:
        """Remove an entry and return what it was."""
        value: V = self._take(self.raw_key(first, second))
        return value

    def contains(self, first: K1, second: K2) -> bool:
        """Whether the entry is stored."""
        return self._host.get(self.raw_key(first, second)) is not None

    def raw(self, first: K1, second: K2) -> bytes | None:
        """The stored bytes of an entry."""
        return self._host.get(self.raw_key(first, second))

    def put_raw(self, first: K1, second: K2, value: bytes) -> None:
        """Store an entry that is encoded already."""
        self._host.put(self.raw_key(first, second), value)

    def items(self) -> Iterator[tuple[tuple[K1, K2], V]]:
        """Entries in the order of their storage keys."""
        for keys, value in self._items(self.prefix):
            yield (keys[0], keys[1]), value

    def items_under(self, first: K1) -> Iterator[tuple[K2, V]]:
        """Second keys and values of one first key, in the order of their storage keys."""
        for keys, value in self._items(self.raw_prefix(first)):
            yield keys[1], value

    def keys_under(self, first: K1) -> list[K2]:
        """Second keys of one first key, in the order of their storage keys."""
        return [keys[1] for keys in self._all_keys(self.raw_prefix(first))]

    def values_under(self, first: K1) -> Iterator[V]:
        """Values of one first key, in the order of their storage keys."""
        return (value for _, value in self._items(self.raw_prefix(first)))

    def clear_under(self, first: K1, limit: int | None = None) -> tuple[int, bool]:
        """Remove the entries of one first key; see `clear` for the limit and the answer."""
        return self._host.clear_prefix(self.raw_prefix(first), limit)


class StorageNMap(_Keyed[V], Generic[K, V]):
    """Values under a tuple of keys each."""

    __slots__ = ()

    def raw_key(self, keys: K) -> bytes:
        """The full storage key of an entry."""
        return self._partial(keys)  # type: ignore[arg-type]

    def get(self, keys: K) -> V:
        """The entry's value, or the default."""
        value: V = self._get(self.raw_key(keys))
        return value

    def insert(self, keys: K, value: V) -> None:
        """Store an entry."""
        self._put(self.raw_key(keys), value)

    def remove(self, keys: K) -> None:
        """Remove an entry."""
        self._host.delete(self.raw_key(keys))

    def contains(self, keys: K) -> bool:
        """Whether the entry is stored."""
        return self._host.get(self.raw_key(keys)) is not None

    def items_under(self, *first: Any) -> Iterator[tuple[K, V]]:
        """Entries whose first keys are these, in the order of their storage keys."""
        yield from self._items(self._partial(first))  # type: ignore[misc]

    def clear_under(self, *first: Any, limit: int | None = None) -> tuple[int, bool]:
        """Remove the entries whose first keys are these."""
        return self._host.clear_prefix(self._partial(first), limit)


ITEM_CLASSES: tuple[type[Any], ...] = (StorageValue, StorageMap, StorageDoubleMap, StorageNMap)
"""Every kind of storage item an annotation may name."""
