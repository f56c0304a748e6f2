"""Aura: authorities author in turn, one per slot, and seal what they author.

    digest   PreRuntime(aura, slot as u64) | what the runtime logged | Seal(aura, signature)

The seal signs the hash of the header without the seal.
"""

from collections.abc import Callable, Sequence
from typing import Final

from consensus.messages import (
    AuthorityId,
    DeferredHeader,
    HeaderVerdict,
    InvalidHeader,
    RejectionReason,
    VerifiedHeader,
)
from primitives.block import AURA_ENGINE, Header, PreRuntime, Seal
from primitives.types import Slot

ALLOWED_DRIFT: Final = 1
"""Slots a header may be ahead of our clock, as no two clocks agree."""
_SLOT_LENGTH: Final = 8

Sign = Callable[[bytes], bytes]
"""Signs a message with the key of the slot's author."""
Verifier = Callable[[bytes, bytes, bytes], bool]
"""Answers whether (signature, message, public key) belong together."""


def author_of(slot: Slot, authorities: Sequence[AuthorityId]) -> AuthorityId | None:
    """Whose turn it is; None if there are no authorities at all."""
    return authorities[slot % len(authorities)] if authorities else None


def claim_slot(
    slot: Slot, authorities: Sequence[AuthorityId], holds_key: Callable[[AuthorityId], bool]
) -> AuthorityId | None:
    """The authority as which this node authors in the slot; None if it is another's turn."""
    author = author_of(slot, authorities)
    return author if author is not None and holds_key(author) else None


def pre_digest(slot: Slot) -> PreRuntime:
    """The digest item that tells the runtime, and everyone else, the slot of a block."""
    return PreRuntime(AURA_ENGINE, slot.to_bytes(_SLOT_LENGTH, "little"))


def slot_of(header: Header) -> Slot | RejectionReason:
    """The slot which a header claims, or what is wrong with its claim."""
    claims = [
        item.data
        for item in header.digest.items
        if isinstance(item, PreRuntime) and item.engine == AURA_ENGINE
    ]
    if not claims:
        return RejectionReason.NO_SLOT
    if len(claims) > 1:
        return RejectionReason.SEVERAL_SLOTS
    if len(claims[0]) != _SLOT_LENGTH:
        return RejectionReason.MALFORMED_SLOT
    return Slot(int.from_bytes(claims[0], "little"))


def seal_header(header: Header, sign: Sign) -> Header:
    """The same header with the author's seal as its last digest item."""
    return header.with_digest_item(Seal(AURA_ENGINE, sign(header.hash())))


def is_due(slot: Slot, now: Slot) -> bool:
    """Whether a header of the slot may be imported during slot `now`."""
    return slot <= now + ALLOWED_DRIFT


def verify_header(
    header: Header, authorities: Sequence[AuthorityId], now: Slot, verify: Verifier
) -> HeaderVerdict:
    """Check slot, author and seal of a header; `authorities` are those in its parent's state."""
    parts = split_aura_seal(header)
    if isinstance(parts, RejectionReason):
        return InvalidHeader(parts)
    unsealed, signature = parts

    slot = slot_of(header)
    if isinstance(slot, RejectionReason):
        return InvalidHeader(slot)
    if not is_due(slot, now):
        return DeferredHeader(slot)

    author = author_of(slot, authorities)
    if author is None:
        return InvalidHeader(RejectionReason.NO_AUTHORITIES)
    if not verify(signature, unsealed.hash(), author):
        return InvalidHeader(RejectionReason.BAD_SIGNATURE)
    return VerifiedHeader(slot, author)


def split_aura_seal(header: Header) -> tuple[Header, bytes] | RejectionReason:
    """Answer the header that was signed, and the signature."""
    if any(isinstance(item, Seal) for item in header.digest.items[:-1]):
        return RejectionReason.SEAL_NOT_LAST
    parts = header.split_seal()
    if parts is None or parts[1].engine != AURA_ENGINE:
        return RejectionReason.NO_SEAL
    unsealed, seal = parts
    return unsealed, seal.data
