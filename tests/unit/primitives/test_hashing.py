"""Hash functions and storage keys against published outputs."""

import pytest

from primitives import hashing
from primitives.hashing import twox_128
from tests.support.vectors import load_vectors, unhex

VECTORS = load_vectors("storage_keys.json")
HASHERS = {
    hasher.name: hasher
    for hasher in (
        hashing.identity,
        hashing.twox_64_concat,
        hashing.blake2_128_concat,
        hashing.blake2_128_hasher,
        hashing.blake2_256_hasher,
        hashing.twox_128_hasher,
        hashing.twox_256_hasher,
    )
}


@pytest.mark.parametrize("vector", VECTORS["hashes"], ids=lambda v: v["input"][:20])
def test_hash_functions(vector):
    data = vector["input"].encode()
    for name, expected in vector.items():
        if name not in ("input", "source"):
            assert getattr(hashing, name)(data) == unhex(expected), name


@pytest.mark.parametrize("vector", VECTORS["storage"], ids=lambda v: f"{v['pallet']}.{v['item']}")
def test_storage_keys(vector):
    key = twox_128(vector["pallet"].encode()) + twox_128(vector["item"].encode())
    for name, argument in zip(vector["hashers"], vector["args"], strict=True):
        hasher, part = HASHERS[name], unhex(argument)
        output = hasher.hash(part)
        if hasher.skip is not None:
            assert output[hasher.skip :] == part
        key += output
    assert key == unhex(vector["key"])


@pytest.mark.parametrize("vector", VECTORS["pallet_prefixes"], ids=lambda v: v["pallet"])
def test_pallet_prefixes(vector):
    assert twox_128(vector["pallet"].encode()) == unhex(vector["twox128"])


@pytest.mark.parametrize(
    "vector", VECTORS["pallet_storage_version_keys"], ids=lambda v: v["pallet"]
)
def test_storage_version_keys(vector):
    key = twox_128(vector["pallet"].encode()) + twox_128(b":__STORAGE_VERSION__:")
    assert key == unhex(vector["key"])


@pytest.mark.parametrize("vector", VECTORS["well_known"], ids=lambda v: v["key_text"])
def test_well_known_keys_are_plain_text(vector):
    assert unhex(vector["key"]).startswith(vector["key_text"].split("‖")[0].split("<")[0].encode())
