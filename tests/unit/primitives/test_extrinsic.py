"""Extrinsics that a real runtime judged, eras, and strict decoding of the envelope."""

import dataclasses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from primitives.crypto import KeyPair, verify, verify_account
from primitives.extrinsic import (
    IMMORTAL,
    METADATA_HASH_EXTENSIONS,
    PLAIN_EXTENSIONS,
    Address,
    AddressKind,
    BareExtrinsic,
    Era,
    Extra,
    Implicit,
    SignedExtrinsic,
    decode_era,
    decode_extrinsic,
    extrinsic_hash,
)
from primitives.hashing import blake2_256
from primitives.scale.compact import encode_compact
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scheme import Scheme
from primitives.signing import sign_extrinsic
from tests.support.vectors import load_vectors, unhex

EXTRINSICS = load_vectors("extrinsics.json")
SIGNED = EXTRINSICS["signed"]
"""All of them belong to spec 218, whose list of extensions ends in CheckMetadataHash."""

ERAS = load_vectors("scale.json")["era"]

MISLABELLED_SIGNERS = {"v_unfunded": "//Nobody"}
"""The file names //Dave here, but that is not whose key signed."""


def whole_era(encoded):
    era, end = decode_era(encoded, 0)
    assert end == len(encoded)
    return era


def expected_extrinsic(case):
    return SignedExtrinsic(
        address=Address(AddressKind.ID, unhex(case["signer"])),
        scheme=Scheme[case["scheme"].upper()],
        signature=unhex(case["signature"])[1:],
        extra=Extra(whole_era(unhex(case["era"])), case["nonce"], int(case["tip"])),
        call=unhex(case["call"]),
        extensions=METADATA_HASH_EXTENSIONS,
    )


def implicit_of(case):
    return Implicit(
        spec_version=case["spec_version"],
        transaction_version=case["transaction_version"],
        genesis_hash=unhex(case["genesis_hash"]),
        birth_hash=unhex(case["mortality_hash"]),
    )


@pytest.mark.parametrize("case", SIGNED, ids=lambda case: case["name"])
def test_recorded_signed_extrinsics(case):
    encoded = unhex(case["encoded"])
    extrinsic = decode_extrinsic(encoded, METADATA_HASH_EXTENSIONS)
    assert extrinsic == expected_extrinsic(case)
    assert extrinsic.encode() == encoded
    assert extrinsic_hash(encoded) == unhex(case["hash"])


@pytest.mark.parametrize("case", SIGNED, ids=lambda case: case["name"])
def test_recorded_payloads_and_signatures(case):
    extrinsic = expected_extrinsic(case)
    assert extrinsic.extra.encode(METADATA_HASH_EXTENSIONS) == unhex(case["extra"])
    assert implicit_of(case).encode(METADATA_HASH_EXTENSIONS) == unhex(case["additional"])

    payload = unhex(case["payload_signed"])
    message = blake2_256(payload) if case["payload_is_hashed"] else payload
    assert extrinsic.signed_payload(implicit_of(case)) == message
    assert verify_account(extrinsic.scheme, extrinsic.signature, message, extrinsic.address.value)


@pytest.mark.parametrize("case", SIGNED, ids=lambda case: case["name"])
def test_signing_again_gives_the_recorded_extrinsic_or_an_equally_valid_one(case):
    uri = MISLABELLED_SIGNERS.get(case["name"], case["signer_uri"]).removesuffix(" (ed25519)")
    signer = KeyPair.from_uri(uri, Scheme[case["scheme"].upper()])
    encoded = sign_extrinsic(
        unhex(case["call"]),
        signer,
        nonce=case["nonce"],
        tip=int(case["tip"]),
        era=whole_era(unhex(case["era"])),
        genesis_hash=unhex(case["genesis_hash"]),
        birth_hash=unhex(case["mortality_hash"]),
        spec_version=case["spec_version"],
        transaction_version=case["transaction_version"],
        extensions=METADATA_HASH_EXTENSIONS,
    )
    recorded = expected_extrinsic(case)
    if signer.scheme is Scheme.ED25519:
        assert encoded == recorded.encode()
    else:
        ours = decode_extrinsic(encoded, METADATA_HASH_EXTENSIONS)
        assert dataclasses.replace(ours, signature=recorded.signature) == recorded
        message = ours.signed_payload(implicit_of(case))
        assert verify(ours.scheme, ours.signature, message, signer.public)


