"""The database of a node: opened or refused as a whole, changed by one batch per block."""

from collections.abc import Sequence
from typing import Final

from primitives.block import Header
from primitives.errors import InvariantBroken, Rejected
from primitives.types import BlockNumber, Hash
from storage import columns
from storage.block_store import BlockStore, Route
from storage.columns import OLDEST_VERSION, SCHEMA_VERSION, Head, Justification
from storage.errors import DatabaseError
from storage.kv import KeyValue, WriteBatch
from storage.pruning import Archive, Counted
from storage.state_db import StateDb, mirror
from storage.trie.backend import MappedSource, Nodes
from storage.trie.children import NO_CHILDREN, ChildChanges, apply_with_children
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Changes, Trie, TrieUpdate

ARCHIVE: Final = 0
"""Pruning setting under which every state is kept."""

NO_ROUTE: Final = Route([], [])

_START_ANEW = "remove it with `taonode purge-chain` and sync again"


class Database:
    """Blocks and states, in step with each other after every batch."""

    def __init__(self, kv: KeyValue, pruning: int) -> None:
        self._kv = kv
        self._pruning = pruning
        best = columns.BEST.get(kv)
        self.blocks = BlockStore(kv)
        self.states = StateDb(
            kv, Counted(kv) if pruning else Archive(), None if best is None else best.hash
        )

    @classmethod
    def open(cls, kv: KeyValue, *, pruning: int = ARCHIVE, name: str = "in memory") -> "Database":
        """Use what an engine holds, or begin in an empty one; DatabaseError if it is not ours.

        `pruning` is how many finalized states to keep, ARCHIVE for all. `name` is where the
        database lies, for error messages.
        """
        if next(kv.keys(), None) is None:
            batch = WriteBatch()
            columns.SCHEMA.put(batch, SCHEMA_VERSION)
            columns.PRUNING.put(batch, pruning)
            kv.write(batch, sync=True)
        _check_format(kv, name)
        _check_pruning(kv, pruning, name)
        database = cls(kv, pruning)
        _check_heads(kv, database.states, name)
        if columns.SCHEMA.get(kv) != SCHEMA_VERSION:
            batch = WriteBatch()
            columns.SCHEMA.put(batch, SCHEMA_VERSION)
            kv.write(batch, sync=True)
        return database

    @property
    def has_genesis(self) -> bool:
        """Whether there is a chain at all."""
        return columns.GENESIS.get(self._kv) is not None

    def commit_genesis(
        self,
        header: Header,
        changes: Changes,
        children: ChildChanges = NO_CHILDREN,
        version: int = 1,
    ) -> None:
        """Begin the chain with a block whose state is `changes`, and those in child tries."""
        empty = Trie(Nodes(MappedSource({}, {})))
        update = apply_with_children(empty, EMPTY_ROOT, changes, children, version)
        _check_root(header, update)
        batch = WriteBatch()
        head = self.blocks.add(batch, header, [])
        self.states.keep(batch, head.hash, update)
        mirror(batch, {**changes, **update.child_roots})
        self._begin(batch, [head])

    def commit_snapshot(
        self, genesis: Header, header: Header, update: TrieUpdate, changes: Changes
    ) -> None:
        """Begin the chain with the state after a later block, and sync that to disk.

        `update` and `changes` are two forms of this state; of child tries, `changes` say only the
        roots. The state of genesis is given up: nothing here stands on it.
        """
        _check_root(header, update)
        batch = WriteBatch()
        first = self.blocks.add(batch, genesis, [])
        columns.LEAVES.delete(batch, first)
        head = self.blocks.add_base(batch, header)
        self.states.keep(batch, head.hash, update)
        mirror(batch, changes)
        self._begin(batch, [first, head])

    def commit_block(
        self,
        header: Header,
        body: Sequence[bytes],
        update: TrieUpdate,
        changes: Changes,
        *,
        is_best: bool,
        justification: Justification | None = None,
    ) -> Route:
        """Store an executed block. Returns what that changed on the best chain.

        `update` and `changes` are two forms of one thing: what the block did to the state of its
        parent. Of child tries, the changes say only the new roots.
        """
        _check_root(header, update)
        if self.blocks.header(header.hash()) is not None:
            raise Rejected(f"block {header.hash().hex()} is stored already")
        parent = self.blocks.expect_header(header.parent_hash)
        if header.number != parent.number + 1:
            raise Rejected(f"block {header.number} cannot follow block {parent.number}")
        fork = self.blocks.fork_of(Head(header.parent_hash, parent.number))
        if fork.number < self.blocks.finalized.number:
            raise Rejected(f"block {header.number} leaves the chain below the finalized block")
        batch = WriteBatch()
        head = self.blocks.add(batch, header, body)
        self.states.keep(batch, head.hash, update)
        if justification is not None:
            self.blocks.justify(batch, head.hash, justification)
        if not is_best:
            self._kv.write(batch)
            return NO_ROUTE

        best = self.blocks.best.hash
        to_parent = self.blocks.route(best, header.parent_hash)
        route = Route(to_parent.retracted, [*to_parent.enacted, head])
        if header.parent_hash != best:
            mirror(batch, self.states.changes_between(best, header.parent_hash))
        mirror(batch, changes)
        self.blocks.set_best(batch, head, route)
        self._move_mirror(batch, head)
        return route

    def set_best(self, block: Hash) -> Route:
        """Make a stored block the best one."""
        best = self.blocks.best.hash
        route = self.blocks.route(best, block)
        head = Head(block, self.blocks.expect_header(block).number)
        batch = WriteBatch()
        mirror(batch, self.states.changes_between(best, block))
        self.blocks.set_best(batch, head, route)
        self._move_mirror(batch, head)
        return route

    def finalize(self, block: Hash, justification: Justification | None = None) -> list[Head]:
        """Make a block of the best chain final, and sync that to disk.

        Returns the blocks that can no longer become part of the chain. When pruning, their states
        go, and those of the best chain that are too far below.
        """
        head = Head(block, self.blocks.expect_header(block).number)
        if not self.blocks.is_canonical(head):
            raise Rejected(f"block {block.hex()} is not on the best chain")
        if head.number < self.blocks.finalized.number:
            raise Rejected(f"block {head.number} is below the finalized one")
        batch = WriteBatch()
        stale = self.blocks.finalize(batch, head)
        if justification is not None:
            self.blocks.justify(batch, block, justification)
        if self._pruning:
            gone = self._outside_window(head.number)
            self.states.release(batch, [*(left.hash for left in stale), *gone])
        self._kv.write(batch, sync=True)
        return stale

    def close(self) -> None:
        """Close the engine."""
        self._kv.close()

    def _outside_window(self, finalized: BlockNumber) -> list[Hash]:
        """Blocks of the best chain whose state is kept but no longer wanted."""
        gone = []
        for number in range(finalized - self._pruning, -1, -1):
            block = self.blocks.canonical(BlockNumber(number))
            if block is None or not self.states.is_kept(block):
                break
            gone.append(block)
        return gone

    def _begin(self, batch: WriteBatch, chain: list[Head]) -> None:
        """Write the batch that makes a chain of these blocks, the last of which is final."""
        if self.has_genesis:
            raise InvariantBroken("the database has a genesis block already")
        head = chain[-1]
        self.blocks.set_best(batch, head, Route([], chain))
        columns.GENESIS.put(batch, chain[0].hash)
        columns.FINALIZED.put(batch, head)
        self._move_mirror(batch, head, sync=True)

    def _move_mirror(self, batch: WriteBatch, head: Head, *, sync: bool = False) -> None:
        """Write a batch that changes the best block. Readers notice before and after."""
        self.states.mirrored = None
        self._kv.write(batch, sync=sync)
        self.states.mirrored = head.hash


