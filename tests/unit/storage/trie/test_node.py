"""The node codec at its edges."""

import pytest

from storage.errors import TrieError
from storage.trie.node import NO_CHILDREN, Node, decode_node, encode_node

HASH = bytes(range(32))


def branch(partial, value, *, hashed):
    return Node(partial, value, hashed, [b"", HASH, *NO_CHILDREN[2:-1], b"\x41\x05\x00"])


@pytest.mark.parametrize(
    "size", [0, 1, 2, 14, 15, 16, 30, 31, 62, 63, 64, 269, 270, 317, 318, 319, 600]
)
@pytest.mark.parametrize(
    "node",
    [
        Node("", b"", False, None),
        Node("", b"v" * 70, False, None),
        Node("", HASH, True, None),
        branch("", None, hashed=False),
        branch("", b"value", hashed=False),
        branch("", HASH, hashed=True),
    ],
    ids=["empty-leaf", "leaf", "hashed-leaf", "branch", "value-branch", "hashed-branch"],
)
def test_node_comes_back_as_it_was(node, size):
    node = Node(("0123456789abcdef" * 38)[:size], node.value, node.hashed, node.children)
    assert decode_node(encode_node(node)) == node


def test_remainder_of_a_size_field_that_is_just_full():
    assert encode_node(Node("0" * 63, b"", False, None))[:2] == b"\x7f\x00"
    assert encode_node(Node("0" * (63 + 255), b"", False, None))[:3] == b"\x7f\xff\x00"


GOOD = encode_node(branch("abc", b"value", hashed=False))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x7f",
        b"\x7f\xff\xff",
        b"\x41\x1f\x00",
        b"\x41\x01\x04",
        b"\x20" + HASH[:-1],
        b"\x80\x01",
        b"\x80\x01\x00\x00",
        b"\x80\x01\x00\x84" + bytes(33),
        GOOD + b"\0",
    ],
    ids=[
        "nothing",
        "reserved-header",
        "no-size",
        "endless-size",
        "dirty-padding",
        "short-value",
        "short-hash",
        "half-bitmap",
        "empty-child",
        "long-child",
        "trailing",
    ],
)
def test_broken_node_is_refused(data):
    with pytest.raises(TrieError):
        decode_node(data)


@pytest.mark.parametrize("length", range(len(GOOD)))
def test_every_cut_of_a_node_is_refused(length):
    with pytest.raises(TrieError):
        decode_node(GOOD[:length])


def test_a_single_zero_byte_is_the_empty_trie():
    assert decode_node(b"\0") is None
