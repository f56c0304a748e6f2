"""Secret key URIs: `<phrase or 0x seed>(/soft | //hard)*(///password)`, as wallets write them.

Without a phrase the public development phrase is meant, so `//Alice` names the same key
everywhere.
"""

import re
from dataclasses import dataclass
from typing import Final

import bip39

from primitives.hashing import blake2_256
from primitives.scale.compact import encode_compact

DEV_PHRASE: Final = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
"""Known to everybody: a key under it protects nothing."""

SEED_LENGTH: Final = 32
_CHAIN_CODE_LENGTH: Final = 32
_U64_END: Final = 1 << 64

_URI: Final = re.compile(
    r"(?P<root>[\w ]*)(?P<path>(?://?[^/]+)*)(?:///(?P<password>.*))?", re.DOTALL
)
_JUNCTION: Final = re.compile(r"(?P<slashes>//?)(?P<name>[^/]+)")


class KeyUriError(ValueError):
    """The text names no secret key, or a key that the scheme cannot derive."""


@dataclass(frozen=True, slots=True)
class Junction:
    """One step of a derivation path. A soft step can be made with the public key alone."""

    chain_code: bytes
    hard: bool

    @classmethod
    def named(cls, name: str, *, hard: bool) -> "Junction":
        """Take a number as u64 and all else as text, hashed if longer than a chain code."""
        if re.fullmatch(r"\+?[0-9]+", name) and int(name) < _U64_END:
            code = int(name).to_bytes(8, "little")
        else:
            text = name.encode("utf-8")
            code = encode_compact(len(text)) + text
        if len(code) > _CHAIN_CODE_LENGTH:
            code = blake2_256(code)
        return cls(code.ljust(_CHAIN_CODE_LENGTH, b"\0"), hard)


@dataclass(frozen=True, slots=True, repr=False)
class KeyUri:
    """A parsed URI. Its seed is secret, so it has no readable form."""

    seed: bytes
    path: tuple[Junction, ...]

    @classmethod
    def parse(cls, uri: str) -> "KeyUri":
        """Read a URI. Errors never quote it: it may hold a real secret."""
        match = _URI.fullmatch(uri)
        if match is None:
            raise KeyUriError("malformed secret key URI")
        root, password = match["root"] or DEV_PHRASE, match["password"] or ""
        path = tuple(
            Junction.named(step["name"], hard=step["slashes"] == "//")
            for step in _JUNCTION.finditer(match["path"])
        )
        seed = _seed_of_hex(root) if root.startswith("0x") else seed_of_phrase(root, password)
        return cls(seed, path)


def seed_of_phrase(phrase: str, password: str = "") -> bytes:
    """Turn a mnemonic into a seed the way Substrate does.

    Unlike plain BIP-39 it stretches the entropy behind the words instead of their text.
    """
    try:
        return bytes(bip39.bip39_to_mini_secret(phrase, password))
    except ValueError as error:
        raise KeyUriError(str(error).removeprefix("Invalid mnemonic: ")) from None


def _seed_of_hex(text: str) -> bytes:
    """A raw seed ignores the password, as in Substrate."""
    digits = text.removeprefix("0x")
    if re.fullmatch(r"[0-9a-fA-F]{64}", digits) is None:
        raise KeyUriError(f"a seed is 0x and {2 * SEED_LENGTH} hex digits")
    return bytes.fromhex(digits)
