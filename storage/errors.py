"""What storage may refuse, by cause."""

from primitives.errors import ChainError, Rejected


class DatabaseError(ChainError):
    """The database cannot be used as it is; says where it lies and what to do next."""


class UnknownBlock(Rejected):
    """No header is stored under this hash."""


class StateDiscarded(Rejected):
    """The block is known, but its state was never kept here or is pruned."""


class TrieError(Rejected):
    """Bytes that are no trie node, or a trie with a piece missing."""


class MissingNode(TrieError):
    """A node or value that the trie refers to by hash cannot be found."""


class ProofError(Rejected):
    """A read proof that does not prove what was asked."""