@pytest.mark.parametrize("case", EXTRINSICS["bare"], ids=lambda case: case["name"])
def test_recorded_bare_extrinsics(case):
    encoded = unhex(case["encoded"])
    assert decode_extrinsic(encoded) == BareExtrinsic(encoded[2:])
    assert BareExtrinsic(encoded[2:]).encode() == encoded


@pytest.mark.parametrize("case", ERAS, ids=lambda case: case["hex"])
def test_recorded_eras(case):
    era = whole_era(unhex(case["hex"]))
    assert era.encode() == unhex(case["hex"])
    if "immortal" in case:
        assert (era, era.birth(1000), era.death(1000)) == (IMMORTAL, 0, None)
        return
    assert era == Era(case["period"], case["phase"])
    if "current" in case:
        assert era == Era.mortal(case["period_requested"], case["current"])
        lifetime = era.birth(case["current"]), era.death(case["current"])
        assert lifetime == (case["birth"], case["death"])


@pytest.mark.parametrize("encoded", ["", "01", "1000", "4100", "02", "f1ff"])
def test_malformed_eras_are_refused(encoded):
    with pytest.raises(ScaleError):
        decode_era(bytes.fromhex(encoded), 0)


@pytest.mark.parametrize("era", [Era(2, 0), Era(5, 0), Era(64, 64), Era(64, -1), Era(65536, 1)])
def test_eras_that_fit_no_bytes_are_refused(era):
    with pytest.raises(ScaleRangeError, match="no era"):
        era.encode()


@given(st.integers(0, 2**17), st.integers(0, 2**32 - 1))
def test_a_mortal_era_holds_at_the_block_it_was_made_at(period, current):
    era = Era.mortal(period, current)
    assert whole_era(era.encode()) == era
    assert era.birth(current) <= current < era.death(current)
    assert era.period >= min(period, 65536)


@given(st.binary(min_size=2, max_size=2))
def test_every_era_that_decodes_encodes_to_the_same_bytes(data):
    try:
        era, end = decode_era(data, 0)
    except ScaleError:
        assume(False)
    assert era.encode() == data[:end]


ALICE = KeyPair.from_uri("//Alice", Scheme.ED25519)
GENESIS = bytes(range(32))
CHAIN = {"genesis_hash": GENESIS, "spec_version": 185, "transaction_version": 1}


@pytest.mark.parametrize(("call_length", "hashed"), [(181, False), (182, True)])
def test_payloads_are_hashed_above_256_bytes(call_length, hashed):
    """Given three bytes of extra and 72 implicit ones, a call of 181 bytes makes 256."""
    call = bytes(call_length)
    implicit = Implicit(185, 1, GENESIS, GENESIS)
    extra = Extra(IMMORTAL, 0, 0)
    assert len(extra.encode() + implicit.encode()) == 75
    extrinsic = decode_extrinsic(sign_extrinsic(call, ALICE, nonce=0, **CHAIN))
    message = extrinsic.signed_payload(implicit)
    assert (len(message) == 32) is hashed


def test_mortal_extrinsic_needs_its_birth_hash():
    with pytest.raises(ValueError, match="birth block"):
        sign_extrinsic(b"\0\0", ALICE, nonce=0, era=Era(64, 1), **CHAIN)


