"""The static check: what a reader of the sources can say against them, file and line."""

import ast
import builtins
import re
import symtable
from collections.abc import Container, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Final

from node.executor.archive.allowed import BUILTINS, DUNDERS, MODULES
from node.executor.archive.errors import ArchiveRefused, Finding
from node.executor.archive.floats import float_made, numpy_without_type
from node.executor.archive.format import Sources
from node.executor.archive.limits import ensure_shallow_text, ensure_shallow_tree
from node.executor.archive.order import use_of_order
from node.executor.archive.own_stack import on_own_stack

OLDEST_PYTHON: Final = (3, 11)
"""Archives are written in its syntax, whatever newer one a node runs on."""

PACKAGES: Final = ("runtime", "primitives")

_REFUSED_BUILTINS: Final = frozenset(dir(builtins)) - BUILTINS
_DUNDER: Final = re.compile(r"__\w+__")
_LINE_END: Final = re.compile(r"\r\n?|\n")
_CODING: Final = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""As Python finds it, in the first two lines."""

Place = tuple[int, str]
"""A line, and what is wrong there."""


def check(sources: Sources, trusted: Container[str] = ()) -> list[Finding]:
    """Everything that keeps these sources from running, in order of files and lines.

    Args:
        sources: all of an archive.
        trusted: paths whose files are known to be sound beside the others.
    """
    return on_own_stack(lambda: _check(sources, trusted))


def _check(sources: Sources, trusted: Container[str]) -> list[Finding]:
    modules = {module_name(path) for path in sources}
    findings = list(_doubled(sources))
    for path in sorted(sources):
        if path in trusted:
            continue
        try:
            tree = parse(path, sources[path])
        except ArchiveRefused as refused:
            findings.append(refused.finding)
            continue
        places = sorted(set(_FileCheck(tree, modules).places(text_of(path, sources[path]))))
        findings += [Finding(path, line, reason) for line, reason in places]
    return findings


def imported_modules(sources: Sources) -> list[str]:
    """What the sources import from outside the archive."""
    found: set[str] = set()
    for path, source in sources.items():
        for node in ast.walk(parse(path, source)):
            match node:
                case ast.Import(names=names):
                    found |= {alias.name for alias in names}
                case ast.ImportFrom(module=str(module)):
                    found.add(module)
                case _:
                    continue
    return sorted(module for module in found if module.split(".")[0] not in PACKAGES)


def module_name(path: str) -> str:
    """The module that a file is."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def parse(path: str, source: bytes) -> ast.Module:
    """The syntax tree of a file; ArchiveRefused if it is no Python, or does not compile."""
    text = text_of(path, source)
    ensure_shallow_text(path, text)
    with _said_of(path):
        tree = ast.parse(text, path, feature_version=OLDEST_PYTHON)
    ensure_shallow_tree(path, tree)
    with _said_of(path):
        compile_text(text, path)
    return tree


def compile_text(text: str, file: str) -> CodeType:
    """What runs of a file. Asserts stay, with whatever flags this Python was started."""
    return compile(text, file, "exec", dont_inherit=True, optimize=0)


def text_of(path: str, source: bytes) -> str:
    """The text that a file is, to all who read it; ArchiveRefused if it asks to be another."""
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        raise ArchiveRefused(path, "the file is not UTF-8") from None
    for number, line in enumerate(_LINE_END.split(text, maxsplit=2)[:2], 1):
        coding = _CODING.match(line)
        if coding and coding[1].lower() not in ("utf-8", "utf8"):
            raise ArchiveRefused(path, f"the file says that it is {coding[1]}", number)
    return text


@contextmanager
def _said_of(path: str) -> Iterator[None]:
    try:
        yield
    except SyntaxError as error:
        raise ArchiveRefused(path, f"syntax error: {error.msg}", error.lineno) from None
    except (RecursionError, MemoryError) as error:
        raise ArchiveRefused(path, "the code is nested too deeply") from error
    except ValueError as error:
        raise ArchiveRefused(path, f"syntax error: {error}") from None


def _doubled(sources: Sources) -> Iterator[Finding]:
    """Packages whose name a file beside them has, too: only one of them would ever run."""
    for path in sorted(sources):
        package = path.removesuffix(".py") + "/__init__.py"
        if package in sources:
            yield Finding(path, None, f"{package} is the same module")


