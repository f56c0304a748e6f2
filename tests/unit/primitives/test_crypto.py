"""Keys, derivation and signatures of all three schemes."""

import pytest

from primitives.crypto import KeyPair, account_of, recover_ecdsa, verify, verify_account
from primitives.hashing import blake2_256
from primitives.key_uri import DEV_PHRASE, Junction, KeyUri, KeyUriError, seed_of_phrase
from primitives.scheme import Scheme
from tests.support.vectors import load_vectors, unhex

KEYS = load_vectors("keys.json")


@pytest.mark.parametrize("account", KEYS["dev"], ids=lambda account: account["uri"])
@pytest.mark.parametrize("scheme", [Scheme.ED25519, Scheme.SR25519])
def test_development_keys(account, scheme):
    expected = unhex(account[scheme.name.lower()]["public"])
    pair = KeyPair.from_uri(account["uri"], scheme)
    assert (pair.public, pair.account) == (expected, expected)


@pytest.mark.parametrize("case", KEYS["derive"], ids=lambda case: case["uri"])
def test_derivation_paths(case):
    assert KeyPair.from_uri(case["uri"], Scheme.SR25519).public == unhex(case["sr25519_public"])
    if "ed25519_public" in case:
        pair = KeyPair.from_uri(case["uri"], Scheme.ED25519)
        assert pair.public == unhex(case["ed25519_public"])
    elif "ed25519_seed" in case:
        pair = KeyPair.from_seed(unhex(case["ed25519_seed"]), Scheme.ED25519)
        assert KeyPair.from_uri(case["uri"], Scheme.ED25519) == pair
    else:
        with pytest.raises(KeyUriError, match="ed25519 keys have no soft derivation"):
            KeyPair.from_uri(case["uri"], Scheme.ED25519)


@pytest.mark.parametrize("account", KEYS["dev"], ids=lambda account: account["uri"])
def test_seed_of_a_hard_path_makes_the_same_ed25519_pair(account):
    pair = KeyPair.from_seed(unhex(account["ed25519"]["seed"]), Scheme.ED25519)
    assert pair == KeyPair.from_uri(account["uri"], Scheme.ED25519)


@pytest.mark.parametrize("case", KEYS["mnemonics"], ids=lambda case: case["mnemonic"][:20])
def test_mnemonics(case):
    seed = unhex(case["mini_secret"])
    assert seed_of_phrase(case["mnemonic"], case["password"]) == seed
    assert KeyUri.parse(f"{case['mnemonic']}///{case['password']}") == KeyUri(seed, ())


@pytest.mark.parametrize("case", KEYS["junctions"], ids=lambda case: case["name"])
def test_chain_codes(case):
    hard = Junction(unhex(case["chain_code"]), hard=True)
    assert Junction.named(case["name"], hard=True) == hard


@pytest.mark.parametrize("case", KEYS["signatures"], ids=lambda case: case["type"])
def test_recorded_signatures(case):
    scheme = Scheme[case["type"].upper()]
    message, public = unhex(case["message"]), unhex(case["public"])
    signature = unhex(case["signature"])
    assert verify(scheme, signature, message, public) is case["valid"]
    assert not verify(scheme, signature, message + b"\0", public)
    if scheme is Scheme.ED25519:
        assert KeyPair.from_uri(case["uri"], scheme).sign(message) == signature


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("bottom drive obey lake curtain smoke basket hold race lonely fit fit", "checksum"),
        ("bottom drive", "number of words"),
        ("bottom!drive", "malformed"),
        ("//Alice/", "malformed"),
        ("0x1234", "64 hex digits"),
        ("0x" + "zz" * 32, "64 hex digits"),
    ],
)
def test_malformed_uris_are_refused_without_being_quoted(uri, reason):
    with pytest.raises(KeyUriError, match=reason) as caught:
        KeyPair.from_uri(uri, Scheme.SR25519)
    assert uri not in str(caught.value)


@pytest.mark.parametrize("scheme", Scheme)
def test_seed_of_wrong_length_is_refused(scheme):
    with pytest.raises(KeyUriError, match="32 bytes, not 31"):
        KeyPair.from_seed(bytes(31), scheme)


@pytest.mark.parametrize("scheme", Scheme)
def test_seed_alone_makes_the_pair_of_a_uri_without_path(scheme):
    seed = bytes(range(32))
    assert KeyPair.from_seed(seed, scheme) == KeyPair.from_uri(f"0x{seed.hex()}", scheme)


def test_zero_is_no_secp256k1_key():
    with pytest.raises(KeyUriError, match="no secp256k1 key"):
        KeyPair.from_seed(bytes(32), Scheme.ECDSA)


def test_secret_is_not_shown():
    pair = KeyPair.from_uri("//Alice", Scheme.ECDSA)
    assert repr(pair) == f"KeyPair(scheme=<Scheme.ECDSA: 2>, public={pair.public!r})"
    assert "seed" not in repr(KeyUri.parse("//Alice"))


def test_ecdsa_alice_is_the_well_known_one():
    alice = KeyPair.from_uri("//Alice", Scheme.ECDSA)
    published = "020a1091341fe5664bfa1782d5e04779689068c916b04cb365ec3153755684d9a1"
    assert alice.public.hex() == published
    assert alice.account == blake2_256(bytes.fromhex(published))


@pytest.mark.parametrize("scheme", Scheme)
def test_signature_holds_for_its_message_and_key_only(scheme):
    alice, bob = (KeyPair.from_uri(uri, scheme) for uri in ("//Alice", "//Bob"))
    signature = alice.sign(b"message")
    assert len(signature) == scheme.signature_length
    assert verify(scheme, signature, b"message", alice.public)
    assert verify_account(scheme, signature, b"message", account_of(scheme, alice.public))
    assert not verify(scheme, signature, b"other", alice.public)
    assert not verify_account(scheme, signature, b"message", bob.account)


@pytest.mark.parametrize("scheme", Scheme)
def test_malformed_signatures_and_keys_are_wrong_not_errors(scheme):
    pair = KeyPair.from_uri("//Alice", scheme)
    signature = pair.sign(b"message")
    for broken in (b"", signature[:-1], signature + b"\0", b"\xff" * len(signature)):
        assert not verify(scheme, broken, b"message", pair.public)
        assert not verify_account(scheme, broken, b"message", pair.account)
    for key in (b"", pair.public[:-1], b"\xff" * len(pair.public)):
        assert not verify(scheme, signature, b"message", key)


def test_ecdsa_recovery_id_may_be_written_the_ethereum_way():
    alice = KeyPair.from_uri("//Alice", Scheme.ECDSA)
    signature = alice.sign(b"message")
    shifted = signature[:-1] + bytes((signature[-1] + 27,))
    assert recover_ecdsa(shifted, blake2_256(b"message")) == alice.public


def test_plus_sign_before_a_number_changes_nothing():
    assert Junction.named("+7", hard=False) == Junction.named("7", hard=False)
    assert KeyUri.parse("").seed == seed_of_phrase(DEV_PHRASE)
