"""Where states come from: a stopped node's database, a running node, a snapshot."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from genesis.spec import CODE_KEY
from node.executor.runtimes import Runtimes
from node.replay.errors import RecordError
from node.replay.record import find_database, stored_chain
from node.snapshot.file import About
from node.whole_state import Entry
from primitives.block import Header
from primitives.scale.types import decode
from primitives.types import BlockNumber, Hash
from runtime.pallets.system_types import RuntimeVersion


@dataclass(frozen=True, slots=True)
class Source:
    """One state, which is read once."""

    about: About
    entries: Iterator[Entry]


@contextmanager
def from_database(base_path: Path, at: int | None) -> Iterator[Source]:
    """The state after a block of the best chain in a node's database, or after the best."""
    name = find_database(base_path).parent.name
    with stored_chain(base_path) as chain:
        block = chain.block(chain.best() if at is None else BlockNumber(at))
        about = _about(name, block.header, chain.value(block.hash, CODE_KEY))
        yield Source(about, chain.entries(block.hash))


@contextmanager
def from_node(url: str, at: Hash | None) -> Iterator[Source]:
    """The state after any block that a node knows, or after the best."""
    from node.replay.remote import remote_chain  # websockets

    with remote_chain(url) as chain:
        block = chain.block(chain.best()).hash if at is None else at
        header = chain.header(block)
        if header.hash() != block:
            raise RecordError(f"the node gives block 0x{block.hex()} a header with another hash")
        about = _about(chain.name(), header, chain.value(block, CODE_KEY))
        yield Source(about, chain.entries(block))


def _about(chain: str, header: Header, code: bytes | None) -> About:
    """The version is that of the code in the state; a chain whose code is unknown has none."""
    encoded = Runtimes().version_of(code) if code else None
    if encoded is None:
        return About(chain, header, "unknown", 0)
    version = decode(RuntimeVersion, encoded)
    return About(chain, header, version.spec_name, version.spec_version)
