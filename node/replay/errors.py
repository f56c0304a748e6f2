"""What may go wrong with a trace, other than that the runtime does something else."""

from primitives.errors import ChainError


class TraceError(ChainError):
    """The file is no trace, or one that contradicts itself."""


class RecordError(ChainError):
    """There is nothing to record there, or the chain is not as its own headers say."""
