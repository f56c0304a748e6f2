"""The metadata of a running node: one question over HTTP."""

import json
import re
from http.client import HTTPException, InvalidURL
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
_QUESTION: Final = {"jsonrpc": "2.0", "id": 1, "method": "state_getMetadata", "params": []}
_LONGEST: Final = 200
"""Characters that are shown of what came instead of metadata."""
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
    body, headers = json.dumps(_QUESTION).encode(), {"Content-Type": "application/json"}
    try:
        with urlopen(Request(address, body, headers), timeout=_PATIENCE_SECONDS) as response:
            raw = response.read()
    except OSError as error:
        raise NoAnswer(f"no metadata: {getattr(error, 'reason', error)}") from error
    except (InvalidURL, ValueError) as error:
        problem = f"no address of a node ({_one_line(error)}); it is like ws://127.0.0.1:9944"
        raise NoAnswer(problem) from error
    except HTTPException as error:
        raise NoAnswer(_other(f"{type(error).__name__}: {_one_line(error)}")) from error
    try:
        answer: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NoAnswer(_other(f"no JSON: {_one_line(error)}")) from error
    match answer:
        case {"result": str(encoded)} if _HEX.fullmatch(encoded):
            return bytes.fromhex(encoded[2:])
        case _:
            raise NoAnswer(f"no metadata: {str(answer)[:_LONGEST]}")


def _other(what: str) -> str:
    return f"no metadata: it does not answer as a Substrate node does ({what})"


def _one_line(error: Exception) -> str:
    """What an error says, which may be what a stranger has sent."""
    return " ".join(str(error).split())[:_LONGEST]
