"""Importing: blocks of a file go through the checks of blocks that peers send, one by one.

known, or below the base ── skipped
else ── parent here? ── body? ── slot, author, seal? ── executed, compared, stored
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from consensus.messages import DeferredHeader, InvalidHeader, VerifiedHeader
from node.block_file.signed_block import SignedBlock
from node.client import Client
from node.clock import Clock
from node.finality import raise_finalized
from node.importer import body_matches, check_header, current_slot
from node.runtime_apis import inherent_data
from primitives.block import Block, Header
from primitives.errors import Rejected
from primitives.types import Slot

FINALITY_PERIOD: Final = 32
"""Blocks from one look at what is final to the next: each that finds some waits for the disk."""
REPORT_SECONDS: Final = 3.0
"""As often as Substrate's nodes say how far they are."""


class CannotImport(Rejected):
    """The first block that does not fit; those before it are in the chain."""


@dataclass(slots=True)
class Importing:
    """Brings blocks into the chain of a client that nobody else uses."""

    client: Client
    clock: Clock
    say: Callable[[str], None]
    monotonic: Callable[[], float] = time.monotonic
    imported: int = 0
    skipped: int = 0
    _told_at: float = field(init=False)
    _told: int = 0

    def __post_init__(self) -> None:
        self._told_at = self.monotonic()

    async def run(self, blocks: Iterable[SignedBlock]) -> None:
        """Import them all.

        Raises:
            CannotImport: there is a block that does not fit.
            UnknownCode: the last one that came in brought code which this node does not run.
            BadBlockFile: from the file.
        """
        for signed in blocks:
            await self._take(signed.block)
        await raise_finalized(self.client, self.client.best())

    async def _take(self, block: Block) -> None:
        if self._is_settled(block.header):
            self.skipped += 1
            return
        self._ensure_parent(block.header)
        now = current_slot(self.client, self.clock)
        self._ensure_sound(block, now)
        facts = inherent_data(self.clock.now(), now)
        try:
            await self.client.import_block(block, facts=facts)
        except Rejected as error:
            raise _refusal(block.header, error.reason) from error
        finally:
            self.imported += self.client.header(block.header.hash()) is not None
        if self.imported % FINALITY_PERIOD == 0:
            await raise_finalized(self.client, self.client.best())
        self._report()

    def _is_settled(self, header: Header) -> bool:
        """Whether there is nothing to do about a block: it is here, or the chain begins above."""
        if self.client.header(header.hash()) is not None:
            return True
        if header.number == 0:
            genesis = self.client.genesis_hash.hex()
            raise _refusal(header, f"this chain begins with another block 0, 0x{genesis}")
        return header.number <= self.client.base.number

    def _ensure_parent(self, header: Header) -> None:
        parent = header.parent_hash
        if self.client.tree.number_of(parent) is not None:
            return
        base = self.client.base
        if header.number == base.number + 1:
            raise _refusal(
                header,
                f"it does not stand on the block {base.number} with which this chain begins, "
                f"0x{base.hash.hex()}",
            )
        if self.client.header(parent) is not None:
            raise _refusal(header, "it stands on a fork that finality has left")
        raise _refusal(
            header, f"its parent 0x{parent.hex()} is not here; import the blocks below it first"
        )

    def _ensure_sound(self, block: Block, now: Slot) -> None:
        header = block.header
        if not body_matches(block):
            raise _refusal(header, "its extrinsics are not those that the header names")
        match check_header(self.client, header, now):
            case VerifiedHeader():
                return
            case InvalidHeader(reason):
                raise _refusal(header, f"its header is wrong ({reason.value})")
            case DeferredHeader(slot):
                raise _refusal(
                    header,
                    f"its slot {slot} lies ahead of this node's clock; if the chain lives faster "
                    "than wall time, say so with --speed",
                )

    def _report(self) -> None:
        now = self.monotonic()
        if now < self._told_at + REPORT_SECONDS:
            return
        rate = (self.imported - self._told) / (now - self._told_at)
        self.say(f"Current best block: {self.client.best().number} ({rate:.1f} bps)")
        self._told_at, self._told = now, self.imported


def _refusal(header: Header, why: str) -> CannotImport:
    return CannotImport(f"block {header.number} (0x{header.hash().hex()}) is refused: {why}")
