"""The metadata of a running node: one question over HTTP."""

import json
import re
from typing import Any, Final
from urllib.request import Request, urlopen

from primitives.errors import Rejected

_SCHEMES: Final = {
    "http://": "http://",
    "https://": "https://",
    "ws://": "http://",
    "wss://": "https://",
}
"""Nodes answer plain requests on the port of their WebSockets."""
_PATIENCE_SECONDS: Final = 30
_HEX: Final = re.compile(r"0x([0-9a-fA-F]{2})*")


class NoAnswer(Rejected):
    """The node does not answer, or not with metadata."""


def is_url(text: str) -> bool:
    """Whether a text names a node and no file."""
    return text.startswith(tuple(_SCHEMES))


def fetch_metadata(url: str) -> bytes:
    """Ask a node for the metadata at its best block."""
    scheme, separator, rest = url.partition("://")
    address = _SCHEMES[scheme + separator] + rest
    question = {"jsonrpc": "2.0", "id": 1, "method": "state_getMetadata", "params": []}
    body, headers = json.dumps(question).encode(), {"Content-Type": "application/json"}
    try:
        with urlopen(Request(address, body, headers), timeout=_PATIENCE_SECONDS) as response:
            answer: Any = json.load(response)
    except (OSError, ValueError) as error:
        raise NoAnswer(f"no metadata: {error}") from error
    match answer:
        case {"result": str(encoded)} if _HEX.fullmatch(encoded):
            return bytes.fromhex(encoded[2:])
        case _:
            raise NoAnswer(f"no metadata: {str(answer)[:200]}")
