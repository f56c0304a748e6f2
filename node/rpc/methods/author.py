"""`author_*`: submit extrinsics and watch them, and keep the keys that sign blocks."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from node import keystore
from node.executor.errors import MethodNotFound, RuntimePanic
from node.keystore import KeystoreError
from node.rpc.context import RpcContext
from node.rpc.declare import Methods, Subscriber
from node.rpc.errors import ErrorCode, RpcError, client_error, invalid_params, subscription_lags
from node.rpc.extrinsics import check_extrinsic
from node.rpc.messages import Json
from node.rpc.params import Bytes, Text
from node.rpc.shapes import hexed
from node.txpool.refusal import ExtrinsicRefused
from node.txpool.status import is_terminal, status_json
from primitives.scale.errors import ScaleError
from primitives.transaction_validity import TransactionSource
from storage.errors import StateDiscarded

SESSION_KEYS: Final = (keystore.AURA, keystore.GRANDPA)
"""Types of an authority's keys, in the order of the runtime."""
KEY_LENGTH: Final = 32

methods = Methods()


@methods.method("author_submitExtrinsic")
async def submit_extrinsic(rpc: RpcContext, extrinsic: Bytes) -> Json:
    """Put an extrinsic into the pool; answers its hash."""
    with _pool_errors():
        check_extrinsic(extrinsic)
        return hexed(await rpc.pool.submit(extrinsic, TransactionSource.EXTERNAL))


@methods.subscription(
    "author_submitAndWatchExtrinsic",
    event="author_extrinsicUpdate",
    unsubscribe=("author_unwatchExtrinsic",),
)
async def submit_and_watch_extrinsic(
    rpc: RpcContext, subscriber: Subscriber, extrinsic: Bytes
) -> None:
    """Put an extrinsic into the pool, and tell what becomes of it."""
    with _pool_errors():
        check_extrinsic(extrinsic)
        _, statuses = await rpc.pool.watch(extrinsic)
    with statuses:
        subscriber.accept()
        async for status in statuses:
            await subscriber.notify(status_json(status))
            if is_terminal(status):
                return
    raise subscription_lags()


@methods.method("author_pendingExtrinsics")
def pending_extrinsics(rpc: RpcContext) -> Json:
    """The extrinsics that may go into the next block, in the pool's order."""
    return [hexed(extrinsic) for extrinsic in rpc.pool.pending()]


@methods.method("author_insertKey", unsafe=True)
def insert_key(rpc: RpcContext, key_type: Text, suri: Text, public: Bytes) -> Json:
    """Store a secret under its public key."""
    with _keystore_errors():
        rpc.keystore.insert(_key_type(key_type), suri, public)


@methods.method("author_rotateKeys", unsafe=True)
def rotate_keys(rpc: RpcContext) -> Json:
    """Make new session keys; answers their public halves, one after the other."""
    with _keystore_errors():
        keys = [
            rpc.keystore.generate(kind, secrets.token_bytes(KEY_LENGTH)) for kind in SESSION_KEYS
        ]
    return hexed(b"".join(keys))


@methods.method("author_hasSessionKeys", unsafe=True)
def has_session_keys(rpc: RpcContext, session_keys: Bytes) -> Json:
    """Whether all of these session keys are in the keystore."""
    if len(session_keys) != KEY_LENGTH * len(SESSION_KEYS):
        raise invalid_params("sessionKeys: expected one public key of 32 bytes for each type")
    keys = [
        session_keys[start : start + KEY_LENGTH]
        for start in range(0, len(session_keys), KEY_LENGTH)
    ]
    with _keystore_errors():
        return all(map(rpc.keystore.has, SESSION_KEYS, keys))


@methods.method("author_hasKey", unsafe=True)
def has_key(rpc: RpcContext, public_key: Bytes, key_type: Text) -> Json:
    """Whether a key is in the keystore."""
    with _keystore_errors():
        return rpc.keystore.has(_key_type(key_type), public_key)


def _key_type(text: str) -> bytes:
    if len(text) != keystore.KEY_TYPE_LENGTH or not text.isascii():
        raise invalid_params("keyType: expected four characters")
    return text.encode("ascii")


@contextmanager
def _pool_errors() -> Iterator[None]:
    try:
        yield
    except ScaleError as error:
        raise RpcError(ErrorCode.BAD_FORMAT, f"Extrinsic has invalid format: {error}") from error
    except ExtrinsicRefused as error:
        refusal = error.refusal
        raise RpcError(refusal.code, refusal.message, refusal.data) from error
    except RuntimePanic as panic:
        text = f"Execution failed: Execution aborted due to panic: {panic.reason}"
        raise RpcError(
            ErrorCode.VERIFICATION, f"Verification Error: Runtime error: {text}", text
        ) from panic
    except MethodNotFound as error:
        text = f"Execution failed: Other: {error.reason}"
        raise RpcError(
            ErrorCode.VERIFICATION, f"Verification Error: Runtime error: {text}", text
        ) from error
    except StateDiscarded as error:
        raise client_error(error.reason) from error


@contextmanager
def _keystore_errors() -> Iterator[None]:
    try:
        yield
    except KeystoreError as error:
        raise RpcError(ErrorCode.AUTHOR, error.reason) from error
