"""Blocks over plain states, for tests of what is stored and not of what is executed."""

from primitives.block import Digest, Header, Other
from primitives.types import BlockNumber, Hash
from storage.trie.backend import MappedSource, Nodes
from storage.trie.children import apply_with_children
from storage.trie.node import EMPTY_ROOT
from storage.trie.trie import Trie
from tests.support.plain_trie import plain_root

ROOTS = b":child_storage:default:"


def begin_chain(database, state, children=None):
    """Commit a genesis block with this state and answer its header."""
    children = children or {}
    root = Hash(plain_root(with_roots(state, children)))
    header = Header(Hash(bytes(32)), BlockNumber(0), root, EMPTY_ROOT)
    database.commit_genesis(header, state, children)
    return header


def begin_with_snapshot(database, state, number, children=None):
    """Begin a chain with the state after a block of this number; answer genesis and the block."""
    children = children or {}
    top = with_roots(state, children)
    genesis = Header(Hash(bytes(32)), BlockNumber(0), EMPTY_ROOT, EMPTY_ROOT)
    header = Header(Hash(b"?" * 32), BlockNumber(number), Hash(plain_root(top)), EMPTY_ROOT)
    empty = Trie(Nodes(MappedSource({}, {})))
    update = apply_with_children(empty, EMPTY_ROOT, state, children)
    database.commit_snapshot(genesis, header, update, top)
    return genesis, header


def add_block(database, parent, changes, children=None, *, is_best=True, salt=0, body=()):
    """Commit a block that makes these changes; `salt` tells equal siblings apart."""
    update = database.states.root_after(parent.hash(), changes, children or {})
    number = BlockNumber(parent.number + 1)
    digest = Digest((Other(b"%d" % salt),))
    header = Header(parent.hash(), number, update.root, EMPTY_ROOT, digest)
    changes = changes | update.child_roots
    database.commit_block(header, list(body), update, changes, is_best=is_best)
    return header


def merged(state, changes):
    """Answer the state after some changes."""
    return {key: value for key, value in (state | changes).items() if value is not None}


def merged_children(children, changes):
    """Answer the child tries after changes in some of them; those left empty are gone."""
    after = {
        name: merged(children.get(name, {}), changes.get(name, {}))
        for name in (*children, *changes)
    }
    return {name: entries for name, entries in after.items() if entries}


def with_roots(top, children):
    """Answer the top trie's entries with the roots of child tries, by an independent trie."""
    return top | {ROOTS + name: plain_root(entries) for name, entries in children.items()}
