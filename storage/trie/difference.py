"""What two tries do not share: the way from one state to another when the best chain changes."""

from collections.abc import Iterator

from storage.trie.backend import Nodes
from storage.trie.nibbles import DIGITS, common_length, key_at
from storage.trie.node import NO_CHILD, NO_CHILDREN, Node

_Child = Node | bytes


def difference(
    nodes: Nodes, old_root: bytes, new_root: bytes
) -> Iterator[tuple[bytes, bytes | None]]:
    """The changes that lead from one trie to the other, in no particular order.

    Subtrees under equal references are equal, so only what differs is read.
    """
    pending = [("", nodes.root(old_root), nodes.root(new_root))]
    while pending:
        path, old, new = pending.pop()
        shared = _shared_length(old, new)
        old_value, old_children = _seen_at(old, shared)
        new_value, new_children = _seen_at(new, shared)
        top = old or new
        path += top.partial[:shared] if top is not None else ""
        if old_value != new_value:
            yield key_at(path), None if new_value is None or new is None else nodes.value_of(new)
        for digit, before, after in zip(DIGITS, old_children, new_children, strict=True):
            if before != after:
                pending.append((path + digit, _load(nodes, before), _load(nodes, after)))


def _shared_length(old: Node | None, new: Node | None) -> int:
    if old is None or new is None:
        only = old or new
        return 0 if only is None else len(only.partial)
    return common_length(old.partial, new.partial, 0)


def _seen_at(node: Node | None, depth: int) -> tuple[tuple[bytes, bool] | None, list[_Child]]:
    """The value and the children of a node as it looks `depth` digits into its partial path."""
    if node is None:
        return None, [*NO_CHILDREN]
    if depth == len(node.partial):
        value = None if node.value is None else (node.value, node.hashed)
        return value, [*(node.children or NO_CHILDREN)]
    children: list[_Child] = [*NO_CHILDREN]
    rest = Node(node.partial[depth + 1 :], node.value, node.hashed, node.children)
    children[int(node.partial[depth], 16)] = rest
    return None, children


def _load(nodes: Nodes, child: _Child) -> Node | None:
    if isinstance(child, Node):
        return child
    return None if child == NO_CHILD else nodes.node(child)
