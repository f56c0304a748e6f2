"""Ed25519 by ZIP 215: one rule for all nodes, also for keys that no honest signer has."""

import itertools

import pytest
from nacl import bindings as sodium
from nacl.exceptions import BadSignatureError

from primitives.crypto import KeyPair, verify
from primitives.scheme import Scheme

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD_PRIME = 2**255 - 19
SIGN = 1 << 255
ORDER_8 = (
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
)


def encodings():
    """Every encoding of the eight points of small order, six of them not the shortest."""
    of_order_8 = [int.from_bytes(bytes.fromhex(text), "little") for text in ORDER_8]
    canonical = [0, 1, FIELD_PRIME - 1, *of_order_8]
    for y in [*canonical, FIELD_PRIME, FIELD_PRIME + 1]:
        for sign in (0, SIGN):
            yield (y | sign).to_bytes(32, "little")


SMALL = list(encodings())


def sodium_accepts(signature, message, public):
    try:
        sodium.crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def test_there_are_fourteen_encodings():
    assert len(set(SMALL)) == 14


@pytest.mark.parametrize("message", [b"Zcash", b""])
def test_points_of_small_order_sign_anything(message):
    for public, nonce in itertools.product(SMALL, SMALL):
        signature = nonce + bytes(32)
        assert verify(Scheme.ED25519, signature, message, public)
        assert not sodium_accepts(signature, message, public)


def test_scalar_must_be_below_the_group_order():
    pair = KeyPair.from_seed(bytes(32), Scheme.ED25519)
    signature = pair.sign(b"once")
    scalar = int.from_bytes(signature[32:], "little")
    forged = signature[:32] + (scalar + GROUP_ORDER).to_bytes(32, "little")
    assert verify(Scheme.ED25519, signature, b"once", pair.public)
    assert not verify(Scheme.ED25519, forged, b"once", pair.public)
    for public, nonce in itertools.product(SMALL, SMALL):
        zero = nonce + GROUP_ORDER.to_bytes(32, "little")
        assert not verify(Scheme.ED25519, zero, b"once", public)


def test_honest_keys_are_judged_alike_by_both():
    pair = KeyPair.from_uri("//Alice", Scheme.ED25519)
    signature = pair.sign(b"payload")
    for bit in range(0, 512, 7):
        forged = bytearray(signature)
        forged[bit // 8] ^= 1 << bit % 8
        assert not verify(Scheme.ED25519, bytes(forged), b"payload", pair.public)
    assert sodium_accepts(signature, b"payload", pair.public)
