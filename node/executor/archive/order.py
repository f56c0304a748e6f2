"""Where a reader sees that the order of a set is used, which differs between processes.

A set is what is written as one: a literal, a comprehension, a call of `set` or `frozenset`, and
operations on these. What a variable holds is not known here.
"""

import ast
from collections.abc import Iterator
from typing import Final

ITERATION: Final = "iteration over a set, whose order differs between processes"
USE: Final = "use of a set in its order, which differs between processes"

_MAKERS: Final = ("set", "frozenset")
_ORDERLESS: Final = (*_MAKERS, "len", "sorted", "any", "all", "min", "max", "bool", "isinstance")
"""Functions whose answer is the same in any order."""
_OPERATIONS: Final = ("union", "intersection", "difference", "symmetric_difference", "copy")
_SET_METHODS: Final = (
    *("update", "intersection_update", "difference_update", "symmetric_difference_update"),
    *("issubset", "issuperset", "isdisjoint", *_OPERATIONS),
)
_IN_ORDER: Final = ("pop", "__iter__", "__repr__", "__str__")
_OPERATORS: Final = (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)


def use_of_order(node: ast.AST) -> str | None:
    """What is wrong with one node, or nothing."""
    match node:
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if is_set(iterated):
            return ITERATION
        case ast.Attribute(value=value, attr=name) if name in _IN_ORDER and is_set(value):
            return USE
        case _:
            used = (value for value in _used_in_order(node) if not _is_empty(value))
            return USE if any(map(is_set, used)) else None


def is_set(node: ast.expr) -> bool:
    """Whether an expression is written as a set."""
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _MAKERS
        case ast.Call(func=ast.Attribute(value=value, attr=name)):
            return name in _OPERATIONS and is_set(value)
        case ast.BinOp(left=left, op=operator, right=right):
            return isinstance(operator, _OPERATORS) and (is_set(left) or is_set(right))
        case ast.NamedExpr(value=value):
            return is_set(value)
        case ast.IfExp(body=body, orelse=other):
            return is_set(body) or is_set(other)
        case _:
            return False


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args


def _used_in_order(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            if not _is_orderless(function, keywords):
                yield from args
                yield from (keyword.value for keyword in keywords)
        case ast.Starred(value=value) | ast.FormattedValue(value=value):
            yield value
        case ast.YieldFrom(value=value):
            yield value
        case ast.Assign(targets=targets, value=value):
            if any(isinstance(target, ast.Tuple | ast.List) for target in targets):
                yield value
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=value):
            yield value
        case _:
            return


def _is_orderless(function: ast.expr, keywords: list[ast.keyword]) -> bool:
    match function:
        case ast.Name(id="min" | "max" | "sorted"):  # a key may hold two for equal
            return not any(keyword.arg == "key" for keyword in keywords)
        case ast.Name(id=name):
            return name in _ORDERLESS
        case ast.Attribute(attr=name):
            return name in _SET_METHODS
        case _:
            return False
