"""A state that has grown: fresh keys of the same make, and the same values under them."""

import pytest

from node.runtime_tools import growth
from node.runtime_tools.growth import Grown, TooLarge, grow
from node.runtime_tools.metadata import (
    ArrayType,
    Case,
    Entry,
    EnumType,
    Field,
    MapEntry,
    Metadata,
    NumberedType,
    PalletMetadata,
    PrimitiveType,
    Storage,
    StructType,
    TupleType,
)
from node.runtime_tools.storage import StorageReader, storage_key
from primitives.hashing import blake2_128, twox_64, twox_128
from primitives.types import U8, U32

BOOL, BYTE, U16, WORD, ACCOUNT, PAIR, ORIGIN, NUMBERS = range(8)
BLAKE2_CONCAT, TWOX_128, TWOX_CONCAT, IDENTITY = 2, 3, 5, 6


def field(kind):
    return Field(None, U32(kind), None, [])


DEFINITIONS = {
    BOOL: PrimitiveType(U8(0)),
    BYTE: PrimitiveType(U8(3)),
    U16: PrimitiveType(U8(4)),
    WORD: ArrayType(U32(32), U32(BYTE)),
    ACCOUNT: StructType([field(WORD)]),
    PAIR: TupleType([U32(U16), U32(ACCOUNT)]),
    ORIGIN: EnumType([Case("None", [], U8(0), []), Case("By", [field(ACCOUNT)], U8(1), [])]),
    NUMBERS: TupleType([U32(U16), U32(U16)]),
}
ITEMS = {
    "Account": ([BLAKE2_CONCAT], ACCOUNT),
    "Subnet": ([IDENTITY], U16),
    "Neuron": ([IDENTITY, TWOX_CONCAT], PAIR),
    "Key": ([IDENTITY, IDENTITY], NUMBERS),
    "Hidden": ([TWOX_128], ACCOUNT),
    "Origin": ([TWOX_CONCAT], ORIGIN),
    "Flag": ([IDENTITY], BOOL),
    "Small": ([IDENTITY], BYTE),
}
ALICE, BOB = b"A" * 32, b"B" * 32


def u16(number):
    return number.to_bytes(2, "little")


@pytest.fixture(scope="module")
def reader():
    entries = [
        Entry(name, U8(0), MapEntry([U8(h) for h in hashers], U32(key), U32(BYTE)), b"", [])
        for name, (hashers, key) in ITEMS.items()
    ]
    pallet = PalletMetadata("P", Storage("P", entries), None, None, [], None, U8(0))
    types = [
        NumberedType(U32(n), ["AccountId32"] if n == ACCOUNT else [], [], kind, [])
        for n, kind in DEFINITIONS.items()
    ]
    return StorageReader(Metadata(types, [pallet], U32(0), U8(4), [], U32(0)))


@pytest.fixture
def grown(reader):
    """Grow items by name, with their entries as what stands behind the item's prefix."""

    def grown(times, **items):
        state = {
            storage_key("P", name) + key: bytes((at,))
            for name, keys in items.items()
            for at, key in enumerate(keys)
        }
        found = grow(state, {storage_key("P", name): reader for name in items}, times)
        assert not found.entries.keys() & state.keys()
        return found, lambda name: {
            key[32:]: value
            for key, value in found.entries.items()
            if key.startswith(storage_key("P", name))
        }

    return grown


def test_accounts_become_others_under_right_hashes(grown):
    found, of = grown(3, Account=[blake2_128(who) + who for who in (ALICE, BOB)])
    made = of("Account")
    assert all(key[:16] == blake2_128(key[16:]) and len(key) == 48 for key in made)
    assert sorted(made.values()) == [b"\0", b"\0", b"\1", b"\1"]
    assert found.items == [Grown("P.Account", 2, 6)]
    assert found.notes == []


def test_copies_in_one_map_find_their_like_in_another(grown):
    _, of = grown(
        4,
        Account=[blake2_128(ALICE) + ALICE],
        Neuron=[u16(7) + twox_64(ALICE) + ALICE],
        Origin=[twox_64(b"\1" + ALICE) + b"\1" + ALICE],
    )
    accounts = {key[16:] for key in of("Account")}
    assert len(accounts) == 3
    assert set(of("Neuron")) == {u16(7) + twox_64(who) + who for who in accounts}
    assert set(of("Origin")) == {twox_64(b"\1" + who) + b"\1" + who for who in accounts}


def test_numbers_become_the_smallest_that_are_free(grown):
    """Taken are 0, 3 and 4: the copies of them are 1, 2 and 5, then 6, 7 and 8, in all maps."""
    _, of = grown(
        3, Subnet=[u16(0), u16(3)], Key=[u16(3) + u16(1), u16(3) + u16(2), u16(4) + u16(1)]
    )
    assert of("Subnet") == {u16(1): b"\0", u16(2): b"\1", u16(6): b"\0", u16(7): b"\1"}
    first, second = {3: 2, 4: 5}, {3: 7, 4: 8}
    assert set(of("Key")) == {
        u16(numbers[subnet]) + u16(uid)
        for numbers in (first, second)
        for subnet, uid in ((3, 1), (3, 2), (4, 1))
    }


def test_what_is_only_hashed_becomes_another_hash(grown):
    found, of = grown(5, Hidden=[twox_128(ALICE)])
    assert {len(key) for key in of("Hidden")} == {16}
    assert found.items == [Grown("P.Hidden", 1, 5)]


def test_what_cannot_grow_is_told(grown):
    found, _ = grown(
        3,
        Flag=[b"\0", b"\1"],
        Origin=[twox_64(b"\0") + b"\0"],
        Small=[bytes((n,)) for n in range(100)],
        Subnet=[b"broken"],
    )
    assert {item.item: (item.before, item.after) for item in found.items} == {
        "P.Flag": (2, 2),
        "P.Origin": (1, 1),
        "P.Small": (100, 256),
        "P.Subnet": (1, 1),
    }
    assert sorted(found.notes) == [
        "P.Flag: 2 entries of 6, for its keys allow no more",
        "P.Origin: 1 entries of 3, for its keys allow no more",
        "P.Small: 256 entries of 300, for its keys allow no more",
        "P.Subnet: 1 entries of 3, for its keys allow no more",
    ]


def test_a_state_that_would_not_fit_is_refused(grown, monkeypatch):
    monkeypatch.setattr(growth, "LIMIT", 5)
    assert len(grown(6, Subnet=[u16(1)])[0].entries) == 5
    with pytest.raises(TooLarge, match="6 more entries, and 5 are the limit"):
        grown(3, Subnet=[u16(1), u16(2), u16(3)])
