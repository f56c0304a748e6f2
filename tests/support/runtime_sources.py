"""Sources of runtimes to make archives of: the installed one with changes, and a tiny one."""

from node.executor.archive.build import INSTALLED_ROOT
from node.executor.archive.sources import collect
from runtime.version import SPEC_VERSION

TINY = {
    "runtime/__init__.py": b'"""A runtime that answers one question."""\n',
    "runtime/runtime.py": (
        b"class Runtime:\n    def __init__(self, host):\n        self.host = host\n"
    ),
    "runtime/framework/__init__.py": b"",
    "runtime/framework/errors.py": b"class Panic(Exception):\n    pass\n",
    "runtime/api.py": (
        b"from runtime.framework.errors import Panic\n"
        b"VERSION = bytes.fromhex('1074696e79') + b'\\x10tiny' + bytes(4) + b'\\x07\\0\\0\\0'"
        b" + bytes(4) + b'\\0' + b'\\x01\\0\\0\\0' + b'\\x01'\n"
        b"CALLS = []\n"
        b"def call(runtime, method, arguments):\n"
        b"    if method == 'Panic':\n"
        b"        raise Panic('on request')\n"
        b"    if method == 'Bug':\n"
        b"        raise KeyError('oops')\n"
        b"    CALLS.append(method)\n"
        b"    return bytes((len(CALLS),)) if method == 'Count' else VERSION\n"
        b"METHODS = ('Core_version', 'Count', 'Panic', 'Bug')\n"
    ),
}
"""Spec `tiny` 7, transaction version 1. `Count` answers how often its module was asked."""


def installed_sources():
    """What the installed archive is made of."""
    return collect(INSTALLED_ROOT)


def with_spec_version(number):
    """The installed runtime under another number."""
    return changed(
        installed_sources(),
        "runtime/version.py",
        {f"SPEC_VERSION = {SPEC_VERSION}": f"SPEC_VERSION = {number}"},
    )


def changed(sources, path, replacements):
    """Other sources, with texts of one file replaced; each must be there."""
    text = sources[path].decode()
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    return {**sources, path: text.encode()}


def tiny_with(path, line):
    """The tiny runtime with one more line at the end of a file, and the number of that line."""
    source = TINY.get(path, b"")
    return {**TINY, path: source + line.encode() + b"\n"}, source.count(b"\n") + 1
