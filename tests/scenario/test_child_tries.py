"""Child tries on their way through nodes: authored, imported, on forks, final, given up."""

import pytest

from genesis.spec import ChainSpec, RawGenesis, parse_spec, render_spec
from node.client import InvalidBlock
from node.config import StorageConfig
from node.open_chain import open_chain
from storage.errors import StateDiscarded
from tests.support.blocks import with_roots
from tests.support.child_chain import CLEAR, CODE, KILL, ChildChain, lying
from tests.support.plain_trie import plain_root


def root_of(children):
    return plain_root(with_roots({b":code": CODE}, children))


async def test_what_one_node_authors_another_one_imports():
    """Given blocks that write, overwrite and remove. Then both nodes have the same child tries."""
    author, other = ChildChain(), ChildChain()
    first = await author.author(author.genesis, (b"c", b"k", b"v"), (b"d", b"k", b"w"))
    second = await author.author(first.header, (b"c", b"l", b"v"), (b"d", b"k", CLEAR))
    for block in (first, second):
        await other.client.import_block(block)
    assert first.header.state_root == root_of({b"c": {b"k": b"v"}, b"d": {b"k": b"w"}})
    assert second.header.state_root == root_of({b"c": {b"k": b"v", b"l": b"v"}})
    for node in (author, other):
        assert node.client.best().hash == second.header.hash()
        assert node.child(first.header, b"d") == {b"k": b"w"}
        assert node.child(second.header, b"c") == {b"k": b"v", b"l": b"v"}
        assert node.child(second.header, b"d") == {}


async def test_a_block_that_lies_about_its_child_tries_is_refused():
    author, other = ChildChain(), ChildChain()
    block = await author.author(author.genesis, (b"c", b"k", b"v"))
    with pytest.raises(InvalidBlock):
        await other.client.import_block(lying(block))
    await other.client.import_block(block)
    assert other.child(block.header, b"c") == {b"k": b"v"}


async def test_forks_have_child_tries_of_their_own():
    """Given two blocks on one parent. When the chain of the second grows longer. Then the best
    state shows its child tries, and that of the first is still there."""
    author, other = ChildChain(), ChildChain()
    base = await author.author(author.genesis, (b"c", b"k", b"v"))
    left = await author.author(base.header, (b"c", b"k", b"l"), (b"d", b"x", b"y"))
    right = await author.author(base.header, (b"c", b"k", KILL))
    top = await author.author(right.header, (b"e", b"k", b"r"))
    for block in (base, left, right, top):
        event = await other.client.import_block(block)
    assert event.retracted == [left.header.hash()]
    for node in (author, other):
        best = node.client.state(node.client.best().hash)
        assert best.keys(b":child_storage:") == [b":child_storage:default:e"]
        assert node.child(top.header, b"e") == {b"k": b"r"}
        assert node.child(top.header, b"c") == {}
        assert node.child(left.header, b"c") == {b"k": b"l"}
        assert node.child(left.header, b"d") == {b"x": b"y"}


async def test_a_pruning_node_keeps_the_child_tries_of_its_states_and_no_others():
    node = ChildChain(pruning=1)
    first = await node.author(node.genesis, (b"c", b"k", b"1"), (b"d", b"k", b"1"))
    fork = await node.author(node.genesis, (b"f", b"k", b"1"))
    second = await node.author(first.header, (b"c", b"k", b"2"))
    third = await node.author(second.header, (b"d", b"k", KILL))
    await node.client.finalize(third.header.hash())
    node.start()
    assert node.child(third.header, b"c") == {b"k": b"2"}
    assert node.child(third.header, b"d") == {}
    for gone in (first, second, fork):
        with pytest.raises(StateDiscarded):
            node.client.state(gone.header.hash())
    fourth = await node.author(third.header, (b"c", b"l", b"3"))
    assert node.child(fourth.header, b"c") == {b"k": b"2", b"l": b"3"}


async def test_a_chain_may_begin_with_child_tries():
    """Given a chain spec that spells its state out. Then two nodes that open it begin the same
    chain, and the first block goes on from there."""
    children = {b"c": {b"k": b"v", b"l": bytes(40)}, b"empty": {}}
    spec = ChainSpec("Children", "children", RawGenesis({b":code": CODE}, children))
    with (
        open_chain(spec, StorageConfig()) as author,
        open_chain(parse_spec(render_spec(spec)), StorageConfig(pruning=1)) as other,
    ):
        genesis = author.blocks.header(author.blocks.genesis)
        assert other.blocks.genesis == genesis.hash()
        assert genesis.state_root == root_of({b"c": children[b"c"]})
        node, second = ChildChain.over(author), ChildChain.over(other)
        block = await node.author(genesis, (b"c", b"k", CLEAR))
        await second.client.import_block(block)
        await second.client.finalize(block.header.hash())
        assert second.child(block.header, b"c") == {b"l": bytes(40)}


async def test_a_view_of_a_child_trie_stays_right_when_the_best_block_changes():
    node = ChildChain()
    first = await node.author(node.genesis, (b"c", b"k", b"1"))
    state = node.client.state(first.header.hash())
    child = state.child(b"c")
    await node.author(first.header, (b"c", b"k", b"2"))
    assert (child.get(b"k"), state.child(b"c").get(b"k")) == (b"1", b"1")
