"""Finality by building: a block is final once enough authorities have built on top of it.

10 ── 11 ── 12 ── 13        of four authorities, three must have authored above a block:
 A     B     C     D        at head 13 that are B, C and D above 10, so 10 is final

An author builds on the best chain it knows, so each block is its author's vote for all blocks
below it. The rule needs no messages of its own, and asks for as many authors as GRANDPA asks for
votes: more than two thirds. It holds as long as fewer than a third of the authorities author on
two forks, and as long as the network delivers blocks within a few slots; a partition that lasts
longer stops it, because neither side has enough authors.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from consensus.messages import AuthorityId, BlockRef

WINDOW: Final = 256
"""How far below the head the rule looks for authors: eight rounds of the most authorities (32)."""


@dataclass(frozen=True, slots=True)
class Authored:
    """A block of the best chain, and who made it."""

    block: BlockRef
    author: AuthorityId


def quorum(authorities: int) -> int:
    """How many of so many authorities must have built on a block: GRANDPA's threshold."""
    return authorities - (authorities - 1) // 3


def last_final(downwards: Iterable[Authored], needed: int) -> BlockRef | None:
    """The highest block on which `needed` different authorities have built.

    Args:
        downwards: the best chain from its head on down, as far as it is to be considered.
        needed: the quorum; at least one.
    """
    above: set[AuthorityId] = set()
    for authored in downwards:
        if len(above) >= needed:
            return authored.block
        above.add(authored.author)
    return None
