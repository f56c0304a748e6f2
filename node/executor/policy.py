"""The operator's switch `--onchain-code`: whose Python this node runs when the chain tells it to.

It decides what this node runs, never what the chain accepts: a node that will not follow stops at
the block with the new code, and does not go on with the old one.
"""

from collections.abc import Container
from enum import Enum

from node.executor.errors import CodeNotPermitted
from primitives.hashing import blake2_256


class OnchainCode(Enum):
    """Which Python runtimes may be taken from the chain."""

    ANY = "any"
    """Every archive that passes the checks: who may change the code may run Python here."""
    KNOWN = "known"
    """The archives that are part of this release."""
    REFUSE = "refuse"
    """None: only the installed runtime runs."""

    def ensure_permits(self, code: bytes, known: Container[bytes]) -> None:
        """CodeNotPermitted if an archive other than the installed one must not run here."""
        name = blake2_256(code)
        if self is OnchainCode.ANY or (self is OnchainCode.KNOWN and name in known):
            return
        raise CodeNotPermitted(
            f"the chain's code is now the Python runtime 0x{name.hex()}, and this node was started "
            f"with --onchain-code {self.value}. Install the release that contains this runtime, or "
            "start the node with --onchain-code any if you trust those who changed the code"
        )
