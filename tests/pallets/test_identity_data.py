"""Data: one index byte for kind and length, in the two sizes that the chain has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.scale.errors import ScaleError, ScaleRangeError
from runtime.pallets.identity_data import HASHES, Data, DataKind, data_codec

SHORT = data_codec("pallet_registry::types::Data", 64)
LONG = data_codec("pallet_commitments::types::Data", 128)


@pytest.mark.parametrize(
    ("codec", "data", "encoded"),
    [
        (SHORT, Data(), b"\x00"),
        (SHORT, Data.raw(b""), b"\x01"),
        (SHORT, Data.raw(b"tao"), b"\x04tao"),
        (SHORT, Data.raw(bytes(64)), b"\x41" + bytes(64)),
        (SHORT, Data(DataKind.BLAKE_TWO_256, bytes(32)), b"\x42" + bytes(32)),
        (SHORT, Data(DataKind.SHA_THREE_256, bytes(32)), b"\x45" + bytes(32)),
        (LONG, Data.raw(bytes(128)), b"\x81" + bytes(128)),
        (LONG, Data(DataKind.BLAKE_TWO_256, bytes(32)), b"\x82" + bytes(32)),
        (LONG, Data(DataKind.SHA_256, bytes(32)), b"\x83" + bytes(32)),
        (LONG, Data(DataKind.KECCAK_256, bytes(32)), b"\x84" + bytes(32)),
    ],
)
def test_encoding(codec, data, encoded):
    assert codec.encode(data) == encoded
    assert codec.decode(b"?" + encoded, 1) == (data, 1 + len(encoded))


@pytest.mark.parametrize(
    ("codec", "garbage"),
    [
        (SHORT, b""),
        (SHORT, b"\x46" + bytes(99)),
        (SHORT, b"\x04ta"),
        (SHORT, b"\x42" + bytes(31)),
        (LONG, b"\x86" + bytes(99)),
    ],
)
def test_bytes_that_no_encoder_makes_are_refused(codec, garbage):
    with pytest.raises(ScaleError):
        codec.decode(garbage, 0)


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        (SHORT, Data.raw(bytes(65))),
        (LONG, Data.raw(bytes(129))),
        (SHORT, Data(DataKind.SHA_256, bytes(31))),
        (SHORT, Data(DataKind.NOTHING, b"x")),
    ],
)
def test_data_that_does_not_fit_is_not_encoded(codec, data):
    with pytest.raises(ScaleRangeError):
        codec.encode(data)


@given(
    st.one_of(
        st.builds(Data.raw, st.binary(max_size=64)),
        st.builds(Data, st.sampled_from(HASHES), st.binary(min_size=32, max_size=32)),
    )
)
def test_what_was_encoded_comes_back(data):
    for codec in (SHORT, LONG):
        encoded = codec.encode(data)
        assert codec.decode(encoded, 0) == (data, len(encoded))


def test_metadata_shows_a_variant_for_every_length():
    cases = {case.index: case.name for case in LONG.shape.cases}

    assert cases[0] == "None"
    assert cases[1] == "Raw0"
    assert cases[129] == "Raw128"
    assert [cases[index] for index in range(130, 134)] == [kind.value for kind in HASHES]
    assert len(cases) == 134
