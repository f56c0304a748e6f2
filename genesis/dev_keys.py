"""The well-known development accounts: keys under a phrase that everybody knows."""

from functools import cache
from typing import Final

from primitives.crypto import KeyPair
from primitives.scheme import Scheme

DEV_NAMES: Final = ("Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie")
"""In the order in which Substrate's tools list them."""


@cache
def dev_key(name: str, scheme: Scheme = Scheme.SR25519) -> KeyPair:
    """Answer the key pair of `//Alice` and the like; the name may go on with a path."""
    return KeyPair.from_uri(f"//{name}", scheme)
