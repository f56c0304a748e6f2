"""Blocks over plain states, for tests of what is stored and not of what is executed."""

from primitives.block import Digest, Header, Other
from primitives.types import BlockNumber, Hash
from storage.trie.node import EMPTY_ROOT
from storage.trie.root import trie_root, trie_with_root


def begin_chain(database, state):
    """Commit a genesis block with this state and answer its header."""
    header = Header(Hash(bytes(32)), BlockNumber(0), trie_root(state), EMPTY_ROOT)
    database.commit_genesis(header, state)
    return header


def begin_with_snapshot(database, state, number):
    """Begin a chain with the state after a block of this number and answer the block's header."""
    genesis = Header(Hash(bytes(32)), BlockNumber(0), EMPTY_ROOT, EMPTY_ROOT)
    header = Header(Hash(b"?" * 32), BlockNumber(number), trie_root(state), EMPTY_ROOT)
    database.commit_snapshot(genesis, header, trie_with_root(header.state_root, state), state)
    return genesis, header


def add_block(database, parent, changes, *, is_best=True, salt=0, body=()):
    """Commit a block that makes these changes; `salt` tells equal siblings apart."""
    update = database.states.root_after(parent.hash(), changes)
    number = BlockNumber(parent.number + 1)
    digest = Digest((Other(b"%d" % salt),))
    header = Header(parent.hash(), number, update.root, EMPTY_ROOT, digest)
    database.commit_block(header, list(body), update, changes, is_best=is_best)
    return header


def merged(state, changes):
    """Answer the state after some changes."""
    return {key: value for key, value in (state | changes).items() if value is not None}
