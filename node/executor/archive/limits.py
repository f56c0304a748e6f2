"""How large and how deep a file may be.

Far below where Python gives up, which is not the same on all machines: all nodes refuse the same.
"""

import ast
import re
from typing import Final

from node.executor.archive.errors import ArchiveRefused

BYTES: Final = 256 << 10
"""Of the runtime's own files the largest has a tenth of it."""
BRACKETS: Final = 50
NODES: Final = 50_000
DEPTH: Final = 100
"""Of the syntax tree; the runtime's own files get to 14."""
IMPORTS: Final = 50
"""Modules that import each other, one out of the other; the runtime's own are 9 deep."""

_TOKEN: Final = re.compile(
    r"""\#[^\r\n]*|(?P<prefix>[a-zA-Z]*)(?P<quotes>\"{3}|'{3}|"|')(?:\\.|(?!(?P=quotes)).)*"""
    r"""|[a-zA-Z_]\w*|(?P<open>[(\[{])|(?P<close>[)\]}])""",
    re.DOTALL,
)
_BRACKET: Final = re.compile(r"[(\[{]|[)\]}]")


def ensure_shallow_text(path: str, text: str) -> None:
    """Refuse what a parser may choke on, before one sees it."""
    if len(text.encode()) > BYTES:
        raise ArchiveRefused(path, f"the file has more than {BYTES >> 10} KiB")
    depth = 0
    for token in _TOKEN.finditer(text):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        within = _depth_of(token[0]) if "f" in (token["prefix"] or "").lower() else 0
        if depth + within > BRACKETS:
            line = text.count("\n", 0, token.start()) + 1
            raise ArchiveRefused(path, f"more than {BRACKETS} brackets within each other", line)


def ensure_shallow_tree(path: str, tree: ast.Module) -> None:
    """Refuse what a compiler may choke on, before one sees it."""
    level: list[ast.AST] = [tree]
    nodes, depth = 0, 0
    while level:
        nodes, depth = nodes + len(level), depth + 1
        if nodes > NODES:
            raise ArchiveRefused(path, f"the file has more than {NODES} nodes of syntax")
        if depth > DEPTH:
            line = getattr(level[0], "lineno", None)
            raise ArchiveRefused(path, "the code is nested too deeply", line)
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _depth_of(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "([{" else -1
        deepest = max(deepest, depth)
    return deepest
