"""The chain of a running node, read over its RPC."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from websockets.exceptions import WebSocketException
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


class RemoteChain:
    """What a node answers about its best chain."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._asked = 0

    def best(self) -> BlockNumber:
        """Number of the best block."""
        return BlockNumber(int(self._ask("chain_getHeader")["number"], 16))

    def hash_at(self, number: BlockNumber) -> Hash:
        """The block at a height of the best chain."""
        found = self._ask("chain_getBlockHash", number)
        if found is None:
            raise RecordError(f"the node's best chain has no block {number}")
        return Hash(unhexed(found))

    def header(self, block: Hash) -> Header:
        """The header of any block."""
        found = self._ask("chain_getHeader", "0x" + block.hex())
        if found is None:
            raise RecordError(f"the node has no block 0x{block.hex()}")
        return _header(found, block)

    def block(self, number: BlockNumber) -> ChainBlock:
        """A block of the best chain with what is in it."""
        block = self.hash_at(number)
        answer = self._ask("chain_getBlock", "0x" + block.hex())
        if answer is None:
            raise RecordError(f"the node has only the header of block {number}")
        found = answer["block"]
        extrinsics = [unhexed(text) for text in found["extrinsics"]]
        return ChainBlock(block, _header(found["header"], block), extrinsics)

    def name(self) -> str:
        """What the node calls its chain."""
        return str(self._ask("system_chain"))

    def entries(self, block: Hash) -> Iterator[Entry]:
        """The whole state after a block, in order, a page at a time."""
        at = "0x" + block.hex()
        start = None
        while keys := self._ask("state_getKeysPaged", "0x", PAGE, start, at):
            for changes in self._ask("state_queryStorageAt", keys, at):
                for key, value in changes["changes"]:
                    if value is not None:
                        yield Entry(unhexed(key), unhexed(value))
                        yield from self._child_entries(key, at)
            start = keys[-1]

    def _child_entries(self, root_key: str, at: str) -> Iterator[Entry]:
        """What is in the child trie whose root stands under a key, if it is the key of a root."""
        child = child_at(unhexed(root_key))
        if child is None:
            return
        start = None
        while keys := self._ask("childstate_getKeysPaged", root_key, "0x", PAGE, start, at):
            values = self._ask("childstate_getStorageEntries", root_key, keys, at)
            for key, value in zip(keys, values, strict=True):
                if value is not None:
                    yield Entry(unhexed(key), unhexed(value), child)
            start = keys[-1]

    def value(self, block: Hash, key: bytes) -> bytes | None:
        """One value of the state after a block."""
        found = self._ask("state_getStorage", "0x" + key.hex(), "0x" + block.hex())
        return None if found is None else unhexed(found)

    def _ask(self, method: str, *params: Any) -> Any:
        self._asked += 1
        request = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params}
        self._connection.send(json.dumps(request))
        answer = json.loads(self._connection.recv(PATIENCE_SECONDS))
        if "error" in answer:
            raise RecordError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]


@contextmanager
def remote_chain(url: str) -> Iterator[RemoteChain]:
    """Connect to a node."""
    try:
        with connect(url, max_size=MESSAGE_LIMIT) as connection:
            yield RemoteChain(connection)
    except TimeoutError as error:
        raise RecordError(f"{url} does not answer") from error
    except RecordError as error:
        raise RecordError(f"{url}: {error}") from error
    except (OSError, WebSocketException, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{url}: {type(error).__name__}: {error}") from error


def _header(fields: dict[str, Any], block: Hash) -> Header:
    header = read_header_json(fields)
    if header.hash() != block:
        raise RecordError(f"the node gives block 0x{block.hex()} a header with another hash")
    return header
