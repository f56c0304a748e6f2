"""Signatures: checking them, one by one or in batches, and recovering who made them."""

from collections.abc import Callable

from node.executor.errors import RuntimePanic
from node.executor.wasm.functions.secp256k1 import RecoveryError, recover, reduced, uncompressed
from node.executor.wasm.functions.values import read_optional_bytes
from node.executor.wasm.interface import (
    Bytes4,
    Bytes32,
    Bytes33,
    Bytes64,
    Bytes65,
    HostFunctions,
    RuntimeCall,
    Span,
    Word,
)
from primitives.errors import ChainError
from primitives.hashing import blake2_256
from primitives.scheme import Scheme
from runtime.framework.errors import Panic

FUNCTIONS = HostFunctions()


@FUNCTIONS.define("ext_crypto_ed25519_verify_version_1")
def ed25519_verify(call: RuntimeCall, signature: Bytes64, message: Span, public: Bytes32) -> Word:
    return call.host.verify(Scheme.ED25519, signature, message, public)


@FUNCTIONS.define("ext_crypto_sr25519_verify_version_1", "ext_crypto_sr25519_verify_version_2")
def sr25519_verify(call: RuntimeCall, signature: Bytes64, message: Span, public: Bytes32) -> Word:
    """Version 1 knew signatures from before schnorrkel's audit, which nobody makes any more."""
    return call.host.verify(Scheme.SR25519, signature, message, public)


@FUNCTIONS.define("ext_crypto_ecdsa_verify_version_1")
def ecdsa_verify_reduced(
    call: RuntimeCall, signature: Bytes65, message: Span, public: Bytes33
) -> Word:
    return ecdsa_verify_prehashed(call, reduced(signature), blake2_256(message), public)


@FUNCTIONS.define("ext_crypto_ecdsa_verify_version_2")
def ecdsa_verify(call: RuntimeCall, signature: Bytes65, message: Span, public: Bytes33) -> Word:
    return ecdsa_verify_prehashed(call, signature, blake2_256(message), public)


@FUNCTIONS.define("ext_crypto_ecdsa_verify_prehashed_version_1")
def ecdsa_verify_prehashed(
    call: RuntimeCall,  # noqa: ARG001
    signature: Bytes65,
    digest: Bytes32,
    public: Bytes33,
) -> Word:
    try:
        return recover(signature, digest) == public
    except RecoveryError:
        return False


@FUNCTIONS.define("ext_crypto_start_batch_verify_version_1")
def start_batch_verify(call: RuntimeCall) -> None:
    call.batch_is_good = True


@FUNCTIONS.define("ext_crypto_finish_batch_verify_version_1")
def finish_batch_verify(call: RuntimeCall) -> Word:
    if call.batch_is_good is None:
        raise RuntimePanic("the runtime finishes a batch of signatures that it did not start")
    answer, call.batch_is_good = call.batch_is_good, None
    return answer


def _in_batch(check: Callable[..., int]) -> Callable[..., int]:
    """What makes a check one of a batch, which as a whole is good or not."""

    def check_and_note(call: RuntimeCall, signature: bytes, message: bytes, public: bytes) -> int:
        is_good = bool(check(call, signature, message, public))
        if call.batch_is_good is not None:
            call.batch_is_good = call.batch_is_good and is_good
        return is_good

    check_and_note.__annotations__ = check.__annotations__
    return check_and_note


FUNCTIONS.define("ext_crypto_ed25519_batch_verify_version_1")(_in_batch(ed25519_verify))
FUNCTIONS.define("ext_crypto_sr25519_batch_verify_version_1")(_in_batch(sr25519_verify))
FUNCTIONS.define("ext_crypto_ecdsa_batch_verify_version_1")(_in_batch(ecdsa_verify))


@FUNCTIONS.define("ext_crypto_secp256k1_ecdsa_recover_version_1")
def recover_reduced(call: RuntimeCall, signature: Bytes65, digest: Bytes32) -> Span:
    return recover_key(call, reduced(signature), digest)


