"""Where states come from: a stopped node's database, a running node, a snapshot."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from genesis.spec import CODE_KEY
from node.executor.runtimes import Runtimes
from node.replay.record import Chain, ChainBlock, find_database, stored_chain
from node.snapshot.file import About
from node.whole_state import Entry
from primitives.scale.types import decode
from primitives.types import BlockNumber, Hash
from runtime.pallets.system_types import RuntimeVersion


@dataclass(frozen=True, slots=True)
class Source:
    """One state, which is read once."""

    about: About
    entries: Iterator[Entry]
    chain: Chain

    def following(self, count: int) -> list[ChainBlock]:
        """Up to so many blocks that stand on it; none if it is not on the best chain."""
        number, parent = self.about.header.number, self.about.header.hash()
        blocks: list[ChainBlock] = []
        for above in range(number + 1, min(number + count, self.chain.best()) + 1):
            block = self.chain.block(BlockNumber(above))
            if block.header.parent_hash != parent:
                break
            blocks.append(block)
            parent = block.hash
        return blocks


@contextmanager
def from_database(base_path: Path, at: int | None) -> Iterator[Source]:
    """The state after a block of the best chain in a node's database, or after the best."""
    name = find_database(base_path).parent.name
    with stored_chain(base_path) as chain:
        block = chain.hash_at(chain.best() if at is None else BlockNumber(at))
        yield _source(name, chain, block)


@contextmanager
def from_node(url: str, at: Hash | None) -> Iterator[Source]:
    """The state after any block that a node knows, or after the best."""
    from node.replay.remote import remote_chain  # websockets

    with remote_chain(url) as chain:
        yield _source(chain.name(), chain, chain.hash_at(chain.best()) if at is None else at)


def _source(name: str, chain: Chain, block: Hash) -> Source:
    """The version is that of the code in the state; a chain whose code is unknown has none."""
    genesis, header = chain.hash_at(BlockNumber(0)), chain.header(block)
    code = chain.value(block, CODE_KEY)
    encoded = Runtimes().version_of(code) if code else None
    if encoded is None:
        about = About(name, genesis, header, "unknown", 0)
    else:
        version = decode(RuntimeVersion, encoded)
        about = About(name, genesis, header, version.spec_name, version.spec_version)
    return Source(about, chain.entries(block), chain)
