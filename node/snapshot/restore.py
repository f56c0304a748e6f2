"""Restoring: a snapshot becomes the database of a new node, whole or not at all.

    snapshot ── is it of this chain, whole, the expected one? ── database beside its place ── there

What cannot be seen from a snapshot is whether its block is one of the chain: that is the operator's
word, and the node takes the block for final.
"""

from pathlib import Path

from genesis.spec import ChainSpec
from node.genesis_block import genesis_of
from node.known_blocks import KnownBlocks
from node.snapshot.file import About, read_about, read_snapshot
from primitives.block import Header
from primitives.errors import Rejected
from primitives.types import Hash
from storage.database import Database
from storage.leveldb import building


class CannotRestore(Rejected):
    """The snapshot is not for this chain, or its place is taken."""


def restore(
    snapshot: Path, spec: ChainSpec, place: Path, pruning: int, expected: Hash | None = None
) -> About:
    """Make a database at `place`, and answer what it begins with.

    Args:
        snapshot: the file.
        spec: the chain that it must be of.
        place: where the node will look for its database.
        pruning: how many states that node keeps.
        expected: the only block that will do, if there is one.

    Raises:
        CannotRestore: the snapshot is not what is wanted, or there is a chain already.
        BadSnapshot: it is damaged, or its state is not the one that its header means.
    """
    if place.exists() and any(place.iterdir()):
        raise CannotRestore(
            f"there is a chain at {place} already; choose another --base-path, or remove it with "
            "`taonode purge-chain`"
        )
    genesis = genesis_of(spec)
    _ensure_wanted(read_about(snapshot), spec, genesis.header, expected)
    about, state, tries = read_snapshot(snapshot)
    with building(place) as kv:
        database = Database.open(kv, pruning=pruning, name=str(place))
        if about.header == genesis.header:
            database.commit_genesis(genesis.header, genesis.state, genesis.children)
        else:
            database.commit_snapshot(genesis.header, about.header, tries, state.top)
    return about


def _ensure_wanted(about: About, spec: ChainSpec, genesis: Header, expected: Hash | None) -> None:
    header, block = about.header, about.header.hash()
    first = genesis.hash()
    if about.genesis != first:
        raise CannotRestore(
            f"the snapshot is of the chain with the genesis 0x{about.genesis.hex()} "
            f"({about.chain}); that of {spec.name} is 0x{first.hex()}; name the right one "
            "with --chain"
        )
    if header.number == 0 and block != first:
        raise CannotRestore(
            f"the snapshot is of a block 0, 0x{block.hex()}, which is not the genesis that it names"
        )
    if expected is not None and block != expected:
        raise CannotRestore(
            f"the snapshot is of block {header.number}, 0x{block.hex()}, and not of the expected "
            f"0x{expected.hex()}"
        )
    if objection := KnownBlocks.of(spec).objection(header):
        raise CannotRestore(f"block {header.number}, 0x{block.hex()}, will not do: {objection}")
