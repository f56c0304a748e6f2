"""The keystore: Substrate's file names and contents, permissions, and every bad file."""

import json
import stat

import pytest

from node.keystore import AURA, GRANDPA, Keystore, KeystoreError
from primitives.crypto import KeyPair, verify
from primitives.scheme import Scheme
from tests.support.vectors import load_vectors, unhex

FILES = load_vectors("keys.json")["keystore_files"]
ALICE = KeyPair.from_uri("//Alice", Scheme.SR25519)
BOB = KeyPair.from_uri("//Bob", Scheme.SR25519)


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "chains" / "local" / "keystore"


@pytest.fixture
def keystore(directory):
    return Keystore(directory)


@pytest.mark.parametrize("vector", FILES, ids=lambda vector: vector["key_type"])
def test_files_are_those_of_the_reference(keystore, directory, vector):
    key_type, public = vector["key_type"].encode(), unhex(vector["file_name"])[4:]
    keystore.insert(key_type, vector["suri"], public)

    (path,) = directory.iterdir()
    assert (path.name, path.read_text()) == (vector["file_name"], vector["file_content"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    signature = Keystore(directory).sign(key_type, public, b"message")
    assert verify(Scheme[vector["scheme"].upper()], signature, b"message", public)


def test_a_key_signs_for_its_own_type_only(keystore):
    keystore.insert(AURA, "//Alice", ALICE.public)
    assert keystore.has(AURA, ALICE.public)
    assert not keystore.has(GRANDPA, ALICE.public)
    assert keystore.sign(GRANDPA, ALICE.public, b"message") is None
    assert keystore.sign(AURA, BOB.public, b"message") is None


def test_keys_are_listed_by_type(keystore, directory):
    assert keystore.public_keys(AURA) == []
    keystore.insert(AURA, "//Alice", ALICE.public)
    keystore.insert_for_this_run(AURA, "//Bob")
    keystore.insert_for_this_run(GRANDPA, "//Bob")
    (directory / "notes.txt").write_text("not a key")
    (directory / "61757261ff").write_text("too short")
    assert keystore.public_keys(AURA) == sorted([ALICE.public, BOB.public])


def test_keys_of_this_run_leave_no_file(keystore, directory):
    public = keystore.insert_for_this_run(AURA, "//Alice")
    assert public == ALICE.public
    assert keystore.has(AURA, public)
    assert verify(Scheme.SR25519, keystore.sign(AURA, public, b"m"), b"m", public)
    assert not directory.exists()


def test_a_node_without_directory_keeps_nothing():
    keystore = Keystore(None)
    keystore.insert_for_this_run(AURA, "//Alice")
    assert keystore.public_keys(AURA) == [ALICE.public]
    assert not keystore.has(AURA, BOB.public)
    assert keystore.sign(AURA, BOB.public, b"message") is None
    with pytest.raises(KeystoreError, match="keeps no keys on disk"):
        keystore.insert(AURA, "//Bob", BOB.public)


def test_a_generated_key_is_its_seed_in_a_file(keystore, directory):
    public = keystore.generate(GRANDPA, bytes(range(32)))
    (path,) = directory.iterdir()
    assert json.loads(path.read_text()) == "0x" + bytes(range(32)).hex()
    assert verify(Scheme.ED25519, keystore.sign(GRANDPA, public, b"m"), b"m", public)


def test_a_key_put_in_by_another_program_works_at_once(keystore, directory):
    assert keystore.sign(AURA, ALICE.public, b"message") is None
    Keystore(directory).insert(AURA, "//Alice", ALICE.public)
    assert keystore.sign(AURA, ALICE.public, b"message") is not None


def test_a_corrected_file_replaces_a_wrong_one(keystore):
    keystore.insert(AURA, "//Bob", ALICE.public)
    with pytest.raises(KeystoreError, match="holds the secret of another key"):
        keystore.sign(AURA, ALICE.public, b"message")
    keystore.insert(AURA, "//Alice", ALICE.public)
    assert keystore.sign(AURA, ALICE.public, b"message") is not None


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"//Alice", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b'["//Alice"]', "does not hold a JSON string"),
        (b'"no such phrase at all"', "makes no key"),
    ],
)
def test_a_file_that_holds_no_secret_is_named(keystore, directory, content, error):
    keystore.insert(AURA, "//Alice", ALICE.public)
    (path,) = directory.iterdir()
    path.write_bytes(content)
    with pytest.raises(KeystoreError, match=f"{path.name} {error}"):
        keystore.sign(AURA, ALICE.public, b"message")


def test_an_error_does_not_show_the_secret(keystore):
    with pytest.raises(KeystoreError) as caught:
        keystore.insert_for_this_run(AURA, "my very secret phrase")
    assert "secret phrase" not in str(caught.value)


@pytest.mark.parametrize(
    ("key_type", "public", "error"),
    [
        (b"gold", bytes(32), "is not one of: acco asgn audi aura"),
        (b"../.", bytes(32), "is not one of"),
        (AURA, bytes(31), "has 32 bytes"),
        (b"beef", bytes(32), "has 33 bytes"),
    ],
)
def test_bad_types_and_lengths_are_refused(keystore, key_type, public, error):
    with pytest.raises(KeystoreError, match=error):
        keystore.insert(key_type, "//Alice", public)


def test_a_directory_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeystoreError, match="the key cannot be stored"):
        Keystore(tmp_path / "file" / "keystore").insert(AURA, "//Alice", ALICE.public)
