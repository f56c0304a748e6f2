"""The page of RPC methods is that of the present table."""

from pathlib import Path

from node.rpc.docs import render
from node.rpc.table import METHODS

PAGE = Path(__file__).parents[2] / "docs" / "rpc.md"


def test_the_page_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == render(METHODS), "run `python -m node.rpc.docs`"


def test_every_name_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in METHODS.names() if f"`{name}`" not in page] == []
