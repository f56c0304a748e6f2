"""The static check names every fault with its file and line, and lets sound code pass."""

import pytest

from node.executor.archive.check import check
from node.executor.archive.errors import ArchiveRefused, Finding
from node.executor.archive.namespace import load_sources
from node.executor.archive.own_stack import on_own_stack
from tests.support.runtime_sources import TINY, installed_sources, tiny_with

FILE = "runtime/extra.py"
UNORDERED = "use of a set in its order, which differs between processes"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import socket", "import of socket is not allowed"),
        ("import os.path", "import of os.path is not allowed"),
        ("from time import time", "import of time is not allowed"),
        ("from random import randint", "import of random is not allowed"),
        ("import sys", "import of sys is not allowed"),
        ("from primitives import crypto", "primitives is not in the archive"),
        ("import node.cli", "import of node.cli is not allowed"),
        ("from . import api", "relative import"),
        ("from typing import *", "import of everything in typing"),
        ("from dataclasses import sys", "use of dataclasses.sys is not allowed"),
        ("import collections.abc", "write `from collections.abc import …`"),
        ("import numpy as np; np.random.rand()", "use of numpy.random is not allowed"),
        ("import numpy; numpy.load('a')", "use of numpy.load is not allowed"),
        ("import json; json.dump({}, 1)", "use of json.dump is not allowed"),
        (
            "from Crypto.Hash import keccak; keccak.sys",
            "use of Crypto.Hash.keccak.sys is not allowed",
        ),
        ("HALF = 0.5", "float literal"),
        ("I = 1j", "float literal"),
        ("HALF = 1 / 2", "true division"),
        ("HALF = 1; HALF /= 2", "true division"),
        ("HALF = float('0.5')", "use of float is not allowed"),
        ("TEXT = open('/etc/passwd').read()", "use of open is not allowed"),
        ("eval('1')", "use of eval is not allowed"),
        ("exec('1')", "use of exec is not allowed"),
        ("compile('1', '', 'eval')", "use of compile is not allowed"),
        ("globals()", "use of globals is not allowed"),
        ("breakpoint()", "use of breakpoint is not allowed"),
        ("print('hello')", "use of print is not allowed"),
        ("ORDER = hash('a')", "use of hash is not allowed"),
        ("ORDER = id(object())", "use of id is not allowed"),
        ("raise SystemExit", "use of SystemExit is not allowed"),
        ("__import__('os')", "use of __import__ is not allowed"),
        ("X = ().__class__", "use of __class__ is not allowed"),
        ("X = object.__subclasses__()", "use of __subclasses__ is not allowed"),
        ("X = getattr(object, '__subclasses__')", "use of __subclasses__ is not allowed"),
        ("X = __builtins__", "use of __builtins__ is not allowed"),
        ("X = (lambda: 1).__globals__", "use of __globals__ is not allowed"),
        ("for x in {1, 2}: pass", "iteration over a set, whose order differs between processes"),
        (
            "X = [x for x in set('ab')]",
            "iteration over a set, whose order differs between processes",
        ),
        ("X = list(set('ab'))", UNORDERED),
        ("X = tuple({1, 2})", UNORDERED),
        ("X = [*{1, 2}]", UNORDERED),
        ("X = b''.join({b'a', b'b'})", UNORDERED),
        ("X = {1, 2}.pop()", UNORDERED),
        ("X = max({'a', 'b'}, key=len)", UNORDERED),
        ("X = list(map(bytes, {1} | {2}))", UNORDERED),
        ("X = dict.fromkeys(frozenset('ab'))", UNORDERED),
        ("X = next(iter({1, 2}.union({3})))", UNORDERED),
        ("X = f'{ {1, 2} }'", UNORDERED),
        ("X, Y = {1, 2}", UNORDERED),
        ("def f(): yield from {1, 2}", UNORDERED),
        ("X = 'a'.__hash__()", "use of __hash__ is not allowed"),
        ("X = pow(2, -1)", "power with a negative exponent"),
        ("X = 2 ** -1", "power with a negative exponent"),
        ("from struct import unpack; unpack('<Id', bytes(12))", "float in a struct"),
        ("import numpy as np; np.zeros(3)", "numpy.zeros without dtype makes floats"),
        ("from numpy import ones; ones(3)", "numpy.ones without dtype makes floats"),
        ("X = [].mean()", "use of mean, which makes floats"),
        ("X = [].astype('<f8')", "float as the type of an array"),
        ("async def f(): pass", "coroutine"),
        ("X = (", "syntax error: '(' was never closed"),
    ],
)
def test_fault_is_named_with_its_place(line, reason):
    sources, number = tiny_with(FILE, f"\n{line}")
    assert check(sources) == [Finding(FILE, number + 1, reason)]
    with pytest.raises(ArchiveRefused) as refused:
        load_sources(sources)
    assert str(refused.value) == f"{FILE}:{number + 1}: {reason}"


