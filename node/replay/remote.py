"""The chain of a running node, read over its RPC."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar

from websockets.exceptions import InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from node.replay.errors import RecordError
from node.replay.record import ChainBlock
from node.rpc.shapes import read_header_json, unhexed
from node.whole_state import Entry
from primitives.block import Header
from primitives.types import BlockNumber, Hash
from storage.trie.children import child_at

PAGE: Final = 1000
"""Keys per question; what Substrate's nodes allow."""
MESSAGE_LIMIT: Final = 1 << 27
"""Bytes of an answer."""
PATIENCE_SECONDS: Final = 120
"""For one answer. A page of large values takes a slow node seconds, and none may hang for ever."""

_SCHEMES: Final = {"http://": "ws://", "https://": "wss://"}
_HASH_BYTES: Final = 32
_NO_NODE: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    OverflowError,
)
"""What comes of reading something else as a node's answer."""
_SHOWN: Final = 100
"""Characters of it."""

_T = TypeVar("_T")


class RemoteChain:
    """What a node answers about its best chain."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._asked = 0

    def best(self) -> BlockNumber:
        """Number of the best block."""
        return self._ask("chain_getHeader", lambda found: BlockNumber(int(found["number"], 16)))

    def hash_at(self, number: BlockNumber) -> Hash:
        """The block at a height of the best chain."""
        found = self._ask("chain_getBlockHash", _or_none(_hash), number)
        if found is None:
            raise RecordError(f"the node's best chain has no block {number}")
        return found

    def header(self, block: Hash) -> Header:
        """The header of any block."""
        found = self._ask("chain_getHeader", _or_none(partial(_header, block)), "0x" + block.hex())
        if found is None:
            raise RecordError(f"the node has no block 0x{block.hex()}")
        return found

    def block(self, number: BlockNumber) -> ChainBlock:
        """A block of the best chain with what is in it."""
        block = self.hash_at(number)
        found = self._ask("chain_getBlock", _or_none(partial(_block, block)), "0x" + block.hex())
        if found is None:
            raise RecordError(f"the node has only the header of block {number}")
        return found

    def name(self) -> str:
        """What the node calls its chain."""
        return self._ask("system_chain", _text)

    def entries(self, block: Hash) -> Iterator[Entry]:
        """The whole state after a block, in order, a page at a time."""
        at = "0x" + block.hex()
        start = None
        while keys := self._ask("state_getKeysPaged", _keys, "0x", PAGE, start, at):
            for key, value in self._ask("state_queryStorageAt", _changes, keys, at):
                if value is not None:
                    yield Entry(unhexed(key), value)
                    yield from self._child_entries(key, at)
            start = keys[-1]

    def _child_entries(self, root_key: str, at: str) -> Iterator[Entry]:
        """What is in the child trie whose root stands under a key, if it is the key of a root."""
        child = child_at(unhexed(root_key))
        if child is None:
            return
        start = None
        while keys := self._ask("childstate_getKeysPaged", _keys, root_key, "0x", PAGE, start, at):
            read = partial(_values_of, keys)
            values = self._ask("childstate_getStorageEntries", read, root_key, keys, at)
            for key, value in values:
                if value is not None:
                    yield Entry(unhexed(key), value, child)
            start = keys[-1]

    def value(self, block: Hash, key: bytes) -> bytes | None:
        """One value of the state after a block."""
        at = "0x" + block.hex()
        return self._ask("state_getStorage", _or_none(unhexed), "0x" + key.hex(), at)

    def _ask(self, method: str, read: Callable[[Any], _T], *params: Any) -> _T:
        """The answer to a question, as `read` makes it of JSON; RecordError if there is none."""
        self._asked += 1
        request = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params}
        try:
            self._connection.send(json.dumps(request))
            text = self._connection.recv(PATIENCE_SECONDS)
        except TimeoutError as error:
            raise RecordError(f"no answer to {method} in {PATIENCE_SECONDS} seconds") from error
        except (OSError, WebSocketException) as error:
            raise RecordError(f"the connection ends at {method}: {error}") from error
        try:
            answer = json.loads(text)
            if "error" not in answer:
                return read(answer["result"])
            problem = answer["error"]["message"]
        except _NO_NODE as error:
            start = " ".join(str(text)[:_SHOWN].split())
            raise RecordError(f"not a Substrate node's answer to {method}: {start}") from error
        raise RecordError(f"{method}: {problem}")


@contextmanager
def remote_chain(url: str) -> Iterator[RemoteChain]:
    """Connect to a node. RecordErrors name it; what else goes wrong is not its fault."""
    try:
        connection = connect(_address(url), max_size=MESSAGE_LIMIT)
    except TimeoutError as error:
        raise RecordError(f"{url} does not answer") from error
    except OSError as error:
        raise RecordError(f"{url}: no connection: {error}") from error
    except (InvalidURI, ValueError) as error:
        problem = f"no address of a node ({error}); it is like ws://127.0.0.1:9944"
        raise RecordError(f"{url}: {problem}") from error
    except WebSocketException as error:
        problem = f"it does not answer as a Substrate node does, with a WebSocket: {error}"
        raise RecordError(f"{url}: {problem}") from error
    with connection:
        try:
            yield RemoteChain(connection)
        except RecordError as error:
            raise RecordError(f"{url}: {error}") from error


def _address(url: str) -> str:
    """Where a node has its WebSockets: on the port where it answers plain requests."""
    scheme, separator, rest = url.partition("://")
    return _SCHEMES.get(scheme + separator, scheme + separator) + rest


def _or_none(read: Callable[[Any], _T]) -> Callable[[Any], _T | None]:
    return lambda found: None if found is None else read(found)


def _hash(found: Any) -> Hash:
    raw = unhexed(found)
    if len(raw) != _HASH_BYTES:
        raise ValueError(found)
    return Hash(raw)


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise TypeError(found)
    return found


def _keys(found: Any) -> list[str]:
    for key in found:
        unhexed(key)
    return list(found)


def _changes(found: Any) -> list[tuple[str, bytes | None]]:
    return [
        (_text(key), _or_none(unhexed)(value))
        for changes in found
        for key, value in changes["changes"]
    ]


def _values_of(keys: list[str], found: Any) -> list[tuple[str, bytes | None]]:
    return list(zip(keys, map(_or_none(unhexed), found), strict=True))


def _block(hash_: Hash, found: Any) -> ChainBlock:
    block = found["block"]
    extrinsics = [unhexed(text) for text in block["extrinsics"]]
    return ChainBlock(hash_, _header(hash_, block["header"]), extrinsics)


def _header(block: Hash, found: Any) -> Header:
    header = read_header_json(found)
    if header.hash() != block:
        raise RecordError(f"the node gives block 0x{block.hex()} a header with another hash")
    return header
