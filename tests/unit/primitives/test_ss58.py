"""SS58 addresses against published ones, and every way to be malformed."""

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives import ss58
from tests.support.vectors import load_vectors, unhex

KEYS = load_vectors("keys.json")
PUBLIC = unhex(KEYS["dev"][0]["sr25519"]["public"])


@pytest.mark.parametrize("case", KEYS["ss58"], ids=lambda case: case["address"])
def test_published_addresses(case):
    data = unhex(case["data"])
    assert ss58.encode(data, case["prefix"]) == case["address"]
    assert ss58.decode(case["address"]) == (data, case["prefix"])


@pytest.mark.parametrize("account", KEYS["dev"], ids=lambda account: account["uri"])
@pytest.mark.parametrize("scheme", ["sr25519", "ed25519"])
@pytest.mark.parametrize("prefix", [0, 2, 42])
def test_development_accounts(account, scheme, prefix):
    key = account[scheme]
    assert ss58.encode(unhex(key["public"]), prefix) == key[f"ss58_{prefix}"]


@pytest.mark.parametrize("case", KEYS["ss58_invalid"], ids=lambda case: case["why"])
def test_malformed_addresses_are_refused(case):
    with pytest.raises(ss58.AddressError):
        ss58.decode(case["address"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5" * 1_000_000, "at most 52 characters"),
        ("5Grwv\N{LATIN SMALL LETTER E WITH ACUTE}", "base58 alphabet"),
        ("5", "too short"),
        (base58.b58encode(bytes((42, 1, 2, 3, 4))).decode(), "wrong length"),
        (base58.b58encode(bytes((128, 0)) + PUBLIC).decode(), "invalid byte 128"),
        (base58.b58encode(bytes((46,)) + PUBLIC + b"\0\0").decode(), "reserved"),
        (base58.b58encode(bytes((0x4A, 0x80)) + PUBLIC + b"\0\0").decode(), "longer than needed"),
    ],
)
def test_errors_name_the_reason(text, reason):
    with pytest.raises(ss58.AddressError, match=reason):
        ss58.decode(text)


@pytest.mark.parametrize("prefix", [-1, 46, 47, 1 << 14])
def test_prefixes_that_do_not_exist_are_refused(prefix):
    with pytest.raises(ss58.AddressError, match="no network prefix"):
        ss58.encode(PUBLIC, prefix)


@pytest.mark.parametrize("length", [0, 3, 31, 34])
def test_data_of_other_lengths_is_refused(length):
    with pytest.raises(ss58.AddressError, match=f"not {length}"):
        ss58.encode(bytes(length), 42)


@given(
    st.sampled_from([1, 2, 4, 8, 32, 33]).flatmap(lambda n: st.binary(min_size=n, max_size=n)),
    st.integers(0, (1 << 14) - 1).filter(lambda prefix: prefix not in (46, 47)),
)
def test_round_trip(data, prefix):
    assert ss58.decode(ss58.encode(data, prefix)) == (data, prefix)
