"""Values and storage keys, read by nothing but metadata."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.host import GenesisHost
from node.runtime_tools.metadata import (
    ArrayType,
    BitsType,
    Case,
    CompactType,
    EnumType,
    Field,
    Metadata,
    NumberedType,
    PrimitiveType,
    SequenceType,
    StructType,
    TupleType,
    read_metadata,
)
from node.runtime_tools.storage import StorageReader, storage_key
from node.runtime_tools.values import Values
from primitives import ss58
from primitives.hashing import blake2_128_concat
from primitives.scale.errors import ScaleError
from primitives.scale.types import decode
from primitives.types import U8, U32, AccountId, NetUid
from runtime import api
from runtime.runtime import Runtime

ACCOUNT = AccountId(b"\7" * 32)


def field(kind, name=None):
    return Field(name, U32(kind), None, [])


def primitive(number):
    return PrimitiveType(U8(number))


TYPES = [
    *(primitive(number) for number in range(15)),
    SequenceType(U32(3)),
    SequenceType(U32(4)),
    ArrayType(U32(2), U32(3)),
    ArrayType(U32(2), U32(0)),
    TupleType([]),
    TupleType([U32(3), U32(4)]),
    CompactType(U32(5)),
    BitsType(U32(4), U32(19)),
    StructType([field(0, "yes"), field(2, "text")]),
    StructType([field(4)]),
    EnumType([Case("None", [], U8(0), []), Case("Some", [field(26)], U8(1), [])]),
    StructType([field(3, "tag"), field(25, "next")]),
]


@pytest.fixture(scope="module")
def values():
    types = [NumberedType(U32(n), [], [], kind, []) for n, kind in enumerate(TYPES)]
    return Values(Metadata(types, [], U32(0), U8(4), [], U32(0)))


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        (0, "01", True),
        (1, "61000000", "a"),
        (2, "0c616263", "abc"),
        (4, "0102", 513),
        (7, "01" + 15 * "00", 1),
        (8, 31 * "00" + "80", 1 << 255),
        (9, "ff", -1),
        (14, 32 * "ff", -1),
        (15, "080102", "0x0102"),
        (16, "0801000200", [1, 2]),
        (17, "0102", "0x0102"),
        (18, "0100", [True, False]),
        (19, "", []),
        (20, "010200", [1, 2]),
        (21, "fd03", 255),
        (22, "440102ff00", "17 bits 0x0102ff00"),
        (23, "000461", {"yes": False, "text": "a"}),
        (24, "0500", 5),
        (25, "00", "None"),
        (25, "0105010600", {"Some": {"tag": 5, "next": {"Some": {"tag": 6, "next": "None"}}}}),
    ],
)
def test_values(values, kind, data, value):
    raw = bytes.fromhex(data)
    assert values.read_all(kind, raw) == value
    with pytest.raises(ScaleError, match="1 bytes follow the value"):
        values.read_all(kind, raw + b"\0")
    for length in range(len(raw)):
        with pytest.raises(ScaleError):
            values.read_all(kind, raw[:length])


@pytest.mark.parametrize(
    ("kind", "data"),
    [(0, "02"), (1, "00001100"), (2, "04ff"), (25, "02"), (18, "0102"), (16, "feffffff00")],
)
def test_what_is_no_value(values, kind, data):
    with pytest.raises(ScaleError):
        values.read_all(kind, bytes.fromhex(data))


@pytest.fixture(scope="module")
def host():
    return GenesisHost()


@pytest.fixture(scope="module")
def runtime(host):
    return Runtime(host)


@pytest.fixture(scope="module")
def reader(runtime):
    return StorageReader(read_metadata(decode(bytes, api.call(runtime, "Metadata_metadata", b""))))


def test_keys_and_values_of_the_runtime(reader, runtime, host):
    runtime.subtensor.tempo.insert(NetUid(3), 99)
    key = storage_key("SubtensorModule", "Tempo") + b"\3\0"
    assert reader.name(key) == "SubtensorModule.Tempo"
    assert reader.keys(key) == [3]
    assert reader.value(key, host.get(key)) == 99
    assert reader.fault(key, b"\1") == "2 bytes wanted at byte 0 of 1"
    assert reader.fault(key + b"\0", b"\1\0") == "the key: 1 bytes follow the key"


def test_account_in_a_key(reader):
    key = storage_key("System", "Account") + blake2_128_concat.hash(ACCOUNT)
    assert reader.keys(key) == [ss58.encode(ACCOUNT)]


def test_names_of_what_is_no_item(reader):
    version = storage_key("System", ":__STORAGE_VERSION__:")
    assert reader.name(version) == "System.:__STORAGE_VERSION__:"
    assert reader.name(b":code") == ":code"
    assert reader.name(storage_key("System", "Lost")).startswith("System.unknown item 0x")
    assert reader.name(storage_key("Lost", "Lost")).startswith("unknown pallet 0x")
    assert reader.is_known(version)
    assert reader.is_known(b":code")
    assert not reader.is_known(storage_key("System", "Lost"))
    assert not reader.is_known(storage_key("Lost", "Lost"))


def test_constants(reader):
    assert reader.constant("Balances", "ExistentialDeposit") == 500
    assert reader.constant("Balances", "Lost") is None


@given(st.data())
def test_whatever_has_the_width_of_a_plain_type_is_one_of_its_values(data):
    types = [NumberedType(U32(n), [], [], kind, []) for n, kind in enumerate(TYPES)]
    values = Values(Metadata(types, [], U32(0), U8(4), [], U32(0)))
    kinds = [kind for kind in range(len(TYPES)) if values.width(kind) is not None]
    kind = data.draw(st.sampled_from(kinds))
    width = values.width(kind)
    raw = data.draw(st.binary(min_size=width, max_size=width))
    values.read_all(kind, raw)
    with pytest.raises(ScaleError):
        values.read_all(kind, raw + b"\0")


def test_types_that_not_all_bytes_are_values_of_have_no_width(values):
    """Of bool, char, text, what counts its items or bits, and enums; and of what has such parts."""
    plain = {*range(3, 15), 17, 19, 20, 24}
    assert {kind for kind in range(len(TYPES)) if values.width(kind) is not None} == plain
    assert [values.width(kind) for kind in (3, 7, 8, 17, 19, 20)] == [1, 16, 32, 2, 0, 3]