def test_syntax_of_a_newer_python_is_refused_by_every_python():
    """Only the words differ: a newer parser knows what it is that 3.11 cannot read."""
    sources, number = tiny_with(FILE, "\ntype X = int")
    (finding,) = check(sources)
    assert (finding.file, finding.line) == (FILE, number + 1)
    assert finding.reason.startswith("syntax error: ")


def test_every_fault_is_found_in_order():
    sources, _ = tiny_with(FILE, "X = 0.5\nY = 1 / 2")
    sources["runtime/another.py"] = b"import os\n"
    assert [str(finding) for finding in check(sources)] == [
        "runtime/another.py:1: import of os is not allowed",
        "runtime/extra.py:1: float literal",
        "runtime/extra.py:2: true division",
    ]
    with pytest.raises(ArchiveRefused, match=r"another\.py:1: import of os .* \(and 2 more\)"):
        load_sources(sources)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"X = '\xff'\n", "the file is not UTF-8"),
        (b"X = 1\0\n", "syntax error: source code string cannot contain null bytes"),
        (b"X = " + b"-" * 100_000 + b"1\n", "the code is nested too deeply"),
        (b"X = " + b"(" * 300 + b")" * 300, "more than 50 brackets within each other"),
        (
            b"X = f'{" + b"(" * 51 + b"1" + b")" * 51 + b"}'",
            "more than 50 brackets within each other",
        ),
        (b"X = " + b"+".join([b"1"] * 101) + b"\n", "the code is nested too deeply"),
        (b"#" * (256 << 10) + b"\n", "the file has more than 256 KiB"),
        (b"X = [" + b"1," * 50_000 + b"]\n", "the file has more than 50000 nodes of syntax"),
        (b"return 1\n", "syntax error: 'return' outside function"),
        (
            b"def f(a, a): return id(a)\n",
            "syntax error: duplicate argument 'a' in function definition",
        ),
        (
            b"id(1)\ndef f():\n  x = 1\n  global x\n",
            "syntax error: name 'x' is assigned to before global declaration",
        ),
        (b"# coding: utf-7\n#+AAo-HALF = 1+AC8-2\n", "the file says that it is utf-7"),
        (b"\n# -*- coding: latin-1 -*-\n", "the file says that it is latin-1"),
    ],
)
def test_what_is_no_python_is_refused(source, reason):
    (finding,) = check({**TINY, FILE: source})
    assert (finding.file, finding.reason) == (FILE, reason)


@pytest.mark.parametrize(
    "line",
    [
        "# coding: utf-8",
        "X = '([{' * 60",
        "X = 7 // 2",
        "from collections.abc import Iterator",
        "from Crypto.Hash import keccak; keccak.new(digest_bits=256)",
        "from runtime import api",
        "import runtime.api",
        "X = sorted({1, 2})",
        "X = 1 in {1, 2} and len({1} | {2}) and {1}.issubset({2})",
        "X = {}\nX.setdefault(1, set()).add(2)",
        "from numpy import zeros; zeros(3, dtype='u8')",
        "from struct import Struct; Struct('<IQ')",
        "class Lock:\n    id: bytes\n    hash: bytes",
        "def compile(open):\n    return open",
        "X = 'a __class__ in prose, and 0.5 and 1 / 2'",
        "class A:\n    def __eq__(self, other):\n        return True",
    ],
)
def test_sound_code_passes(line):
    sources, _ = tiny_with(FILE, line)
    assert check(sources) == []


def test_the_installed_runtime_keeps_the_rules():
    assert [str(finding) for finding in check(installed_sources())] == []


def test_two_files_for_one_module_are_refused():
    sources = {**TINY, "runtime/enc.py": b"", "runtime/enc/__init__.py": b""}
    assert check(sources) == [
        Finding("runtime/enc.py", None, "runtime/enc/__init__.py is the same module")
    ]


def test_how_deep_the_asker_is_does_not_matter():
    def deep(depth, work):
        return deep(depth - 1, work) if depth else work()

    assert deep(600, lambda: on_own_stack(lambda: deep(900, lambda: 1))) == 1
