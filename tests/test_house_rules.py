"""What imports cannot show: no floats, sets or other surprises in code that reaches the state."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CALCULATORS = ("primitives", "runtime", "consensus")
PACKAGES = (*CALCULATORS, "storage", "p2p", "genesis", "node")


def sources(packages):
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def findings(path):
    """Lines of a file that break a rule, with the rule."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Constant(value=float()):
                yield node.lineno, "float literal"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node.lineno, "true division"
            case ast.Call(func=ast.Name(id="hash" | "float" | "eval" | "exec")):
                yield node.lineno, f"call of {node.func.id}()"
            case ast.For(iter=ast.Set() | ast.SetComp()):
                yield node.lineno, "iteration over a set"
            case ast.For(iter=ast.Call(func=ast.Name(id="set" | "frozenset"))):
                yield node.lineno, "iteration over a set"
            case ast.Name(id="TYPE_CHECKING"):
                yield node.lineno, "TYPE_CHECKING"
            case ast.FunctionDef(args=arguments):
                defaults = [d for d in (*arguments.defaults, *arguments.kw_defaults) if d]
                if any(isinstance(d, ast.List | ast.Dict | ast.Set) for d in defaults):
                    yield node.lineno, "mutable default argument"


@pytest.mark.parametrize("path", sources(CALCULATORS), ids=lambda p: str(p.relative_to(ROOT)))
def test_calculators_are_deterministic(path):
    assert list(findings(path)) == []


def test_the_rules_find_what_they_are_for(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text(
        "from typing import TYPE_CHECKING\n"
        "x = 0.5\n"
        "y = 1 / 2\n"
        "z = hash('a')\n"
        "for i in {1, 2}:\n    pass\n"
        "for i in set([1]):\n    pass\n"
        "def f(a=[]):\n    pass\n"
        "if TYPE_CHECKING:\n    pass\n"
    )
    assert {rule for _, rule in findings(broken)} == {
        "float literal",
        "true division",
        "call of hash()",
        "iteration over a set",
        "mutable default argument",
        "TYPE_CHECKING",
    }


def test_long_files_say_why():
    """Past 600 lines a file needs a reason in its docstring."""
    for path in sources(PACKAGES):
        text = path.read_text()
        if text.count("\n") > 600:
            docstring = ast.get_docstring(ast.parse(text)) or ""
            assert "one file" in docstring, f"{path} is long and does not say why"


def test_every_module_has_a_docstring():
    missing = [p for p in sources(PACKAGES) if not ast.get_docstring(ast.parse(p.read_text()))]
    assert missing == []


def test_nothing_is_left_open_in_the_code():
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    assert [p for p in sources(PACKAGES) if marks.search(p.read_text())] == []


def test_no_binaries_are_tracked():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [name for name in tracked if name.endswith((".wasm", ".so", ".pyc"))] == []
