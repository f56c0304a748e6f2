"""Errors by blame: the peer's fault, a fair refusal, or our own bug."""


class ChainError(Exception):
    """Everything that may go wrong in normal operation, with a reason for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PeerFault(ChainError):
    """A peer broke the protocol: report it and drop the connection."""


class Rejected(ChainError):
    """Well-formed, but not acceptable: refuse it and go on."""


class InvariantBroken(ChainError):
    """Something that must hold does not: our bug, so stop and show what broke."""
