"""Statuses and refusals: the same words as the recorded JSON-RPC shapes."""

import re

import pytest

from node.txpool.refusal import (
    BANNED,
    CYCLE,
    IMMEDIATELY_DROPPED,
    NO_TAGS,
    UNACTIONABLE,
    already_imported,
    refused_by_runtime,
    too_low_priority,
)
from node.txpool.status import (
    Broadcast,
    FinalityTimeout,
    Finalized,
    InBlock,
    Place,
    Retracted,
    Usurped,
    is_terminal,
    status_json,
)
from primitives.transaction_validity import (
    Invalid,
    InvalidCustom,
    InvalidTransaction,
    Unknown,
    UnknownCustom,
    UnknownTransaction,
)
from tests.support.vectors import load_vectors

SHAPES = load_vectors("rpc_shapes.json")
MESSAGES = {code: text for code, text in SHAPES["errors"] if 1010 <= code < 1020}
HASH = bytes(range(32))
HEX = "0x" + HASH.hex()

STATUSES = [
    Place.FUTURE,
    Place.READY,
    Broadcast(("12D3",)),
    InBlock(HASH),
    Retracted(HASH),
    FinalityTimeout(HASH),
    Finalized(HASH),
    Usurped(HASH),
    Place.DROPPED,
    Place.INVALID,
]


def test_statuses_have_the_recorded_shapes_in_order():
    def shape(value):
        return value if isinstance(value, str) else next(iter(value))

    recorded = [(shape(s["v"]), s["terminal"]) for s in SHAPES["transaction_status"]]
    assert [(shape(status_json(s)), is_terminal(s)) for s in STATUSES] == recorded


def test_statuses_carry_hex_hashes_and_lists_of_peers():
    assert status_json(InBlock(HASH)) == {"inBlock": HEX}
    assert status_json(Broadcast(("a", "b"))) == {"broadcast": ["a", "b"]}


@pytest.mark.parametrize(
    "refusal",
    [
        BANNED,
        CYCLE,
        IMMEDIATELY_DROPPED,
        UNACTIONABLE,
        NO_TAGS,
        already_imported(HASH),
        too_low_priority(7, 5),
        refused_by_runtime(Invalid(InvalidTransaction.STALE)),
        refused_by_runtime(Unknown(UnknownTransaction.CANNOT_LOOKUP)),
    ],
    ids=lambda refusal: refusal.code.name,
)
def test_messages_are_those_of_the_reference(refusal):
    recorded = MESSAGES[refusal.code].split("   ")[0]
    assert re.sub(r"\d+ vs \d+", "<old> vs <new>", refusal.message) == recorded


@pytest.mark.parametrize(
    "refusal", [IMMEDIATELY_DROPPED, NO_TAGS, too_low_priority(7, 5)], ids=lambda r: r.code.name
)
def test_fixed_data_is_that_of_the_reference(refusal):
    assert f'data = "{refusal.data}"' in MESSAGES[refusal.code]


def test_every_invalid_reason_has_the_recorded_text():
    made = {}
    for index, variant in InvalidTransaction.variants.items():
        reason = InvalidCustom(3) if variant is InvalidCustom else variant()
        made[index] = refused_by_runtime(Invalid(reason)).data
    recorded = {i: text.replace("<n>", "3") for i, _, text in SHAPES["invalid_transaction"]}
    assert made == {index: recorded[index] for index in range(11)}


def test_unknown_reasons_are_named():
    reasons = [UnknownTransaction.NO_UNSIGNED_VALIDATOR, UnknownCustom(4)]
    texts = [refused_by_runtime(Unknown(reason)).data for reason in reasons]
    assert texts == ["NoUnsignedValidator", "Custom(4)"]


def test_already_imported_names_the_hash():
    assert already_imported(HASH).data == HEX
