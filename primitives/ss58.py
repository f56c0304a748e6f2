"""SS58 addresses: base58 of a network prefix, a key, and a checksum over both."""

from hashlib import blake2b
from typing import Final

import base58

GENERIC_PREFIX: Final = 42
"""The prefix of chains without one of their own; Bittensor uses it."""

_DOMAIN: Final = b"SS58PRE"
_PREFIX_END: Final = 1 << 14
_ONE_BYTE_PREFIX_END: Final = 64
_TWO_BYTE_PREFIX_END: Final = 128
_RESERVED_PREFIXES: Final = (46, 47)

_CHECKSUM_LENGTH: Final = {1: 1, 2: 1, 4: 1, 8: 1, 32: 2, 33: 2}
"""Per length of the data. Longer checksums of the short forms exist on paper only."""

_LONGEST_ADDRESS: Final = 52
"""Base58 characters of two prefix bytes, a 33-byte key and its checksum.

Decoding base58 takes quadratic time, so longer text is refused unread.
"""


class AddressError(ValueError):
    """The text is no SS58 address, or the data cannot be written as one."""


def encode(public: bytes, prefix: int = GENERIC_PREFIX) -> str:
    """Write a public key or account id as the address of a network."""
    if not 0 <= prefix < _PREFIX_END or prefix in _RESERVED_PREFIXES:
        raise AddressError(f"{prefix} is no network prefix")
    if len(public) not in _CHECKSUM_LENGTH:
        raise AddressError(f"an address holds 1, 2, 4, 8, 32 or 33 bytes, not {len(public)}")
    body = _prefix_bytes(prefix) + public
    return base58.b58encode(body + _checksum(body, len(public))).decode("ascii")


def decode(text: str) -> tuple[bytes, int]:
    """Read an address; answer the key or account id and the network's prefix."""
    if len(text) > _LONGEST_ADDRESS:
        raise AddressError(f"an address has at most {_LONGEST_ADDRESS} characters")
    try:
        raw = base58.b58decode(text.encode("ascii"))
    except ValueError:
        raise AddressError("the address has a character outside the base58 alphabet") from None
    prefix, start = _read_prefix(raw)
    for length, checksum_length in _CHECKSUM_LENGTH.items():
        if len(raw) == start + length + checksum_length:
            break
    else:
        raise AddressError("the address has a wrong length")
    end = start + length
    if raw[end:] != _checksum(raw[:end], length):
        raise AddressError("the checksum of the address is wrong")
    return raw[start:end], prefix


def _prefix_bytes(prefix: int) -> bytes:
    """Two-byte prefixes put bits 2-7 first, marked by bit 6, then bits 8-13 and 0-1."""
    if prefix < _ONE_BYTE_PREFIX_END:
        return bytes((prefix,))
    return bytes(((prefix & 0xFC) >> 2 | 0x40, prefix >> 8 | (prefix & 0x03) << 6))


def _read_prefix(raw: bytes) -> tuple[int, int]:
    """Answer the prefix and how many bytes it took."""
    if len(raw) < 2:
        raise AddressError("the address is too short")
    first, second = raw[0], raw[1]
    if first < _ONE_BYTE_PREFIX_END:
        prefix, length = first, 1
    elif first < _TWO_BYTE_PREFIX_END:
        prefix, length = (first & 0x3F) << 2 | second >> 6 | (second & 0x3F) << 8, 2
    else:
        raise AddressError(f"the address starts with the invalid byte {first}")
    if prefix in _RESERVED_PREFIXES:
        raise AddressError(f"network prefix {prefix} is reserved")
    if length == 2 and prefix < _ONE_BYTE_PREFIX_END:
        raise AddressError(f"network prefix {prefix} is written longer than needed")
    return prefix, length


def _checksum(body: bytes, data_length: int) -> bytes:
    return blake2b(_DOMAIN + body).digest()[: _CHECKSUM_LENGTH[data_length]]
