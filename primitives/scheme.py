"""How an account signs."""

from enum import IntEnum


class Scheme(IntEnum):
    """A signature scheme; the number is its index in MultiSignature and MultiSigner."""

    ED25519 = 0
    SR25519 = 1
    ECDSA = 2

    @property
    def public_length(self) -> int:
        return 33 if self is Scheme.ECDSA else 32

    @property
    def signature_length(self) -> int:
        return 65 if self is Scheme.ECDSA else 64
