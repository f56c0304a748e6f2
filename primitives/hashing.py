"""Hash functions of the chain, and the hashers that turn a map key into a storage key part."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from hashlib import sha256 as _sha256

import xxhash
from Crypto.Hash import keccak as _keccak


def blake2_64(data: bytes) -> bytes:
    """Unkeyed blake2b with an 8-byte digest: names of runtime APIs."""
    return blake2b(data, digest_size=8).digest()


def blake2_128(data: bytes) -> bytes:
    """Unkeyed blake2b with a 16-byte digest."""
    return blake2b(data, digest_size=16).digest()


def blake2_256(data: bytes) -> bytes:
    """Unkeyed blake2b with a 32-byte digest: block, extrinsic and trie node hashes."""
    return blake2b(data, digest_size=32).digest()


def sha2_256(data: bytes) -> bytes:
    """SHA-256."""
    return _sha256(data).digest()


def keccak_256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (not SHA3-256)."""
    return _keccak.new(digest_bits=256, data=data).digest()


def twox_64(data: bytes) -> bytes:
    """xxHash64 with seed 0, little-endian."""
    return xxhash.xxh64_intdigest(data, 0).to_bytes(8, "little")


def _twox(data: bytes, words: int) -> bytes:
    return b"".join(
        xxhash.xxh64_intdigest(data, seed).to_bytes(8, "little") for seed in range(words)
    )


def twox_128(data: bytes) -> bytes:
    """Two xxHash64 words with seeds 0 and 1: pallet and storage item prefixes."""
    return _twox(data, 2)


def twox_256(data: bytes) -> bytes:
    """Four xxHash64 words with seeds 0 to 3."""
    return _twox(data, 4)


@dataclass(frozen=True, slots=True)
class Hasher:
    """How one part of a map key enters the storage key."""

    name: str
    """As metadata names it."""
    hash: Callable[[bytes], bytes]
    skip: int | None
    """Bytes before the plain key in the output; None where the key cannot be read back."""


identity = Hasher("Identity", lambda key: key, 0)
twox_64_concat = Hasher("Twox64Concat", lambda key: twox_64(key) + key, 8)
blake2_128_concat = Hasher("Blake2_128Concat", lambda key: blake2_128(key) + key, 16)
blake2_128_hasher = Hasher("Blake2_128", blake2_128, None)
blake2_256_hasher = Hasher("Blake2_256", blake2_256, None)
twox_128_hasher = Hasher("Twox128", twox_128, None)
twox_256_hasher = Hasher("Twox256", twox_256, None)
