"""What may go wrong when the node calls a runtime."""

from typing import Final

from primitives.errors import ChainError, Rejected
from storage.errors import DatabaseError, StateDiscarded


class MethodNotFound(Rejected):
    """The runtime has no such API method."""


class RuntimePanic(Rejected):
    """The runtime gave up: the input was wrong, or the runtime is."""


class UnknownCode(ChainError):
    """The state holds code that this node cannot run, so it cannot follow the chain any further."""


class CodeNotPermitted(UnknownCode):
    """The operator has forbidden the code that the state holds; other nodes may run it."""


OF_THE_NODE: Final = (UnknownCode, StateDiscarded, DatabaseError)
"""What may go wrong in the node while a runtime asks it for something; all else is a panic."""
