"""Hash functions."""
# ruff: noqa: ARG001 - hashing needs nothing of the call

from Crypto.Hash import keccak

from node.executor.wasm.interface import (
    Bytes8,
    Bytes16,
    Bytes32,
    Bytes64,
    HostFunctions,
    RuntimeCall,
    Span,
)
from primitives import hashing

FUNCTIONS = HostFunctions()


@FUNCTIONS.define("ext_hashing_blake2_128_version_1")
def blake2_128(call: RuntimeCall, data: Span) -> Bytes16:
    return hashing.blake2_128(data)


@FUNCTIONS.define("ext_hashing_blake2_256_version_1")
def blake2_256(call: RuntimeCall, data: Span) -> Bytes32:
    return hashing.blake2_256(data)


@FUNCTIONS.define("ext_hashing_twox_64_version_1")
def twox_64(call: RuntimeCall, data: Span) -> Bytes8:
    return hashing.twox_64(data)


@FUNCTIONS.define("ext_hashing_twox_128_version_1")
def twox_128(call: RuntimeCall, data: Span) -> Bytes16:
    return hashing.twox_128(data)


@FUNCTIONS.define("ext_hashing_twox_256_version_1")
def twox_256(call: RuntimeCall, data: Span) -> Bytes32:
    return hashing.twox_256(data)


@FUNCTIONS.define("ext_hashing_sha2_256_version_1")
def sha2_256(call: RuntimeCall, data: Span) -> Bytes32:
    return hashing.sha2_256(data)


@FUNCTIONS.define("ext_hashing_keccak_256_version_1")
def keccak_256(call: RuntimeCall, data: Span) -> Bytes32:
    return hashing.keccak_256(data)


@FUNCTIONS.define("ext_hashing_keccak_512_version_1")
def keccak_512(call: RuntimeCall, data: Span) -> Bytes64:
    return keccak.new(digest_bits=512, data=data).digest()
