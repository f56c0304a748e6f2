"""Who signed: recovery of secp256k1 keys with the reasons of failure that Substrate tells apart."""

from enum import IntEnum
from typing import Final

from primitives.crypto import recover_ecdsa

FIELD: Final = 2**256 - 2**32 - 977
"""The prime of the coordinates."""
ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""Of the group: r and s of a signature are numbers below it."""

_PLAIN_RECOVERY_END: Final = 27
"""Ethereum's tools add 27 to the recovery id, the last byte of a signature."""


class Reason(IntEnum):
    """EcdsaVerifyError."""

    BAD_RS = 0
    BAD_V = 1
    BAD_SIGNATURE = 2


class RecoveryError(Exception):
    """No key can have made this signature."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason


def recover(signature: bytes, digest: bytes) -> bytes:
    """The compressed key that signed a digest."""
    recovery = signature[64]
    if recovery >= _PLAIN_RECOVERY_END:
        recovery -= _PLAIN_RECOVERY_END
    if recovery > 3:
        raise RecoveryError(Reason.BAD_V)
    if max(_numbers(signature)) >= ORDER:
        raise RecoveryError(Reason.BAD_RS)
    public = recover_ecdsa(signature, digest)
    if public is None:
        raise RecoveryError(Reason.BAD_SIGNATURE)
    return public


def reduced(signature: bytes) -> bytes:
    """A signature as older runtimes read it: numbers beyond the group's order wrap around."""
    r, s = (number % ORDER for number in _numbers(signature))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + signature[64:]


def uncompressed(public: bytes) -> bytes:
    """Both coordinates of a compressed key, whose first byte says whether y is odd."""
    x = int.from_bytes(public[1:], "big")
    y = pow(x**3 + 7, (FIELD + 1) // 4, FIELD)
    if y % 2 != public[0] % 2:
        y = FIELD - y
    return public[1:] + y.to_bytes(32, "big")


def _numbers(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
