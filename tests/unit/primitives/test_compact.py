"""Compact integers: the shortest form only, within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.scale.compact import MAX_COMPACT, decode_compact, encode_compact
from primitives.scale.errors import ScaleError, ScaleRangeError


@pytest.mark.parametrize(
    ("n", "encoded"),
    [
        (0, "00"),
        (1, "04"),
        (63, "fc"),
        (64, "0101"),
        (16383, "fdff"),
        (16384, "02000100"),
        (2**30 - 1, "feffffff"),
        (2**30, "0300000040"),
        (2**64 - 1, "13ffffffffffffffff"),
        (MAX_COMPACT, "ff" + "ff" * 67),
    ],
)
def test_each_form_at_its_bounds(n, encoded):
    assert encode_compact(n).hex() == encoded
    assert decode_compact(bytes.fromhex(encoded), 0) == (n, len(encoded) // 2)


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "01",
        "020000",
        "0300",
        "0100",
        "fd00",
        "02000000",
        "feff0000",
        "03ffffff3f",
        "070000004000",
    ],
)
def test_cut_off_and_overlong_forms_are_refused(encoded):
    with pytest.raises(ScaleError):
        decode_compact(bytes.fromhex(encoded), 0)


@pytest.mark.parametrize("at", [-1, 1, 99])
def test_offset_outside_the_input_is_refused(at):
    with pytest.raises(ScaleError):
        decode_compact(b"\x04", at)


@pytest.mark.parametrize("n", [-1, MAX_COMPACT + 1])
def test_numbers_out_of_range_are_refused(n):
    with pytest.raises(ScaleRangeError):
        encode_compact(n)


@given(st.integers(0, MAX_COMPACT), st.binary(max_size=4), st.binary(max_size=4))
def test_round_trip_anywhere_in_the_input(n, before, after):
    encoded = encode_compact(n)
    assert decode_compact(before + encoded + after, len(before)) == (n, len(before + encoded))


@given(st.binary(max_size=70))
def test_whatever_decodes_encodes_to_the_same_bytes(data):
    try:
        n, end = decode_compact(data, 0)
    except ScaleError:
        return
    assert encode_compact(n) == data[:end]
