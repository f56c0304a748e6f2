"""Parameters: what each type takes, and how it says no."""

import pytest

from genesis.dev_keys import dev_key
from node.rpc.errors import RpcError
from node.rpc.params import (
    Address,
    BlockHash,
    ByteArray,
    ByteArrayOrHash,
    Bytes,
    Count,
    Heights,
    Keys,
    NumberArray,
    SubnetId,
    Text,
    params_of,
    read_params,
)
from primitives import ss58

HASH = "0x" + "ab" * 32


def read(annotation, *given):
    def method(rpc, some_value: annotation):
        """Has one parameter of the type."""

    return read_params(params_of(method, skip=1), list(given))


@pytest.mark.parametrize(
    ("annotation", "given", "value"),
    [
        (Bytes, "0x", b""),
        (Bytes, "", b""),
        (Bytes, "0x0aFF", b"\x0a\xff"),
        (Bytes, "0aff", b"\x0a\xff"),
        (BlockHash, HASH, b"\xab" * 32),
        (BlockHash, HASH[2:], b"\xab" * 32),
        (Keys, ["0x00", "01"], [b"\0", b"\1"]),
        (Heights, 7, 7),
        (Heights, "0x1a", 26),
        (Heights, [0, "0x1"], [0, 1]),
        (Count, 2**32 - 1, 2**32 - 1),
        (SubnetId, 65_535, 65_535),
        (ByteArray, [0, 255], b"\x00\xff"),
        (ByteArrayOrHash, [1], NumberArray(b"\1")),
        (ByteArrayOrHash, HASH, b"\xab" * 32),
        (Text, "name", "name"),
        (Address, ss58.encode(dev_key("Alice").account), dev_key("Alice").account),
    ],
)
def test_fitting_values(annotation, given, value):
    assert read(annotation, given) == [value]


@pytest.mark.parametrize(
    ("annotation", "given", "reason"),
    [
        (Bytes, 7, "expected bytes in hex"),
        (Bytes, "0xabc", "expected bytes in hex, two digits each"),
        (Bytes, "0xzz", "expected bytes in hex, two digits each"),
        (Bytes, "ab cd", "expected bytes in hex, two digits each"),
        (BlockHash, "0xabcd", "expected a hash of 32 bytes, got 2"),
        (BlockHash, 5, "expected bytes in hex"),
        (Keys, "0x00", "expected an array"),
        (Keys, ["0x00"] * 10_001, "expected at most 10000 items, got 10001"),
        (Keys, ["0x00", 1], "expected bytes in hex"),
        (Heights, -1, "expected an integer from 0 to 2^32 - 1"),
        (Heights, 2**32, "expected an integer from 0 to 2^32 - 1"),
        (Heights, "0x123456789", "expected a block number of 1 to 8 hex digits"),
        (Heights, "0x", "expected a block number of 1 to 8 hex digits"),
        (Heights, "high", "expected a block number of 1 to 8 hex digits"),
        (Heights, [None], "expected an integer"),
        (Count, 1.0, "expected an integer"),
        (Count, True, "expected an integer"),
        (Count, "1", "expected an integer"),
        (SubnetId, 65_536, "expected an integer from 0 to 2^16 - 1"),
        (ByteArray, [256], "expected an integer from 0 to 2^8 - 1"),
        (ByteArray, HASH, "expected an array"),
        (ByteArrayOrHash, {}, "expected bytes in hex"),
        (Text, 1, "expected a string"),
        (Address, "5Grw", "the checksum of the address is wrong"),
        (Address, ss58.encode(b"\0"), "expected the address of a 32-byte account id"),
        (Bytes, None, "expected hex, got null"),
    ],
)
def test_wrong_values_are_refused_by_name(annotation, given, reason):
    with pytest.raises(RpcError) as refused:
        read(annotation, given)
    assert refused.value.to_json() == {
        "code": -32602,
        "message": "Invalid params",
        "data": f"someValue: {reason}",
    }


def method(rpc, key: Bytes, prefix: Bytes | None, at_: BlockHash | None = None):
    """Has a required parameter, one that may be null, and one that may be left out."""


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (["00", None], [b"\0", None]),
        (["00", "01", None], [b"\0", b"\1", None]),
        (["00", "01", HASH], [b"\0", b"\1", b"\xab" * 32]),
        (["00", "01", None, "more", {}], [b"\0", b"\1", None]),
    ],
)
def test_trailing_parameters_may_be_null_missing_or_too_many(given, values):
    assert read_params(params_of(method, skip=1), given) == values


@pytest.mark.parametrize(("given", "name"), [([], "key"), (["00"], "prefix")])
def test_missing_parameters_are_named(given, name):
    with pytest.raises(RpcError) as refused:
        read_params(params_of(method, skip=1), given)
    assert refused.value.data == f"{name}: missing"