@pytest.mark.parametrize("change", [{"nonce": 2**32}, {"tip": 2**64}, {"nonce": -1}])
def test_numbers_out_of_range_are_refused(change):
    with pytest.raises(ScaleRangeError):
        sign_extrinsic(b"\0\0", ALICE, **({"nonce": 0} | CHAIN | change))


@pytest.mark.parametrize(
    "address", [Address(AddressKind.ID, bytes(31)), Address(AddressKind.INDEX, b"\0")]
)
def test_addresses_of_wrong_length_are_refused(address):
    with pytest.raises(ScaleRangeError):
        address.encode()


def test_signatures_of_wrong_length_are_refused():
    extrinsic = decode_extrinsic(sign_extrinsic(b"\0\0", ALICE, nonce=0, **CHAIN))
    with pytest.raises(ScaleRangeError):
        dataclasses.replace(extrinsic, signature=bytes(65)).encode()


ID, SIGNATURE = "00" + "11" * 32, "01" + "22" * 64


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "wanted"),
        ("05", "format 0x05"),
        ("45", "format 0x45"),
        ("83", "format 0x83"),
        ("84", "wanted"),
        ("8405", "address kind 5"),
        ("8400" + "11" * 31, "wanted"),
        ("8402feffffff", "wanted"),
        ("84" + ID + "03", "signature scheme 3"),
        ("84" + ID + "02" + "22" * 64, "wanted"),
        ("84" + ID + SIGNATURE, "wanted"),
        ("84" + ID + SIGNATURE + "1000", "no era"),
        ("84" + ID + SIGNATURE + "0001", "cut off"),
        ("84" + ID + SIGNATURE + "00" + "07000000000100", "does not fit u32"),
        ("84" + ID + SIGNATURE + "0000" + "17" + "ff" * 9, "does not fit u64"),
    ],
)
def test_malformed_extrinsics_are_refused(body, reason):
    data = bytes.fromhex(body)
    with pytest.raises(ScaleError, match=reason):
        decode_extrinsic(encode_compact(len(data)) + data)


def test_metadata_hash_mode_other_than_off_is_refused():
    data = bytes.fromhex("84" + ID + SIGNATURE + "00000001" + "0000")
    with pytest.raises(ScaleError, match="metadata hash"):
        decode_extrinsic(encode_compact(len(data)) + data, METADATA_HASH_EXTENSIONS)


@pytest.mark.parametrize("encoded", ["", "0c0400", "04040000", "feffffff04", "0100"])
def test_length_prefix_must_be_exact(encoded):
    with pytest.raises(ScaleError):
        decode_extrinsic(bytes.fromhex(encoded))


ADDRESSES = st.one_of(
    st.builds(Address, st.just(AddressKind.ID), st.binary(min_size=32, max_size=32)),
    st.builds(Address, st.just(AddressKind.INDEX), st.just(b"")),
    st.builds(Address, st.just(AddressKind.RAW), st.binary(max_size=80)),
    st.builds(Address, st.just(AddressKind.ADDRESS32), st.binary(min_size=32, max_size=32)),
    st.builds(Address, st.just(AddressKind.ADDRESS20), st.binary(min_size=20, max_size=20)),
)
ERA = st.one_of(st.just(IMMORTAL), st.builds(Era.mortal, st.integers(4, 65536), st.integers(0)))
EXTRA = st.builds(Extra, ERA, st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1))


@st.composite
def extrinsics(draw):
    scheme = draw(st.sampled_from(Scheme))
    length = scheme.signature_length
    return SignedExtrinsic(
        address=draw(ADDRESSES),
        scheme=scheme,
        signature=draw(st.binary(min_size=length, max_size=length)),
        extra=draw(EXTRA),
        call=draw(st.binary(max_size=80)),
        extensions=draw(st.sampled_from([PLAIN_EXTENSIONS, METADATA_HASH_EXTENSIONS])),
    )


@given(extrinsics())
def test_signed_extrinsics_round_trip(extrinsic):
    assert decode_extrinsic(extrinsic.encode(), extrinsic.extensions) == extrinsic