class _FileCheck:
    """The rules over one file."""

    def __init__(self, tree: ast.Module, modules: set[str]) -> None:
        self._tree = tree
        self._modules = modules
        self._nodes = list(ast.walk(tree))
        self._aliases = dict(_module_aliases(self._nodes))
        self._from_numpy = {
            alias.asname or alias.name: alias.name
            for node in self._nodes
            if isinstance(node, ast.ImportFrom) and node.module == "numpy"
            for alias in node.names
        }

    def places(self, source: str) -> Iterator[Place]:
        for node in self._nodes:
            reason = self._reason(node)
            if reason is not None:
                yield _line_of(node), reason
        yield from self._refused_builtins(source)

    def _reason(self, node: ast.AST) -> str | None:
        match node:
            case ast.Import(names=names):
                return _first(self._refuse_import(alias.name) for alias in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                if level or module is None:
                    return "relative import"
                return _first(self._refuse_name(module, alias.name) for alias in names)
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in self._aliases:
                return self._refuse_name(self._aliases[owner], name)
            case ast.Call(func=function):
                return numpy_without_type(node, self._numpy_name(function)) or _numbers_or_order(
                    node
                )
            case ast.Attribute(attr="__hash__"):
                return "use of __hash__ is not allowed"
            case _:
                return _numbers_or_order(node) or _dunder(node)

    def _numpy_name(self, function: ast.expr) -> str:
        match function:
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                return name if self._aliases.get(owner) == "numpy" else ""
            case ast.Name(id=name):
                return self._from_numpy.get(name, "")
            case _:
                return ""

    def _refuse_import(self, module: str) -> str | None:
        if module.split(".")[0] in PACKAGES:
            return None if module in self._modules else f"{module} is not in the archive"
        if module not in MODULES:
            return f"import of {module} is not allowed"
        return f"write `from {module} import …`" if "." in module else None

    def _refuse_name(self, module: str, name: str) -> str | None:
        if name == "*":
            return f"import of everything in {module}"
        if module.split(".")[0] in PACKAGES:
            return None if module in self._modules else f"{module} is not in the archive"
        if module not in MODULES:
            return f"import of {module} is not allowed"
        if name not in MODULES[module]:
            return f"use of {module}.{name} is not allowed"
        return None

    def _refused_builtins(self, source: str) -> Iterator[Place]:
        """Built-in names that are read as such: a field may well be called `id`."""
        lines: dict[str, list[int]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Name) and node.id in _REFUSED_BUILTINS:
                lines.setdefault(node.id, []).append(node.lineno)
        if not lines or all(_DUNDER.fullmatch(name) for name in lines):
            return
        table = symtable.symtable(source, "", "exec")  # it compiles, so it has one
        for name in sorted(_global_names(table) & lines.keys()):
            if not _DUNDER.fullmatch(name):
                yield from ((line, f"use of {name} is not allowed") for line in lines[name])


def _module_aliases(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Names under which a file knows whole modules, and those modules."""
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from ((alias.asname or alias.name, alias.name) for alias in names)
            case ast.ImportFrom(module=str(package), names=names):
                inner = ((alias.asname or alias.name, f"{package}.{alias.name}") for alias in names)
                yield from ((name, module) for name, module in inner if module in MODULES)
            case _:
                continue


def _line_of(node: ast.AST) -> int:
    """Comprehensions have no line of their own."""
    line: int = (node.iter if isinstance(node, ast.comprehension) else node).lineno  # type: ignore[attr-defined]
    return line


def _global_names(top: symtable.SymbolTable) -> set[str]:
    """Names that are read in some scope and bound in none around it."""
    bound = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned()}
    bound |= {symbol.get_name() for symbol in top.get_symbols() if symbol.is_imported()}
    found, waiting = set(), [top]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (symbol.is_global() or table is top)
        }
    return found - bound


def _numbers_or_order(node: ast.AST) -> str | None:
    if isinstance(node, ast.AsyncFunctionDef | ast.Await):
        return "coroutine"
    return float_made(node) or use_of_order(node)


def _dunder(node: ast.AST) -> str | None:
    """Names that lead past the rules, as attributes or in strings for `getattr`."""
    match node:
        case (
            ast.Attribute(attr=str(name))
            | ast.Name(id=str(name))
            | ast.FunctionDef(name=str(name))
            | ast.ClassDef(name=str(name))
            | ast.Constant(value=str(name))
        ):
            is_refused = _DUNDER.fullmatch(name) and name not in DUNDERS
            return f"use of {name} is not allowed" if is_refused else None
        case _:
            return None


def _first(reasons: Iterator[str | None]) -> str | None:
    return next((reason for reason in reasons if reason is not None), None)
