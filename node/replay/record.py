"""Recording: blocks of a chain, executed once more, with everything they did, as a trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from genesis.host import GenesisHost
from genesis.spec import CODE_KEY
from node.executor.errors import MethodNotFound, RuntimePanic, UnknownCode
from node.executor.runtimes import CodeRuntime, Runtimes
from node.open_chain import open_database
from node.replay.errors import RecordError
from node.replay.explain import Explainer
from node.replay.machine import APPLY, BEGIN, END, blank_header
from node.replay.stage import RuntimeFailed, Stage
from node.replay.trace import Trace, TraceBlock
from node.runtime_tools.metadata import metadata_of
from node.whole_state import Entry, WholeState, read_entries
from primitives.block import Header, RuntimeEnvironmentUpdated
from primitives.scale.types import decode
from primitives.types import BlockNumber, Hash
from runtime.pallets.system_types import RuntimeVersion
from storage.database import Database
from storage.errors import StateDiscarded
from storage.leveldb import UNFINISHED
from storage.overlay import StateView

SLOT_MS: Final = 12_000
"""Length of a slot on this chain."""
LEVELDB_MARK: Final = "CURRENT"
"""A file that every LevelDB directory has."""


@dataclass(frozen=True, slots=True)
class ChainBlock:
    """A block as the chain has it."""

    hash: Hash
    header: Header
    extrinsics: list[bytes]


class Chain(Protocol):
    """Where blocks come from."""

    def best(self) -> BlockNumber:
        """Number of the best block."""

    def hash_at(self, number: BlockNumber) -> Hash:
        """The block at a height of the best chain; RecordError if there is none."""

    def header(self, block: Hash) -> Header:
        """The header of a block; RecordError if it is not known."""

    def block(self, number: BlockNumber) -> ChainBlock:
        """A block of the best chain with what is in it; RecordError if there is none."""

    def entries(self, block: Hash) -> Iterator[Entry]:
        """The whole state after a block; RecordError if it is not kept."""

    def value(self, block: Hash, key: bytes) -> bytes | None:
        """One value of the state after a block; RecordError if it is not kept."""


def record(chain: Chain, name: str, first: BlockNumber, last: BlockNumber | None) -> Trace:
    """Make a trace of the best chain from one block to another."""
    end = chain.best() if last is None else last
    if not 1 <= first <= end:
        why = "block 0 has no extrinsics" if first < 1 else f"the best block is {chain.best()}"
        raise RecordError(f"there are no blocks from {first} to {end}; {why}")
    before = chain.hash_at(BlockNumber(first - 1))
    genesis = WholeState.of(chain.entries(before))
    runtime = _runtime_of(genesis.top)
    blank = runtime.over(GenesisHost())
    version = decode(RuntimeVersion, blank.call("Core_version", b""))
    stage = Stage(genesis.top, runtime.over, genesis.children)
    explain = Explainer(metadata_of(blank))
    if stage.root != chain.header(before).state_root:
        raise RecordError(
            f"the state after block {first - 1} has not the root that its header says"
        )
    blocks = [
        _execute(stage, explain, chain.block(BlockNumber(number)))
        for number in range(first, end + 1)
    ]
    return Trace(
        name=name,
        description=f"Blocks {first} to {end}, recorded from a chain",
        spec_version=version.spec_version,
        transaction_version=version.transaction_version,
        state_version=version.state_version,
        slot_ms=SLOT_MS,
        genesis=genesis.top,
        children=genesis.children,
        genesis_hash=before,
        blocks=blocks,
        api_calls=[],
        dead_ends=[],
        bad_blocks=[],
    )


def _runtime_of(state: dict[bytes, bytes]) -> CodeRuntime:
    try:
        return Runtimes().of(state.get(CODE_KEY))
    except UnknownCode as error:
        raise RecordError(error.reason) from error


def _execute(stage: Stage, explain: Explainer, source: ChainBlock) -> TraceBlock:
    parts = source.header.split_seal()
    header = source.header if parts is None else parts[0]
    block = TraceBlock(
        number=header.number,
        header=header.encode(),
        extrinsics=source.extrinsics,
        results=[],
        refused=[],
        state_root=header.state_root,
        diff={},
        seal=None if parts is None else parts[1].encode(),
    )
    try:
        stage.call(BEGIN, blank_header(block))
        for extrinsic in source.extrinsics:
            result = stage.call(APPLY, extrinsic)
            block.results.append(result)
            block.outcomes.append(f"{explain.call_name(extrinsic)}: {explain.result(result)}")
        made = stage.call(END)
    except (RuntimePanic, RuntimeFailed, MethodNotFound) as error:
        raise RecordError(f"block {header.number} cannot be executed: {error}") from error
    if made != block.header and RuntimeEnvironmentUpdated() in header.digest.items:
        raise RecordError(
            f"block {header.number} changes the chain's code, and a trace is of one runtime: "
            f"record up to block {header.number - 1}, or from block {header.number + 1} on"
        )
    if made != block.header:
        raise RecordError(f"executing block {header.number} does not give what its header says")
    assert block.diff is not None
    block.children.update(stage.child_changes())
    block.diff.update(stage.settle())
    return block


class StoredChain:
    """The chain in a node's database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._blocks = database.blocks

    def best(self) -> BlockNumber:
        """Number of the best block."""
        return self._blocks.best.number

    def hash_at(self, number: BlockNumber) -> Hash:
        """The block at a height of the best chain."""
        found = None if number > self.best() else self._blocks.canonical(number)
        if found is None:
            raise RecordError(self._absence(number))
        return found

    def header(self, block: Hash) -> Header:
        """The header of a block."""
        return self._blocks.expect_header(block)

    def block(self, number: BlockNumber) -> ChainBlock:
        """A block of the best chain with what is in it."""
        found = self.hash_at(number)
        body = self._blocks.body(found)
        if body is None:
            raise RecordError(self._absence(number))
        return ChainBlock(found, self.header(found), body)

    def entries(self, block: Hash) -> Iterator[Entry]:
        """The whole state after a block, one entry at a time."""
        return read_entries(self._state(block))

    def value(self, block: Hash, key: bytes) -> bytes | None:
        """One value of the state after a block."""
        return self._state(block).get(key)

    def _state(self, block: Hash) -> StateView:
        try:
            return self._database.states.at(block)
        except StateDiscarded as error:
            number = self._blocks.expect_header(block).number
            if number < self._blocks.base.number:
                raise RecordError(self._absence(number)) from error
            raise RecordError(
                f"the state of block {number} is not kept; choose a later block, or the database "
                f"of a node with --pruning archive (0x{block.hex()})"
            ) from error

    def _absence(self, number: BlockNumber) -> str:
        base, best = self._blocks.base.number, self.best()
        if number > base:
            return f"the best chain has no block {number}: the best is {best}"
        return (
            f"block {number} is not here: this database began with a snapshot of block {base}; "
            f"later ones are"
        )


@contextmanager
def stored_chain(base_path: Path) -> Iterator[StoredChain]:
    """Open the one database under a base path, as its node does."""
    with open_database(find_database(base_path)) as database:
        yield StoredChain(database)


def find_database(base_path: Path) -> Path:
    """The database under a base path."""
    marks = (mark for mark in base_path.rglob(LEVELDB_MARK) if mark.is_file())
    found = sorted(mark.parent for mark in marks if mark.parent.suffix != UNFINISHED)
    if len(found) == 1:
        return found[0]
    if not found:
        raise RecordError(f"there is no database under {base_path}")
    names = ", ".join(str(path) for path in found)
    raise RecordError(f"there are several databases under {base_path}: {names}; name one of them")
