"""Opens the database of a chain: as it was left, or with the genesis block of the spec."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genesis.spec import ChainSpec
from node.begun_with import release_of
from node.config import StorageConfig
from node.executor.runtimes import Runtimes
from node.genesis_block import Genesis, genesis_of
from node.logs import short_hash
from primitives.block import Header
from primitives.types import Hash
from storage import columns
from storage.database import ARCHIVE, Database
from storage.errors import DatabaseError
from storage.kv import KeyValue
from storage.leveldb import LevelKv
from storage.memory import MemoryKv

log = logging.getLogger("node")


@contextmanager
def open_chain(
    spec: ChainSpec, config: StorageConfig, runtimes: Runtimes | None = None
) -> Iterator[Database]:
    """Open a chain for as long as the body runs.

    Raises:
        DatabaseError: what lies there is damaged, in use, or another chain.
        UnknownCode: this node cannot run the chain.
    """
    engine: KeyValue = MemoryKv() if config.database is None else LevelKv(config.database)
    try:
        name = "in memory" if config.database is None else str(config.database)
        database = Database.open(engine, pruning=config.pruning, name=name)
        _ensure_genesis(database, genesis_of(spec, runtimes), spec, name)
        yield database
    finally:
        engine.close()


@contextmanager
def open_existing(spec: ChainSpec, path: Path) -> Iterator[Database]:
    """Open the database of a chain that has begun, as its node does.

    Raises:
        DatabaseError: there is none, or it is damaged, in use, or of another chain.
    """
    if not path.exists():
        raise DatabaseError(f"there is no chain at {path}; name its place with --base-path")
    with open_database(path) as database:
        _ensure_same_chain(database, genesis_of(spec).header, spec, str(path))
        yield database


@contextmanager
def open_database(path: Path) -> Iterator[Database]:
    """Open the database of whatever chain, with the pruning that it was made with."""
    engine = LevelKv(path)
    try:
        pruning = columns.PRUNING.get(engine) or ARCHIVE
        yield Database.open(engine, pruning=pruning, name=str(path))
    finally:
        engine.close()


def _ensure_genesis(database: Database, genesis: Genesis, spec: ChainSpec, name: str) -> None:
    header = genesis.header
    if not database.has_genesis:
        database.commit_genesis(header, genesis.state, genesis.children)
        log.info(
            "Initializing Genesis block/state (state: %s, header-hash: %s)",
            short_hash(header.state_root),
            short_hash(header.hash()),
        )
        return
    _ensure_same_chain(database, header, spec, name)


def _ensure_same_chain(database: Database, header: Header, spec: ChainSpec, name: str) -> None:
    stored: Hash = database.blocks.genesis
    if stored == header.hash():
        return
    release = release_of(spec, stored)
    advice = "" if release is None else f"start with --spec {release}, with which it has begun, or "
    raise DatabaseError(
        f"the database at {name} holds another chain (genesis {short_hash(stored)}) than "
        f"{spec.name} (genesis {short_hash(header.hash())}); {advice}choose another --base-path, "
        "or remove it with `taonode purge-chain`"
    )
