"""What a stranger's code raises: which errors are the node's own, and what the others say."""

from typing import Final

import trio

_OF_THE_NODE: Final = (KeyboardInterrupt, SystemExit, trio.Cancelled)
"""What stops the node or one of its tasks. Archives find no name for any of them."""

_LONGEST: Final = 500
"""Characters of an error that are told."""


def is_the_nodes_own(error: BaseException) -> bool:
    """Whether an error stops the node, and only came by while strange code ran."""
    return type(error) in _OF_THE_NODE


def words_of(error: BaseException) -> str:
    """The type of an error and what it says."""
    name: str = type.__dict__["__name__"].__get__(type(error))
    text = text_of(error)
    return f"{name}: {text}" if text else name


def text_of(error: BaseException) -> str:
    """What an error says; nothing if its own methods fail at that."""
    try:
        return str.__str__(str(error))[:_LONGEST]
    except BaseException as another:
        if is_the_nodes_own(another):
            raise
        return ""