def _check_root(header: Header, update: TrieUpdate) -> None:
    if header.state_root != update.root:
        raise InvariantBroken(
            f"block {header.number} names the state root {header.state_root.hex()}, "
            f"its state has {update.root.hex()}"
        )


def _check_format(kv: KeyValue, name: str) -> None:
    try:
        version = columns.SCHEMA.get(kv)
    except (ValueError, TypeError):
        version = None
    if version is None:
        raise DatabaseError(
            f"what lies at {name} is no taonode database, or damaged; {_START_ANEW}"
        )
    if version > SCHEMA_VERSION:
        raise DatabaseError(
            f"the database at {name} has format {version}, this node writes {SCHEMA_VERSION}; "
            f"use a newer node, or {_START_ANEW}"
        )
    if version < OLDEST_VERSION:
        raise DatabaseError(
            f"the database at {name} has the old format {version}, this node writes "
            f"{SCHEMA_VERSION}; use an older node, or {_START_ANEW}"
        )


def _check_pruning(kv: KeyValue, pruning: int, name: str) -> None:
    made_with = columns.PRUNING.get(kv)
    if bool(made_with) != bool(pruning):
        now, then = (
            "an archive" if setting == ARCHIVE else "pruned" for setting in (pruning, made_with)
        )
        raise DatabaseError(
            f"the database at {name} is {then} and cannot become {now}; "
            f"start with the old --pruning, or {_START_ANEW}"
        )


def _check_heads(kv: KeyValue, states: StateDb, name: str) -> None:
    """The last line of defence against files that were lost or mixed up."""
    best = columns.BEST.get(kv)
    if best is not None and (
        columns.HEADERS.get(kv, best.hash) is None or not states.is_kept(best.hash)
    ):
        raise DatabaseError(f"the database at {name} has lost its best block; {_START_ANEW}")
