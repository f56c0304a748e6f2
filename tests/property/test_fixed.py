"""Fixed-point arithmetic against exact fractions, transcendental functions against floats."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.fixed import I32F32, I64F64, I96F32, I110F18, U64F64, FixedPoint, OutOfRange

FORMATS = st.sampled_from([I32F32, I64F64, I96F32, I110F18, U64F64])


@st.composite
def format_and_bits(draw: st.DrawFn, operands: int) -> tuple[FixedPoint, list[int]]:
    form = draw(FORMATS)
    edges = st.sampled_from([form.lowest, form.highest, 0, form.one])
    bits = st.one_of(edges, st.integers(form.lowest, form.highest))
    return form, draw(st.lists(bits, min_size=operands, max_size=operands))


@given(format_and_bits(2))
def test_products_round_down_and_saturate_or_wrap(case):
    form, (a, b) = case
    exact = math.floor(Fraction(a * b, form.one))
    assert form.mul(a, b) == min(max(exact, form.lowest), form.highest)
    assert (form.wrapping_mul(a, b) - exact) % (1 << form.width) == 0
    assert form.fits(form.wrapping_mul(a, b))


@given(format_and_bits(2))
def test_quotients_round_toward_zero_and_saturate_or_wrap(case):
    form, (a, b) = case
    if b == 0:
        with pytest.raises(ZeroDivisionError):
            form.div(a, b)
        return
    exact = int(Fraction(a * form.one, b))
    assert form.div(a, b) == min(max(exact, form.lowest), form.highest)
    assert (form.wrapping_div(a, b) - exact) % (1 << form.width) == 0
    assert form.fits(form.wrapping_div(a, b))


@given(format_and_bits(2))
def test_sums_saturate_or_wrap(case):
    form, (a, b) = case
    assert form.add(a, b) == min(max(a + b, form.lowest), form.highest)
    assert form.sub(a, b) == min(max(a - b, form.lowest), form.highest)
    assert (form.wrapping_add(a, b) - a - b) % (1 << form.width) == 0
    assert (form.wrapping_sub(a, b) - a + b) % (1 << form.width) == 0


@given(st.integers(-20 * I64F64.one, 15 * I64F64.one))
def test_exp_is_close_to_the_exponential(bits):
    true = math.exp(bits / I64F64.one)
    assert I64F64.exp(bits) / I64F64.one == pytest.approx(true, rel=1e-7, abs=1e-15)


@given(st.integers(1 << 20, I96F32.highest))
def test_log2_is_close_to_the_logarithm(bits):
    true = math.log2(bits) - I96F32.fraction
    assert I96F32.log2(bits) / I96F32.one == pytest.approx(true, abs=1e-4)


def test_functions_refuse_what_leaves_the_format():
    for function, bits in [
        (I32F32.exp, 60 * I32F32.one),
        (I32F32.ln, 0),
        (I32F32.ln, -I32F32.one),
        (I32F32.ln, 1),
        (I64F64.log2, 0),
    ]:
        with pytest.raises(OutOfRange):
            function(bits)
