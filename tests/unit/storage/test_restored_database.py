"""A database that begins with the state after a later block than genesis."""

from dataclasses import replace

import pytest

from primitives.errors import InvariantBroken, Rejected
from primitives.types import BlockNumber, Hash
from storage import columns
from storage.block_store import Route
from storage.columns import Head
from storage.database import Database
from storage.errors import StateDiscarded, UnknownBlock
from storage.memory import MemoryKv
from storage.trie.root import trie_root, trie_with_root
from tests.support.blocks import add_block, begin_chain, begin_with_snapshot

STATE = {b"key": b"value", b"long": b"x" * 100}


def restored(number=7, pruning=0):
    kv = MemoryKv()
    database = Database.open(kv, pruning=pruning)
    return kv, database, *begin_with_snapshot(database, STATE, number)


@pytest.mark.parametrize("pruning", [0, 2])
def test_what_is_there_and_what_is_not(pruning):
    kv, database, genesis, header = restored(pruning=pruning)
    database = Database.open(kv, pruning=pruning)
    blocks, head = database.blocks, Head(header.hash(), BlockNumber(7))
    assert blocks.best == blocks.finalized == blocks.base == head
    assert blocks.leaves() == [head]
    assert blocks.genesis == genesis.hash()
    assert (blocks.header(head.hash), blocks.body(head.hash)) == (header, None)
    assert (blocks.header(genesis.hash()), blocks.body(genesis.hash())) == (genesis, [])
    assert columns.CANONICAL.all_keys(kv) == [0, 7]
    assert columns.STATES.all_keys(kv) == [head.hash]
    view = database.states.at(head.hash)
    assert {key: view.get(key) for key in view.keys(b"")} == STATE
    with pytest.raises(StateDiscarded):
        database.states.at(genesis.hash())
    with pytest.raises(UnknownBlock):
        blocks.route(genesis.hash(), head.hash)


def test_other_chains_have_their_base_in_genesis():
    database = Database.open(MemoryKv())
    genesis = begin_chain(database, STATE)
    add_block(database, genesis, {b"key": None})
    assert database.blocks.base == Head(genesis.hash(), BlockNumber(0))


def test_a_chain_begins_once():
    _, database, genesis, header = restored()
    trie = trie_with_root(header.state_root, STATE)
    with pytest.raises(InvariantBroken, match="has a genesis block already"):
        database.commit_snapshot(genesis, header, trie, STATE)
    with pytest.raises(InvariantBroken, match="has a genesis block already"):
        begin_chain(database, STATE)


def test_a_state_of_another_root_is_not_stored():
    kv = MemoryKv()
    database = Database.open(kv)
    before = dict(kv.iterate())
    genesis = replace(restored()[2], state_root=Hash(b"r" * 32))
    trie = trie_with_root(trie_root(STATE), STATE)
    with pytest.raises(InvariantBroken, match="block 0 names the state root 7272"):
        database.commit_snapshot(genesis, genesis, trie, STATE)
    assert dict(kv.iterate()) == before


def test_blocks_beside_the_base_are_refused():
    """Given a base. Then nothing is built on genesis, nor on a rival of the base."""
    _, database, genesis, header = restored(number=1)
    update = database.states.root_after(header.hash(), {})
    rival = replace(header, parent_hash=genesis.hash(), extrinsics_root=Hash(b"e" * 32))
    with pytest.raises(Rejected, match="block 1 leaves the chain below the finalized block"):
        database.commit_block(rival, [], update, {}, is_best=False)
    above = replace(rival, parent_hash=rival.hash(), number=BlockNumber(2))
    with pytest.raises(UnknownBlock):
        database.commit_block(above, [], update, {}, is_best=False)


def test_reorganisation_and_finality_above_the_base():
    _, database, _, header = restored(pruning=1)
    left = add_block(database, header, {b"key": b"left"})
    right = add_block(database, header, {b"key": b"right"}, is_best=False)
    route = database.set_best(right.hash())
    heads = [Head(block.hash(), BlockNumber(8)) for block in (left, right)]
    assert route == Route([heads[0]], [heads[1]])
    assert database.states.at(right.hash()).get(b"key") == b"right"
    assert database.finalize(right.hash()) == [heads[0]]
    assert not database.states.is_kept(header.hash())
    assert not database.states.is_kept(left.hash())


@pytest.mark.parametrize("version", [0, 1])
def test_the_layout_of_a_trie_is_found_by_its_root(version):
    root = trie_root(STATE, version)
    assert trie_with_root(root, STATE).root == root
    assert trie_with_root(Hash(b"r" * 32), STATE) is None