@FUNCTIONS.define("ext_crypto_secp256k1_ecdsa_recover_version_2")
def recover_key(call: RuntimeCall, signature: Bytes65, digest: Bytes32) -> Span:  # noqa: ARG001
    """Answers Result<[u8; 64], EcdsaVerifyError>: both coordinates of the key."""
    try:
        return b"\0" + uncompressed(recover(signature, digest))
    except RecoveryError as error:
        return bytes((1, error.reason))


@FUNCTIONS.define("ext_crypto_secp256k1_ecdsa_recover_compressed_version_1")
def recover_compressed_reduced(call: RuntimeCall, signature: Bytes65, digest: Bytes32) -> Span:
    return recover_compressed(call, reduced(signature), digest)


@FUNCTIONS.define("ext_crypto_secp256k1_ecdsa_recover_compressed_version_2")
def recover_compressed(
    call: RuntimeCall,  # noqa: ARG001
    signature: Bytes65,
    digest: Bytes32,
) -> Span:
    """Answers Result<[u8; 33], EcdsaVerifyError>."""
    try:
        return b"\0" + recover(signature, digest)
    except RecoveryError as error:
        return bytes((1, error.reason))


@FUNCTIONS.define("ext_crypto_ed25519_generate_version_1")
def ed25519_generate(call: RuntimeCall, key_type: Bytes4, seed: Span) -> Bytes32:
    return _generate(call, Scheme.ED25519, key_type, seed)


@FUNCTIONS.define("ext_crypto_sr25519_generate_version_1")
def sr25519_generate(call: RuntimeCall, key_type: Bytes4, seed: Span) -> Bytes32:
    return _generate(call, Scheme.SR25519, key_type, seed)


@FUNCTIONS.define("ext_crypto_ecdsa_generate_version_1")
def ecdsa_generate(call: RuntimeCall, key_type: Bytes4, seed: Span) -> Bytes33:
    return _generate(call, Scheme.ECDSA, key_type, seed)


def _generate(call: RuntimeCall, scheme: Scheme, key_type: bytes, seed: bytes) -> bytes:
    uri = read_optional_bytes(seed)
    try:
        return call.host.generate_key(scheme, key_type, None if uri is None else uri.decode())
    except (Panic, ChainError, ValueError) as error:
        raise RuntimePanic(f"no key of type {key_type!r} can be made: {error}") from error


@FUNCTIONS.define(
    "ext_crypto_ed25519_public_keys_version_1",
    "ext_crypto_sr25519_public_keys_version_1",
    "ext_crypto_ecdsa_public_keys_version_1",
)
def public_keys(call: RuntimeCall, key_type: Bytes4) -> Span:  # noqa: ARG001
    """No runtime is told which keys the node has: only offchain workers would ask."""
    return b"\0"


@FUNCTIONS.define(
    "ext_crypto_ed25519_sign_version_1",
    "ext_crypto_sr25519_sign_version_1",
)
def sign(call: RuntimeCall, key_type: Bytes4, public: Bytes32, message: Span) -> Span:  # noqa: ARG001
    """As if there were no such key: the node signs nothing at a runtime's request."""
    return b"\0"


@FUNCTIONS.define("ext_crypto_ecdsa_sign_version_1")
def ecdsa_sign(call: RuntimeCall, key_type: Bytes4, public: Bytes33, message: Span) -> Span:  # noqa: ARG001
    """As `sign`."""
    return b"\0"


@FUNCTIONS.define("ext_crypto_ecdsa_sign_prehashed_version_1")
def ecdsa_sign_prehashed(
    call: RuntimeCall,  # noqa: ARG001
    key_type: Bytes4,  # noqa: ARG001
    public: Bytes33,  # noqa: ARG001
    digest: Bytes32,  # noqa: ARG001
) -> Span:
    """As `sign`."""
    return b"\0"
