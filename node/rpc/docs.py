"""Writes docs/rpc.md from the table of methods: `python -m node.rpc.docs`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from node.rpc.declare import Method, Methods, Subscription
from node.rpc.params import Param
from node.rpc.table import METHODS

PAGE: Final = Path("docs/rpc.md")

TITLE: Final = """\
# JSON-RPC

Generated from the table of methods by `node/rpc/docs.py`; a test keeps it fresh.

Over HTTP POST and WebSocket on one port, 9944 by default; subscriptions over WebSocket only.
Parameters are positional; those in brackets may be null or left out. Hex may come without `0x`.
A block hash that is left out stands for the best block.
"""


def render(methods: Methods) -> str:
    """The whole page."""
    entries = list(methods)
    calls = [_call_row(entry) for entry in entries if isinstance(entry, Method)]
    subscriptions = [_subscription_row(one) for one in entries if isinstance(one, Subscription)]
    return "\n".join(
        [
            TITLE,
            "## Methods",
            "",
            "Unsafe methods are answered only on loopback, or with `--rpc-methods unsafe`.",
            "",
            *_table(("method", "parameters", "answer"), sorted(calls)),
            "",
            "## Subscriptions",
            "",
            *_table(
                ("subscribe", "parameters", "notification", "unsubscribe", "what comes"),
                sorted(subscriptions),
            ),
            "",
        ]
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _call_row(method: Method) -> tuple[str, ...]:
    unsafe = " (unsafe)" if method.is_unsafe else ""
    return _names(method.names) + unsafe, _params(method.params), _summary(method.function)


def _subscription_row(one: Subscription) -> tuple[str, ...]:
    return (
        _names(one.names),
        _params(one.params),
        f"`{one.event}`",
        _names(one.unsubscribe_names),
        _summary(one.function),
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _params(params: Iterable[Param]) -> str:
    texts = [f"{param.name}: {param.converter.name}" for param in params]
    optional = [param.is_nullable for param in params]
    return ", ".join(
        f"[{text}]" if may else text for text, may in zip(texts, optional, strict=True)
    )


def _summary(function: object) -> str:
    return (function.__doc__ or "").strip().split("\n", maxsplit=1)[0]


if __name__ == "__main__":
    PAGE.write_text(render(METHODS), encoding="utf-8")
