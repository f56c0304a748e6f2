"""What the chain spec says of single blocks: which are bad, and which one stands at a height."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genesis.spec import ChainSpec
from primitives.block import Header
from primitives.types import Hash


@dataclass(frozen=True, slots=True)
class KnownBlocks:
    """Blocks about which people have decided, after a fault that execution does not show."""

    bad: frozenset[Hash] = frozenset()
    at_height: Mapping[int, Hash] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: ChainSpec) -> "KnownBlocks":
        """What a spec lists under `badBlocks` and `forkBlocks`."""
        return cls(frozenset(spec.bad_blocks), dict(spec.fork_blocks))

    def objection(self, header: Header) -> str | None:
        """Why a block must not enter the chain."""
        block = header.hash()
        if block in self.bad:
            return "the chain spec lists it under badBlocks"
        if self.at_height.get(header.number, block) != block:
            return f"the chain spec names another block {header.number} under forkBlocks"
        return None
