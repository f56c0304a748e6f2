"""Aura: real seals of the Bittensor test network, and every way a header may be wrong."""

from dataclasses import replace

import pytest

from consensus.aura import author_of, claim_slot, pre_digest, seal_header, slot_of, verify_header
from consensus.messages import (
    AuthorityId,
    DeferredHeader,
    InvalidHeader,
    RejectionReason,
    VerifiedHeader,
)
from primitives.block import AURA_ENGINE, Consensus, Digest, Header, PreRuntime, Seal
from primitives.crypto import KeyPair, verify
from primitives.scheme import Scheme
from primitives.types import Slot
from tests.support.chains import GENESIS, child_of
from tests.support.vectors import load_vectors, unhex

SEALED = [vector for vector in load_vectors("headers.json")["headers"] if "aura" in vector]
KEYS = [KeyPair.from_uri(uri, Scheme.SR25519) for uri in ("//Alice", "//Bob", "//Charlie")]
AUTHORITIES = [AuthorityId(key.public) for key in KEYS]
SLOT = Slot(7)
BOBS_HEADER = child_of(GENESIS, SLOT)


def check_sr25519(signature, message, public):
    return verify(Scheme.SR25519, signature, message, public)


def sealed(header=BOBS_HEADER, key=KEYS[1]):
    return seal_header(header, key.sign)


def verdict_on(header, now=SLOT, authorities=AUTHORITIES):
    return verify_header(header, authorities, now, check_sr25519)


def real_authorities():
    """The test network's five authors, from the seals themselves."""
    by_place = {v["aura"]["authority_index"]: v["aura"]["authority"] for v in SEALED}
    return [AuthorityId(unhex(by_place[place])) for place in range(5)]


@pytest.mark.parametrize("vector", SEALED, ids=lambda vector: vector["name"])
def test_real_seals_verify(vector):
    header = Header.decode(unhex(vector["encoded"]))
    expected = vector["aura"]
    author = AuthorityId(unhex(expected["authority"]))

    assert slot_of(header) == expected["slot"]
    assert header.split_seal()[0].hash() == unhex(expected["pre_seal_hash"])
    assert verdict_on(header, expected["slot"], real_authorities()) == VerifiedHeader(
        expected["slot"], author
    )


def test_a_real_seal_fails_over_any_other_header():
    vector = SEALED[0]
    header = Header.decode(unhex(vector["encoded"]))
    forged = replace(header, state_root=bytes(32))
    assert verdict_on(forged, vector["aura"]["slot"], real_authorities()) == InvalidHeader(
        RejectionReason.BAD_SIGNATURE
    )


def test_authors_take_turns():
    assert [author_of(Slot(slot), "ABC") for slot in range(5)] == ["A", "B", "C", "A", "B"]
    assert author_of(SLOT, []) is None


def test_a_slot_is_claimed_only_by_the_key_whose_turn_it_is():
    mine = AUTHORITIES[1]
    assert claim_slot(SLOT, AUTHORITIES, lambda key: key == mine) == mine
    assert claim_slot(Slot(SLOT + 1), AUTHORITIES, lambda key: key == mine) is None
    assert claim_slot(SLOT, [], lambda key: True) is None


def test_pre_digest_bytes():
    assert pre_digest(Slot(144_328_859)).encode().hex() == "0661757261209b489a0800000000"


def test_own_seal_verifies():
    assert verdict_on(sealed()) == VerifiedHeader(SLOT, AUTHORITIES[1])


def test_seal_by_an_author_whose_turn_it_is_not():
    assert verdict_on(sealed(key=KEYS[0])) == InvalidHeader(RejectionReason.BAD_SIGNATURE)


def test_one_slot_ahead_is_accepted_and_two_wait():
    assert isinstance(verdict_on(sealed(), now=Slot(SLOT - 1)), VerifiedHeader)
    assert verdict_on(sealed(), now=Slot(SLOT - 2)) == DeferredHeader(SLOT)


def test_no_authorities():
    assert verdict_on(sealed(), authorities=[]) == InvalidHeader(RejectionReason.NO_AUTHORITIES)


AURA_SEAL = Seal(AURA_ENGINE, bytes(64))
AURA_SLOT = pre_digest(SLOT)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ((), RejectionReason.NO_SEAL),
        ((AURA_SLOT,), RejectionReason.NO_SEAL),
        ((AURA_SLOT, Seal(b"BABE", bytes(64))), RejectionReason.NO_SEAL),
        ((AURA_SLOT, AURA_SEAL, Consensus(b"FRNK", b"")), RejectionReason.SEAL_NOT_LAST),
        ((AURA_SLOT, AURA_SEAL, AURA_SEAL), RejectionReason.SEAL_NOT_LAST),
        ((AURA_SEAL,), RejectionReason.NO_SLOT),
        ((PreRuntime(b"BABE", bytes(8)), AURA_SEAL), RejectionReason.NO_SLOT),
        ((AURA_SLOT, AURA_SLOT, AURA_SEAL), RejectionReason.SEVERAL_SLOTS),
        ((PreRuntime(AURA_ENGINE, bytes(7)), AURA_SEAL), RejectionReason.MALFORMED_SLOT),
        ((AURA_SLOT, Seal(AURA_ENGINE, bytes(63))), RejectionReason.BAD_SIGNATURE),
        ((AURA_SLOT, Seal(AURA_ENGINE, b"")), RejectionReason.BAD_SIGNATURE),
    ],
)
def test_malformed_digests(items, reason):
    assert verdict_on(replace(BOBS_HEADER, digest=Digest(items))) == InvalidHeader(reason)
