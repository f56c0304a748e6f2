"""Weight vectors: stretched and limited exactly as the reference chain stored them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.pallets.subtensor.weight_vectors import is_max_limited, max_upscale_to_u16

STORED_BY_THE_REFERENCE_CHAIN = [
    ([], []),
    ([0, 0], [0, 0]),
    ([9, 8, 7, 6], [65535, 58253, 50972, 43690]),
    ([5, 77], [4256, 65535]),
    ([59195, 31665], [65535, 35056]),
    ([34206, 35529, 6097], [63095, 65535, 11246]),
    ([15047, 65495, 3473, 59914, 45247], [15056, 65535, 3475, 59951, 45275]),
    ([23287, 6245, 64187, 42595, 5902, 21476], [23776, 6376, 65535, 43490, 6026, 21927]),
    ([1, 2, 1, 1, 2, 0, 1, 0, 2], [32768, 65535, 32768, 32768, 65535, 0, 32768, 0, 65535]),
    ([1, 0, 1, 2, 65535, 1], [1, 0, 1, 2, 65535, 1]),
]


@pytest.mark.parametrize(("values", "stored"), STORED_BY_THE_REFERENCE_CHAIN)
def test_upscaling_gives_what_the_reference_chain_stored(values, stored):
    assert max_upscale_to_u16(values) == stored


def test_the_two_roundings_meet_where_the_product_would_overflow():
    assert max_upscale_to_u16([32768, 1]) == [65535, 2]
    assert max_upscale_to_u16([32769, 1]) == [65535, 2]
    assert max_upscale_to_u16([32769, 8193]) == [65535, 16385]


@given(st.lists(st.integers(0, 65535), min_size=1))
def test_upscaling_keeps_order_and_reaches_the_top(values):
    upscaled = max_upscale_to_u16(values)

    assert max(upscaled) == (65535 if any(values) else 0)
    ranked = sorted(zip(values, upscaled, strict=True))
    assert [weight for _, weight in ranked] == sorted(upscaled)


@pytest.mark.parametrize(
    ("values", "limit", "fits"),
    [
        ([], 0, True),
        ([0, 0], 0, True),
        ([65535], 65535, True),
        ([65535], 65534, False),
        ([1, 1, 1, 1], 16384, True),
        ([1, 1, 1, 1], 16383, False),
        ([65535] * 10, 6553, False),
        ([65535] * 10, 6554, True),
    ],
)
def test_a_share_may_reach_the_limit_but_not_pass_it(values, limit, fits):
    assert is_max_limited(values, limit) is fits


def test_a_sum_beyond_the_integer_bits_wraps_and_passes_any_limit():
    """Given more full weights than 31 bits can sum, the shares come out negative."""
    assert is_max_limited([65535] * 32768, 0) is False
    assert is_max_limited([65535] * 32769, 0) is True
