"""Documentation for metadata: docstrings of classes, functions and attributes, read once."""

import ast
from functools import cache
from inspect import cleandoc, getmodule, getsource
from types import ModuleType
from typing import Any


def lines_of(documented: Any) -> list[str]:
    """The docstring of a class or function, by lines; one that is only inherited does not count."""
    docs = documented.__doc__
    return cleandoc(docs).splitlines() if docs else []


def attribute_docs(cls: type[Any]) -> dict[str, list[str]]:
    """The strings that follow attributes in a class body and its bases, by attribute.

    Python keeps no such strings: they come from the source, and are missing where there is none.
    """
    found: dict[str, list[str]] = {}
    for base in reversed(cls.__mro__):
        declared = _classes_of(getmodule(base)).get(base.__name__)
        if declared is not None:
            found.update(_docs_in(declared))
    return found


@cache
def _classes_of(module: ModuleType | None) -> dict[str, ast.ClassDef]:
    try:
        source = "" if module is None else getsource(module)
    except (OSError, TypeError):
        return {}
    statements = ast.parse(source).body
    return {node.name: node for node in statements if isinstance(node, ast.ClassDef)}


def _docs_in(declared: ast.ClassDef) -> dict[str, list[str]]:
    found = {}
    for statement, following in zip(declared.body, declared.body[1:], strict=False):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(docs))),
            ):
                found[name] = cleandoc(docs).splitlines()
            case _:
                continue
    return found
