"""Validity answers: bytes recorded from a real runtime, and every variant both ways."""

import pytest

from primitives.scale.errors import ScaleError
from primitives.transaction_validity import (
    LONGEST_LONGEVITY,
    Invalid,
    InvalidCustom,
    InvalidTransaction,
    TransactionInvalid,
    TransactionUnknown,
    Unknown,
    UnknownCustom,
    UnknownTransaction,
    ValidTransaction,
    decode_validity,
    encode_validity,
)
from tests.support.vectors import load_vectors, unhex

RECORDED = {
    vector["name"]: unhex(vector["result"])
    for vector in load_vectors("runtime.json")["validity"]
    if vector["result"].startswith("0x")  # the others trapped
}
SHAPES = load_vectors("rpc_shapes.json")


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers_survive_a_round_trip(name):
    assert encode_validity(decode_validity(RECORDED[name])) == RECORDED[name]


def test_recorded_answers_mean_what_their_names_say():
    alice = RECORDED["valid_next_nonce"][12:44]
    assert decode_validity(RECORDED["future_nonce"]) == ValidTransaction(
        priority=2**64 - 1,
        requires=[alice + b"\7\0\0\0"],
        provides=[alice + b"\x08\0\0\0"],
        longevity=2**64 - 5,
        propagate=True,
    )
    assert decode_validity(RECORDED["mortal_valid"]).longevity == 63
    assert decode_validity(RECORDED["stale_nonce"]) == Invalid(InvalidTransaction.STALE)
    assert decode_validity(RECORDED["wrong_genesis"]) == Invalid(InvalidTransaction.BAD_PROOF)
    assert decode_validity(RECORDED["unfunded_signer"]) == Invalid(InvalidTransaction.PAYMENT)


def test_a_plain_valid_transaction_lives_for_ever_and_spreads():
    plain = ValidTransaction(provides=[b"tag"])
    assert (plain.priority, plain.requires, plain.longevity) == (0, [], LONGEST_LONGEVITY)
    assert plain.propagate


def test_indices_and_names_of_all_reasons():
    for enum, family in (
        (InvalidTransaction, SHAPES["invalid_transaction"][:11]),
        (UnknownTransaction, SHAPES["unknown_transaction"]),
    ):
        listed = [(entry[0], entry[1].removesuffix("(u8)")) for entry in family]
        assert [(i, v.variant_name) for i, v in sorted(enum.variants.items())] == listed


@pytest.mark.parametrize(
    ("error", "encoded"),
    [
        (Invalid(InvalidTransaction.CALL), "010000"),
        (Invalid(InvalidCustom(9)), "01000709"),
        (Invalid(InvalidTransaction.BAD_SIGNER), "01000a"),
        (Unknown(UnknownTransaction.CANNOT_LOOKUP), "010100"),
        (Unknown(UnknownCustom(255)), "010102ff"),
    ],
)
def test_errors_on_the_wire(error, encoded):
    assert encode_validity(error).hex() == encoded
    assert decode_validity(bytes.fromhex(encoded)) == error


@pytest.mark.parametrize("encoded", ["", "02", "0102", "01000b", "010007", "01010001"])
def test_malformed_answers(encoded):
    with pytest.raises(ScaleError):
        decode_validity(bytes.fromhex(encoded))


def test_exceptions_carry_the_error_for_the_wire():
    assert TransactionInvalid(InvalidTransaction.STALE).error == Invalid(InvalidTransaction.STALE)
    unknown = TransactionUnknown(UnknownTransaction.NO_UNSIGNED_VALIDATOR)
    assert unknown.error == Unknown(UnknownTransaction.NO_UNSIGNED_VALIDATOR)
