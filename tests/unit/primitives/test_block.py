"""Headers of real chains, blocks, and strict decoding of both."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.block import (
    Block,
    Consensus,
    Digest,
    Header,
    Other,
    PreRuntime,
    RuntimeEnvironmentUpdated,
    Seal,
)
from primitives.crypto import verify
from primitives.scale.compact import encode_compact
from primitives.scale.errors import ScaleError, ScaleRangeError
from primitives.scheme import Scheme
from tests.support.vectors import load_vectors, unhex

HEADERS = load_vectors("headers.json")["headers"]
KINDS = {"PreRuntime": PreRuntime, "Consensus": Consensus, "Seal": Seal}

HASHES = st.binary(min_size=32, max_size=32)
ENGINES = st.binary(min_size=4, max_size=4)
PAYLOADS = st.binary(max_size=80)
ITEMS = st.one_of(
    st.builds(Other, PAYLOADS),
    *(st.builds(kind, ENGINES, PAYLOADS) for kind in KINDS.values()),
    st.just(RuntimeEnvironmentUpdated()),
)
DIGESTS = st.builds(Digest, st.lists(ITEMS, max_size=4).map(tuple))
HEADER = st.builds(Header, HASHES, st.integers(0, 2**32 - 1), HASHES, HASHES, DIGESTS)
EXTRINSICS = st.lists(PAYLOADS.map(lambda body: encode_compact(len(body)) + body), max_size=4)


def parse_header(case):
    return Header(
        parent_hash=unhex(case["parentHash"]),
        number=case["number"],
        state_root=unhex(case["stateRoot"]),
        extrinsics_root=unhex(case["extrinsicsRoot"]),
        digest=Digest(tuple(parse_item(item, case["encoded"]) for item in case["logs"])),
    )


def parse_item(item, encoded_header):
    """Two very long payloads are recorded by their length only: cut those out of the header."""
    engine = item["engine"].encode()
    if "payload" in item:
        return KINDS[item["kind"]](engine, unhex(item["payload"]))
    length = item["payload_len"]
    _, _, after = unhex(encoded_header).partition(engine + encode_compact(length))
    return KINDS[item["kind"]](engine, after[:length])


@pytest.mark.parametrize("case", HEADERS, ids=lambda case: case["name"])
def test_recorded_headers(case):
    encoded = unhex(case["encoded"])
    header = parse_header(case)
    assert Header.decode(encoded) == header
    assert header.encode() == encoded
    assert header.hash() == unhex(case["hash"]) == unhex(case.get("published_hash", case["hash"]))


@pytest.mark.parametrize(
    "case", [case for case in HEADERS if "aura" in case], ids=lambda case: case["name"]
)
def test_recorded_seals_sign_the_header_without_them(case):
    aura = case["aura"]
    unsealed, seal = Header.decode(unhex(case["encoded"])).split_seal()
    assert unsealed.hash() == unhex(aura["pre_seal_hash"])
    assert seal == Seal(b"aura", unhex(aura["seal_signature"]))
    assert verify(Scheme.SR25519, seal.data, unsealed.hash(), unhex(aura["authority"]))
    assert unsealed.with_digest_item(seal) == Header.decode(unhex(case["encoded"]))


@pytest.mark.parametrize(
    "case", [case for case in HEADERS if "body" in case], ids=lambda case: case["name"]
)
def test_recorded_bodies_make_blocks(case):
    block = Block(parse_header(case), [unhex(extrinsic) for extrinsic in case["body"]])
    assert Block.decode(block.encode()) == block


def test_header_without_seal_has_none_to_split():
    header = parse_header(HEADERS[0])
    assert header.split_seal() is None
    assert header.with_digest_item(Other(b"")).split_seal() is None


HEADER_START = "11" * 32 + "04" + "22" * 32 + "33" * 32


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        ("", "wanted at byte 0"),
        ("11" * 32 + "0300000000", "longer than needed"),
        ("11" * 32 + "070000000001" + "22" * 64 + "00", "does not fit u32"),
        (HEADER_START, "expected at byte"),
        (HEADER_START + "04", "announced"),
        (HEADER_START + "feffffff", "announced"),
        (HEADER_START + "0401", "digest item 1 does not exist"),
        (HEADER_START + "0406617572", "4 bytes wanted"),
        (HEADER_START + "04066175726108ff", "2 bytes wanted"),
        (HEADER_START + "0400feffffff", "wanted"),
        (HEADER_START + "0000", "1 bytes follow the header"),
    ],
)
def test_malformed_headers_are_refused(encoded, reason):
    with pytest.raises(ScaleError, match=reason):
        Header.decode(bytes.fromhex(encoded))


@pytest.mark.parametrize(
    ("body", "reason"),
    [("08" + "0401", "announced|expected"), ("0408ff", "wanted"), ("040401ff", "follow the block")],
)
def test_malformed_bodies_are_refused(body, reason):
    with pytest.raises(ScaleError, match=reason):
        Block.decode(bytes.fromhex(HEADER_START + "00" + body))


def test_digest_decodes_on_its_own():
    digest = Digest((PreRuntime(b"aura", bytes(8)), RuntimeEnvironmentUpdated()))
    assert Digest.decode(digest.encode()) == digest
    with pytest.raises(ScaleError, match="1 bytes follow the digest"):
        Digest.decode(digest.encode() + b"\0")


@pytest.mark.parametrize(
    "change",
    [
        {"parent_hash": bytes(31)},
        {"state_root": bytes(33)},
        {"number": 2**32},
        {"number": -1},
        {"digest": Digest((Seal(b"aur", b""),))},
    ],
)
def test_headers_that_fit_no_bytes_are_refused(change):
    header = dataclasses.replace(parse_header(HEADERS[0]), **change)
    with pytest.raises(ScaleRangeError):
        header.encode()


@given(HEADER, EXTRINSICS)
def test_blocks_round_trip(header, extrinsics):
    block = Block(header, extrinsics)
    assert Header.decode(header.encode()) == header
    assert Block.decode(block.encode()) == block


@given(HEADER, st.data())
def test_every_cut_of_a_header_is_refused(header, data):
    encoded = header.encode()
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(ScaleError):
        Header.decode(encoded[:cut])
